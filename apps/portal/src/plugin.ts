/** The portal's routes. Everything is encapsulated: the FHIR server lives on the same listener and notices nothing. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { loadAssets } from './assets.ts';
import { isLanguage, type Language } from '@dhp/negotiation';
import { languageCookie, represent, send, type Representation } from '@dhp/web-kit';
import { cookieName, pageLanguage } from './language.ts';
import type { PortalOptions } from './options.ts';
import { notFoundPage, startPage } from './page/start-page.ts';
import { statusProbe, type PlatformStatus } from './status.ts';

const year = 31_536_000;

/** How long the page waits for the services' answers, in milliseconds; later ones are brought by the script. */
const pagePatience = 250;

/** Brotli quality for pages: they are made while a person waits, though once for each language and state only. */
const pageEffort = 5;

const pageCaching = { 'cache-control': 'private, no-cache', vary: 'Accept-Language, Cookie' };

/**
 * The portal as a plugin, to be registered without a prefix. It answers `/`, `/status.json`, `/assets/…`, `/healthz`,
 * `/readyz`, `/robots.txt`, `/favicon.ico` and, for what nobody else serves, a page that says so.
 *
 * @throws Error at registration when an address in the options is not one of the web
 */
export function portalPlugin(options: PortalOptions): FastifyPluginAsync {
  return async (app) => {
    const assets = loadAssets();
    const probe = statusProbe(options.probe);
    const pages = new Map<string, Representation>();
    const page = (
      language: Language,
      root: string,
    ): { language: Language; root: string; assets: typeof assets.addresses } => ({
      language,
      root,
      assets: assets.addresses,
    });
    // An address that cannot be shown fails the start rather than the first request.
    for (const url of [...Object.values(options.urls), ...options.probe.map((target) => target.url)]) requireWeb(url);

    const languageOf = (request: FastifyRequest, reply: FastifyReply): Language => {
      const lang = (request.query as Record<string, unknown>)['lang'];
      if (isLanguage(lang)) reply.header('set-cookie', languageCookieFor(lang, options.urls.portal));
      const { cookie, 'accept-language': acceptLanguage } = request.headers;
      const language = pageLanguage({ lang, cookie, acceptLanguage }, options.defaultLanguage);
      reply.header('content-language', language);
      return language;
    };

    app.get('/', async (request, reply) => {
      const language = languageOf(request, reply);
      const status = await within(probe(), pagePatience);
      const key = [language, ...(status?.services.map(({ state }) => state) ?? [])].join(' ');
      let representation = pages.get(key);
      if (!representation) {
        representation = represent(
          'text/html; charset=utf-8',
          startPage(page(language, './'), options, status),
          pageEffort,
        );
        pages.set(key, representation);
      }
      return send(request, reply.headers(securityHeaders), representation, pageCaching);
    });

    app.get<{ Params: { file: string } }>('/assets/:file', async (request, reply) => {
      const found = assets.find(request.params.file);
      if (!found) return notFound(request, reply);
      const caching = found.current ? `public, max-age=${year}, immutable` : 'no-cache';
      return send(request, reply.headers(securityHeaders), found.representation, { 'cache-control': caching });
    });

    // Browsers request this beside a document that names no icon of its own, such as /fhir/metadata.
    app.get('/favicon.ico', async (request, reply) =>
      send(request, reply.headers(securityHeaders), assets.favicon, { 'cache-control': 'public, max-age=86400' }),
    );

    app.get('/robots.txt', async (_request, reply) =>
      reply
        .headers(securityHeaders)
        .type('text/plain; charset=utf-8')
        .header('cache-control', 'public, max-age=86400')
        .send('User-agent: *\nDisallow: /\n'),
    );

    app.get('/status.json', async (_request, reply) => json(reply, await probe()));
    app.get('/healthz', async (_request, reply) => json(reply, { status: 'alive' }));
    // Once its routes are there, the portal has all it needs: it is ready though others may not be.
    app.get('/readyz', async (_request, reply) => json(reply, { status: 'ready' }));

    const notFound = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const language = languageOf(request, reply);
      const body = represent('text/html; charset=utf-8', notFoundPage(page(language, rootFrom(request.url))), 1);
      return send(request, reply.code(404).headers(securityHeaders), body, pageCaching);
    };
    app.setNotFoundHandler(notFound);
  };
}

function json(reply: FastifyReply, value: PlatformStatus | { status: string }): FastifyReply {
  return reply
    .headers(securityHeaders)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(value));
}

function languageCookieFor(language: Language, portal: string): string {
  const { pathname, protocol } = new URL(portal);
  return languageCookie(language, { name: cookieName, path: pathname, secure: protocol === 'https:' });
}

/** The way up from a path to the root: `/a/b/c` gives `../../`. So deep that nobody means it gives `/`. */
function rootFrom(url: string): string {
  const depth = (url.split('?', 1)[0] ?? '').split('/').length - 2;
  if (depth > 16) return '/';
  return depth > 0 ? '../'.repeat(depth) : './';
}

async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const waiting = new AbortController();
  try {
    return await Promise.race([promise, delay(milliseconds, undefined, { signal: waiting.signal })]);
  } finally {
    waiting.abort();
  }
}

function requireWeb(url: string): void {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:') throw new Error(`${url} is not an http or https address`);
}

/** Everything comes from this origin; nothing inline runs, nobody frames the page, no form leaves it. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of every page of the portal. */
const securityHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const;
