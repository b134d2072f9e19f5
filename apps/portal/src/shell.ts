/** The shell of all pages: their language, their frame, their header fields, and the signed-in person. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isPageLanguage, type Language } from '@dhp/negotiation';
import { languageCookie, maskedKey, represent, send } from '@dhp/web-kit';
import { loadAssets, type Assets } from './assets.ts';
import { cookieName, pageLanguage } from './language.ts';
import type { PortalOptions } from './options.ts';
import type { Page, Visitor } from './page/layout.ts';
import type { SectionName } from './page/sections.ts';
import type { Session } from './session/session.ts';

export interface Shell {
  readonly options: PortalOptions;
  readonly assets: Assets;
  /** Header fields of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** The language to answer in, also set in the answer; a choice in the address is remembered. */
  languageOf(request: FastifyRequest, reply: FastifyReply): Language;
  /** The frame of a page in this section. */
  frame(
    request: FastifyRequest,
    language: Language,
    o?: { section?: SectionName | undefined; session?: Session | undefined },
  ): Page;
  /** Answers with a page for this person only, which must not be cached. */
  sendPage(request: FastifyRequest, reply: FastifyReply, html: string): FastifyReply;
  /** Leads the browser to a path of the portal, or to an address of the SSO. */
  goTo(reply: FastifyReply, to: string): FastifyReply;
}

/** Brotli quality of a page that is made for one answer. */
const effort = 4;

export function openShell(options: PortalOptions): Shell {
  const { urls } = options;
  const assets = loadAssets();
  const headers = securityHeaders(options);
  return {
    ...{ options, assets, headers },
    languageOf(request, reply) {
      const lang = (request.query as Record<string, unknown>)['lang'];
      if (isPageLanguage(lang)) reply.header('set-cookie', languageCookieFor(lang, urls.portal));
      const { cookie, 'accept-language': acceptLanguage } = request.headers;
      const language = pageLanguage({ lang, cookie, acceptLanguage }, options.defaultLanguage);
      reply.header('content-language', language);
      return language;
    },
    frame: (request, language, { section, session } = {}) => ({
      ...{ language, section, root: rootFrom(request.url), assets: assets.addresses },
      hasSignIn: options.signIn !== undefined,
      visitor: session && visitorOf(session),
    }),
    sendPage: (request, reply, html) =>
      send(request, reply.headers(headers), represent('text/html; charset=utf-8', html, effort), {
        'cache-control': 'no-store',
        vary: 'Accept-Language, Cookie',
      }),
    goTo: (reply, to) =>
      reply
        .headers(headers)
        .header('cache-control', 'no-store')
        .redirect(to.startsWith('/') ? `${urls.portal}${to}` : to, 303),
  };
}

const visitorOf = ({ name, formKey }: Session): Visitor => ({ name, csrf: maskedKey(formKey) });

function languageCookieFor(language: Language, portal: string): string {
  const { pathname, protocol } = new URL(portal);
  return languageCookie(language, { name: cookieName, path: pathname, secure: protocol === 'https:' });
}

/** The relative path to the root: `/a/b/c` gives `../../`. An unreasonably deep path gives `/`. */
function rootFrom(url: string): string {
  const depth = (url.split('?', 1)[0] ?? '').split('/').length - 2;
  if (depth > 16) return '/';
  return depth > 0 ? '../'.repeat(depth) : './';
}

/**
 * Everything comes from this origin; no inline code runs, and no page can be framed. Forms are sent here, or lead to the SSO if a session
 * has ended meanwhile: browsers apply the policy to the redirect that follows a form too.
 */
function securityHeaders({ urls, signIn }: PortalOptions): Record<string, string> {
  const forms = signIn === undefined ? "'self'" : `'self' ${new URL(urls.sso).origin}`;
  const contentSecurityPolicy = [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    `form-action ${forms}`,
    "frame-ancestors 'none'",
  ].join('; ');
  return {
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  };
}
