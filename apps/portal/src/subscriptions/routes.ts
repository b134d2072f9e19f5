/** The routes of the subscriptions of an application. */
import type { FastifyReply } from 'fastify';
import { applicationOf, partOf, queryOf, send, Unasked, type Routes } from '../applications/answers.ts';
import type { Application } from '../applications/shapes.ts';
import { listOf, membersOf, textOf } from '../explorer/kept.ts';
import type { Page } from '../page/layout.ts';
import type { RequestContext } from '../session/routes.ts';
import type { Shell } from '../shell.ts';
import { askingFor, type Asking, type FhirServers, type NotAnswered } from './fhir.ts';
import { subscriptionsPage } from './list-page.ts';
import { subscriptionPage, unansweredPage, type Outcome } from './one-page.ts';
import { listed, one, ownStatuses, statusPath, type ListPlace } from './read.ts';

/** @param servers of the environments whose subscriptions are shown */
export const subscriptionRoutes =
  (servers: FhirServers) =>
  (shell: Shell, { show, take }: Routes): void => {
    const parts = { shell, servers };
    show('/:client/subscriptions', (context, page) => showList(parts, context, page));
    show('/:client/subscriptions/:id', (context, page) => showOne(parts, context, page));
    take('/:client/subscriptions/:id', (context, page) => act(parts, context, page));
  };

interface Parts {
  readonly shell: Shell;
  readonly servers: FhirServers;
}

/** Applications at which people sign in have no own subscriptions: those belong to the people. */
const isShown = ({ kind, state }: Application): boolean => kind === 'backend' && state === 'works';

async function showList({ shell, servers }: Parts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await applicationOf(context);
  const found = async (): Promise<Parameters<typeof subscriptionsPage>[1]['found']> => {
    if (!isShown(application)) return 'not-here';
    const place = placeIn(context);
    const asking = await askingFor(servers, context, application, { method: 'GET', path: ownStatuses(place) });
    return 'not' in asking ? asking : listed(asking, page.language, place);
  };
  return send(shell, context, subscriptionsPage(page, { application, found: await found(), now: Date.now() }));
}

/** @throws Unasked for values that no link of the page contains */
function placeIn(context: RequestContext): ListPlace {
  const [behind, skipped] = [queryOf(context, 'behind'), queryOf(context, 'skipped')];
  if (!/^[A-Za-z\d.-]{0,100}$/.test(behind) || !/^\d{0,4}$/.test(skipped)) throw new Unasked('not-found');
  return { behind, skipped: Number(skipped) };
}

/** The number before which events are shown; undefined: the last ones. @throws Unasked for an invalid number */
function beforeIn(context: RequestContext): number | undefined {
  const text = queryOf(context, 'before');
  if (text === '') return undefined;
  if (!/^(?:[2-9]|[1-9]\d{1,14})$/.test(text)) throw new Unasked('not-found');
  return Number(text);
}

async function showOne(parts: Parts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await shownApplication(context);
  const asking = await askingFor(parts.servers, context, application, {
    method: 'GET',
    path: statusPath(idOf(context)),
  });
  const outcome = queryOf(context, 'notice') === 'resent' ? ({ resent: true } as const) : undefined;
  return answer(parts, context, page, { application, asking, outcome });
}

async function act(parts: Parts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await shownApplication(context);
  const id = idOf(context);
  const isResend = context.form.get('act') === 'resend';
  const number = (context.form.get('from') ?? '').trim();
  const path = `/Subscription/${id}/${isResend ? '$resend' : '$handshake'}`;
  const asking = await askingFor(parts.servers, context, application, { method: 'POST', path });
  if ('not' in asking) return answer(parts, context, page, { application, asking, outcome: undefined });
  const outcome = isResend ? await resend(asking, path, number) : await handshake(asking, path);
  if ('resent' in outcome)
    return parts.shell.goTo(context.reply, `/applications/${application.client_id}/subscriptions/${id}?notice=resent`);
  return answer(parts, context, page, { application, asking, outcome });
}

async function resend(asking: Asking, path: string, number: string): Promise<Outcome> {
  const parameter = [{ name: 'eventsSinceNumber', valueInteger64: number }];
  const done = await asking.ask('POST', path, { resourceType: 'Parameters', parameter });
  return 'not' in done ? done : { resent: true };
}

async function handshake(asking: Asking, path: string): Promise<Outcome> {
  const done = await asking.ask('POST', path);
  if ('not' in done) return done;
  const parameters = listOf(membersOf(done.body)['parameter']).map(membersOf);
  const of = (name: string): Readonly<Record<string, unknown>> => parameters.find((one) => one['name'] === name) ?? {};
  const concept = membersOf(of('error')['valueCodeableConcept']);
  const failed = {
    code: textOf(membersOf(listOf(concept['coding'])[0])['code']) || undefined,
    text: textOf(concept['text']),
  };
  const milliseconds = Number(of('milliseconds')['valueInteger'] ?? 0);
  return { milliseconds, failed: of('ok')['valueBoolean'] === true ? undefined : failed };
}

async function answer(
  { shell }: Parts,
  context: RequestContext,
  page: Page,
  o: {
    readonly application: Application;
    readonly asking: Asking | NotAnswered;
    readonly outcome: Outcome | undefined;
  },
): Promise<FastifyReply> {
  const { application, asking, outcome } = o;
  const id = idOf(context);
  const showsContent = application.environment === 'playground';
  const wanted = { showsContent, before: beforeIn(context) };
  const found = 'not' in asking ? asking : await one(asking, page.language, id, wanted);
  if (found === undefined) throw new Unasked('not-found');
  if ('not' in found) return send(shell, context, unansweredPage(page, application, id, found));
  const isRefused = outcome !== undefined && 'not' in outcome;
  const html = subscriptionPage(page, { ...found, application, outcome, now: Date.now() });
  return send(shell, context, html, isRefused ? 409 : 200);
}

async function shownApplication(context: RequestContext): Promise<Application> {
  const application = await applicationOf(context);
  if (!isShown(application)) throw new Unasked('not-found');
  return application;
}

/** @throws Unasked if the part is not a resource id */
function idOf(context: RequestContext): string {
  const id = partOf(context, 'id');
  if (!/^[A-Za-z\d.-]{1,64}$/.test(id)) throw new Unasked('not-found');
  return id;
}
