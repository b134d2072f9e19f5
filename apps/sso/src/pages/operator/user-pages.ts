/** The people: a list that is searched by name, and one of them with all that can be done. */
import type { Account } from '../../accounts/accounts.ts';
import type { FactorState } from '../../accounts/factors.ts';
import type { Environment } from '../../store/clients.ts';
import type { ListedAccount } from '../../store/operator-lists.ts';
import type { ApplicationRow, SessionRow } from '../../store/sessions.ts';
import type { AuditRow } from '../../store/operator-audit.ts';
import { accountTexts } from '../account-texts.ts';
import { markup, type Html } from '../markup.ts';
import { deviceOf, time } from '../when-and-where.ts';
import { eventWords, isRefusal } from './event-texts.ts';
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
import { questionPage } from './question-page.ts';
import { operatorTexts, personActs, type PersonAct } from './texts.ts';

export interface UsersAsked {
  q: string;
  state: 'any' | 'enabled' | 'disabled';
}

const usersPath = `${operatePath}/users`;
export const pathOfUser = (accountId: string): string => `${usersPath}/${accountId}`;

export function usersPage(
  rows: readonly ListedAccount[],
  asked: UsersAsked,
  paged: Paged,
  o: OperatorPageOptions,
): string {
  const text = operatorTexts[o.language];
  const states = (['any', 'enabled', 'disabled'] as const).map((state) => [state, text.states[state]] as const);
  // Posted, not asked for by an address: a PINFL stays out of histories and logs.
  const content = markup`<h2>${text.tabs.users}</h2>
<form class="finder" method="post" action="${usersPath}?ui_locales=${o.language}" role="search"><input type="hidden" name="csrf" value="${o.csrf}">
<div class="long"><label for="q">${text.usersSearch}</label><input id="q" name="q" type="search" value="${asked.q}" maxlength="200" autocapitalize="none" spellcheck="false" aria-describedby="q-hint"></div>
${choice('state', text.state, states, asked.state)}<button>${text.find}</button></form>
<p class="hint" id="q-hint">${text.usersSearchHint}</p>
${list(
  rows.map((row) => entry(row, o)),
  paged,
  o,
  text.tabs.users,
)}`;
  return operatorPage('users', o, { title: text.tabs.users, content });
}

function entry(row: ListedAccount, o: OperatorPageOptions): Html {
  const text = operatorTexts[o.language];
  const types = accountTexts[o.language].types;
  const records = [...new Set(row.identities.map(({ type }) => type))].map((type) => chip(types[type]));
  const state = row.disabled_at === null ? chip(text.states.enabled, 'good') : chip(text.states.disabled, 'bad');
  return markup`<a class="entry person" href="${pathOfUser(row.account_id)}"><span class="who">${tile(row.name)}<span><strong>${row.name}</strong><small>${row.username}</small></span></span>
<span>${records}</span><small>${text.opened} ${time(row.created_at, o)}</small><span>${state}</span></a>`;
}

export interface PersonShown {
  account: Account;
  isAdministrator: boolean;
  lockedUntil: Date | undefined;
  hasPassword: boolean;
  factors: FactorState;
  roles: readonly { environment: Environment; role: string; organization: string }[];
  sessions: readonly SessionRow[];
  applications: readonly ApplicationRow[];
  recent: readonly AuditRow[];
}

/** What can be done with this person by this operator, in the order of the buttons. */
export function actsFor(p: Pick<PersonShown, 'account' | 'lockedUntil' | 'factors'>, operatorId: string): PersonAct[] {
  const { account, lockedUntil, factors } = p;
  const isOneself = account.accountId === operatorId;
  const isPossible: Record<PersonAct, boolean> = {
    unlock: lockedUntil !== undefined,
    'reset-password': !isOneself && account.disabled === undefined,
    'reset-factors': !isOneself && (factors.totp || factors.passkeys.length > 0),
    'sign-out': true,
    disable: !isOneself && account.disabled === undefined,
    enable: account.disabled !== undefined,
  };
  const order = ['unlock', 'enable', 'sign-out', 'reset-password', 'reset-factors', 'disable'] as const;
  return order.filter((act) => isPossible[act]);
}

const dangerous: ReadonlySet<PersonAct> = new Set(['disable', 'reset-password', 'reset-factors', 'sign-out']);

export function userPage(p: PersonShown, o: OperatorPageOptions): string {
  const text = operatorTexts[o.language];
  const { account } = p;
  const isOneself = account.accountId === o.operator.accountId;
  const buttons = actsFor(p, o.operator.accountId).map((act) => {
    const look = act === 'disable' ? 'danger' : 'other';
    return markup`<a class="button ${look}" href="${pathOfUser(account.accountId)}/${act}">${text.personActs[act].label}</a>`;
  });
  const doings = markup`<div class="doings">${buttons}</div>${isOneself ? markup`<p class="small quiet">${text.yourself}</p>` : markup``}`;
  const content = markup`${heading(p, o)}
<div class="sides"><aside class="stack" aria-label="${text.acts}">${card(text.acts, doings)}</aside><div class="stack">
${card(text.account, about(p, o))}
${card(text.ways, ways(p, o))}
${card(text.sessions, sessions(p, o))}
${card(text.applications, applications(p, o))}
${card(text.recent, recent(p, o))}
</div></div>`;
  return operatorPage('users', o, { title: account.name, content });
}

function heading({ account, isAdministrator, lockedUntil }: PersonShown, o: OperatorPageOptions): Html {
  const text = operatorTexts[o.language];
  const states = [
    account.disabled === undefined ? chip(text.states.enabled, 'good') : chip(text.states.disabled, 'bad'),
    ...(isAdministrator ? [chip(text.administrator)] : []),
    ...(lockedUntil === undefined
      ? []
      : [markup`<span class="chip bad">${text.lockedNow} ${text.lockedUntil} ${time(lockedUntil, o)}</span>`]),
  ];
  return markup`<div class="object">${tile(account.name)}<div><h2>${account.name}</h2><p class="quiet">${account.username}</p></div><p class="chips">${states}</p></div>`;
}

function about({ account, roles }: PersonShown, o: OperatorPageOptions): Html {
  const text = operatorTexts[o.language];
  const types = accountTexts[o.language].types;
  const records = account.identities.map(
    ({ environment, type, fhir_id: id }) =>
      markup`<li><div>${types[type]}<small>${environment}: ${type}/${id}</small></div></li>`,
  );
  const held = roles.map(
    ({ environment, role, organization }) =>
      markup`<li><div>${role}<small>${environment}: Organization/${organization}</small></div></li>`,
  );
  const rows = (title: string, items: readonly Html[], none: string): Html =>
    markup`<h3>${title}</h3>${items.length === 0 ? markup`<p class="quiet">${none}</p>` : markup`<ul class="rows">${items}</ul>`}`;
  const why =
    account.disabledReason === undefined
      ? markup``
      : markup`<br><span class="quiet">${text.because}: ${account.disabledReason}</span>`;
  return markup`${facts([
    [text.username, account.username],
    ['sub', markup`<code>${account.accountId}</code>`],
    [text.opened, timeWithZone(account.created, o)],
    account.disabled === undefined
      ? undefined
      : [text.disabledSince, markup`${timeWithZone(account.disabled, o)}${why}`],
  ])}<br>${rows(text.records, records, text.noRecords)}<br>${rows(text.roles, held, text.noRoles)}`;
}

function ways({ hasPassword, factors }: PersonShown, o: OperatorPageOptions): Html {
  const text = operatorTexts[o.language];
  const said = (is: boolean): string => (is ? text.yes : text.no);
  return facts([
    [text.password, said(hasPassword)],
    [text.codes, said(factors.totp)],
    factors.totp ? [text.recoveryLeft, String(factors.recoveryCodesLeft)] : undefined,
    [text.passkeys, String(factors.passkeys.length)],
  ]);
}

function sessions({ sessions: all }: PersonShown, o: OperatorPageOptions): Html {
  const text = operatorTexts[o.language];
  const account = accountTexts[o.language];
  if (all.length === 0) return markup`<p class="quiet">${text.noSessions}</p>`;
  const rows = all.map(
    ({ began_at: began, last_used_at: used, address, user_agent: agent }) =>
      markup`<li><div>${deviceOf(agent)}<small>${address ?? ''} · ${account.began} ${time(began, o)} · ${account.used} ${time(used, o)}</small></div></li>`,
  );
  return markup`<ul class="rows">${rows}</ul>`;
}

function applications({ applications: all }: PersonShown, o: OperatorPageOptions): Html {
  const text = operatorTexts[o.language];
  if (all.length === 0) return markup`<p class="quiet">${text.noApplications}</p>`;
  const rows = all.map(
    ({ client_id: id, name, given_at: given }) =>
      markup`<li><div><a href="${operatePath}/clients/${encodeURIComponent(id)}">${name}</a><small>${accountTexts[o.language].allowed} ${time(given, o)}</small></div></li>`,
  );
  return markup`<ul class="rows">${rows}</ul>`;
}

function recent({ account, recent: events }: PersonShown, o: OperatorPageOptions): Html {
  const text = operatorTexts[o.language];
  const rows = events.map(({ id, recorded, event, address, client_name: client, reason }) => {
    const look = isRefusal(event)
      ? chip(eventWords(event, o.language), 'bad')
      : markup`${eventWords(event, o.language)}`;
    const more = [client, reason, address].filter((one) => one !== null).join(' · ');
    return markup`<li><div><a href="${operatePath}/audit/${id}">${look}</a><small>${more}</small></div><small>${time(recorded, o)}</small></li>`;
  });
  return markup`<ul class="rows">${rows}</ul><p class="small"><a href="${operatePath}/audit?person=${account.accountId}">${text.wholeHistory}</a></p>`;
}

export function userQuestion(act: PersonAct, account: Account, o: OperatorPageOptions, wrongReason?: string): string {
  const text = operatorTexts[o.language];
  const back = pathOfUser(account.accountId);
  const about = facts([
    [text.username, account.username],
    [text.opened, timeWithZone(account.created, o)],
  ]);
  const wrong = wrongReason === undefined ? {} : { wrongReason };
  const question = { tab: 'users', act: text.personActs[act], name: account.name, about, back } as const;
  return questionPage({ ...question, action: `${back}/${act}`, isDangerous: dangerous.has(act), ...wrong }, o);
}

export function isPersonAct(text: string): text is PersonAct {
  return (personActs as readonly string[]).includes(text);
}
