/** The policies of roles: read, added, changed, removed. */
import { openPolicies } from '@dhp/accounts/policies';
import { operatePath } from '../pages/frame.ts';
import { policiesPage, policyMembers, policyQuestion, type PolicyAsked } from '../pages/policy-pages.ts';
import { policyActs } from '../pages/policy-texts.ts';
import { countHolders } from '@dhp/accounts/rows';
import type { Answer } from './answer.ts';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';
import { nameOfActor } from './names.ts';
import { policyActMessages } from '../texts/policy-act.ts';

export function addPolicies(controller: OperatorController): void {
  const { sql } = controller;
  const policies = openPolicies(sql, { clock: controller.clock });

  controller.show('/policies', async ({ query, options }) => {
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
    context: OperatorContext,
    form: URLSearchParams,
    reason: string,
  ): Promise<Answer> {
    const { environment, role } = policy ?? {
      environment: form.get('environment') ?? '',
      role: (form.get('role') ?? '').trim(),
    };
    const parts = { environment, role };
    const path = '/policies/{environment}/{role}';
    if (act === 'remove') await controller.carryOut(context, { method: 'DELETE', path }, { parts, reason });
    else {
      const values = policyMembers(policy?.role, form);
      await controller.carryOut(context, { method: 'PUT', path }, { parts, values, reason });
    }
    return { goTo: `${operatePath}/policies?notice=${act}` };
  }

  controller.ask<PolicyAsked>('/policies/add', {
    find: () => Promise.resolve({ act: 'add' }),
    question: (asked, { options }, again) => policyQuestion(asked, options, again),
    carryOut,
  });

  controller.ask<PolicyAsked>('/policies/:environment/:role/:act', {
    async find(context) {
      const act = (['set', 'remove'] as const).find((one) => one === context.part('act'));
      const policy = (await policies.list()).find(
        (one) => one.environment === context.part('environment') && one.role === context.part('role'),
      );
      return act && policy && { act, policy };
    },
    question: (asked, { options }, again) => policyQuestion(asked, options, again),
    carryOut,
  });
}
