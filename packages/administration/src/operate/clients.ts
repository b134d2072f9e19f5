/** The clients: searched by name or id, shown; approved, changed, disabled, given another secret, signed out. */
import { selectAskedForProduction } from '@dhp/applications';
import { indexNames, searchedWords } from '../acts/name-search.ts';
import { type Client, openClients } from '@dhp/clients';
import { changedMembers, newMembers } from '../pages/client-controls.ts';
import type { Way } from '../pages/field-controls.ts';
import { clientQuestion, newClientQuestion } from '../pages/client-forms.ts';
import {
  clientActsFor,
  clientPage,
  clientsPage,
  ownWays,
  pathOfClient,
  type ClientsAskedFor,
} from '../pages/client-pages.ts';
import { clientActs, type ClientAct } from '../pages/client-act-texts.ts';
import { eventKinds } from '../pages/event-texts.ts';
import { secretPage } from '../pages/question-page.ts';
import { selectAuditPage } from '@dhp/audit/find';
import { selectLastToken, selectNewestClients } from '../store/operator-clients.ts';
import { type OperatorPageOptions, facts } from '../pages/frame.ts';
import { markup } from '@dhp/web-kit';
import type { Answer } from './answer.ts';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';
import { nameOfActor } from './names.ts';
import { pagedBy, pageSize, placeIn, placeOfRow } from './paging.ts';
import { clientActMessages } from '../texts/client-act.ts';
import { newClientMessages } from '../texts/new-client.ts';
import { operatorMessages } from '../texts/operator.ts';

/** The act of the administration behind each button. */
const acts: Record<ClientAct, { method: string; path: string }> = {
  approve: { method: 'POST', path: '/clients/{client_id}/approve' },
  enable: { method: 'POST', path: '/clients/{client_id}/enable' },
  change: { method: 'PATCH', path: '/clients/{client_id}' },
  'rotate-secret': { method: 'POST', path: '/clients/{client_id}/rotate-secret' },
  'drop-old-secret': { method: 'POST', path: '/clients/{client_id}/drop-old-secret' },
  'sign-out': { method: 'POST', path: '/clients/{client_id}/sign-out' },
  disable: { method: 'POST', path: '/clients/{client_id}/disable' },
};

/** Events of tokens would hide the others. */
const shownEvents = eventKinds.filter((kind) => /^client\.|^token\.refused$|\.reused$/.test(kind));

export function addClients(controller: OperatorController): void {
  const clients = openClients(controller.sql, { clock: controller.clock });
  controller.show('/clients', (context) => list(controller, context));
  controller.show('/clients/:clientId', async (context) => {
    const client = await clients.find(context.part('clientId'));
    return client && show(controller, context, client);
  });
  controller.ask<true>('/add-client', {
    find: () => Promise.resolve(true),
    question: (_asked, { options }, again) => newClientQuestion(waysFor(controller, options), options, again),
    carryOut: (_asked, context, form, reason) => add(controller, context, form, reason),
  });
  controller.ask<ActOnClient>('/clients/:clientId/:act', {
    async find(context) {
      const client = await clients.find(context.part('clientId'));
      const act = client && clientActsFor(client).find((one) => one === context.part('act'));
      return act && { act, client };
    },
    question: ({ act, client }, { options }, again) =>
      clientQuestion(act, client, waysFor(controller, options), options, again),
    carryOut: (asked, context, form, reason) => carryOut(controller, context, { ...asked, form, reason }),
  });
}

interface ActOnClient {
  act: ClientAct;
  client: Client;
}

/** The sign-in methods that a client may use. */
function waysFor({ upstreams }: OperatorController, options: OperatorPageOptions): Way[] {
  return [...ownWays(options), ...upstreams.list.map(({ id, name }): Way => [id, name])];
}

async function list({ sql }: OperatorController, { query, options }: OperatorContext): Promise<Answer> {
  const asked = askedOf(query);
  if (asked.q.trim() !== '') await indexNames(sql);
  const { rows, more } = await selectNewestClients(sql, {
    searched: searchedWords(asked.q),
    environment: asked.environment === 'any' ? undefined : asked.environment,
    status: asked.status === 'any' ? undefined : asked.status,
    after: placeIn(query),
    limit: pageSize,
  });
  const last = more ? rows.at(-1) : undefined;
  const paged = pagedBy('after', query, { ...asked }, last && placeOfRow(last.created_at, last.client_id));
  return { page: clientsPage(rows, asked, paged, options) };
}

async function show(controller: OperatorController, context: OperatorContext, client: Client): Promise<Answer> {
  const { sql } = controller;
  const { clientId } = client;
  const [approvedBy, lastToken, asked, recent] = await Promise.all([
    client.approvedBy === undefined ? undefined : nameOfActor(sql, client.approvedBy),
    selectLastToken(sql, clientId),
    selectAskedForProduction(sql, clientId),
    selectAuditPage(sql, { events: shownEvents, clientId, limit: 10 }),
  ]);
  const done = clientActs.find((act) => act === context.query.get('notice'));
  const isNew = context.query.get('notice') === 'add';
  const { language } = context.options;
  const notice = isNew ? newClientMessages[language].add.done : done && clientActMessages[language][done].done;
  const ways = waysFor(controller, context.options);
  const shown = { client, ways, approvedBy, lastToken, asked, recent: recent.rows };
  return { page: clientPage(shown, { ...context.options, notice }) };
}

async function add(
  controller: OperatorController,
  context: OperatorContext,
  form: URLSearchParams,
  reason: string,
): Promise<Answer> {
  const values = {
    ...newMembers(form),
    environment: (form.get('environment') ?? '').trim(),
    public: form.get('kind') === 'public',
  };
  const result = await controller.carryOut(context, { method: 'POST', path: '/clients' }, { values, reason });
  const clientId = String(result['client_id']);
  const back = pathOfClient(clientId);
  const made = result['client_secret'];
  if (typeof made !== 'string') return { goTo: `${back}?notice=add` };
  const { language } = context.options;
  const about = facts([['client_id', markup`<code>${clientId}</code>`]]);
  const done = newClientMessages[language].add.done;
  const label = operatorMessages[language].newSecret;
  return { page: secretPage({ tab: 'clients', done, label, secret: made, back, about }, context.options) };
}

async function carryOut(
  controller: OperatorController,
  context: OperatorContext,
  { act, client, form, reason }: ActOnClient & { form: URLSearchParams; reason: string },
): Promise<Answer> {
  const parts = { client_id: client.clientId };
  const result = await controller.carryOut(context, acts[act], { parts, values: valuesOf(act, client, form), reason });
  const back = pathOfClient(client.clientId);
  const made = result['client_secret'];
  if (typeof made !== 'string') return { goTo: `${back}?notice=${act}` };
  const { language } = context.options;
  const done = clientActMessages[language][act].done;
  const secret = { tab: 'clients', done, label: operatorMessages[language].newSecret, secret: made, back } as const;
  return { page: secretPage(secret, context.options) };
}

function valuesOf(act: ClientAct, client: Client, form: URLSearchParams): Record<string, unknown> {
  if (act === 'rotate-secret') return { keep_old: form.has('keep_old') };
  if (act === 'approve' && form.has('unchanged_since')) return { unchanged_since: form.get('unchanged_since') };
  return act === 'change' ? changedMembers(client, form) : {};
}

function askedOf(query: URLSearchParams): ClientsAskedFor {
  const one = <Word extends string>(name: string, words: readonly Word[]): Word | 'any' =>
    words.find((word) => word === query.get(name)) ?? 'any';
  return {
    q: (query.get('q') ?? '').slice(0, 200),
    environment: one('environment', ['playground', 'production']),
    status: one('status', ['registered', 'approved', 'disabled']),
  };
}
