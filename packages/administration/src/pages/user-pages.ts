/** The people: a list that is searched by name, and the page of one person with all acts. */
import type { Account } from '@dhp/accounts';
import type { ListedAccount } from '../store/operator-lists.ts';
import { markup, type Html } from '@dhp/web-kit';
import { time } from '@dhp/sso-kit';
import { eventRows } from './event-rows.ts';
import { personCards, wayCards, type PersonShown } from './user-cards.ts';
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
import { questionPage, type Question } from './question-page.ts';
import { personActs, type PersonAct } from './texts.ts';
import { accountMessages } from '@dhp/sign-in/pages';
import { operatorMessages } from '../texts/operator.ts';

export interface UsersAsked {
  q: string;
  state: 'any' | 'enabled' | 'disabled';
}

const usersPath = `${operatePath}/users`;
export const addPersonPath = `${operatePath}/add-person`;
export const pathOfUser = (accountId: string): string => `${usersPath}/${accountId}`;

export function usersPage(
  rows: readonly ListedAccount[],
  asked: UsersAsked,
  paged: Paged,
  o: OperatorPageOptions,
): string {
  const text = operatorMessages[o.language];
  const states = (['any', 'enabled', 'disabled'] as const).map((state) => [state, text.states[state]] as const);
  // Sent by POST, so that a PINFL stays out of histories and logs.
  const content = markup`<div class="head-line"><h2>${text.tabs.users}</h2><a class="button" href="${addPersonPath}">${text.addPerson}</a></div>
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
  const text = operatorMessages[o.language];
  const types = accountMessages[o.language].types;
  const records = [...new Set(row.identities.map(({ type }) => type))].map((type) => chip(types[type]));
  const state = row.disabled_at === null ? chip(text.states.enabled, 'good') : chip(text.states.disabled, 'bad');
  return markup`<a class="entry person" href="${pathOfUser(row.account_id)}"><span class="who">${tile(row.name)}<span><strong>${row.name}</strong><small>${row.username}</small></span></span>
<span>${records}</span><small>${text.opened} ${time(row.created_at, o)}</small><span>${state}</span></a>`;
}

/** Possible acts of this operator on this person, in the order of the buttons. */
export function actsFor(p: Pick<PersonShown, 'account' | 'lockedUntil' | 'factors'>, operatorId: string): PersonAct[] {
  const { account, lockedUntil, factors } = p;
  const isOneself = account.accountId === operatorId;
  const isPossible: Record<PersonAct, boolean> = {
    unlock: !isOneself && lockedUntil !== undefined,
    'reset-link': !isOneself && account.disabled === undefined,
    'paper-code': !isOneself && account.disabled === undefined,
    'reset-password': !isOneself && account.disabled === undefined,
    'reset-factors': !isOneself && (factors.totp || factors.passkeys.length > 0),
    'sign-out': true,
    disable: !isOneself && account.disabled === undefined,
    enable: !isOneself && account.disabled !== undefined,
  };
  const order = [
    'unlock',
    'enable',
    'reset-link',
    'paper-code',
    'sign-out',
    'reset-password',
    'reset-factors',
    'disable',
  ] as const;
  return order.filter((act) => isPossible[act]);
}

const dangerous: ReadonlySet<PersonAct> = new Set(['disable', 'reset-password', 'reset-factors', 'sign-out']);

export function userPage(p: PersonShown, o: OperatorPageOptions): string {
  const text = operatorMessages[o.language];
  const { account } = p;
  const isOneself = account.accountId === o.operator.accountId;
  const buttons = actsFor(p, o.operator.accountId).map((act) => {
    const look = act === 'disable' ? 'danger' : 'other';
    return markup`<a class="button ${look}" href="${pathOfUser(account.accountId)}/${act}">${text.personActs[act].label}</a>`;
  });
  const doings = markup`<div class="doings">${buttons}</div>${isOneself ? markup`<p class="small quiet">${text.yourself}</p>` : markup``}`;
  const known = markup`${personCards(p, o)}
${card(text.recent, eventRows(p.recent, o, `person=${account.accountId}`))}`;
  const thing = { title: account.name, name: account.name, picture: tile(account.name), id: account.username };
  return objectPage('users', o, { ...thing, chips: statesOf(p, o), doings, known }, wayCards(p, o));
}

function statesOf({ account, isAdministrator, lockedUntil }: PersonShown, o: OperatorPageOptions): Html {
  const text = operatorMessages[o.language];
  const locked =
    lockedUntil === undefined
      ? markup``
      : markup`<span class="chip bad">${text.lockedNow} ${text.lockedUntil} ${time(lockedUntil, o)}</span>`;
  const state = account.disabled === undefined ? chip(text.states.enabled, 'good') : chip(text.states.disabled, 'bad');
  return markup`${state}${isAdministrator ? chip(text.administrator) : markup``}${locked}`;
}

export function userQuestion(
  act: PersonAct,
  account: Account,
  o: OperatorPageOptions,
  again: Question['again'],
): string {
  const text = operatorMessages[o.language];
  const back = pathOfUser(account.accountId);
  const about = facts([
    [text.username, account.username],
    [text.opened, timeWithZone(account.created, o)],
  ]);
  const question = { tab: 'users', act: text.personActs[act], name: account.name, about, back } as const;
  return questionPage({ ...question, action: `${back}/${act}`, isDangerous: dangerous.has(act), again }, o);
}

export function isPersonAct(text: string): text is PersonAct {
  return (personActs as readonly string[]).includes(text);
}
