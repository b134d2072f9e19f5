/** Pages of identity questions: the list of open questions, and the page of each decision. */
import type { UnconfirmedPerson } from '@dhp/accounts';
import type { Identity } from '@dhp/accounts/rows';
import type { CaseRow } from '@dhp/accounts/identity-rows';
import { markup, type Html } from '@dhp/web-kit';
import { time } from '@dhp/sso-kit';
import { failureWords } from './failure-texts.ts';
import {
  card,
  chip,
  facts,
  operatePath,
  operatorPage,
  zoneName,
  type OperatorPageOptions,
  type Paged,
} from './frame.ts';
import { type IdentityAct } from './identity-texts.ts';
import { questionPage, type Question } from './question-page.ts';
import { pathOfUser } from './user-pages.ts';
import { accountMessages } from '@dhp/sign-in/pages';
import { clientMessages } from '../texts/client.ts';
import { identityMessages } from '../texts/identity.ts';
import { identityActMessages } from '../texts/identity-act.ts';
import { operatorMessages } from '../texts/operator.ts';

export const identityPath = `${operatePath}/identity`;

export interface IdentityShown {
  cases: { items: readonly CaseRow[]; total: number; paged: Paged };
  unconfirmed: { items: readonly UnconfirmedPerson[]; total: number; paged: Paged };
}

export function identityPage(v: IdentityShown, o: OperatorPageOptions): string {
  const [text, words] = [operatorMessages[o.language], identityMessages[o.language]];
  const cases = listed(v.cases, words.noCases, o, (one) => ofCase(one, o));
  const people = listed(v.unconfirmed, words.noUnconfirmed, o, (one) => ofPerson(one, o));
  const lead = v.unconfirmed.total === 0 ? markup`` : markup`<p class="quiet">${words.unconfirmedLead}</p>`;
  const content = markup`<h2>${text.tabs.identity}</h2><p class="quiet lead">${words.lead}</p>
<div class="cards">${card(words.cases, cases)}
${card(words.unconfirmed, markup`${lead}${people}`)}</div>
<div class="pages"><p>${text.times({ zone: zoneName(o) })}</p></div>`;
  return operatorPage('identity', o, { title: text.tabs.identity, content });
}

function listed<Item>(
  { items, total, paged }: { items: readonly Item[]; total: number; paged: Paged },
  none: string,
  { language }: OperatorPageOptions,
  shown: (item: Item) => Html,
): Html {
  if (total === 0) return markup`<p class="quiet">${none}</p>`;
  const words = identityMessages[language];
  const way = (query: string | undefined, label: string): Html =>
    query === undefined ? markup`` : markup`<a class="button other" href="${query}">${label}</a>`;
  const ways =
    paged.older === undefined && paged.newest === undefined
      ? markup``
      : markup`<div class="actions">${way(paged.newest, words.first)}${way(paged.older, words.next)}</div>`;
  return markup`<p class="figure">${String(total)}</p><ul class="rows">${items.map(shown)}</ul>${ways}`;
}

function ofCase(one: CaseRow, o: OperatorPageOptions): Html {
  const words = identityMessages[o.language];
  const path = `${identityPath}/cases/${one.case_id}/decide`;
  const records = one.fhir_ids.map((id) => {
    const record = markup`<span><code>${one.type}/${id}</code></span>`;
    return markup`<li>${record}${act('decideRecord', `${path}?${new URLSearchParams({ id }).toString()}`, one.account_id, o)}</li>`;
  });
  return markup`<li><div>${person(one.account_id, one.name, one.username)}
<p>${words[one.kind]}</p><p class="chips">${environmentChip(one.environment, o)}${chip(accountMessages[o.language].types[one.type], 'plain-chip')}<span class="small quiet">${words.since} ${time(one.opened_at, o)}</span></p>
<ul class="rows">${records}</ul><div class="actions">${act('decideNone', path, one.account_id, o)}</div>${another(one.account_id, o)}</div></li>`;
}

function ofPerson(one: UnconfirmedPerson, o: OperatorPageOptions): Html {
  const words = identityMessages[o.language];
  const links = one.links.map(({ upstream, linked }) =>
    proof(
      one,
      markup`${words.link} <code>${upstream}</code><small>${words.linked} ${time(linked, o)}</small>`,
      { upstream },
      o,
    ),
  );
  const records = one.identities.map((identity) => {
    const reference = referenceOf(identity);
    const { environment, type } = identity;
    const said = markup`${accountMessages[o.language].types[type]} <code>${reference}</code><small>${clientMessages[o.language][environment]}</small>`;
    return proof(one, said, { environment, reference }, o);
  });
  return markup`<li><div>${person(one.accountId, one.name, one.username)}
<ul class="rows">${links}${records}</ul>${another(one.accountId, o)}</div></li>`;
}

/** A person's link or record, with the buttons of the possible decisions. */
function proof(
  { accountId }: UnconfirmedPerson,
  said: Html,
  named: Record<string, string>,
  o: OperatorPageOptions,
): Html {
  const query = new URLSearchParams(named).toString();
  const kind = 'upstream' in named ? 'Link' : 'Record';
  const ways = (['confirm', 'reject'] as const).map((how) =>
    act(`${how}${kind}`, `${pathOfUser(accountId)}/${how}?${query}`, accountId, o),
  );
  return markup`<li><div>${said}</div>${ways}</li>`;
}

function person(accountId: string, name: string, username: string): Html {
  return markup`<a href="${pathOfUser(accountId)}"><strong>${name}</strong></a> <span class="small quiet">${username}</span>`;
}

/** Returns empty markup for the operator's own account: another administrator decides about that. */
function act(name: IdentityAct, href: string, accountId: string, o: OperatorPageOptions): Html {
  if (accountId === o.operator.accountId) return markup``;
  const look = name.startsWith('reject') ? 'danger' : 'other';
  return markup`<a class="button ${look}" href="${href}">${identityActMessages[o.language][name].label}</a>`;
}

function another(accountId: string, o: OperatorPageOptions): Html {
  return accountId === o.operator.accountId
    ? markup`<p class="small quiet">${failureWords('own-account', o.language)}</p>`
    : markup``;
}

function environmentChip(environment: Identity['environment'], { language }: OperatorPageOptions): Html {
  return chip(clientMessages[language][environment], environment === 'production' ? '' : 'plain-chip');
}

function referenceOf({ type, fhir_id: id }: Identity): string {
  return `${type}/${id}`;
}

export interface ProofAsked {
  how: 'confirm' | 'reject';
  account: { accountId: string; name: string; username: string };
  what: { upstream: string; linked?: Date } | { identity: Identity };
}

export function actOfProof({ how, what }: ProofAsked): IdentityAct {
  return `${how}${'upstream' in what ? 'Link' : 'Record'}`;
}

/** The question before a link or record is confirmed or rejected. */
export function proofQuestion(asked: ProofAsked, o: OperatorPageOptions, again: Question['again']): string {
  const { account, how, what } = asked;
  const [text, words] = [operatorMessages[o.language], identityMessages[o.language]];
  const named: Record<string, string> =
    'upstream' in what
      ? { upstream: what.upstream }
      : { environment: what.identity.environment, reference: referenceOf(what.identity) };
  const linked =
    'upstream' in what && what.linked !== undefined ? markup` · ${words.linked} ${time(what.linked, o)}` : markup``;
  const about = facts([
    [text.username, account.username],
    'upstream' in what ? [words.link, markup`<code>${what.upstream}</code>${linked}`] : recordFact(what.identity, o),
  ]);
  const where = {
    action: `${pathOfUser(account.accountId)}/${how}?${new URLSearchParams(named).toString()}`,
    back: identityPath,
  };
  const act = identityActMessages[o.language][actOfProof(asked)];
  return questionPage(
    { tab: 'identity', act, name: account.name, about, ...where, isDangerous: how === 'reject', again },
    o,
  );
}

function recordFact({ environment, type, fhir_id: id }: Identity, { language }: OperatorPageOptions): [string, Html] {
  const [words, types] = [identityMessages[language], accountMessages[language].types];
  return [words.record, markup`${types[type]} <code>${type}/${id}</code> · ${clientMessages[language][environment]}`];
}

export interface CaseAsked {
  case: CaseRow;
  /** The record to confirm as the person's; absent: none of the records is. */
  id?: string;
  /** Other accounts that have the record. */
  holders: readonly { accountId: string; name: string }[];
}

/** The question before a case is decided. */
export function caseQuestion(
  { case: one, id, holders }: CaseAsked,
  o: OperatorPageOptions,
  again: Question['again'],
): string {
  const [text, words] = [operatorMessages[o.language], identityMessages[o.language]];
  const { environment, type } = one;
  const others = holders.map(
    ({ accountId, name }) => markup`<span class="line"><a href="${pathOfUser(accountId)}">${name}</a></span>`,
  );
  const all = one.fhir_ids.map((each) => markup`<span class="line"><code>${type}/${each}</code></span>`);
  const about = markup`<p>${words[one.kind]}</p>${facts([
    [text.username, one.username],
    id === undefined
      ? [words.records, markup`${clientMessages[o.language][environment]}${all}`]
      : recordFact({ environment, type, fhir_id: id }, o),
    others.length === 0 ? undefined : [words.holders, markup`${others}`],
  ])}`;
  const path = `${identityPath}/cases/${one.case_id}/decide`;
  const action = id === undefined ? path : `${path}?${new URLSearchParams({ id }).toString()}`;
  const act = identityActMessages[o.language][id === undefined ? 'decideNone' : 'decideRecord'];
  return questionPage(
    { tab: 'identity', act, name: one.name, about, action, back: identityPath, isDangerous: false, again },
    o,
  );
}
