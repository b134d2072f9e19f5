/** My applications. The portal only shows what the SSO answers: it decides nothing. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptForms } from '@dhp/web-kit';
import type { Page } from '../page/layout.ts';
import { notFoundPage } from '../start-page.ts';
import { answerUnasked, enter, type Visit } from '../session/routes.ts';
import type { Sessions } from '../session/session.ts';
import type { Shell } from '../shell.ts';
import { applicationsMessages } from '../texts/applications.ts';
import {
  applicationOf,
  bodyOf,
  linesOf,
  partOf,
  queryOf,
  send,
  settled,
  Unasked,
  type Handler,
  type Routes,
} from './answers.ts';
import { addApplicationRoutes, keysIn } from './application-routes.ts';
import { addMemberRoutes } from './member-routes.ts';
import { applicationPage, listPage, revokePage } from './pages.ts';
import type { Application, Kind, NewApplication, Person } from './shapes.ts';
import { addReceiver } from './uploads.ts';
import { detailsPage, kindsPage, madePage, type Typed } from './wizard.ts';

/** @param further routes below `/applications` of other parts of the portal */
export function addApplications(
  app: FastifyInstance,
  shell: Shell,
  sessions: Sessions,
  further: readonly ((shell: Shell, routes: Routes) => void)[],
): void {
  const handle =
    (work: Handler) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const visit = await enter(shell, sessions, { request, reply });
      if (visit === undefined) return reply;
      const page = shell.frame(request, visit.language, { section: 'applications', session: visit.session });
      try {
        return await work(visit, page);
      } catch (error) {
        if (!(error instanceof Unasked)) throw error;
        if (error.kind === 'not-found') return shell.sendPage(request, reply.code(404), notFoundPage(page));
        return answerUnasked(shell, sessions, { request, reply }, error.kind);
      }
    };
  const show = (path: string, work: Handler): void => void app.get(`/applications${path}`, handle(work));
  show('', async (visit, page) => send(shell, visit, listPage(page, await personOf(visit))));
  // Where a sign-in leads back to that began at this form.
  show('/organizations', async ({ reply }) => shell.goTo(reply, '/applications'));
  show('/new', (visit, page) => chooseKind(shell, visit, page));
  show('/new/:kind', (visit, page) => describe(shell, visit, page));
  show('/check', (visit) => check(shell, visit));
  show('/:client', async (visit, page) => {
    const application = await applicationOf(visit);
    const isRevoked = queryOf(visit, 'notice') === 'revoked';
    const notice = isRevoked ? applicationsMessages[visit.language].revoke.done : undefined;
    const { rates } = shell.options;
    return send(shell, visit, applicationPage(page, application, { notice, ...(rates !== undefined && { rates }) }));
  });
  show('/:client/revoke', async (visit, page) => send(shell, visit, revokePage(page, await applicationOf(visit))));
  void app.register(async (scope) => {
    acceptForms(scope);
    const take = (path: string, work: Handler): void => void scope.post(`/applications${path}`, handle(work));
    const receive = (path: string, work: Handler): void =>
      addReceiver(scope, shell, sessions, { path, work: handle(work) });
    take('/organizations', (visit, page) => makeOrganization(shell, visit, page));
    take('/new/:kind', (visit, page) => register(shell, visit, page));
    take('/:client/revoke', (visit, page) => revoke(shell, visit, page));
    const routes = { show, take, receive };
    for (const add of [addApplicationRoutes, addMemberRoutes, ...further]) add(shell, routes);
  });
}

const personOf = async (visit: Visit): Promise<Person> => bodyOf(await visit.ask<Person>(''));

async function kindsOf(visit: Visit): Promise<readonly Kind[]> {
  return bodyOf(await visit.ask<{ kinds: readonly Kind[] }>('/kinds')).kinds;
}

async function kindOf(visit: Visit): Promise<Kind> {
  const kind = (await kindsOf(visit)).find((one) => one.kind === partOf(visit, 'kind'));
  if (kind === undefined) throw new Unasked('not-found');
  return kind;
}

async function chooseKind(shell: Shell, visit: Visit, page: Page): Promise<FastifyReply> {
  const organization = queryOf(visit, 'organization').replaceAll(/[^\w-]/g, '');
  return send(shell, visit, kindsPage(page, await kindsOf(visit), organization));
}

async function describe(shell: Shell, visit: Visit, page: Page): Promise<FastifyReply> {
  const [{ organizations }, kind] = await Promise.all([personOf(visit), kindOf(visit)]);
  if (organizations.length === 0) return shell.goTo(visit.reply, '/applications');
  const typed = {
    organization: queryOf(visit, 'organization'),
    name: '',
    task: '',
    redirects: '',
    jwks: '',
    jwksUri: '',
    launchAddress: '',
  };
  return send(shell, visit, detailsPage(page, kind, { organizations, typed }));
}

async function makeOrganization(shell: Shell, visit: Visit, page: Page): Promise<FastifyReply> {
  const made = settled(await visit.ask<{ id: string }>('/organizations', { name: visit.form.get('name') ?? '' }));
  if ('body' in made) return shell.goTo(visit.reply, `/applications/new?organization=${made.body.id}`);
  return send(shell, visit, listPage(page, await personOf(visit), made.refusal), 400);
}

async function register(shell: Shell, visit: Visit, page: Page): Promise<FastifyReply> {
  const { form } = visit;
  const typed: Typed = {
    organization: form.get('organization') ?? '',
    name: form.get('client_name') ?? '',
    task: form.get('task') ?? '',
    redirects: form.get('redirect_uris') ?? '',
    ...{ jwks: form.get('jwks') ?? '', jwksUri: form.get('jwks_uri') ?? '' },
    launchAddress: form.get('initiate_login_uri') ?? '',
  };
  const path = `/organizations/${encodeURIComponent(typed.organization)}/applications`;
  const asked = {
    ...{ kind: partOf(visit, 'kind'), client_name: typed.name, task: typed.task },
    redirect_uris: linesOf(typed.redirects),
    ...(typed.launchAddress.trim() !== '' && { initiate_login_uri: typed.launchAddress.trim() }),
    ...keysIn(typed),
  };
  const made = settled(await visit.ask<NewApplication>(path, asked));
  if ('body' in made) return send(shell, visit, madePage(page, made.body, shell.options), 201);
  const [{ organizations }, kind] = await Promise.all([personOf(visit), kindOf(visit)]);
  return send(shell, visit, detailsPage(page, kind, { organizations, typed, refusal: made.refusal }), 400);
}

/** Says of addresses that are being typed whether the SSO would take them. */
async function check(shell: Shell, visit: Visit): Promise<FastifyReply> {
  const asked = { kind: queryOf(visit, 'kind'), redirect_uris: linesOf(queryOf(visit, 'uris')) };
  const checked = settled(await visit.ask<object>('/check-redirects', asked));
  const text = applicationsMessages[visit.language].failures['invalid-redirect-uri'];
  const said = 'body' in checked ? { fine: true } : { fine: false, says: text };
  return visit.reply.headers(shell.headers).header('cache-control', 'no-store').send(said);
}

async function revoke(shell: Shell, visit: Visit, page: Page): Promise<FastifyReply> {
  const id = encodeURIComponent(partOf(visit, 'client'));
  const done = settled(await visit.ask<Application>(`/applications/${id}/revoke`, {}));
  if ('body' in done) return shell.goTo(visit.reply, `/applications/${id}?notice=revoked`);
  return send(shell, visit, revokePage(page, await applicationOf(visit), done.refusal), 409);
}
