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
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';
import { pagedBy, pageSize } from './paging.ts';
import { accountAt } from './users.ts';
import { identityActMessages } from '../texts/identity-act.ts';

export function addIdentity(controller: OperatorController): void {
  const unconfirmed = openUnconfirmed(controller.sql, controller);
  const identities = openIdentitySources(controller.sql, controller);
  controller.show('/identity', (context) => list({ unconfirmed, identities }, context));
  for (const how of ['confirm', 'reject'] as const) {
    controller.ask<ProofAsked>(`/users/:accountId/${how}`, {
      find: (context) => proofAt(controller, unconfirmed, how, context),
      question: (asked, { options }, again) => proofQuestion(asked, options, again),
      carryOut: (asked, context, _form, reason) => settleProof(controller, context, asked, reason),
    });
  }
  controller.ask<CaseAsked>('/identity/cases/:caseId/decide', {
    find: (context) => caseAt(controller, context),
    question: (asked, { options }, again) => caseQuestion(asked, options, again),
    carryOut: (asked, context, _form, reason) => decideCase(controller, context, asked, reason),
  });
}

async function list(
  { unconfirmed, identities }: { unconfirmed: UnconfirmedProofs; identities: IdentitySources },
  { query, options }: OperatorContext,
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

/** Returns the unconfirmed link or record that the address names; undefined if no account has it. */
async function proofAt(
  controller: OperatorController,
  unconfirmed: UnconfirmedProofs,
  how: ProofAsked['how'],
  context: OperatorContext,
): Promise<ProofAsked | undefined> {
  const account = await accountAt(controller, context);
  if (account === undefined) return undefined;
  const { links, identities } = await unconfirmed.of(account.username);
  const asked = (name: string): string | null => context.query.get(name);
  const link = links.find(({ upstream }) => upstream === asked('upstream'));
  if (link !== undefined) return { how, account, what: link };
  const identity = identities.find(
    ({ environment, type, fhir_id: id }) =>
      environment === asked('environment') && `${type}/${id}` === asked('reference'),
  );
  return identity && { how, account, what: { identity } };
}

async function settleProof(
  controller: OperatorController,
  context: OperatorContext,
  asked: ProofAsked,
  reason: string,
): Promise<Answer> {
  const { how, account, what } = asked;
  const values =
    'upstream' in what
      ? { upstream: what.upstream }
      : {
          environment: what.identity.environment,
          reference: `${what.identity.type}/${what.identity.fhir_id}`,
        };
  const act = { method: 'POST', path: `/users/{username}/${how}` };
  await controller.carryOut(context, act, { parts: { username: account.username }, values, reason });
  return { goTo: `${identityPath}?notice=${actOfProof(asked)}` };
}

/** Returns the case of the address, with the record to decide on and the accounts that have it now; undefined if the case is not open. */
async function caseAt({ sql }: OperatorController, context: OperatorContext): Promise<CaseAsked | undefined> {
  const caseId = context.part('caseId');
  const found = isAccountId(caseId) ? await selectOpenCase(sql, caseId) : undefined;
  if (found === undefined) return undefined;
  const id = context.query.get('id') ?? undefined;
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

async function decideCase(
  controller: OperatorController,
  context: OperatorContext,
  { case: found, id }: CaseAsked,
  reason: string,
): Promise<Answer> {
  const act = { method: 'POST', path: '/identity-cases/{case_id}/decide' };
  const values = id === undefined ? {} : { id };
  await controller.carryOut(context, act, { parts: { case_id: found.case_id }, values, reason });
  return { goTo: `${identityPath}?notice=${id === undefined ? 'decideNone' : 'decideRecord'}` };
}
