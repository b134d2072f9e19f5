/** Subscriptions of the environments at the operators' pages. What they show and do, the administration API does the same way. */
import { canBe, subscriptionActNames } from '../access/subscription-answers.ts';
import {
  subscriptionActWords,
  subscriptionQuestion,
  subscriptionsPage,
  subscriptionsPath,
  type SubscriptionAsked,
} from '../pages/subscription-pages.ts';
import type { Desk } from './desk.ts';
import type { Visit } from './entry.ts';
import { accessDeskOf, environmentAt, ofEnvironments } from './environments.ts';

export function addSubscriptions(desk: Desk): void {
  desk.show('/subscriptions', async (visit) => {
    const ask = accessDeskOf(desk, visit);
    const found = await ofEnvironments(visit, (environment) => ask.ask(environment, 'subscriptions'));
    const done = subscriptionActNames.find((act) => act === visit.query.get('notice'));
    const notice = done && subscriptionActWords(done, visit.options.language).done;
    return { page: subscriptionsPage(found, { ...visit.options, notice }) };
  });
  desk.ask<SubscriptionAsked>('/subscriptions/:environment/:id/:act', {
    find: (visit) => findSubscription(desk, visit),
    question: (asked, { options }, again) => subscriptionQuestion(asked, options, again),
    async carryOut({ environment, subscription: { id }, act }, visit, _form, reason) {
      const path = `/subscriptions/{environment}/{id}/${act}`;
      await desk.carryOut(visit, { method: 'POST', path }, { parts: { environment, id }, reason });
      return { goTo: `${subscriptionsPath}?notice=${act}` };
    },
  });
}

/** Undefined for one that is not there, or to which the act cannot be done now. */
async function findSubscription(desk: Desk, visit: Visit): Promise<SubscriptionAsked | undefined> {
  const environment = environmentAt(desk, visit);
  const act = subscriptionActNames.find((one) => one === visit.part('act'));
  if (environment === undefined || act === undefined) return undefined;
  const id = visit.part('id');
  const { subscriptions } = await accessDeskOf(desk, visit).ask(environment, 'subscriptions', { id });
  const [subscription] = subscriptions;
  return subscription === undefined || !canBe(act, subscription) ? undefined : { environment, subscription, act };
}
