/** The explorer: a call to a server of the platform, made by the portal on behalf of the visitor, and its answer. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptForms } from '@dhp/web-kit';
import { bodyOf, queryOf, send, Unasked } from '../applications/answers.ts';
import type { Person } from '../applications/shapes.ts';
import type { ExplorerOptions } from '../options.ts';
import type { Page } from '../page/layout.ts';
import { answerUnasked, enter, type Visit } from '../session/routes.ts';
import type { Sessions } from '../session/session.ts';
import type { Shell } from '../shell.ts';
import { callServer } from './call.ts';
import { suggestionsFor } from './completion.ts';
import { declaredAt } from './declared-at.ts';
import { explorerPage } from './page.ts';
import type { Choice, Result } from './shown.ts';
import { pathBelow, targetOf } from './target.ts';
import { tokenPage } from './token-page.ts';
import { followed, headersIn, typedIn, type Typed } from './typed.ts';

/** Bytes of a form: a resource of a megabyte, each character of it written as three. */
const bodyLimit = 3 * 1024 * 1024;

interface Parts {
  readonly shell: Shell;
  readonly sessions: Sessions;
  readonly servers: ExplorerOptions;
}

type Work = (visit: Visit, page: Page) => Promise<FastifyReply>;

export function addExplorer(app: FastifyInstance, parts: Parts): void {
  const { shell, sessions } = parts;
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
  const declared = declaredAt(parts.servers.fhir.internal);
  app.get(
    '/explorer/suggestions',
    handle(async (visit) => {
      const known = await declared();
      const found = known === undefined ? [] : suggestionsFor(known, queryOf(visit, 'path').slice(0, 4_000));
      return visit.reply.headers(shell.headers).header('cache-control', 'no-store').send(found);
    }),
  );
  void app.register(async (scope) => {
    acceptForms(scope);
    scope.post(
      '/explorer',
      { bodyLimit },
      handle((visit, page) => call(parts, visit, page)),
    );
  });
}

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
async function show({ shell, servers }: Parts, visit: Visit, page: Page): Promise<FastifyReply> {
  const choices = await choicesOf(visit);
  const asked = typedIn((name) => queryOf(visit, name));
  const typed = { ...asked, path: asked.path || '/Patient', application: asked.application || (choices[0]?.id ?? '') };
  return send(shell, visit, explorerPage(page, { typed, choices, servers }));
}

async function call(parts: Parts, visit: Visit, page: Page): Promise<FastifyReply> {
  const { shell, servers } = parts;
  const choices = await choicesOf(visit);
  const { form } = visit;
  const given = typedIn((name) => form.get(name) ?? '');
  const follow = form.get('follow');
  const typed = follow === null ? given : followed(given, follow);
  const result = await resultOf(parts, visit, typed);
  return send(shell, visit, explorerPage(page, { typed, choices, servers, result }));
}

async function resultOf({ servers }: Parts, visit: Visit, typed: Typed): Promise<Result> {
  const { server, method, path, body } = typed;
  const { internal, published } = servers[server];
  const url = targetOf(internal, published, path);
  const read = headersIn(typed.headers);
  if (url === undefined || (server === 'sso' && !isOpenAtSso(typed, pathBelow(internal, url))))
    return { refused: 'path' };
  if ('wrong' in read) return { refused: 'header', detail: read.wrong };
  const below = pathBelow(internal, url);
  const token = server === 'sso' || typed.application === '' ? undefined : await tokenFor(visit, typed, below);
  if (token !== undefined && 'refused' in token) return token;
  const hasBody = method !== 'GET' && method !== 'DELETE' && body !== '';
  const headers = {
    ...{ accept: server === 'fhir' ? 'application/fhir+json' : 'application/json', 'accept-language': visit.language },
    ...(hasBody && { 'content-type': method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json' }),
    ...read.headers,
  };
  const sent = { method, url, body: hasBody ? body : undefined };
  const authorization = token && { authorization: `Bearer ${token.token}` };
  const answered = await callServer({ ...sent, headers: { ...headers, ...authorization } });
  const shown = { method, url: `${published}${below}`, headers, body: sent.body, hasToken: token !== undefined };
  return answered === undefined ? { refused: 'away' } : { answered, sent: shown };
}

/** Addresses at which the SSO tells everybody the same: nothing here acts there, or shows it a secret. */
function isOpenAtSso({ method }: Typed, path: string): boolean {
  return method === 'GET' && /^\/(?:\.well-known\/[\w-]+|oauth\/jwks|healthz|readyz)$/.test(path);
}

/** A token of the application for this call, which the SSO records as the visitor's. */
async function tokenFor(
  visit: Visit,
  { application, method }: Typed,
  path: string,
): Promise<{ token: string } | { refused: 'token'; detail: string; reason: string }> {
  const asked = `/applications/${encodeURIComponent(application)}/explorer-token`;
  const answer = await visit.ask<{ access_token: string }>(asked, { method, path });
  if (answer.kind === 'refused') return { refused: 'token', detail: answer.message, reason: answer.reason };
  return { token: bodyOf(answer).access_token };
}
