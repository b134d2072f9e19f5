/** Pages of identity questions: unconfirmed links and records, and the cases that no identity source decides. */
import { openIdentitySources, type IdentitySources } from '../acts/identity-sources.ts';
import { openUnconfirmed, type UnconfirmedProofs } from '@dhp/accounts';
import {
  actOfProof,
  caseQuestion,
  identityPage,
  identityPath,
  proofQuestion,
  type CaseAsked,
  type ProofAsked,
} from '../pages/identity-pages.ts';
import { identityActs } from '../pages/identity-texts.ts';
import { isAccountId } from '@dhp/accounts/rows';
import { selectOpenCase, selectAccountsOfRecords } from '@dhp/accounts/identity-rows';
import { selectNameOf } from '../store/operator-clients.ts';
import type { Answer } from './answer.ts';
import type { Desk } from './desk.ts';
import type { Visit } from './entry.ts';
import { pagedBy, pageSize } from './paging.ts';
import { accountAt } from './users.ts';
import { identityActMessages } from '../texts/identity-act.ts';

export function addIdentity(desk: Desk): void {
  const unconfirmed = openUnconfirmed(desk.sql, desk);
  const identities = openIdentitySources(desk.sql, desk);
  desk.show('/identity', (visit) => list({ unconfirmed, identities }, visit));
  for (const how of ['confirm', 'reject'] as const) {
    desk.ask<ProofAsked>(`/users/:accountId/${how}`, {
      find: (visit) => proofAt(desk, unconfirmed, how, visit),
      question: (asked, { options }, again) => proofQuestion(asked, options, again),
      carryOut: (asked, visit, _form, reason) => settleProof(desk, visit, asked, reason),
    });
  }
  desk.ask<CaseAsked>('/identity/cases/:caseId/decide', {
    find: (visit) => caseAt(desk, visit),
    question: (asked, { options }, again) => caseQuestion(asked, options, again),
    carryOut: (asked, visit, _form, reason) => decideCase(desk, visit, asked, reason),
  });
}

async function list(
  { unconfirmed, identities }: { unconfirmed: UnconfirmedProofs; identities: IdentitySources },
  { query, options }: Visit,
): Promise<Answer> {
  const place = (name: string): string | undefined => query.get(name)?.slice(0, 200);
  const [open, people] = await Promise.all([
    identities.cases({ count: pageSize, after: place('case') }),
    unconfirmed.list({ count: pageSize, after: place('person') }),
  ]);
  const done = identityActs.find((act) => act === query.get('notice'));
  const notice = done && identityActMessages[options.language][done].done;
  const shown = {
    cases: { ...open, paged: pagedBy('case', query, {}, open.next) },
    unconfirmed: { ...people, paged: pagedBy('person', query, {}, people.next) },
  };
  return { page: identityPage(shown, { ...options, notice }) };
}

/** Returns the unconfirmed link or record that the address names; undefined when nobody has it. */
async function proofAt(
  desk: Desk,
  unconfirmed: UnconfirmedProofs,
  how: ProofAsked['how'],
  visit: Visit,
): Promise<ProofAsked | undefined> {
  const account = await accountAt(desk, visit);
  if (account === undefined) return undefined;
  const { links, identities } = await unconfirmed.of(account.username);
  const asked = (name: string): string | null => visit.query.get(name);
  const link = links.find(({ upstream }) => upstream === asked('upstream'));
  if (link !== undefined) return { how, account, what: link };
  const identity = identities.find(
    ({ environment, type, fhir_id: id }) =>
      environment === asked('environment') && `${type}/${id}` === asked('reference'),
  );
  return identity && { how, account, what: { identity } };
}

async function settleProof(desk: Desk, visit: Visit, asked: ProofAsked, reason: string): Promise<Answer> {
  const { how, account, what } = asked;
  const values =
    'upstream' in what
      ? { upstream: what.upstream }
      : {
          environment: what.identity.environment,
          reference: `${what.identity.type}/${what.identity.fhir_id}`,
        };
  const act = { method: 'POST', path: `/users/{username}/${how}` };
  await desk.carryOut(visit, act, { parts: { username: account.username }, values, reason });
  return { goTo: `${identityPath}?notice=${actOfProof(asked)}` };
}

/** Returns the case of the address, with the record that it is to be decided for and who has that now; undefined when it is not open. */
async function caseAt({ sql }: Desk, visit: Visit): Promise<CaseAsked | undefined> {
  const caseId = visit.part('caseId');
  const found = isAccountId(caseId) ? await selectOpenCase(sql, caseId) : undefined;
  if (found === undefined) return undefined;
  const id = visit.query.get('id') ?? undefined;
  if (id === undefined) return { case: found, holders: [] };
  if (!found.fhir_ids.includes(id)) return undefined;
  const { environment, type } = found;
  const holders = await selectAccountsOfRecords(sql, [{ environment, type, fhir_id: id }]);
  const others = holders.filter((accountId) => accountId !== found.account_id);
  const named = others.map(async (accountId) => ({
    accountId,
    name: (await selectNameOf(sql, accountId)) ?? accountId,
  }));
  return { case: found, id, holders: await Promise.all(named) };
}

async function decideCase(desk: Desk, visit: Visit, { case: found, id }: CaseAsked, reason: string): Promise<Answer> {
  const act = { method: 'POST', path: '/identity-cases/{case_id}/decide' };
  const values = id === undefined ? {} : { id };
  await desk.carryOut(visit, act, { parts: { case_id: found.case_id }, values, reason });
  return { goTo: `${identityPath}?notice=${id === undefined ? 'decideNone' : 'decideRecord'}` };
}
