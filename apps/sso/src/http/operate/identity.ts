/** Pages of identity questions: unconfirmed links and records, and the cases that no identity source decides. */
import { openIdentitySources } from '../../accounts/identity-sources.ts';
import { openUnconfirmed } from '@dhp/accounts';
import {
  actOfProof,
  caseQuestion,
  identityPage,
  identityPath,
  proofQuestion,
  type CaseAsked,
  type ProofAsked,
} from '../../pages/operator/identity-pages.ts';
import { identityActs } from '../../pages/operator/identity-texts.ts';
import { isAccountId } from '@dhp/accounts/rows';
import { selectOpenCase, selectAccountsOfRecords } from '@dhp/accounts/identity-rows';
import { selectNameOf } from '../../store/operator-clients.ts';
import type { Desk, Visit } from './desk.ts';
import { pagedBy, pageSize } from './paging.ts';
import { accountAt } from './users.ts';
import { identityActMessages } from '../../texts/identity-act.ts';

export function addIdentity(desk: Desk): void {
  const { sql } = desk;
  const unconfirmed = openUnconfirmed(sql, desk);
  const identities = openIdentitySources(sql, desk);

  desk.show('/identity', async ({ query, options }) => {
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
  });

  /** Returns the unconfirmed link or record that the address names; undefined when nobody has it. */
  async function proofAt(how: ProofAsked['how'], visit: Visit): Promise<ProofAsked | undefined> {
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

  for (const how of ['confirm', 'reject'] as const) {
    desk.ask<ProofAsked>(`/users/:accountId/${how}`, {
      find: (visit) => proofAt(how, visit),
      question: (asked, { options }, again) => proofQuestion(asked, options, again),
      async carryOut(asked, visit, _form, reason) {
        const { account, what } = asked;
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
      },
    });
  }

  desk.ask<CaseAsked>('/identity/cases/:caseId/decide', {
    async find(visit) {
      const caseId = visit.part('caseId');
      const found = isAccountId(caseId) ? await selectOpenCase(sql, caseId) : undefined;
      if (found === undefined) return undefined;
      const id = visit.query.get('id') ?? undefined;
      if (id === undefined) return { case: found, holders: [] };
      if (!found.fhir_ids.includes(id)) return undefined;
      const { environment, type } = found;
      const holders = await selectAccountsOfRecords(sql, [{ environment, type, fhir_id: id }]);
      const others = holders.filter((accountId) => accountId !== found.account_id);
      return {
        ...{ case: found, id },
        holders: await Promise.all(
          others.map(async (accountId) => ({ accountId, name: (await selectNameOf(sql, accountId)) ?? accountId })),
        ),
      };
    },
    question: (asked, { options }, again) => caseQuestion(asked, options, again),
    async carryOut({ case: found, id }, visit, _form, reason) {
      const act = { method: 'POST', path: '/identity-cases/{case_id}/decide' };
      const values = id === undefined ? {} : { id };
      await desk.carryOut(visit, act, { parts: { case_id: found.case_id }, values, reason });
      return { goTo: `${identityPath}?notice=${id === undefined ? 'decideNone' : 'decideRecord'}` };
    },
  });
}
