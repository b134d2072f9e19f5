/** The portal's routes. Everything is encapsulated: the FHIR server on the same listener is not affected. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { represent, send, type Representation } from '@dhp/web-kit';
import { addApplications } from './applications/routes.ts';
import { dataRoutes } from './data.ts';
import { historyReader, type History } from './history/read.ts';
import { addDocuments } from './documents/routes.ts';
import type { ExplorerOptions, PortalOptions, SignInOptions } from './options.ts';
import { addErrorPages } from './errors/routes.ts';
import { addExplorer } from './explorer/routes.ts';
import { addLauncher } from './launcher/routes.ts';
import { notFoundPage, startPage } from './start-page.ts';
import { addReceiverRoutes } from './receivers/routes.ts';
import { addRequestRoutes } from './requests/routes.ts';
import { subscriptionRoutes } from './subscriptions/routes.ts';
import type { Standing } from './page/who.ts';
import { openSessions, type Session, type Sessions } from './session/session.ts';
import { addSignIn } from './session/routes.ts';
import type { Answer } from './session/sso.ts';
import { openShell, type Shell } from './shell.ts';
import { statusProbe, type PlatformStatus } from './status.ts';

const year = 31_536_000;

/** How long the page waits for the services' answers, in milliseconds; the script adds later ones. */
const pagePatience = 250;

/** How long the start page waits for the data of the signed-in person, in milliseconds. */
const personPatience = 1_000;

/** Brotli quality for pages: they are made while a person waits, though only once for each language and state. */
const pageEffort = 5;

const pageCaching = { 'cache-control': 'private, no-cache', vary: 'Accept-Language, Cookie' };

/**
 * The portal as a plugin, to be registered without a prefix. It answers `/`, `/status.json`, `/assets/…`, `/healthz`, `/readyz`,
 * `/robots.txt`, `/favicon.ico` and, for paths without another route, a page that says so; `/errors` and the page of each code below it,
 * `/documents` and the page of each document; if people can sign in, also `/sign-in`, `/signed-in`, `/sign-out`, `/applications` and
 * `/explorer`.
 *
 * @throws Error at registration if an address in the options is not a web address
 */
export function portalPlugin(options: PortalOptions): FastifyPluginAsync {
  return async (app) => {
    // An address that cannot be shown fails the start rather than the first request.
    for (const url of [...Object.values(options.urls), ...options.probe.map((target) => target.url)]) requireWeb(url);
    const shell = openShell(options);
    const sessions = options.signIn && openSessions(options, options.signIn);
    const probe = statusProbe(options.probe);
    const history = options.historyUrl === undefined ? undefined : historyReader(options.historyUrl);
    addStart(app, shell, { sessions, probe, history });
    addFiles(app, shell);
    app.get('/status.json', async (_request, reply) => json(shell, reply, await probe()));
    app.get('/healthz', async (_request, reply) => json(shell, reply, { status: 'alive' }));
    // With its routes the portal is complete: it is ready even if other services are not.
    app.get('/readyz', async (_request, reply) => json(shell, reply, { status: 'ready' }));
    if (sessions !== undefined) {
      addSignIn(app, shell, sessions);
      const { fhirInternal: playground, productionInternal: production } = options.signIn!;
      addApplications(app, shell, sessions, [
        addRequestRoutes,
        subscriptionRoutes({ playground, production }),
        addReceiverRoutes,
        dataRoutes(playground),
      ]);
      addExplorer(app, { shell, sessions, servers: serversOf(options, options.signIn!) }, [addLauncher]);
    }
    const nothing = (request: FastifyRequest, reply: FastifyReply): FastifyReply => notFound(shell, request, reply);
    addErrorPages(app, shell, { notFound: nothing, sessions });
    addDocuments(app, shell, { notFound: nothing, sessions });
    app.setNotFoundHandler(nothing);
  };
}

const serversOf = ({ urls }: PortalOptions, { fhirInternal, ssoInternal }: SignInOptions): ExplorerOptions => ({
  fhir: { internal: fhirInternal, published: urls.playground },
  sso: { internal: ssoInternal, published: urls.sso },
});

interface StartParts {
  readonly sessions: Sessions | undefined;
  readonly probe: () => Promise<PlatformStatus>;
  readonly history: (() => Promise<History | undefined>) | undefined;
}

/** The start page: the same for all visitors who are not signed in, made once for each language, state and history. */
function addStart(app: FastifyInstance, shell: Shell, { sessions, probe, history: readHistory }: StartParts): void {
  let pages = new Map<string, Representation>();
  let shown: History | undefined;
  app.get('/', async (request, reply) => {
    const language = shell.languageOf(request, reply);
    const [status, history, found] = await Promise.all([
      within(probe(), pagePatience),
      readHistory && within(readHistory(), pagePatience),
      sessions?.find(request),
    ]);
    const person = found && (await personOf(sessions!, found, request));
    const session = person?.kind === 'signed-out' ? undefined : found;
    if (session !== found) sessions!.forget(reply);
    const frame = shell.frame(request, language, { section: 'start', session });
    const make = (standing?: Standing): string => startPage(frame, shell.options, { status, history, standing });
    if (session !== undefined)
      return shell.sendPage(request, reply, make(person?.kind === 'done' ? person.body : undefined));
    if (history !== shown) {
      pages = new Map();
      shown = history;
    }
    const key = [language, ...(status?.services.map(({ state }) => state) ?? [])].join(' ');
    let representation = pages.get(key);
    if (!representation) {
      representation = represent('text/html; charset=utf-8', make(), pageEffort);
      pages.set(key, representation);
    }
    return send(request, reply.headers(shell.headers), representation, pageCaching);
  });
}

/** Undefined if the SSO does not answer in time: the page is useful without it. */
function personOf(
  { sso }: Sessions,
  { token }: Session,
  request: FastifyRequest,
): Promise<Answer<Standing> | undefined> {
  return within(sso.ask<Standing>({ token, address: request.ip }, ''), personPatience);
}

function addFiles(app: FastifyInstance, shell: Shell): void {
  const { assets, headers } = shell;
  app.get<{ Params: { file: string } }>('/assets/:file', async (request, reply) => {
    const found = assets.find(request.params.file);
    if (!found) return notFound(shell, request, reply);
    const caching = found.current ? `public, max-age=${year}, immutable` : 'no-cache';
    return send(request, reply.headers(headers), found.representation, { 'cache-control': caching });
  });

  // Browsers request this for documents without an icon, such as /fhir/metadata.
  app.get('/favicon.ico', async (request, reply) =>
    send(request, reply.headers(headers), assets.favicon, { 'cache-control': 'public, max-age=86400' }),
  );

  app.get('/robots.txt', async (_request, reply) =>
    reply
      .headers(headers)
      .type('text/plain; charset=utf-8')
      .header('cache-control', 'public, max-age=86400')
      .send('User-agent: *\nDisallow: /\n'),
  );
}

function json(shell: Shell, reply: FastifyReply, value: PlatformStatus | { status: string }): FastifyReply {
  return reply
    .headers(shell.headers)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(value));
}

function notFound(shell: Shell, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const page = notFoundPage(shell.frame(request, shell.languageOf(request, reply)));
  const body = represent('text/html; charset=utf-8', page, 1);
  return send(request, reply.code(404).headers(shell.headers), body, pageCaching);
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
