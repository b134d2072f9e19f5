/** The clients: found by name or id, shown; approved, changed, disabled, given another secret, signed out. */
import { indexNames, searchedWords } from '../../admin/name-search.ts';
import type { Client } from '../../clients/client.ts';
import { openClients } from '../../clients/clients.ts';
import {
  clientActsFor,
  clientPage,
  clientQuestion,
  clientsPage,
  pathOfClient,
  type ClientsAskedFor,
} from '../../pages/operator/client-pages.ts';
import { clientActTexts, clientActs, type ClientAct } from '../../pages/operator/client-texts.ts';
import { eventKinds } from '../../pages/operator/event-texts.ts';
import { secretPage } from '../../pages/operator/question-page.ts';
import { operatorTexts } from '../../pages/operator/texts.ts';
import { selectAuditPage } from '../../store/operator-audit.ts';
import { selectLastToken, selectNewestClients } from '../../store/operator-clients.ts';
import type { Desk } from './desk.ts';
import { nameOfActor } from './names.ts';
import { pagedBy, pageSize, placeIn, placeOfRow } from './paging.ts';

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
const shownEvents = eventKinds.filter((kind) => kind.startsWith('client.') || kind === 'token.refused');

export function addClients(desk: Desk): void {
  const { sql, clock } = desk;
  const clients = openClients(sql, { clock });

  desk.show('/clients', async ({ query, options }) => {
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
  });

  desk.show('/clients/:clientId', async (visit) => {
    const client = await clients.find(visit.part('clientId'));
    if (client === undefined) return undefined;
    const { clientId } = client;
    const [approvedBy, lastToken, recent] = await Promise.all([
      client.approvedBy === undefined ? undefined : nameOfActor(sql, client.approvedBy),
      selectLastToken(sql, clientId),
      selectAuditPage(sql, { events: shownEvents, clientId, limit: 10 }),
    ]);
    const done = clientActs.find((act) => act === visit.query.get('notice'));
    const notice = done && clientActTexts[visit.options.language][done].done;
    return { page: clientPage({ client, approvedBy, lastToken, recent: recent.rows }, { ...visit.options, notice }) };
  });

  desk.ask<{ act: ClientAct; client: Client }>('/clients/:clientId/:act', {
    async find(visit) {
      const client = await clients.find(visit.part('clientId'));
      const act = client && clientActsFor(client).find((one) => one === visit.part('act'));
      return act && { act, client };
    },
    question: ({ act, client }, { options }, again) => clientQuestion(act, client, options, again),
    async carryOut({ act, client }, visit, form, reason) {
      const parts = { client_id: client.clientId };
      const result = await desk.carryOut(visit, acts[act], { parts, values: valuesOf(act, form), reason });
      const back = pathOfClient(client.clientId);
      const made = result['client_secret'];
      if (typeof made !== 'string') return { goTo: `${back}?notice=${act}` };
      const { language } = visit.options;
      const done = clientActTexts[language][act].done;
      const secret = { tab: 'clients', done, label: operatorTexts[language].newSecret, secret: made, back } as const;
      return { page: secretPage(secret, visit.options) };
    },
  });
}

function valuesOf(act: ClientAct, form: URLSearchParams): Record<string, unknown> {
  if (act === 'rotate-secret') return { keep_old: form.has('keep_old') };
  if (act !== 'change') return {};
  const lines = (name: string): string[] => (form.get(name) ?? '').split(/\s+/).filter((line) => line !== '');
  const orNone = (name: string): string | null => {
    const text = (form.get(name) ?? '').trim();
    return text === '' ? null : text;
  };
  return {
    client_name: form.get('client_name') ?? '',
    scope: lines('scope').join(' '),
    redirect_uris: lines('redirect_uris'),
    post_logout_redirect_uris: lines('post_logout_redirect_uris'),
    backchannel_logout_uri: orNone('backchannel_logout_uri'),
    client_uri: orNone('client_uri'),
    logo_uri: orNone('logo_uri'),
    contacts: lines('contacts'),
  };
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
