/** The policies of roles: read, added, changed, removed. */
import { openPolicies } from '@dhp/accounts/policies';
import { operatePath } from '../pages/frame.ts';
import { policiesPage, policyMembers, policyQuestion, type PolicyAsked } from '../pages/policy-pages.ts';
import { policyActs } from '../pages/policy-texts.ts';
import { countHolders } from '@dhp/accounts/rows';
import type { Answer } from './answer.ts';
import type { Desk } from './desk.ts';
import type { Visit } from './entry.ts';
import { nameOfActor } from './names.ts';
import { policyActMessages } from '../texts/policy-act.ts';

export function addPolicies(desk: Desk): void {
  const { sql } = desk;
  const policies = openPolicies(sql, { clock: desk.clock });

  desk.show('/policies', async ({ query, options }) => {
    const all = await policies.list();
    const shown = await Promise.all(
      all.map(async (policy) => ({
        ...policy,
        updatedBy: await nameOfActor(sql, policy.updatedBy),
        holders: await countHolders(sql, policy, 1000),
      })),
    );
    const done = policyActs.find((act) => act === query.get('notice'));
    const notice = done && policyActMessages[options.language][done].done;
    return { page: policiesPage(shown, { ...options, notice }) };
  });

  async function carryOut(
    { act, policy }: PolicyAsked,
    visit: Visit,
    form: URLSearchParams,
    reason: string,
  ): Promise<Answer> {
    const { environment, role } = policy ?? {
      environment: form.get('environment') ?? '',
      role: (form.get('role') ?? '').trim(),
    };
    const parts = { environment, role };
    const path = '/policies/{environment}/{role}';
    if (act === 'remove') await desk.carryOut(visit, { method: 'DELETE', path }, { parts, reason });
    else {
      const values = policyMembers(policy?.role, form);
      await desk.carryOut(visit, { method: 'PUT', path }, { parts, values, reason });
    }
    return { goTo: `${operatePath}/policies?notice=${act}` };
  }

  desk.ask<PolicyAsked>('/policies/add', {
    find: () => Promise.resolve({ act: 'add' }),
    question: (asked, { options }, again) => policyQuestion(asked, options, again),
    carryOut,
  });

  desk.ask<PolicyAsked>('/policies/:environment/:role/:act', {
    async find(visit) {
      const act = (['set', 'remove'] as const).find((one) => one === visit.part('act'));
      const policy = (await policies.list()).find(
        (one) => one.environment === visit.part('environment') && one.role === visit.part('role'),
      );
      return act && policy && { act, policy };
    },
    question: (asked, { options }, again) => policyQuestion(asked, options, again),
    carryOut,
  });
}
