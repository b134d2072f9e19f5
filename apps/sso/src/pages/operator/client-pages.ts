/** The clients: a list that is searched by name, and one of them with what it may, where people are sent, and all that can be done. */
import { parseScope } from '@dhp/smart-scopes';
import type { Client } from '../../clients/client.ts';
import type { ListedClient } from '../../store/operator-clients.ts';
import type { AuditRow } from '../../store/operator-audit.ts';
import { markup, type Html } from '../markup.ts';
import { resourceName } from '../resource-names.ts';
import { scopeWords } from '../scope-words.ts';
import { time } from '../when-and-where.ts';
import { clientActTexts, clientTexts, type ClientAct } from './client-texts.ts';
import { eventRows } from './event-rows.ts';
import {
  card,
  chip,
  choice,
  facts,
  list,
  operatePath,
  operatorPage,
  tile,
  timeWithZone,
  type OperatorPageOptions,
  type Paged,
} from './frame.ts';
import { area, line, questionPage, type Question } from './question-page.ts';
import { operatorTexts } from './texts.ts';

export interface ClientsAskedFor {
  q: string;
  environment: 'any' | 'playground' | 'production';
  status: 'any' | 'registered' | 'approved' | 'disabled';
}

const clientsPath = `${operatePath}/clients`;
export const pathOfClient = (clientId: string): string => `${clientsPath}/${encodeURIComponent(clientId)}`;

export function clientsPage(
  rows: readonly ListedClient[],
  asked: ClientsAskedFor,
  paged: Paged,
  o: OperatorPageOptions,
): string {
  const [text, words] = [operatorTexts[o.language], clientTexts[o.language]];
  const environments = (['any', 'playground', 'production'] as const).map((one) => [one, words[one]] as const);
  const states = (['any', 'registered', 'approved', 'disabled'] as const).map((one) => [one, words[one]] as const);
  const content = markup`<h2>${text.tabs.clients}</h2>
<form class="finder" method="get" action="${clientsPath}" role="search"><input type="hidden" name="ui_locales" value="${o.language}">
<div class="long"><label for="q">${words.search}</label><input id="q" name="q" type="search" value="${asked.q}" maxlength="200" autocapitalize="none" spellcheck="false" aria-describedby="q-hint"></div>
${choice('environment', words.environment, environments, asked.environment)}${choice('status', text.state, states, asked.status)}<button>${text.find}</button></form>
<p class="hint" id="q-hint">${words.searchHint}</p>
${list(
  rows.map((row) => entry(row, o)),
  paged,
  o,
  text.tabs.clients,
)}`;
  return operatorPage('clients', o, { title: text.tabs.clients, content });
}

function entry(row: ListedClient, o: OperatorPageOptions): Html {
  const words = clientTexts[o.language];
  return markup`<a class="entry client-entry" href="${pathOfClient(row.client_id)}"><span class="who">${tile(row.name)}<span><strong>${row.name}</strong><small><code>${row.client_id}</code></small></span></span>
<span>${environmentChip(row.environment, o)}</span><small>${words.registeredOn} ${time(row.created_at, o)}</small><span>${statusChip(row, o)}</span></a>`;
}

const environmentChip = (environment: 'playground' | 'production', o: OperatorPageOptions): Html =>
  chip(clientTexts[o.language][environment], environment === 'production' ? '' : 'plain-chip');

function statusChip(
  { status, environment }: Pick<ListedClient, 'status' | 'environment'>,
  o: OperatorPageOptions,
): Html {
  const words = clientTexts[o.language];
  if (status === 'disabled') return chip(words.disabled, 'bad');
  if (status === 'approved') return chip(words.approved, 'good');
  // Nothing in the playground waits for anybody.
  return environment === 'production' ? chip(words.registered, 'wait') : chip(words.enrolled, 'good');
}

export interface ClientShown {
  client: Client;
  /** Who approved it, in words. */
  approvedBy: string | undefined;
  lastToken: Date | undefined;
  recent: readonly AuditRow[];
}

/** What can be done with the client, in the order of the buttons. */
export function clientActsFor(client: Client): ClientAct[] {
  const isPossible: Record<ClientAct, boolean> = {
    approve: client.approved === undefined && client.disabled === undefined,
    enable: client.disabled !== undefined,
    change: true,
    'rotate-secret': client.liveSecrets > 0,
    'drop-old-secret': client.liveSecrets > 1,
    'sign-out': client.disabled === undefined,
    disable: client.disabled === undefined,
  };
  return (Object.keys(isPossible) as ClientAct[]).filter((act) => isPossible[act]);
}

export function clientPage(p: ClientShown, o: OperatorPageOptions): string {
  const [text, words] = [operatorTexts[o.language], clientTexts[o.language]];
  const { client } = p;
  const path = pathOfClient(client.clientId);
  const acts = clientActTexts[o.language];
  const buttons = clientActsFor(client).map((act) => {
    const look = act === 'disable' ? 'danger' : act === 'approve' ? '' : 'other';
    return markup`<a class="button ${look}" href="${path}/${act}">${acts[act].label}</a>`;
  });
  const content = markup`${heading(client, o)}
<div class="sides"><aside class="stack" aria-label="${text.acts}">${card(text.acts, markup`<div class="doings">${buttons}</div>`)}</aside><div class="stack">
${card(words.registration, registration(p, o))}
${card(words.may, may(client, o))}
${card(words.addresses, addresses(client, o))}${details(client, o)}
${card(text.recent, eventRows(p.recent, o, `client=${encodeURIComponent(client.clientId)}`))}
</div></div>`;
  return operatorPage('clients', o, { title: client.name, content });
}

function heading(client: Client, o: OperatorPageOptions): Html {
  const status = client.disabled !== undefined ? 'disabled' : client.approved === undefined ? 'registered' : 'approved';
  const chips = [statusChip({ status, environment: client.environment }, o), environmentChip(client.environment, o)];
  return markup`<div class="object">${tile(client.name)}<div><h2>${client.name}</h2><p class="quiet"><code>${client.clientId}</code></p></div><p class="chips">${chips}</p></div>`;
}

function registration({ client, approvedBy, lastToken }: ClientShown, o: OperatorPageOptions): Html {
  const [text, words] = [operatorTexts[o.language], clientTexts[o.language]];
  const kind = client.public ? words.public : client.hasKeys ? words.keys : words.secret;
  const approved =
    client.approved === undefined
      ? words.nobody
      : markup`${timeWithZone(client.approved, o)}<br><span class="quiet">${words.by}: ${approvedBy ?? '?'}</span>`;
  const why =
    client.disabledReason === undefined
      ? markup``
      : markup`<br><span class="quiet">${text.because}: ${client.disabledReason}</span>`;
  const sessions = markup`<a href="${operatePath}/sessions?client=${encodeURIComponent(client.clientId)}">${words.sessions}</a>`;
  return facts([
    [words.kind, kind],
    client.public || client.hasKeys ? undefined : [words.secrets, String(client.liveSecrets)],
    [words.grants, markup`${client.grants.map((grant) => markup`<code class="line">${grant}</code>`)}`],
    [words.registeredOn, timeWithZone(client.created, o)],
    [words.approvedOn, approved],
    client.disabled === undefined
      ? undefined
      : [words.disabledSince, markup`${timeWithZone(client.disabled, o)}${why}`],
    [words.lastToken, lastToken === undefined ? words.never : timeWithZone(lastToken, o)],
    [text.sessions, sessions],
  ]);
}

function may({ scopes }: Client, o: OperatorPageOptions): Html {
  const words = clientTexts[o.language];
  if (scopes.length === 0) return markup`<p class="quiet">${words.noScopes}</p>`;
  const rows = scopes.map((token) => {
    const { what, may: permitted } = scopeWords(token, o.language);
    const scope = parseScope(token);
    const kind = scope === undefined || scope.type === '*' ? what : resourceName(scope.type, o.language);
    const said =
      kind === token ? markup`` : markup`<small>${permitted === '' ? kind : `${kind}: ${permitted}`}</small>`;
    return markup`<li><div><code>${token}</code>${said}</div></li>`;
  });
  return markup`<ul class="rows">${rows}</ul>`;
}

function addresses(client: Client, o: OperatorPageOptions): Html {
  const words = clientTexts[o.language];
  const lines = (uris: readonly string[]): Html | string =>
    uris.length === 0 ? words.none : markup`${uris.map((uri) => markup`<code class="line">${uri}</code>`)}`;
  return facts([
    [words.redirects, lines(client.redirectUris)],
    [words.postLogout, lines(client.postLogoutRedirectUris)],
    [words.backchannel, lines(client.backchannelLogoutUri === undefined ? [] : [client.backchannelLogoutUri])],
    client.jwksUri === undefined ? undefined : [words.keySet, lines([client.jwksUri])],
  ]);
}

const detailNames = [
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'initiate_login_uri',
  'software_id',
  'software_version',
] as const;

/** What the registration says beside what decides. Addresses are shown, not followed: the pages ask no other host for anything. */
function details({ details: given, registeredWith }: Client, o: OperatorPageOptions): Html {
  const words = clientTexts[o.language];
  const rows = detailNames.flatMap((name) => {
    const value = given[name];
    return value === undefined ? [] : [[words[name], markup`<code>${value}</code>`] as const];
  });
  const contacts = given.contacts ?? [];
  const all = [
    ...rows,
    ...(contacts.length === 0 ? [] : [[words.contacts, contacts.join(', ')] as const]),
    ...(registeredWith === undefined ? [] : [[words.registeredWith, markup`<code>${registeredWith}</code>`] as const]),
  ];
  return all.length === 0 ? markup`` : card(words.details, facts(all));
}

const dangerous: ReadonlySet<ClientAct> = new Set(['disable', 'sign-out', 'drop-old-secret', 'rotate-secret']);

export function clientQuestion(
  act: ClientAct,
  client: Client,
  o: OperatorPageOptions,
  again: Question['again'],
): string {
  const words = clientTexts[o.language];
  const back = pathOfClient(client.clientId);
  const about = facts([
    ['client_id', markup`<code>${client.clientId}</code>`],
    [words.environment, words[client.environment]],
    act === 'approve' ? [words.may, markup`<code>${client.scopes.join(' ')}</code>`] : undefined,
  ]);
  const fields =
    act === 'change'
      ? changeFields(client, o, again?.form)
      : act === 'rotate-secret'
        ? rotateFields(o, again?.form)
        : undefined;
  const question = { tab: 'clients', act: clientActTexts[o.language][act], name: client.name, about, back } as const;
  return questionPage(
    { ...question, action: `${back}/${act}`, isDangerous: dangerous.has(act), again, ...(fields && { fields }) },
    o,
  );
}

function changeFields(client: Client, o: OperatorPageOptions, form: URLSearchParams | undefined): Html {
  const words = clientTexts[o.language];
  const typed = (name: string, now: string): string => form?.get(name) ?? now;
  const { backchannelLogoutUri: told = '' } = client;
  return markup`${line('client_name', words.name, typed('client_name', client.name), { needed: true, max: 200 })}
${area('scope', words.scopes, typed('scope', client.scopes.join('\n')), words.lines)}
${area('redirect_uris', words.redirects, typed('redirect_uris', client.redirectUris.join('\n')), words.lines)}
${area('post_logout_redirect_uris', words.postLogout, typed('post_logout_redirect_uris', client.postLogoutRedirectUris.join('\n')), words.lines)}
${line('backchannel_logout_uri', words.backchannel, typed('backchannel_logout_uri', told), { max: 2000 })}
${line('client_uri', words.client_uri, typed('client_uri', client.details.client_uri ?? ''), { max: 2000 })}
${line('logo_uri', words.logo_uri, typed('logo_uri', client.details.logo_uri ?? ''), { max: 2000 })}
${area('contacts', words.contacts, typed('contacts', client.details.contacts?.join('\n') ?? ''), words.contactsHint)}`;
}

function rotateFields(o: OperatorPageOptions, form: URLSearchParams | undefined): Html {
  const words = clientTexts[o.language];
  const checked = form === undefined || form.has('keep_old') ? markup` checked` : markup``;
  return markup`<label class="check"><input type="checkbox" name="keep_old" value="yes"${checked} aria-describedby="keep-hint"> ${words.keepOld}</label><p class="hint" id="keep-hint">${words.shortest}</p>`;
}
