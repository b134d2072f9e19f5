/**
 * Legal holds at the operators' pages, for administrators, and for data protection officers of their environments. A hold can name a patient: who looks
 * has signed in just now.
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
import type { Desk } from './desk.ts';
import { accessDeskOf, environmentAt, ofEnvironments } from './environments.ts';
import { nameOfActor } from './names.ts';

const acts = ['set', 'lift'] as const;

export function addHolds(desk: Desk): void {
  desk.show(
    '/holds',
    async (visit) => {
      const isAll = visit.query.get('all') === 'yes';
      const found = await ofEnvironments(visit, async (environment) => {
        const { holds, hasMore } = await accessDeskOf(desk, visit).ask(environment, 'holds', { all: isAll });
        return { hasMore, holds: await Promise.all(holds.map(namedBy(desk))) };
      });
      const done = acts.find((act) => act === visit.query.get('notice'));
      const notice = done && holdActWords(done, visit.options.language).done;
      return { page: holdsPage(found, isAll, { ...visit.options, notice }) };
    },
    true,
  );
  desk.ask<{ readonly environment: EnvironmentName }>('/holds/:environment/set', {
    find: (visit) => {
      const environment = environmentAt(desk, visit);
      return Promise.resolve(environment && { environment });
    },
    question: (asked, { options }, again) => setQuestion(asked, options, again),
    async carryOut({ environment }, visit, form, reason) {
      const until = form.get('until') ?? '';
      const values = { on: (form.get('on') ?? '').trim(), ...(until !== '' && { until }) };
      const path = '/legal-holds/{environment}';
      await desk.carryOut(visit, { method: 'POST', path }, { parts: { environment }, values, reason });
      return { goTo: `${holdsPath}?notice=set` };
    },
  });
  desk.ask<LiftAsked>('/holds/:environment/:id/lift', {
    async find(visit) {
      const environment = environmentAt(desk, visit);
      if (environment === undefined) return undefined;
      const asked = { id: visit.part('id'), all: true };
      const [hold] = (await accessDeskOf(desk, visit).ask(environment, 'holds', asked)).holds;
      // One that is over may be lifted, too: then nothing is left to be prolonged.
      if (hold === undefined || hold.lifted !== null) return undefined;
      return { environment, hold: await namedBy(desk)(hold) };
    },
    question: (asked, { options }, again) => liftQuestion(asked, options, again),
    async carryOut({ environment, hold: { id } }, visit, _form, reason) {
      const path = '/legal-holds/{environment}/{id}/lift';
      await desk.carryOut(visit, { method: 'POST', path }, { parts: { environment, id }, reason });
      return { goTo: `${holdsPath}?notice=lift` };
    },
  });
}

function namedBy({ sql }: Desk): (hold: HoldAt) => Promise<NamedHold> {
  return async (hold) => ({
    ...hold,
    setter: await nameOfActor(sql, hold.setBy),
    lifter: hold.liftedBy === null ? '' : await nameOfActor(sql, hold.liftedBy),
  });
}
