/** The page of an organisation: its staff with their roles, and the questions before a role is given or revoked. */
import { organizationAdministrator } from '@dhp/accounts/policies';
import type { NamedOrganization, OrganizationAt } from '@dhp/accounts/records';
import type { StaffMember } from '../store/staff.ts';
import { markup, type Html } from '@dhp/web-kit';
import { idOf, nameOf } from './organization-words.ts';
import { chip, choice, facts, operatorPage, staffPath, tile, type OperatorPageOptions, type Paged } from './frame.ts';
import { line, questionPage, type Question } from './question-page.ts';
import { type StaffAct } from './staff-texts.ts';
import { clientMessages } from '../texts/client.ts';
import { operatorMessages } from '../texts/operator.ts';
import { staffMessages } from '../texts/staff.ts';
import { staffActMessages } from '../texts/staff-act.ts';

export const pathOfOrganization = ({ environment, organization }: OrganizationAt): string =>
  `${staffPath}/${environment}/${encodeURIComponent(organization)}`;

/** For an administrator of several organisations. */
export function organizationsPage(own: readonly NamedOrganization[], o: OperatorPageOptions): string {
  const words = staffMessages[o.language];
  const entries = own.map(
    (at) =>
      markup`<li><a class="entry" href="${pathOfOrganization(at)}"><span><strong>${nameOf(at)}</strong>${idOf(at)}</span><span>${environmentChip(at, o)}</span></a></li>`,
  );
  const content = markup`<h2>${words.choose}</h2><ul class="entries" aria-label="${words.choose}">${entries}</ul>`;
  return operatorPage('staff', o, { title: words.choose, content });
}

export interface StaffShown {
  at: NamedOrganization;
  rows: readonly StaffMember[];
  /** Roles that may be given and revoked. */
  roles: readonly string[];
  /** Codes on paper may be made for patients. */
  mayMakePaperCodes: boolean;
  q: string;
  paged: Paged;
}

export function staffPage(
  { at, rows, roles, mayMakePaperCodes, q, paged }: StaffShown,
  o: OperatorPageOptions,
): string {
  const [text, words] = [operatorMessages[o.language], staffMessages[o.language]];
  const path = pathOfOrganization(at);
  const give =
    roles.length === 0
      ? markup``
      : markup`<a class="button" href="${path}/give">${staffActMessages[o.language].give.label}</a>`;
  const paper = mayMakePaperCodes
    ? markup`<a class="button other" href="${path}/paper-code">${staffActMessages[o.language]['paper-code'].label}</a>`
    : markup``;
  const none = roles.length === 0 ? markup`<p class="quiet">${words.none}</p>` : markup``;
  const found =
    rows.length === 0
      ? markup`<p class="quiet" role="status">${text.nothing}</p>`
      : markup`<ul class="entries" aria-label="${words.people}">${rows.map((row) => markup`<li>${entry(row, at, roles, o)}</li>`)}</ul>`;
  const link = (query: string | undefined, label: string): Html =>
    query === undefined ? markup`` : markup`<a class="button other" href="${query}">${label}</a>`;
  const content = markup`<div class="head-line"><h2>${nameOf(at)} ${environmentChip(at, o)}</h2><div class="actions">${give}${paper}</div></div>${idOf(at)}
<p class="quiet lead">${words.lead}</p>${none}
<form class="finder" method="get" action="${path}" role="search"><input type="hidden" name="ui_locales" value="${o.language}">
<div class="long"><label for="q">${words.search}</label><input id="q" name="q" type="search" value="${q}" maxlength="200" autocapitalize="none" spellcheck="false"></div><button>${text.find}</button></form>
${found}<div class="pages"><div class="actions">${link(paged.newest, text.newest)}${link(paged.older, text.older)}</div></div>`;
  return operatorPage('staff', o, { title: nameOf(at), content });
}

function entry(row: StaffMember, at: OrganizationAt, roles: readonly string[], o: OperatorPageOptions): Html {
  const words = staffMessages[o.language];
  const shown = row.roles.map((role) => chip(role === organizationAdministrator ? words.own : role));
  const taken = row.account_id === o.operator.accountId ? [] : row.roles.filter((role) => roles.includes(role));
  const ways = taken.map((role) => {
    const query = new URLSearchParams({ username: row.username, role });
    const label = words.take({ role });
    return markup`<a class="line" href="${pathOfOrganization(at)}/take?${query.toString()}" aria-label="${label}: ${row.name}">${label}</a>`;
  });
  const state = row.disabled_at === null ? markup`` : chip(words.disabled, 'bad');
  return markup`<div class="entry staff"><span class="who">${tile(row.name)}<span><strong>${row.name}</strong><small>${row.username}</small></span></span>
<span>${shown}${state}</span><span>${ways}</span></div>`;
}

const environmentChip = ({ environment }: OrganizationAt, o: OperatorPageOptions): Html =>
  chip(clientMessages[o.language][environment], environment === 'production' ? '' : 'plain-chip');

export interface StaffAsked {
  act: StaffAct;
  at: NamedOrganization;
  roles: readonly string[];
  /** The person from whom a role is revoked. */
  username?: string;
  role?: string;
}

export function staffQuestion(asked: StaffAsked, o: OperatorPageOptions, again: Question['again']): string {
  const { act, at, roles, username, role } = asked;
  const [words, clients] = [staffMessages[o.language], clientMessages[o.language]];
  const back = pathOfOrganization(at);
  const about = facts([
    [operatorMessages[o.language].organizationTitle, markup`${nameOf(at)}${idOf(at)}`],
    [clients.environment, clients[at.environment]],
    role === undefined ? undefined : [words.role, markup`<code>${role}</code>`],
  ]);
  const query =
    username === undefined || role === undefined ? '' : `?${new URLSearchParams({ username, role }).toString()}`;
  const form = again?.form;
  const hint = act === 'paper-code' ? words.patientHint : words.usernameHint;
  const who = markup`${line('username', words.username, form?.get('username') ?? '', { needed: true, max: 100 })}<p class="hint">${hint}</p>`;
  const all = roles.map((one) => [one, one] as const);
  const which = act === 'give' ? choice('role', words.role, all, form?.get('role') ?? '') : markup``;
  const fields = act === 'take' ? undefined : markup`${who}${which}`;
  const question = { tab: 'staff', act: staffActMessages[o.language][act], name: username ?? '', about, back } as const;
  const where = { action: `${back}/${act}${query}`, isDangerous: act === 'take' };
  return questionPage({ ...question, ...where, again, ...(fields && { fields }) }, o);
}
