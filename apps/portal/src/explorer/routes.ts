/** The explorer: a call to a server of the platform, made by the portal on behalf of the visitor, and its answer. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createQuota } from '@dhp/rate-limit';
import { acceptForms } from '@dhp/web-kit';
import { bodyOf, queryOf, send, Unasked } from '../applications/answers.ts';
import type { Application, Person } from '../applications/shapes.ts';
import type { ExplorerOptions } from '../options.ts';
import type { Page } from '../page/layout.ts';
import { notFoundPage } from '../start-page.ts';
import { answerUnasked, enter, type RequestContext } from '../session/routes.ts';
import type { Sessions } from '../session/session.ts';
import type { Shell } from '../shell.ts';
import { placeWords } from './answer.ts';
import { resultOf } from './calls.ts';
import { checkedBy, checkOf, isError } from './check.ts';
import { saidOf } from './body-fields.ts';
import { templatesFor, textOfTemplate, type Template } from './templates.ts';
import { openHints, type Hints } from './hints.ts';
import { explorerPage } from './page.ts';
import { refusalWords } from './refusal.ts';
import { openOwnTokens, ownRedirect, type Held, type OwnTokens } from './own-token.ts';
import type { Choice, Refused, Result, Shown } from './shown.ts';
import { tokenPage } from './token-page.ts';
import { followed, ownToken, typedIn, type Typed } from './typed.ts';

/** Lists of suggestions and of elements that one person gets in a minute: ten for each second of typing. */
const helpWhileTyping = { requests: 600, seconds: 60 };

/** Bytes of a form: a resource of a megabyte, with each character encoded as three. */
const bodyLimit = 3 * 1024 * 1024;

interface Parts {
  readonly shell: Shell;
  readonly sessions: Sessions;
  readonly servers: ExplorerOptions;
}

type Served = Parts & { readonly hints: Hints; readonly own: OwnTokens };
type Work = (context: RequestContext, page: Page) => Promise<FastifyReply>;

/** Parts of the portal below `/explorer`, each with its pages and its forms. */
export type Further = (
  parts: { readonly shell: Shell; readonly servers: ExplorerOptions; readonly own: OwnTokens },
  routes: Record<'show' | 'take', (path: string, work: Work) => void>,
) => void;

/** @param further routes below `/explorer` of other parts of the portal */
export function addExplorer(app: FastifyInstance, given: Parts, further: readonly Further[]): void {
  const { shell, sessions } = given;
  const hints = openHints(given.servers.fhir.internal);
  const { urls, signIn: options } = shell.options;
  const own = openOwnTokens({ signIn: options!, portal: urls.portal, servers: given.servers });
  const parts = { ...given, hints, own };
  const quota = createQuota({ name: 'hints', ...helpWhileTyping, callers: 10_000 });
  /** Hints requested faster than anybody types are refused: the list stays empty. */
  const mayAsk = ({ session: { person } }: RequestContext): boolean => quota.take(person, performance.now()).isGranted;
  const handle =
    (work: Work, o: { readonly isReturn?: boolean } = {}) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const context = await enter(shell, sessions, { request, reply }, o);
      if (context === undefined) {
        await dropHeld(own, request);
        return reply;
      }
      const page = shell.frame(request, context.language, { section: 'explorer', session: context.session });
      try {
        return await work(context, page);
      } catch (error) {
        if (!(error instanceof Unasked)) throw error;
        if (error.kind === 'not-found') return shell.sendPage(request, reply.code(404), notFoundPage(page));
        return answerUnasked(shell, sessions, { request, reply }, error.kind);
      }
    };
  app.get(
    '/explorer',
    handle((context, page) => show(parts, context, page)),
  );
  app.get(
    ownRedirect,
    handle((context, page) => signedIn(parts, context, page), { isReturn: true }),
  );
  app.get(
    '/explorer/token',
    handle(async (context, page) => {
      const { method, path } = typedIn((name) => queryOf(context, name));
      const checked = { method, path: path || '/Patient', scope: queryOf(context, 'scope').slice(0, 4_000) };
      return send(shell, context, tokenPage(page, checked));
    }),
  );
  app.get(
    '/explorer/suggestions',
    handle(async (context) => {
      if (!mayAsk(context)) return sendJson(shell, context, []);
      return sendJson(shell, context, await hints.suggestions(context, queryOf(context, 'path').slice(0, 4_000)));
    }),
  );
  app.get(
    '/explorer/elements',
    handle(async (context) => {
      if (!mayAsk(context)) return sendJson(shell, context, []);
      const path = queryOf(context, 'at')
        .split('.', 40)
        .filter((name) => name !== '');
      return sendJson(shell, context, await hints.elements(queryOf(context, 'type'), path, queryOf(context, 'typed')));
    }),
  );
  void app.register(async (scope) => {
    acceptForms(scope);
    scope.post(
      '/explorer',
      { bodyLimit },
      handle((context, page) => call(parts, context, page)),
    );
    scope.post(
      '/explorer/sign-in',
      handle((context, page) => signIn(parts, context, page)),
    );
    scope.post(
      '/explorer/check',
      { bodyLimit },
      handle((context, page) => checkInPlace(parts, context, page)),
    );
    const show = (path: string, work: Work): void => void app.get(`/explorer${path}`, handle(work));
    const take = (path: string, work: Work): void => void scope.post(`/explorer${path}`, handle(work));
    for (const add of further) add(parts, { show, take });
  });
}

/** A form of an ended session: nobody could use or revoke the token that it contains any more. */
async function dropHeld(own: OwnTokens, request: FastifyRequest): Promise<void> {
  const text = request.body instanceof URLSearchParams ? request.body.get('held') : null;
  if (text !== null) await own.revoke({ request }, { sealed: text });
}

const sendJson = (shell: Shell, { reply }: RequestContext, value: unknown): FastifyReply =>
  reply.headers(shell.headers).header('cache-control', 'no-store').send(value);

/** The parts of an explorer page other than the typed values and their result. */
type Around = Pick<Shown, 'choices' | 'servers' | 'templates' | 'people' | 'ownRedirectUri' | 'held'>;

/** Milliseconds that a page waits for the server's CapabilityStatement. */
const patience = 1_000;

async function around({ servers, hints, own, shell }: Served, context: RequestContext): Promise<Around> {
  const [choices, declared, held] = await Promise.all([
    choicesOf(context),
    Promise.race([hints.declared(), delay(patience, undefined, { ref: false })]),
    own.held(context, context.form.get('held') ?? ''),
  ]);
  const ownRedirectUri = `${shell.options.urls.portal}${ownRedirect}`;
  return { ...choices, servers, templates: templatesFor(declared), ownRedirectUri, held };
}

/** Applications of the visitor whose tokens can be sent, and those with which the visitor can sign in for a token. */
async function choicesOf(context: RequestContext): Promise<Pick<Shown, 'choices' | 'people'>> {
  const { organizations } = bodyOf(await context.ask<Person>(''));
  const of = (kinds: readonly string[]): Choice[] =>
    organizations.flatMap(({ name: organization, applications }) =>
      applications
        .filter(
          ({ kind, environment, state }) => kinds.includes(kind) && environment === 'playground' && state === 'works',
        )
        .map(({ client_id: id, client_name: name }) => ({ id, name: `${name} (${organization})` })),
    );
  return { choices: of(['backend']), people: of(['single-page', 'telephone', 'web']) };
}

/** Only the form: opening a page makes no call, whatever its address says. */
async function show(parts: Served, context: RequestContext, page: Page): Promise<FastifyReply> {
  const there = await around(parts, context);
  const asked = typedIn((name) => queryOf(context, name));
  const application = asked.application || (there.choices[0]?.id ?? '');
  const typed = { ...asked, path: asked.path || '/Patient', application };
  return send(parts.shell, context, explorerPage(page, { ...there, typed }));
}

async function call(parts: Served, context: RequestContext, page: Page): Promise<FastifyReply> {
  const { shell, servers, own } = parts;
  const there = await around(parts, context);
  const { form } = context;
  const given = typedIn((name) => form.get(name) ?? '');
  if (form.has('forget')) {
    if (there.held !== undefined && !(await own.revoke(context, there.held))) {
      const result = { refused: 'away' } as const;
      return send(shell, context, explorerPage(page, { ...there, typed: given, result }));
    }
    const typed = { ...given, application: there.choices[0]?.id ?? '' };
    return send(shell, context, explorerPage(page, { ...there, held: undefined, typed, isForgotten: true }));
  }
  const chosen = there.templates.find(({ id }) => form.has('insert') && id === form.get('template'));
  if (chosen !== undefined)
    return send(shell, context, explorerPage(page, { ...there, typed: withTemplate(given, chosen) }));
  const follow = form.get('follow');
  const typed = follow === null ? given : followed(given, follow);
  const make = form.has('check') ? checked : resultOf;
  const result = await make(servers, context, typed, there.held);
  return send(shell, context, explorerPage(page, { ...there, typed, result }));
}

/** Leads to the SSO, for a token of one of the visitor's applications. */
async function signIn(parts: Served, context: RequestContext, page: Page): Promise<FastifyReply> {
  const { shell, own } = parts;
  const client = context.form.get('client') ?? '';
  const found = bodyOf(await context.ask<Application>(`/applications/${encodeURIComponent(client)}`));
  const uri = `${shell.options.urls.portal}${ownRedirect}`;
  const isThere = found.environment === 'playground' && found.state === 'works';
  const trouble = !isThere
    ? 'unauthorized_client'
    : !found.public
      ? 'secret'
      : found.redirect_uris.includes(uri)
        ? undefined
        : 'redirect';
  if (trouble !== undefined) return showTrouble(parts, context, page, trouble);
  const application = { id: found.client_id, name: found.client_name, scope: found.scope };
  return shell.goTo(context.reply, await own.begin(context, application));
}

async function signedIn(parts: Served, context: RequestContext, page: Page): Promise<FastifyReply> {
  const held = await parts.own.complete(context, (name) => queryOf(context, name));
  if ('error' in held) return showTrouble(parts, context, page, held.error);
  const typed = { ...typedIn(() => ''), path: '/Patient', application: ownToken };
  return send(parts.shell, context, explorerPage(page, { ...(await around(parts, context)), typed, held }));
}

async function showTrouble(parts: Served, context: RequestContext, page: Page, error: string): Promise<FastifyReply> {
  const there = await around(parts, context);
  const typed = { ...typedIn(() => ''), path: '/Patient', application: there.choices[0]?.id ?? '' };
  const result = { refused: 'own-token', detail: error } as const;
  return send(parts.shell, context, explorerPage(page, { ...there, typed, result }), 400);
}

const withTemplate = (typed: Typed, template: Template): Typed => ({
  ...typed,
  ...{ server: 'fhir', method: 'POST', path: `/${template.resource.resourceType}`, body: textOfTemplate(template) },
});

async function checked(
  servers: ExplorerOptions,
  context: RequestContext,
  typed: Typed,
  held: Held | undefined,
): Promise<Exclude<Result, { answered: unknown }>> {
  const asked = checkOf(typed);
  if (asked === undefined) return { refused: 'nothing' };
  const result: Result | Refused = await resultOf(servers, context, { ...asked, server: 'fhir' }, held);
  return 'answered' in result ? { checked: checkedBy(result.answered) } : result;
}

/** The same for the script of the page: a sentence, and each finding with its place. */
async function checkInPlace(
  { shell, servers, own }: Served,
  context: RequestContext,
  page: Page,
): Promise<FastifyReply> {
  const { form, language } = context;
  const held = await own.held(context, form.get('held') ?? '');
  const typed = typedIn((name) => form.get(name) ?? '');
  const result = await checked(servers, context, typed, held);
  if ('refused' in result) return sendJson(shell, context, { said: refusalWords(language, result), issues: [] });
  const issues = result.checked.issues.map((issue) => ({
    ...issue,
    isError: isError(issue),
    place: issue.line === undefined ? '' : placeWords(language, issue.line, issue.column),
  }));
  return sendJson(shell, context, { said: saidOf(page, result.checked), issues });
}
