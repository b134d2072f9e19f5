/** The clients: a list that is searched by name, and the page of one client with its permissions, its redirect URIs and all acts on it. */
import type { AskedForProduction } from '@dhp/applications';
import { parseScope } from '@dhp/smart-scopes';
import { type Client, logoPath } from '@dhp/clients';
import type { ListedClient } from '../store/operator-clients.ts';
import type { AuditRow } from '@dhp/audit/find';
import { markup, type Html } from '@dhp/web-kit';
import { resourceName, scopeWords } from '@dhp/sign-in/pages';
import { time } from '@dhp/sso-kit';
import { type ClientAct } from './client-act-texts.ts';
import type { Way } from './field-controls.ts';
import { factsOf } from './client-facts.ts';
import { eventRows } from './event-rows.ts';
import {
  card,
  chip,
  choice,
  facts,
  list,
  objectPage,
  operatePath,
  operatorPage,
  tile,
  timeWithZone,
  type OperatorPageOptions,
  type Paged,
} from './frame.ts';
import { clientMessages } from '../texts/client.ts';
import { clientActMessages } from '../texts/client-act.ts';
import { operatorMessages } from '../texts/operator.ts';

export interface ClientsAskedFor {
  q: string;
  environment: 'any' | 'playground' | 'production';
  status: 'any' | 'registered' | 'approved' | 'disabled';
}

const clientsPath = `${operatePath}/clients`;
/** Outside the path of the clients, because a client may have any id. */
export const addClientPath = `${operatePath}/add-client`;
export const pathOfClient = (clientId: string): string => `${clientsPath}/${encodeURIComponent(clientId)}`;

export function clientsPage(
  rows: readonly ListedClient[],
  asked: ClientsAskedFor,
  paged: Paged,
  o: OperatorPageOptions,
): string {
  const [text, words] = [operatorMessages[o.language], clientMessages[o.language]];
  const environments = (['any', 'playground', 'production'] as const).map((one) => [one, words[one]] as const);
  const states = (['any', 'registered', 'approved', 'disabled'] as const).map((one) => [one, words[one]] as const);
  const content = markup`<div class="head-line"><h2>${text.tabs.clients}</h2><a class="button" href="${addClientPath}">${words.add}</a></div>
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
  const words = clientMessages[o.language];
  return markup`<a class="entry client-entry" href="${pathOfClient(row.client_id)}"><span class="who">${tile(row.name)}<span><strong>${row.name}</strong><small><code>${row.client_id}</code></small></span></span>
<span>${environmentChip(row.environment, o)}</span><small>${words.registeredOn} ${time(row.created_at, o)}</small><span>${statusChip(row, o)}</span></a>`;
}

const environmentChip = (environment: 'playground' | 'production', o: OperatorPageOptions): Html =>
  chip(clientMessages[o.language][environment], environment === 'production' ? '' : 'plain-chip');

function statusChip(
  { status, environment }: Pick<ListedClient, 'status' | 'environment'>,
  o: OperatorPageOptions,
): Html {
  const words = clientMessages[o.language];
  if (status === 'disabled') return chip(words.disabled, 'bad');
  if (status === 'approved') return chip(words.approved, 'good');
  // Clients of the playground need no approval.
  return environment === 'production' ? chip(words.registered, 'wait') : chip(words.enrolled, 'good');
}

export const ownWays = (o: OperatorPageOptions): Way[] => {
  const text = operatorMessages[o.language];
  return [
    ['password', text.password],
    ['passkey', text.passkeys],
  ];
};

export interface ClientShown {
  client: Client;
  /** All that there are. */
  ways: readonly Way[];
  /** The approving person, in words. */
  approvedBy: string | undefined;
  lastToken: Date | undefined;
  /** The developers' request from which the client was made; undefined if there was none. */
  asked: AskedForProduction | undefined;
  recent: readonly AuditRow[];
}

/** Possible acts on the client, in the order of the buttons. */
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
  const [text, words] = [operatorMessages[o.language], clientMessages[o.language]];
  const { client } = p;
  const path = pathOfClient(client.clientId);
  const acts = clientActMessages[o.language];
  const buttons = clientActsFor(client).map((act) => {
    const look = act === 'disable' ? 'danger' : act === 'approve' ? '' : 'other';
    return markup`<a class="button ${look}" href="${path}/${act}">${acts[act].label}</a>`;
  });
  const known = markup`${p.asked === undefined ? markup`` : card(words.request.title, requestOf(p.asked, o))}
${card(words.registration, registration(p, o))}
${card(words.may, may(client, o))}
${card(words.addresses, facts(factsOf('addresses', p, o)))}${details(p, o)}
${card(text.recent, eventRows(p.recent, o, `client=${encodeURIComponent(client.clientId)}`))}`;
  const status = client.disabled !== undefined ? 'disabled' : client.approved === undefined ? 'registered' : 'approved';
  const chips = [statusChip({ status, environment: client.environment }, o), environmentChip(client.environment, o)];
  return objectPage('clients', o, {
    ...{ title: client.name, name: client.name, picture: picture(client), id: markup`<code>${client.clientId}</code>` },
    ...{ chips: markup`${chips}`, doings: markup`<div class="doings">${buttons}</div>`, known },
  });
}

/** The picture beside the name, or a tile with its initial. */
function picture({ name, logoSha256 }: Client): Html {
  if (logoSha256 === undefined) return tile(name);
  return markup`<img class="tile" src="${logoPath}/${logoSha256}" alt="" width="58" height="58">`;
}

/** The checklist for deciding whether the client is admitted to production. */
function requestOf(asked: AskedForProduction, o: OperatorPageOptions): Html {
  const words = clientMessages[o.language].request;
  const application = markup`<a href="${pathOfClient(asked.application)}"><code>${asked.application}</code></a>`;
  return facts([
    [words.organization, asked.organization],
    [words.by, asked.asked_by],
    [words.on, timeWithZone(asked.asked_at, o)],
    [words.application, application],
    [words.profiles, asked.profiles],
    [words.tests, asked.tests],
    [words.contacts, asked.contacts.join(', ')],
  ]);
}

function registration({ client, ways, approvedBy, lastToken }: ClientShown, o: OperatorPageOptions): Html {
  const [text, words] = [operatorMessages[o.language], clientMessages[o.language]];
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
    client.public || client.hasKeys ? undefined : [words.secrets, String(client.acceptedSecrets)],
    ...factsOf('registration', { client, ways }, o),
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
  const words = clientMessages[o.language];
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

/** Descriptive details of the registration. Addresses are shown as text, not as links: the pages send no request to another host. */
function details({ client, ways }: ClientShown, o: OperatorPageOptions): Html {
  const words = clientMessages[o.language];
  const { registeredWith } = client;
  const all = [
    ...factsOf('details', { client, ways }, o),
    ...(registeredWith === undefined ? [] : [[words.registeredWith, markup`<code>${registeredWith}</code>`] as const]),
  ];
  return all.length === 0 ? markup`` : card(words.details, facts(all));
}
