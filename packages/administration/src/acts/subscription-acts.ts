/** Subscriptions of the environments, and their notifications: as `dhp subscription` has them. docs/notifications.md */
import type { Input } from '@dhp/sso-kit/input';
import {
  behindOf,
  subscriptionActNames,
  type SubscriptionAt,
  type SubscriptionsAt,
} from '../access/subscription-answers.ts';
import type { Act } from './act.ts';

const path = '/subscriptions/{environment}';

const summaries = {
  pause:
    'Hold the notifications of a subscription back; its events go on being numbered, and are kept as long as others',
  resume: 'Have the notifications of a subscription that were held back go on behind what its receiver has taken',
  'turn-off': 'Turn a subscription off; its owner may request it again',
} as const;

export const subscriptionActs: readonly Act[] = [
  {
    ...{ method: 'GET', path, scope: 'admin/jobs.read', answers: 'Subscriptions' },
    summary: 'List the subscriptions of an environment, those first whose events wait longest',
    run: async ({ access }, input) => listed(await access.ask(input.environmentIn('environment'), 'subscriptions')),
  },
  ...subscriptionActNames.map((act): Act => ({
    ...{ method: 'POST', path: `${path}/{id}/${act}`, scope: 'admin/jobs.write', status: 204 },
    summary: summaries[act],
    run: ({ access }, input: Input) =>
      access.changeSubscription(input.environmentIn('environment'), act, input.part('id')),
  })),
];

function listed({ subscriptions, figures, hasMore }: SubscriptionsAt): Record<string, unknown> {
  const { live, failed, behind, failing, oldest, isRead } = figures;
  return {
    subscriptions: subscriptions.map(shown),
    ...{
      live,
      in_error: failed,
      behind,
      failing,
      oldest_seconds: Math.round(oldest),
      is_read: isRead,
      has_more: hasMore,
    },
  };
}

/** As `dhp subscription list --json` has it, without the path of a receiver. */
function shown(one: SubscriptionAt): object {
  const { id, status, numbered, acknowledged, paused, changed, tries } = one;
  const some = {
    ...{ topic: one.topic, receiver: one.origin, client_id: one.client, person: one.person, taken: acknowledged },
    ...{ behind: acknowledged === null ? null : behindOf(one), behind_since: one.behindSince },
    ...{ failed: tries === 0 ? null : tries, failing_since: one.failing, failure: one.failure },
    ...{ paused_since: paused, reason: one.reason },
  };
  return {
    ...{ subscription_id: id, status, numbered, paused: paused !== null, changed_at: changed },
    ...Object.fromEntries(Object.entries(some).filter(([, value]) => value !== null)),
  };
}
