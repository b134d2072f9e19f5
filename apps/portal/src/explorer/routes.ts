/** The explorer: a call to a server of the platform, made by the portal on behalf of the visitor, and its answer. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptForms } from '@dhp/web-kit';
import { bodyOf, queryOf, send, Unasked } from '../applications/answers.ts';
import type { Person } from '../applications/shapes.ts';
import type { ExplorerOptions } from '../options.ts';
import type { Page } from '../page/layout.ts';
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
import type { Choice, Refused, Result } from './shown.ts';
import { tokenPage } from './token-page.ts';
import { followed, typedIn, type Typed } from './typed.ts';

/** Bytes of a form: a resource of a megabyte, each character of it written as three. */
const bodyLimit = 3 * 1024 * 1024;

interface Parts {
  readonly shell: Shell;
  readonly sessions: Sessions;
  readonly servers: ExplorerOptions;
}

type Served = Parts & { readonly hints: Hints };
type Work = (visit: Visit, page: Page) => Promise<FastifyReply>;

export function addExplorer(app: FastifyInstance, given: Parts): void {
  const { shell, sessions } = given;
  const hints = openHints(given.servers.fhir.internal);
  const parts = { ...given, hints };
  const handle =
    (work: Work) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const visit = await enter(shell, sessions, { request, reply });
      if (visit === undefined) return reply;
      const page = shell.frame(request, visit.language, { section: 'explorer', session: visit.session });
      try {
        return await work(visit, page);
      } catch (error) {
        if (!(error instanceof Unasked)) throw error;
        return answerUnasked(shell, sessions, { request, reply }, error.kind === 'not-found' ? 'away' : error.kind);
      }
    };
  app.get(
    '/explorer',
    handle((visit, page) => show(parts, visit, page)),
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
    handle(async (visit) =>
      sendJson(shell, visit, await hints.suggestions(visit, queryOf(visit, 'path').slice(0, 4_000))),
    ),
  );
  app.get(
    '/explorer/elements',
    handle(async (visit) => {
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
      '/explorer/check',
      { bodyLimit },
      handle((visit, page) => checkInPlace(parts, visit, page)),
    );
  });
}

const sendJson = (shell: Shell, { reply }: Visit, value: unknown): FastifyReply =>
  reply.headers(shell.headers).header('cache-control', 'no-store').send(value);

/** Applications of the visitor whose tokens can be sent. */
async function choicesOf(visit: Visit): Promise<Choice[]> {
  const { organizations } = bodyOf(await visit.ask<Person>(''));
  return organizations.flatMap(({ name: organization, applications }) =>
    applications
      .filter(({ kind, environment, state }) => kind === 'backend' && environment === 'playground' && state === 'works')
      .map(({ client_id: id, client_name: name }) => ({ id, name: `${name} (${organization})` })),
  );
}

/** The form alone: a page that is opened makes no call, whatever its address says. */
async function show({ shell, servers, hints }: Served, visit: Visit, page: Page): Promise<FastifyReply> {
  const [choices, templates] = await Promise.all([choicesOf(visit), templatesOf(hints)]);
  const asked = typedIn((name) => queryOf(visit, name));
  const typed = { ...asked, path: asked.path || '/Patient', application: asked.application || (choices[0]?.id ?? '') };
  return send(shell, visit, explorerPage(page, { typed, choices, servers, templates }));
}

/** Milliseconds that a page waits for what the server declares. */
const patience = 1_000;

async function templatesOf({ declared }: Hints): Promise<Template[]> {
  return templatesFor(await Promise.race([declared(), delay(patience, undefined, { ref: false })]));
}

async function call({ shell, servers, hints }: Served, visit: Visit, page: Page): Promise<FastifyReply> {
  const [choices, templates] = await Promise.all([choicesOf(visit), templatesOf(hints)]);
  const { form } = visit;
  const given = typedIn((name) => form.get(name) ?? '');
  const chosen = templates.find(({ id }) => form.has('insert') && id === form.get('template'));
  if (chosen !== undefined) {
    const typed = withTemplate(given, chosen);
    return send(shell, visit, explorerPage(page, { typed, choices, servers, templates }));
  }
  const follow = form.get('follow');
  const typed = follow === null ? given : followed(given, follow);
  const result = form.has('check') ? await checked(servers, visit, typed) : await resultOf(servers, visit, typed);
  return send(shell, visit, explorerPage(page, { typed, choices, servers, templates, result }));
}

const withTemplate = (typed: Typed, template: Template): Typed => ({
  ...typed,
  ...{ server: 'fhir', method: 'POST', path: `/${template.resource.resourceType}`, body: textOfTemplate(template) },
});

async function checked(
  servers: ExplorerOptions,
  visit: Visit,
  typed: Typed,
): Promise<Exclude<Result, { answered: unknown }>> {
  const asked = checkOf(typed);
  if (asked === undefined) return { refused: 'nothing' };
  const result: Result | Refused = await resultOf(servers, visit, { ...asked, server: 'fhir' });
  return 'answered' in result ? { checked: checkedBy(result.answered) } : result;
}

/** The same for the script of the page: a sentence, and each finding with its place. */
async function checkInPlace({ shell, servers }: Served, visit: Visit, page: Page): Promise<FastifyReply> {
  const { form, language } = visit;
  const result = await checked(
    servers,
    visit,
    typedIn((name) => form.get(name) ?? ''),
  );
  if ('refused' in result) return sendJson(shell, visit, { said: refusalWords(language, result), issues: [] });
  const issues = result.checked.issues.map((issue) => ({
    ...issue,
    isError: isError(issue),
    place: issue.line === undefined ? '' : placeWords(language, issue.line, issue.column),
  }));
  return sendJson(shell, visit, { said: saidOf(page, result.checked), issues });
}
