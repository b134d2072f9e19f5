/** Legal holds of the environments: nobody may purge the resources under a hold. docs/operations/retention.md */
import { stateOfHold, type HoldAt, type HoldsAt } from '../access/access-answers.ts';
import type { Act } from './act.ts';
import { oneOfMember, textMember } from './members.ts';

const path = '/legal-holds/{environment}';
const [read, write] = ['admin/legal-holds.read', 'admin/legal-holds.write'] as const;

const until = textMember(
  'the day, as 2030-01-31 in UTC, or the instant from which on it stands no more; without it until it is lifted',
);

// prettier-ignore
export const holdActs: readonly Act[] = [
  { method: 'GET', path, scope: read, summary: 'List the legal holds of an environment that stand, the newest first', answers: 'LegalHolds',
    takes: { all: oneOfMember(['true', 'false'], 'true: also those that were lifted or are over') },
    run: async ({ access }, input) => listed(await access.ask(input.environmentIn('environment'), 'holds', { all: input.text('all') === 'true' })) },
  { method: 'POST', path, scope: write, summary: 'Set a legal hold on a resource, on a type, or on a Patient with all that names it: nothing of it is purged', status: 201, answers: 'LegalHold',
    takes: { on: textMember('a resource, as Patient/42, or a type, as Observation'), until }, needs: ['on'],
    run: async ({ access }, input) => {
      const { id } = await access.setHold(input.environmentIn('environment'), { on: input.needed('on'), until: input.text('until') });
      return { hold_id: id };
    } },
  { method: 'POST', path: `${path}/{id}/lift`, scope: write, summary: 'Lift a legal hold for good; it stays in the list', status: 204,
    run: ({ access }, input) => access.liftHold(input.environmentIn('environment'), input.part('id')) },
];

function listed({ holds, hasMore }: HoldsAt): Record<string, unknown> {
  return { holds: holds.map(shown), has_more: hasMore };
}

function shown(hold: HoldAt): object {
  const { id, on, reason, setBy, made, until: end, lifted, liftedBy, liftedReason } = hold;
  return {
    ...{ hold_id: id, on, state: stateOfHold(hold), reason, set_by: setBy, set_at: made },
    ...(end !== null && { until: end }),
    ...(lifted !== null && { lifted_at: lifted, lifted_by: liftedBy, lifted_reason: liftedReason }),
  };
}
