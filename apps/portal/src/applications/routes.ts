/** My applications. The portal only shows the answers of the SSO and decides nothing. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptForms } from '@dhp/web-kit';
import type { Page } from '../page/layout.ts';
import { notFoundPage } from '../start-page.ts';
import { answerUnasked, enter, type RequestContext } from '../session/routes.ts';
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
      const context = await enter(shell, sessions, { request, reply });
      if (context === undefined) return reply;
      const page = shell.frame(request, context.language, { section: 'applications', session: context.session });
      try {
        return await work(context, page);
      } catch (error) {
        if (!(error instanceof Unasked)) throw error;
        if (error.kind === 'not-found') return shell.sendPage(request, reply.code(404), notFoundPage(page));
        return answerUnasked(shell, sessions, { request, reply }, error.kind);
      }
    };
  const show = (path: string, work: Handler): void => void app.get(`/applications${path}`, handle(work));
  show('', async (context, page) => send(shell, context, listPage(page, await personOf(context))));
  // Target of a sign-in that began at this form.
  show('/organizations', async ({ reply }) => shell.goTo(reply, '/applications'));
  show('/new', (context, page) => chooseKind(shell, context, page));
  show('/new/:kind', (context, page) => describe(shell, context, page));
  show('/check', (context) => check(shell, context));
  show('/:client', async (context, page) => {
    const application = await applicationOf(context);
    const isRevoked = queryOf(context, 'notice') === 'revoked';
    const notice = isRevoked ? applicationsMessages[context.language].revoke.done : undefined;
    const { rates } = shell.options;
    return send(shell, context, applicationPage(page, application, { notice, ...(rates !== undefined && { rates }) }));
  });
  show('/:client/revoke', async (context, page) =>
    send(shell, context, revokePage(page, await applicationOf(context))),
  );
  void app.register(async (scope) => {
    acceptForms(scope);
    const take = (path: string, work: Handler): void => void scope.post(`/applications${path}`, handle(work));
    const receive = (path: string, work: Handler): void =>
      addReceiver(scope, shell, sessions, { path, work: handle(work) });
    take('/organizations', (context, page) => makeOrganization(shell, context, page));
    take('/new/:kind', (context, page) => register(shell, context, page));
    take('/:client/revoke', (context, page) => revoke(shell, context, page));
    const routes = { show, take, receive };
    for (const add of [addApplicationRoutes, addMemberRoutes, ...further]) add(shell, routes);
  });
}

const personOf = async (context: RequestContext): Promise<Person> => bodyOf(await context.ask<Person>(''));

async function kindsOf(context: RequestContext): Promise<readonly Kind[]> {
  return bodyOf(await context.ask<{ kinds: readonly Kind[] }>('/kinds')).kinds;
}

async function kindOf(context: RequestContext): Promise<Kind> {
  const kind = (await kindsOf(context)).find((one) => one.kind === partOf(context, 'kind'));
  if (kind === undefined) throw new Unasked('not-found');
  return kind;
}

async function chooseKind(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const organization = queryOf(context, 'organization').replaceAll(/[^\w-]/g, '');
  return send(shell, context, kindsPage(page, await kindsOf(context), organization));
}

async function describe(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const [{ organizations }, kind] = await Promise.all([personOf(context), kindOf(context)]);
  if (organizations.length === 0) return shell.goTo(context.reply, '/applications');
  const typed = {
    organization: queryOf(context, 'organization'),
    name: '',
    task: '',
    redirects: '',
    jwks: '',
    jwksUri: '',
    launchAddress: '',
  };
  return send(shell, context, detailsPage(page, kind, { organizations, typed }));
}

async function makeOrganization(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const made = settled(await context.ask<{ id: string }>('/organizations', { name: context.form.get('name') ?? '' }));
  if ('body' in made) return shell.goTo(context.reply, `/applications/new?organization=${made.body.id}`);
  return send(shell, context, listPage(page, await personOf(context), made.refusal), 400);
}

async function register(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const { form } = context;
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
    ...{ kind: partOf(context, 'kind'), client_name: typed.name, task: typed.task },
    redirect_uris: linesOf(typed.redirects),
    ...(typed.launchAddress.trim() !== '' && { initiate_login_uri: typed.launchAddress.trim() }),
    ...keysIn(typed),
  };
  const made = settled(await context.ask<NewApplication>(path, asked));
  if ('body' in made) return send(shell, context, madePage(page, made.body, shell.options), 201);
  const [{ organizations }, kind] = await Promise.all([personOf(context), kindOf(context)]);
  return send(shell, context, detailsPage(page, kind, { organizations, typed, refusal: made.refusal }), 400);
}

/** Checks addresses while they are typed: whether the SSO would accept them. */
async function check(shell: Shell, context: RequestContext): Promise<FastifyReply> {
  const asked = { kind: queryOf(context, 'kind'), redirect_uris: linesOf(queryOf(context, 'uris')) };
  const checked = settled(await context.ask<object>('/check-redirects', asked));
  const text = applicationsMessages[context.language].failures['invalid-redirect-uri'];
  const said = 'body' in checked ? { fine: true } : { fine: false, says: text };
  return context.reply.headers(shell.headers).header('cache-control', 'no-store').send(said);
}

async function revoke(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const id = encodeURIComponent(partOf(context, 'client'));
  const done = settled(await context.ask<Application>(`/applications/${id}/revoke`, {}));
  if ('body' in done) return shell.goTo(context.reply, `/applications/${id}?notice=revoked`);
  return send(shell, context, revokePage(page, await applicationOf(context), done.refusal), 409);
}
