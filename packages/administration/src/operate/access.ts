/** Access policies of the environments at the operators' pages. They show and do the same as the administration API. */
import { isActFailure, statusOf } from '../acts/act-failure.ts';
import { reasonOf } from '../acts/reason.ts';
import { draftPage, freshPage, type Draft } from '../pages/access-draft-page.ts';
import {
  accessPage,
  accessVersionPage,
  environmentsPage,
  pathOfAccess,
  rollbackQuestion,
  type EnvironmentState,
  type RollbackAsked,
} from '../pages/access-pages.ts';
import type { Answer } from './answer.ts';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';
import { accessServiceOf, environmentAt, ofEnvironments } from './environments.ts';
import { nameOfActor } from './names.ts';
import { accessActMessages } from '../texts/access-act.ts';

export function addAccess(controller: OperatorController): void {
  controller.show('/access', async (context) => {
    const found = await ofEnvironments(context, (environment) =>
      accessServiceOf(controller, context).ask(environment, 'state'),
    );
    const shown = found.map(({ environment, told }): EnvironmentState => ({ environment, state: told }));
    return { page: environmentsPage(shown, context.options) };
  });
  controller.show('/access/:environment', (context) => show(controller, context));
  controller.show('/access/:environment/versions/:version', (context) => showVersion(controller, context));
  controller.show('/access/:environment/draft', (context) => beginDraft(controller, context));
  controller.take('/access/:environment/draft', (context, form) => takeDraft(controller, context, form), {
    isAct: false,
    showAgain: (context, form) => takeDraft(controller, context, form, 'earlier-sign-in'),
  });
  controller.show('/access/:environment/fresh', ({ options }) => Promise.resolve({ page: freshPage(options) }), true);
  controller.ask<RollbackAsked>('/access/:environment/rollback/:version', {
    find: (context) => findRollback(controller, context),
    question: (asked, { options }, again) => rollbackQuestion(asked, options, again),
    async carryOut({ environment, to }, context, form, reason) {
      const values = { version: to ?? 0, base: Number(form.get('base') ?? 0) };
      const path = '/access-policies/{environment}/rollback';
      await controller.carryOut(context, { method: 'POST', path }, { parts: { environment }, values, reason });
      return { goTo: `${pathOfAccess(environment)}?notice=rollback` };
    },
  });
}

async function show(controller: OperatorController, context: OperatorContext): Promise<Answer | undefined> {
  const environment = environmentAt(controller, context);
  if (environment === undefined) return undefined;
  const at = accessServiceOf(controller, context);
  const [state, { activations }] = await Promise.all([at.ask(environment, 'state'), at.ask(environment, 'versions')]);
  const named = await Promise.all(
    activations.map(async (one) => ({ ...one, madeBy: await nameOfActor(controller.sql, one.madeBy) })),
  );
  const done = (['activate', 'rollback'] as const).find((act) => act === context.query.get('notice'));
  const notice = done && accessActMessages[context.options.language][done].done;
  return { page: accessPage(environment, state, named, { ...context.options, notice }) };
}

/** Returns the version number in the address; undefined if it is not a valid number. */
function versionAt(context: OperatorContext): number | undefined {
  const text = context.part('version');
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

async function showVersion(controller: OperatorController, context: OperatorContext): Promise<Answer | undefined> {
  const [environment, version] = [environmentAt(controller, context), versionAt(context)];
  if (environment === undefined || version === undefined) return undefined;
  const at = accessServiceOf(controller, context);
  const [state, { versions }] = await Promise.all([at.ask(environment, 'state'), at.ask(environment, 'versions')]);
  const found = versions.find((one) => one.version === version);
  if (found === undefined) return undefined;
  const { text } = await at.ask(environment, 'text', { version });
  const madeBy = await nameOfActor(controller.sql, found.madeBy);
  const shown = { ...found, environment, text, madeBy, isInForce: state.version === version };
  return { page: accessVersionPage(shown, context.options) };
}

async function findRollback(
  controller: OperatorController,
  context: OperatorContext,
): Promise<RollbackAsked | undefined> {
  const environment = environmentAt(controller, context);
  const to = context.part('version') === '0' ? null : versionAt(context);
  if (environment === undefined || to === undefined) return undefined;
  const at = accessServiceOf(controller, context);
  const { versions } = await at.ask(environment, 'versions');
  if (to !== null && !versions.some(({ version }) => version === to)) return undefined;
  return { environment, to, base: (await at.ask(environment, 'state')).version };
}

const beginning = `${JSON.stringify({ others: 'as-scoped', rules: [] }, null, 2)}\n`;

async function beginDraft(controller: OperatorController, context: OperatorContext): Promise<Answer | undefined> {
  const environment = environmentAt(controller, context);
  if (environment === undefined) return undefined;
  const { version, text } = await accessServiceOf(controller, context).ask(environment, 'state');
  const draft = { environment, text: text ?? beginning, base: String(version ?? 0), purpose: '' };
  return { page: draftPage(draft, context.options) };
}

/** @param failed if present, the draft is only checked and shown, and nothing is done */
async function takeDraft(
  controller: OperatorController,
  context: OperatorContext,
  form: URLSearchParams,
  failed?: 'earlier-sign-in',
): Promise<Answer | undefined> {
  const environment = environmentAt(controller, context);
  if (environment === undefined) return undefined;
  const given = (name: string): string => form.get(name) ?? '';
  // A browser sends line ends as CR LF.
  const text = given('policies').replaceAll('\r\n', '\n');
  const draft: Draft = {
    ...{ environment, text, base: given('base'), purpose: given('purpose'), reason: given('reason') },
  };
  const at = accessServiceOf(controller, context);
  const { language } = context.options;
  const { faults } = await at.ask(environment, 'check', { text, language });
  const checked: Draft = { ...draft, faults, ...(failed !== undefined && { failed }) };
  if (faults.length > 0 || given('do') === 'check' || failed !== undefined)
    return { page: draftPage(checked, context.options) };
  if (given('do') === 'activate') return activate(controller, context, checked);
  const purpose = draft.purpose === '' ? undefined : draft.purpose;
  const { losses } = await at.tryOut(environment, { text, purpose });
  return { page: draftPage({ ...checked, losses }, context.options) };
}

/** The typed text stays on the page after every failure: a sign-in that is too old, no reason, or a concurrent activation. */
async function activate(controller: OperatorController, context: OperatorContext, draft: Draft): Promise<Answer> {
  const { environment, text, base } = draft;
  const again = (failed: Draft['failed'], status: number): Answer => ({
    page: draftPage({ ...draft, ...(failed !== undefined && { failed }) }, context.options),
    status,
  });
  if (!context.isFresh) return again('sign-in', 403);
  let reason: string;
  try {
    reason = reasonOf(draft.reason);
  } catch {
    return again('reason', 400);
  }
  try {
    const values = { policies: text, base: /^\d{1,9}$/.test(base) ? Number(base) : -1 };
    const act = { method: 'POST', path: '/access-policies/{environment}/activate' };
    await controller.carryOut(context, act, { parts: { environment }, values, reason });
  } catch (error) {
    if (!isActFailure(error)) throw error;
    return again({ kind: error.kind, message: error.message }, statusOf(error));
  }
  return { goTo: `${pathOfAccess(environment)}?notice=activate` };
}
