/**
 * The queue of broken glass at the operators' pages, for administrators, and for data protection officers of their environments. It tells of patients: who
 * looks has signed in just now.
 */
import type { GlassEntry } from '../access/access-answers.ts';
import { glassPage, glassPath, glassQuestion, type GlassAsked, type NamedGlass } from '../pages/glass-pages.ts';
import type { Desk } from './desk.ts';
import type { Visit } from './entry.ts';
import { accessDeskOf, environmentAt, ofEnvironments } from './environments.ts';
import { nameOfActor } from './names.ts';
import { glassActMessages } from '../texts/glass-act.ts';

export function addGlass(desk: Desk): void {
  desk.show(
    '/glass',
    async (visit) => {
      const isAll = visit.query.get('all') === 'yes';
      const found = await ofEnvironments(visit, (environment) =>
        accessDeskOf(desk, visit).ask(environment, 'glass', { all: isAll }),
      );
      const shown = await Promise.all(
        found.map(async ({ environment, told }) =>
          told === undefined
            ? { environment }
            : { environment, isAll, hasMore: told.hasMore, glass: await Promise.all(told.glass.map(namedBy(desk))) },
        ),
      );
      const notice =
        visit.query.get('notice') === 'review' ? glassActMessages[visit.options.language].review.done : undefined;
      return { page: glassPage(shown, { ...visit.options, notice }) };
    },
    true,
  );
  desk.ask<GlassAsked>('/glass/:environment/:id/review', {
    find: (visit) => findEntry(desk, visit),
    question: (asked, { options }, again) => glassQuestion(asked, options, again),
    async carryOut({ environment, entry: { id } }, visit, form, reason) {
      const values = { verdict: form.get('verdict') ?? '' };
      const path = '/broken-glass/{environment}/{id}/review';
      await desk.carryOut(visit, { method: 'POST', path }, { parts: { environment, id }, values, reason });
      return { goTo: `${glassPath}?notice=review` };
    },
  });
}

/** Undefined for one that is not there, or was reviewed: its verdict stands. */
async function findEntry(desk: Desk, visit: Visit): Promise<GlassAsked | undefined> {
  const environment = environmentAt(desk, visit);
  if (environment === undefined) return undefined;
  const { glass } = await accessDeskOf(desk, visit).ask(environment, 'glass', { id: visit.part('id') });
  const [entry] = glass;
  return entry && { environment, entry: await namedBy(desk)(entry) };
}

function namedBy({ sql }: Desk): (entry: GlassEntry) => Promise<NamedGlass> {
  return async (entry) => ({
    ...entry,
    name: await nameOfActor(sql, `account:${entry.subject}`),
    reviewer: entry.reviewedBy === null ? '' : await nameOfActor(sql, entry.reviewedBy),
  });
}
