/** Access policies of the environments at the operators' pages. What they show and do, the administration API does the same way. */
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
import type { Desk } from './desk.ts';
import type { Visit } from './entry.ts';
import { accessDeskOf, environmentAt, ofEnvironments } from './environments.ts';
import { nameOfActor } from './names.ts';
import { accessActMessages } from '../texts/access-act.ts';

export function addAccess(desk: Desk): void {
  desk.show('/access', async (visit) => {
    const found = await ofEnvironments(visit, (environment) => accessDeskOf(desk, visit).ask(environment, 'state'));
    const shown = found.map(({ environment, told }): EnvironmentState => ({ environment, state: told }));
    return { page: environmentsPage(shown, visit.options) };
  });
  desk.show('/access/:environment', (visit) => show(desk, visit));
  desk.show('/access/:environment/versions/:version', (visit) => showVersion(desk, visit));
  desk.show('/access/:environment/draft', (visit) => beginDraft(desk, visit));
  desk.take('/access/:environment/draft', (visit, form) => takeDraft(desk, visit, form), {
    isAct: false,
    showAgain: (visit, form) => takeDraft(desk, visit, form, 'earlier-sign-in'),
  });
  desk.show('/access/:environment/fresh', ({ options }) => Promise.resolve({ page: freshPage(options) }), true);
  desk.ask<RollbackAsked>('/access/:environment/rollback/:version', {
    find: (visit) => findRollback(desk, visit),
    question: (asked, { options }, again) => rollbackQuestion(asked, options, again),
    async carryOut({ environment, to }, visit, form, reason) {
      const values = { version: to ?? 0, base: Number(form.get('base') ?? 0) };
      const path = '/access-policies/{environment}/rollback';
      await desk.carryOut(visit, { method: 'POST', path }, { parts: { environment }, values, reason });
      return { goTo: `${pathOfAccess(environment)}?notice=rollback` };
    },
  });
}

async function show(desk: Desk, visit: Visit): Promise<Answer | undefined> {
  const environment = environmentAt(desk, visit);
  if (environment === undefined) return undefined;
  const at = accessDeskOf(desk, visit);
  const [state, { activations }] = await Promise.all([at.ask(environment, 'state'), at.ask(environment, 'versions')]);
  const named = await Promise.all(
    activations.map(async (one) => ({ ...one, madeBy: await nameOfActor(desk.sql, one.madeBy) })),
  );
  const done = (['activate', 'rollback'] as const).find((act) => act === visit.query.get('notice'));
  const notice = done && accessActMessages[visit.options.language][done].done;
  return { page: accessPage(environment, state, named, { ...visit.options, notice }) };
}

/** A number of a version in an address; undefined for what is none. */
function versionAt(visit: Visit): number | undefined {
  const text = visit.part('version');
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

async function showVersion(desk: Desk, visit: Visit): Promise<Answer | undefined> {
  const [environment, version] = [environmentAt(desk, visit), versionAt(visit)];
  if (environment === undefined || version === undefined) return undefined;
  const at = accessDeskOf(desk, visit);
  const [state, { versions }] = await Promise.all([at.ask(environment, 'state'), at.ask(environment, 'versions')]);
  const found = versions.find((one) => one.version === version);
  if (found === undefined) return undefined;
  const { text } = await at.ask(environment, 'text', { version });
  const madeBy = await nameOfActor(desk.sql, found.madeBy);
  const shown = { ...found, environment, text, madeBy, isInForce: state.version === version };
  return { page: accessVersionPage(shown, visit.options) };
}

async function findRollback(desk: Desk, visit: Visit): Promise<RollbackAsked | undefined> {
  const environment = environmentAt(desk, visit);
  const to = visit.part('version') === '0' ? null : versionAt(visit);
  if (environment === undefined || to === undefined) return undefined;
  const at = accessDeskOf(desk, visit);
  const { versions } = await at.ask(environment, 'versions');
  if (to !== null && !versions.some(({ version }) => version === to)) return undefined;
  return { environment, to, base: (await at.ask(environment, 'state')).version };
}

const beginning = `${JSON.stringify({ others: 'as-scoped', rules: [] }, null, 2)}\n`;

async function beginDraft(desk: Desk, visit: Visit): Promise<Answer | undefined> {
  const environment = environmentAt(desk, visit);
  if (environment === undefined) return undefined;
  const { version, text } = await accessDeskOf(desk, visit).ask(environment, 'state');
  const draft = { environment, text: text ?? beginning, base: String(version ?? 0), purpose: '' };
  return { page: draftPage(draft, visit.options) };
}

/** @param failed it is checked and shown, and nothing is done */
async function takeDraft(
  desk: Desk,
  visit: Visit,
  form: URLSearchParams,
  failed?: 'earlier-sign-in',
): Promise<Answer | undefined> {
  const environment = environmentAt(desk, visit);
  if (environment === undefined) return undefined;
  const given = (name: string): string => form.get(name) ?? '';
  // A browser sends line ends as CR LF.
  const text = given('policies').replaceAll('\r\n', '\n');
  const draft: Draft = {
    ...{ environment, text, base: given('base'), purpose: given('purpose'), reason: given('reason') },
  };
  const at = accessDeskOf(desk, visit);
  const { language } = visit.options;
  const { faults } = await at.ask(environment, 'check', { text, language });
  const checked: Draft = { ...draft, faults, ...(failed !== undefined && { failed }) };
  if (faults.length > 0 || given('do') === 'check' || failed !== undefined)
    return { page: draftPage(checked, visit.options) };
  if (given('do') === 'activate') return activate(desk, visit, checked);
  const purpose = draft.purpose === '' ? undefined : draft.purpose;
  const { losses } = await at.tryOut(environment, { text, purpose });
  return { page: draftPage({ ...checked, losses }, visit.options) };
}

/** The text stays on the page whatever hinders: a sign-in that is too old, no reason, or somebody who was faster. */
async function activate(desk: Desk, visit: Visit, draft: Draft): Promise<Answer> {
  const { environment, text, base } = draft;
  const again = (failed: Draft['failed'], status: number): Answer => ({
    page: draftPage({ ...draft, ...(failed !== undefined && { failed }) }, visit.options),
    status,
  });
  if (!visit.isFresh) return again('sign-in', 403);
  let reason: string;
  try {
    reason = reasonOf(draft.reason);
  } catch {
    return again('reason', 400);
  }
  try {
    const values = { policies: text, base: /^\d{1,9}$/.test(base) ? Number(base) : -1 };
    const act = { method: 'POST', path: '/access-policies/{environment}/activate' };
    await desk.carryOut(visit, act, { parts: { environment }, values, reason });
  } catch (error) {
    if (!isActFailure(error)) throw error;
    return again({ kind: error.kind, message: error.message }, statusOf(error));
  }
  return { goTo: `${pathOfAccess(environment)}?notice=activate` };
}
