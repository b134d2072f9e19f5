/**
 * The queue of broken glass at the operators' pages, for administrators, and for data protection officers of their environments. As it
 * shows patient data, it requires a recent sign-in.
 */
import type { GlassEntry } from '../access/access-answers.ts';
import { glassPage, glassPath, glassQuestion, type GlassAsked, type NamedGlass } from '../pages/glass-pages.ts';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';
import { accessServiceOf, environmentAt, ofEnvironments } from './environments.ts';
import { nameOfActor } from './names.ts';
import { glassActMessages } from '../texts/glass-act.ts';

export function addGlass(controller: OperatorController): void {
  controller.show(
    '/glass',
    async (context) => {
      const isAll = context.query.get('all') === 'yes';
      const found = await ofEnvironments(context, (environment) =>
        accessServiceOf(controller, context).ask(environment, 'glass', { all: isAll }),
      );
      const shown = await Promise.all(
        found.map(async ({ environment, told }) =>
          told === undefined
            ? { environment }
            : {
                environment,
                isAll,
                hasMore: told.hasMore,
                glass: await Promise.all(told.glass.map(namedBy(controller))),
              },
        ),
      );
      const notice =
        context.query.get('notice') === 'review' ? glassActMessages[context.options.language].review.done : undefined;
      return { page: glassPage(shown, { ...context.options, notice }) };
    },
    true,
  );
  controller.ask<GlassAsked>('/glass/:environment/:id/review', {
    find: (context) => findEntry(controller, context),
    question: (asked, { options }, again) => glassQuestion(asked, options, again),
    async carryOut({ environment, entry: { id } }, context, form, reason) {
      const values = { verdict: form.get('verdict') ?? '' };
      const path = '/broken-glass/{environment}/{id}/review';
      await controller.carryOut(context, { method: 'POST', path }, { parts: { environment, id }, values, reason });
      return { goTo: `${glassPath}?notice=review` };
    },
  });
}

/** Undefined if the entry does not exist or was already reviewed: a verdict is final. */
async function findEntry(controller: OperatorController, context: OperatorContext): Promise<GlassAsked | undefined> {
  const environment = environmentAt(controller, context);
  if (environment === undefined) return undefined;
  const { glass } = await accessServiceOf(controller, context).ask(environment, 'glass', { id: context.part('id') });
  const [entry] = glass;
  return entry && { environment, entry: await namedBy(controller)(entry) };
}

function namedBy({ sql }: OperatorController): (entry: GlassEntry) => Promise<NamedGlass> {
  return async (entry) => ({
    ...entry,
    name: await nameOfActor(sql, `account:${entry.subject}`),
    reviewer: entry.reviewedBy === null ? '' : await nameOfActor(sql, entry.reviewedBy),
  });
}
