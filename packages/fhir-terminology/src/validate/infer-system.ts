import { message } from '../outcome/messages.ts';
import { Trial } from './trial.ts';
import type { ValueSetChecker } from './value-set-checker.ts';

/**
 * The one code system of the value set in which a code is found (`inferSystem`). None, or more than one, is reported.
 * The value set's systems are few, so each is tried.
 */
export function inferSystem(checker: ValueSetChecker, code: string, trial: Trial): string | undefined {
  const systems = [...systemsOf(checker)].filter(
    (system) => checker.check({ system, code }, '', new Trial(), { names: [] }) === true,
  );
  if (systems.length === 1) return systems[0];
  const several = systems.length > 1;
  const id = several ? 'Unable_to_resolve_system__value_set_has_multiple_matches' : 'UNABLE_TO_INFER_CODESYSTEM';
  const text = message(id, code, checker.name, systems.join(', '));
  trial.report('error', 'not-found', { kind: 'cannot-infer', id, text, expression: 'code' });
  return undefined;
}

/** The code systems that a value set, and those it imports, take codes of. */
export function systemsOf(checker: ValueSetChecker): Set<string> {
  const systems = new Set<string>();
  const checkers = new Set([checker]);
  for (const one of checkers) {
    addSystems(one, systems);
    for (const imported of one.imports()) checkers.add(imported);
  }
  return systems;
}

function addSystems(checker: ValueSetChecker, systems: Set<string>): void {
  const { compose, expansion } = checker.valueSet;
  const { knowledge } = checker.context;
  for (const { system } of compose?.include ?? []) if (system !== undefined) systems.add(knowledge.canonicalOf(system));
  for (const { system } of expansion?.contains ?? []) if (system !== undefined) systems.add(system);
}
