/**
 * The language of a page: the person's choice, now or before; otherwise the one that the client requested; otherwise the one that the
 * browser prefers.
 */
import { choosePageLanguage, pageLanguageOf, type Language } from '@dhp/negotiation';
import { languageCookie, rememberedLanguage } from '@dhp/web-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';

const cookieName = 'language';

/** The first of the languages of `ui_locales` that is supported (OpenID Connect Core 1.0 section 3.1.2.1). */
export function uiLanguage(uiLocales: unknown): Language | undefined {
  if (typeof uiLocales !== 'string') return undefined;
  return uiLocales
    .split(' ')
    .map((tag) => pageLanguageOf(tag))
    .find((language) => language !== undefined);
}

/** The language that the address of a page asks for. */
export function askedLanguage(request: FastifyRequest): Language | undefined {
  // There is no query yet if the address could not be parsed.
  return uiLanguage(((request.query ?? {}) as { ui_locales?: unknown }).ui_locales);
}

/** @param asked `ui_locales` of the client, if any */
export function pageLanguage(request: FastifyRequest, fallback: Language, asked?: string): Language {
  return (
    askedLanguage(request) ??
    rememberedLanguage(request.headers.cookie, cookieName) ??
    uiLanguage(asked) ??
    choosePageLanguage(request.headers['accept-language'], fallback)
  );
}

/** Stores the language of the address in a cookie, for the next pages. */
export function rememberLanguage(request: FastifyRequest, reply: FastifyReply, secure: boolean): void {
  const language = askedLanguage(request);
  if (language === undefined) return;
  reply.header('Set-Cookie', languageCookie(language, { name: cookieName, path: '/', secure }));
}

/**
 * Like `pageLanguage`, for a page that the engine shows: the language in its address comes first, since the page's language switch is there
 * too.
 */
export function enginePageLanguage(
  { asked, cookies, header }: { asked: string | undefined; cookies: string; header: string },
  fallback: Language,
): Language {
  return uiLanguage(asked) ?? rememberedLanguage(cookies, cookieName) ?? choosePageLanguage(header, fallback);
}
