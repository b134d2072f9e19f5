/** Launches of the visitor's applications: chosen, played, and shown. */
import type { FastifyReply } from 'fastify';
import { bodyOf, queryOf, send, settled, Unasked } from '../applications/answers.ts';
import type { Application, Person } from '../applications/shapes.ts';
import type { Further } from '../explorer/routes.ts';
import type { Page } from '../page/layout.ts';
import type { RequestContext } from '../session/routes.ts';
import type { Plan } from './course.ts';
import { playLaunch } from './launch.ts';
import { linkPage, outcomePage } from './outcome-page.ts';
import { launchablePage, launcherPage, type Launcher } from './page.ts';
import type { Launched, TestPerson } from './shapes.ts';

type LauncherParts = Parameters<Further>[0];

export const addLauncher: Further = (parts, { show, take }) => {
  show('/launch', (context, page) => showLauncher(parts, context, page));
  take('/launch', (context, page) => takeLaunch(parts, context, page));
};

/** The list of applications, or the forms of the one that the address names. */
async function showLauncher({ shell }: LauncherParts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const client = queryOf(context, 'client');
  if (client !== '') return send(shell, context, launcherPage(page, await launcherOf(context, client)));
  const { organizations } = bodyOf(await context.ask<Person>(''));
  const choices = organizations.flatMap(({ name: organization, applications }) =>
    applications
      .filter(isLaunchable)
      .map(({ client_id: id, client_name: name }) => ({ id, name: `${name} (${organization})` })),
  );
  return send(shell, context, launchablePage(page, choices));
}

/** People sign in at it with a browser, in the playground. */
const isLaunchable = ({ kind, environment, state }: Pick<Application, 'kind' | 'environment' | 'state'>): boolean =>
  ['web', 'single-page', 'telephone'].includes(kind) && environment === 'playground' && state === 'works';

async function launcherOf(context: RequestContext, client: string): Promise<Launcher> {
  const application = bodyOf(await context.ask<Application>(`/applications/${encodeURIComponent(client)}`));
  if (!isLaunchable(application)) throw new Unasked('not-found');
  const { people } = bodyOf(await context.ask<{ people: readonly TestPerson[] }>('/test-people'));
  return { application, people, isForHealthWorkers: application.scope.split(' ').includes('launch') };
}

async function takeLaunch(parts: LauncherParts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const { shell, servers, own } = parts;
  const launcher = await launcherOf(context, context.form.get('client') ?? '');
  const plan = planOf(context, launcher);
  // Our forms never send this, so the form is shown again.
  if (plan === undefined) return send(shell, context, launcherPage(page, launcher), 400);
  if (context.form.get('act') === 'link' && plan.kind === 'ehr')
    return makeLink(parts, context, page, { launcher, plan });
  const { relayKey } = shell.options.signIn!;
  const outcome = await playLaunch({ servers, own, relayKey }, context, plan);
  return send(shell, context, outcomePage(page, plan, outcome));
}

function planOf({ form }: RequestContext, { application, people, isForHealthWorkers }: Launcher): Plan | undefined {
  const kind = form.get('kind') === 'ehr' ? 'ehr' : 'standalone';
  const person = people.find(({ as }) => as === form.get('person'));
  const patient = people.find(({ as, is }) => as === form.get('patient') && is === 'patient');
  const redirectUri = form.get('redirect_uri') ?? application.redirect_uris[0];
  if (person === undefined || redirectUri === undefined || !application.redirect_uris.includes(redirectUri))
    return undefined;
  if (kind === 'ehr' && (!isForHealthWorkers || patient === undefined)) return undefined;
  const hasEncounter = form.get('encounter') === 'yes';
  return { application, kind, person, patient, hasEncounter, redirectUri, secret: form.get('client_secret') ?? '' };
}

/** A launch that the visitor opens at the application itself. */
async function makeLink(
  { shell }: LauncherParts,
  context: RequestContext,
  page: Page,
  { launcher, plan }: { launcher: Launcher; plan: Plan },
): Promise<FastifyReply> {
  const { application, person, patient, hasEncounter } = plan;
  const launchContext = {
    ...{ patient: patient?.id ?? '', practitioner: person.id },
    ...(hasEncounter && typeof patient?.encounter === 'string' && { encounter: patient.encounter }),
  };
  const path = `/applications/${encodeURIComponent(application.client_id)}/launch`;
  const made = settled(await context.ask<Launched>(path, launchContext));
  if ('refusal' in made) return send(shell, context, launcherPage(page, launcher, made.refusal), 409);
  return send(shell, context, linkPage(page, plan, made.body), 201);
}
