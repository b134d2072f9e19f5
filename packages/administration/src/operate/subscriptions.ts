/** Subscriptions of the environments at the operators' pages. They show and do the same as the administration API. */
import { canBe, subscriptionActNames } from '../access/subscription-answers.ts';
import {
  subscriptionActWords,
  subscriptionQuestion,
  subscriptionsPage,
  subscriptionsPath,
  type SubscriptionAsked,
} from '../pages/subscription-pages.ts';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';
import { accessServiceOf, environmentAt, ofEnvironments } from './environments.ts';

export function addSubscriptions(controller: OperatorController): void {
  controller.show('/subscriptions', async (context) => {
    const ask = accessServiceOf(controller, context);
    const found = await ofEnvironments(context, (environment) => ask.ask(environment, 'subscriptions'));
    const done = subscriptionActNames.find((act) => act === context.query.get('notice'));
    const notice = done && subscriptionActWords(done, context.options.language).done;
    return { page: subscriptionsPage(found, { ...context.options, notice }) };
  });
  controller.ask<SubscriptionAsked>('/subscriptions/:environment/:id/:act', {
    find: (context) => findSubscription(controller, context),
    question: (asked, { options }, again) => subscriptionQuestion(asked, options, again),
    async carryOut({ environment, subscription: { id }, act }, context, _form, reason) {
      const path = `/subscriptions/{environment}/{id}/${act}`;
      await controller.carryOut(context, { method: 'POST', path }, { parts: { environment, id }, reason });
      return { goTo: `${subscriptionsPath}?notice=${act}` };
    },
  });
}

/** Undefined if the subscription does not exist or the act is not possible now. */
async function findSubscription(
  controller: OperatorController,
  context: OperatorContext,
): Promise<SubscriptionAsked | undefined> {
  const environment = environmentAt(controller, context);
  const act = subscriptionActNames.find((one) => one === context.part('act'));
  if (environment === undefined || act === undefined) return undefined;
  const id = context.part('id');
  const { subscriptions } = await accessServiceOf(controller, context).ask(environment, 'subscriptions', { id });
  const [subscription] = subscriptions;
  return subscription === undefined || !canBe(act, subscription) ? undefined : { environment, subscription, act };
}
