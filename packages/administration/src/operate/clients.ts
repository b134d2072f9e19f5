/** The clients: found by name or id, shown; approved, changed, disabled, given another secret, signed out. */
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
import type { Desk } from './desk.ts';
import type { Visit } from './entry.ts';
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

/** Tokens would hide the rest. */
const shownEvents = eventKinds.filter((kind) => /^client\.|^token\.refused$|\.reused$/.test(kind));

export function addClients(desk: Desk): void {
  const clients = openClients(desk.sql, { clock: desk.clock });
  desk.show('/clients', (visit) => list(desk, visit));
  desk.show('/clients/:clientId', async (visit) => {
    const client = await clients.find(visit.part('clientId'));
    return client && show(desk, visit, client);
  });
  desk.ask<true>('/add-client', {
    find: () => Promise.resolve(true),
    question: (_asked, { options }, again) => newClientQuestion(waysFor(desk, options), options, again),
    carryOut: (_asked, visit, form, reason) => add(desk, visit, form, reason),
  });
  desk.ask<ActOnClient>('/clients/:clientId/:act', {
    async find(visit) {
      const client = await clients.find(visit.part('clientId'));
      const act = client && clientActsFor(client).find((one) => one === visit.part('act'));
      return act && { act, client };
    },
    question: ({ act, client }, { options }, again) =>
      clientQuestion(act, client, waysFor(desk, options), options, again),
    carryOut: (asked, visit, form, reason) => carryOut(desk, visit, { ...asked, form, reason }),
  });
}

interface ActOnClient {
  act: ClientAct;
  client: Client;
}

/** The ways to sign in that a client may take. */
function waysFor({ upstreams }: Desk, options: OperatorPageOptions): Way[] {
  return [...ownWays(options), ...upstreams.list.map(({ id, name }): Way => [id, name])];
}

async function list({ sql }: Desk, { query, options }: Visit): Promise<Answer> {
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

async function show(desk: Desk, visit: Visit, client: Client): Promise<Answer> {
  const { sql } = desk;
  const { clientId } = client;
  const [approvedBy, lastToken, asked, recent] = await Promise.all([
    client.approvedBy === undefined ? undefined : nameOfActor(sql, client.approvedBy),
    selectLastToken(sql, clientId),
    selectAskedForProduction(sql, clientId),
    selectAuditPage(sql, { events: shownEvents, clientId, limit: 10 }),
  ]);
  const done = clientActs.find((act) => act === visit.query.get('notice'));
  const isNew = visit.query.get('notice') === 'add';
  const { language } = visit.options;
  const notice = isNew ? newClientMessages[language].add.done : done && clientActMessages[language][done].done;
  const ways = waysFor(desk, visit.options);
  const shown = { client, ways, approvedBy, lastToken, asked, recent: recent.rows };
  return { page: clientPage(shown, { ...visit.options, notice }) };
}

async function add(desk: Desk, visit: Visit, form: URLSearchParams, reason: string): Promise<Answer> {
  const values = {
    ...newMembers(form),
    environment: (form.get('environment') ?? '').trim(),
    public: form.get('kind') === 'public',
  };
  const result = await desk.carryOut(visit, { method: 'POST', path: '/clients' }, { values, reason });
  const clientId = String(result['client_id']);
  const back = pathOfClient(clientId);
  const made = result['client_secret'];
  if (typeof made !== 'string') return { goTo: `${back}?notice=add` };
  const { language } = visit.options;
  const about = facts([['client_id', markup`<code>${clientId}</code>`]]);
  const done = newClientMessages[language].add.done;
  const label = operatorMessages[language].newSecret;
  return { page: secretPage({ tab: 'clients', done, label, secret: made, back, about }, visit.options) };
}

async function carryOut(
  desk: Desk,
  visit: Visit,
  { act, client, form, reason }: ActOnClient & { form: URLSearchParams; reason: string },
): Promise<Answer> {
  const parts = { client_id: client.clientId };
  const result = await desk.carryOut(visit, acts[act], { parts, values: valuesOf(act, client, form), reason });
  const back = pathOfClient(client.clientId);
  const made = result['client_secret'];
  if (typeof made !== 'string') return { goTo: `${back}?notice=${act}` };
  const { language } = visit.options;
  const done = clientActMessages[language][act].done;
  const secret = { tab: 'clients', done, label: operatorMessages[language].newSecret, secret: made, back } as const;
  return { page: secretPage(secret, visit.options) };
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
