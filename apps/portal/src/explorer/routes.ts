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
import { answerUnasked, enter, type Visit } from '../session/routes.ts';
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

/** Bytes of a form: a resource of a megabyte, each character of it written as three. */
const bodyLimit = 3 * 1024 * 1024;

interface Parts {
  readonly shell: Shell;
  readonly sessions: Sessions;
  readonly servers: ExplorerOptions;
}

type Served = Parts & { readonly hints: Hints; readonly own: OwnTokens };
type Work = (visit: Visit, page: Page) => Promise<FastifyReply>;

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
  /** Help that is asked for faster than anybody types is none: the list stays empty. */
  const mayAsk = ({ session: { person } }: Visit): boolean => quota.take(person, performance.now()).isGranted;
  const handle =
    (work: Work, o: { readonly isReturn?: boolean } = {}) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const visit = await enter(shell, sessions, { request, reply }, o);
      if (visit === undefined) {
        await dropHeld(own, request);
        return reply;
      }
      const page = shell.frame(request, visit.language, { section: 'explorer', session: visit.session });
      try {
        return await work(visit, page);
      } catch (error) {
        if (!(error instanceof Unasked)) throw error;
        if (error.kind === 'not-found') return shell.sendPage(request, reply.code(404), notFoundPage(page));
        return answerUnasked(shell, sessions, { request, reply }, error.kind);
      }
    };
  app.get(
    '/explorer',
    handle((visit, page) => show(parts, visit, page)),
  );
  app.get(
    ownRedirect,
    handle((visit, page) => signedIn(parts, visit, page), { isReturn: true }),
  );
  app.get(
    '/explorer/token',
    handle(async (visit, page) => {
      const { method, path } = typedIn((name) => queryOf(visit, name));
      const checked = { method, path: path || '/Patient', scope: queryOf(visit, 'scope').slice(0, 4_000) };
      return send(shell, visit, tokenPage(page, checked));
    }),
  );
  app.get(
    '/explorer/suggestions',
    handle(async (visit) => {
      if (!mayAsk(visit)) return sendJson(shell, visit, []);
      return sendJson(shell, visit, await hints.suggestions(visit, queryOf(visit, 'path').slice(0, 4_000)));
    }),
  );
  app.get(
    '/explorer/elements',
    handle(async (visit) => {
      if (!mayAsk(visit)) return sendJson(shell, visit, []);
      const path = queryOf(visit, 'at')
        .split('.', 40)
        .filter((name) => name !== '');
      return sendJson(shell, visit, await hints.elements(queryOf(visit, 'type'), path, queryOf(visit, 'typed')));
    }),
  );
  void app.register(async (scope) => {
    acceptForms(scope);
    scope.post(
      '/explorer',
      { bodyLimit },
      handle((visit, page) => call(parts, visit, page)),
    );
    scope.post(
      '/explorer/sign-in',
      handle((visit, page) => signIn(parts, visit, page)),
    );
    scope.post(
      '/explorer/check',
      { bodyLimit },
      handle((visit, page) => checkInPlace(parts, visit, page)),
    );
    const show = (path: string, work: Work): void => void app.get(`/explorer${path}`, handle(work));
    const take = (path: string, work: Work): void => void scope.post(`/explorer${path}`, handle(work));
    for (const add of further) add(parts, { show, take });
  });
}

/** A form of a session that has ended: nobody could use the token that it holds, or end it, any more. */
async function dropHeld(own: OwnTokens, request: FastifyRequest): Promise<void> {
  const text = request.body instanceof URLSearchParams ? request.body.get('held') : null;
  if (text !== null) await own.revoke({ request }, { sealed: text });
}

const sendJson = (shell: Shell, { reply }: Visit, value: unknown): FastifyReply =>
  reply.headers(shell.headers).header('cache-control', 'no-store').send(value);

/** A page of the explorer, beside what was typed and what came of it. */
type Around = Pick<Shown, 'choices' | 'servers' | 'templates' | 'people' | 'ownRedirectUri' | 'held'>;

/** Milliseconds that a page waits for what the server declares. */
const patience = 1_000;

async function around({ servers, hints, own, shell }: Served, visit: Visit): Promise<Around> {
  const [choices, declared, held] = await Promise.all([
    choicesOf(visit),
    Promise.race([hints.declared(), delay(patience, undefined, { ref: false })]),
    own.held(visit, visit.form.get('held') ?? ''),
  ]);
  const ownRedirectUri = `${shell.options.urls.portal}${ownRedirect}`;
  return { ...choices, servers, templates: templatesFor(declared), ownRedirectUri, held };
}

/** Applications of the visitor whose tokens can be sent, and those with which the visitor can sign in for one. */
async function choicesOf(visit: Visit): Promise<Pick<Shown, 'choices' | 'people'>> {
  const { organizations } = bodyOf(await visit.ask<Person>(''));
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

/** The form alone: a page that is opened makes no call, whatever its address says. */
async function show(parts: Served, visit: Visit, page: Page): Promise<FastifyReply> {
  const there = await around(parts, visit);
  const asked = typedIn((name) => queryOf(visit, name));
  const application = asked.application || (there.choices[0]?.id ?? '');
  const typed = { ...asked, path: asked.path || '/Patient', application };
  return send(parts.shell, visit, explorerPage(page, { ...there, typed }));
}

async function call(parts: Served, visit: Visit, page: Page): Promise<FastifyReply> {
  const { shell, servers, own } = parts;
  const there = await around(parts, visit);
  const { form } = visit;
  const given = typedIn((name) => form.get(name) ?? '');
  if (form.has('forget')) {
    if (there.held !== undefined && !(await own.revoke(visit, there.held))) {
      const result = { refused: 'away' } as const;
      return send(shell, visit, explorerPage(page, { ...there, typed: given, result }));
    }
    const typed = { ...given, application: there.choices[0]?.id ?? '' };
    return send(shell, visit, explorerPage(page, { ...there, held: undefined, typed, isForgotten: true }));
  }
  const chosen = there.templates.find(({ id }) => form.has('insert') && id === form.get('template'));
  if (chosen !== undefined)
    return send(shell, visit, explorerPage(page, { ...there, typed: withTemplate(given, chosen) }));
  const follow = form.get('follow');
  const typed = follow === null ? given : followed(given, follow);
  const make = form.has('check') ? checked : resultOf;
  const result = await make(servers, visit, typed, there.held);
  return send(shell, visit, explorerPage(page, { ...there, typed, result }));
}

/** Leads to the SSO, for a token of one of the visitor's applications. */
async function signIn(parts: Served, visit: Visit, page: Page): Promise<FastifyReply> {
  const { shell, own } = parts;
  const client = visit.form.get('client') ?? '';
  const found = bodyOf(await visit.ask<Application>(`/applications/${encodeURIComponent(client)}`));
  const uri = `${shell.options.urls.portal}${ownRedirect}`;
  const isThere = found.environment === 'playground' && found.state === 'works';
  const trouble = !isThere
    ? 'unauthorized_client'
    : !found.public
      ? 'secret'
      : found.redirect_uris.includes(uri)
        ? undefined
        : 'redirect';
  if (trouble !== undefined) return showTrouble(parts, visit, page, trouble);
  const application = { id: found.client_id, name: found.client_name, scope: found.scope };
  return shell.goTo(visit.reply, await own.begin(visit, application));
}

async function signedIn(parts: Served, visit: Visit, page: Page): Promise<FastifyReply> {
  const held = await parts.own.complete(visit, (name) => queryOf(visit, name));
  if ('error' in held) return showTrouble(parts, visit, page, held.error);
  const typed = { ...typedIn(() => ''), path: '/Patient', application: ownToken };
  return send(parts.shell, visit, explorerPage(page, { ...(await around(parts, visit)), typed, held }));
}

async function showTrouble(parts: Served, visit: Visit, page: Page, error: string): Promise<FastifyReply> {
  const there = await around(parts, visit);
  const typed = { ...typedIn(() => ''), path: '/Patient', application: there.choices[0]?.id ?? '' };
  const result = { refused: 'own-token', detail: error } as const;
  return send(parts.shell, visit, explorerPage(page, { ...there, typed, result }), 400);
}

const withTemplate = (typed: Typed, template: Template): Typed => ({
  ...typed,
  ...{ server: 'fhir', method: 'POST', path: `/${template.resource.resourceType}`, body: textOfTemplate(template) },
});

async function checked(
  servers: ExplorerOptions,
  visit: Visit,
  typed: Typed,
  held: Held | undefined,
): Promise<Exclude<Result, { answered: unknown }>> {
  const asked = checkOf(typed);
  if (asked === undefined) return { refused: 'nothing' };
  const result: Result | Refused = await resultOf(servers, visit, { ...asked, server: 'fhir' }, held);
  return 'answered' in result ? { checked: checkedBy(result.answered) } : result;
}

/** The same for the script of the page: a sentence, and each finding with its place. */
async function checkInPlace({ shell, servers, own }: Served, visit: Visit, page: Page): Promise<FastifyReply> {
  const { form, language } = visit;
  const held = await own.held(visit, form.get('held') ?? '');
  const typed = typedIn((name) => form.get(name) ?? '');
  const result = await checked(servers, visit, typed, held);
  if ('refused' in result) return sendJson(shell, visit, { said: refusalWords(language, result), issues: [] });
  const issues = result.checked.issues.map((issue) => ({
    ...issue,
    isError: isError(issue),
    place: issue.line === undefined ? '' : placeWords(language, issue.line, issue.column),
  }));
  return sendJson(shell, visit, { said: saidOf(page, result.checked), issues });
}
