/**
 * Legal holds at the operators' pages, for administrators, and for data protection officers of their environments. As a hold can name a
 * patient, the pages require a recent sign-in.
 */
import type { EnvironmentName } from '@dhp/sso-kit';
import type { HoldAt } from '../access/access-answers.ts';
import {
  holdActWords,
  holdsPage,
  holdsPath,
  liftQuestion,
  setQuestion,
  type LiftAsked,
  type NamedHold,
} from '../pages/hold-pages.ts';
import type { OperatorController } from './controller.ts';
import { accessServiceOf, environmentAt, ofEnvironments } from './environments.ts';
import { nameOfActor } from './names.ts';

const acts = ['set', 'lift'] as const;

export function addHolds(controller: OperatorController): void {
  controller.show(
    '/holds',
    async (context) => {
      const isAll = context.query.get('all') === 'yes';
      const found = await ofEnvironments(context, async (environment) => {
        const { holds, hasMore } = await accessServiceOf(controller, context).ask(environment, 'holds', { all: isAll });
        return { hasMore, holds: await Promise.all(holds.map(namedBy(controller))) };
      });
      const done = acts.find((act) => act === context.query.get('notice'));
      const notice = done && holdActWords(done, context.options.language).done;
      return { page: holdsPage(found, isAll, { ...context.options, notice }) };
    },
    true,
  );
  controller.ask<{ readonly environment: EnvironmentName }>('/holds/:environment/set', {
    find: (context) => {
      const environment = environmentAt(controller, context);
      return Promise.resolve(environment && { environment });
    },
    question: (asked, { options }, again) => setQuestion(asked, options, again),
    async carryOut({ environment }, context, form, reason) {
      const until = form.get('until') ?? '';
      const values = { on: (form.get('on') ?? '').trim(), ...(until !== '' && { until }) };
      const path = '/legal-holds/{environment}';
      await controller.carryOut(context, { method: 'POST', path }, { parts: { environment }, values, reason });
      return { goTo: `${holdsPath}?notice=set` };
    },
  });
  controller.ask<LiftAsked>('/holds/:environment/:id/lift', {
    async find(context) {
      const environment = environmentAt(controller, context);
      if (environment === undefined) return undefined;
      const asked = { id: context.part('id'), all: true };
      const [hold] = (await accessServiceOf(controller, context).ask(environment, 'holds', asked)).holds;
      // An expired hold may be lifted too: it can then no longer be prolonged.
      if (hold === undefined || hold.lifted !== null) return undefined;
      return { environment, hold: await namedBy(controller)(hold) };
    },
    question: (asked, { options }, again) => liftQuestion(asked, options, again),
    async carryOut({ environment, hold: { id } }, context, _form, reason) {
      const path = '/legal-holds/{environment}/{id}/lift';
      await controller.carryOut(context, { method: 'POST', path }, { parts: { environment, id }, reason });
      return { goTo: `${holdsPath}?notice=lift` };
    },
  });
}

function namedBy({ sql }: OperatorController): (hold: HoldAt) => Promise<NamedHold> {
  return async (hold) => ({
    ...hold,
    setter: await nameOfActor(sql, hold.setBy),
    lifter: hold.liftedBy === null ? '' : await nameOfActor(sql, hold.liftedBy),
  });
}
