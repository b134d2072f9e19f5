/** The language of a page: what the person chose, now or before, else what the client asked for, else what the browser prefers. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { asLanguage, preferredLanguage, type Language } from './language.ts';

/** @param asked `ui_locales` of the client, if any */
export function pageLanguage(request: FastifyRequest, fallback: Language, asked?: string): Language {
  // There is no query yet where the address could not be read.
  const { ui_locales: chosen } = (request.query ?? {}) as { ui_locales?: unknown };
  const wanted = [chosen, remembered(request.headers.cookie), ...(asked?.split(' ') ?? [])].map((one) =>
    asLanguage(one),
  );
  const ours = wanted.find((language) => language !== undefined);
  return ours ?? preferredLanguage(request.headers['accept-language'], fallback);
}

/** Stores the language chosen on one page in a cookie for the next ones. */
export function rememberLanguage(request: FastifyRequest, reply: FastifyReply, secure: boolean): void {
  const language = asLanguage((request.query as { ui_locales?: unknown }).ui_locales);
  if (language === undefined) return;
  const flags = `Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  reply.header('Set-Cookie', `${secure ? '__Host-' : ''}language=${language}; ${flags}`);
}

/** As `pageLanguage`, for a page that the engine shows: whatever its address asks for comes first, since its switch is there too. */
export function enginePageLanguage(
  { asked, cookies, header }: { asked: string | undefined; cookies: string; header: string },
  fallback: Language,
): Language {
  const wanted = [...(asked?.split(' ') ?? []), remembered(cookies)].map((one) => asLanguage(one));
  return wanted.find((language) => language !== undefined) ?? preferredLanguage(header, fallback);
}

function remembered(cookies: string | undefined): string | undefined {
  return /(?:^|; )(?:__Host-)?language=([a-z]{2})(?:;|$)/.exec(cookies ?? '')?.[1];
}
