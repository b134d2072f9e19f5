import type { Budget } from '@dhp/budget';
import type { Concept, ConceptSystem, ConceptTest } from './concept-system.ts';

/** Units of work for a concept that is passed: it is looked up and made. */
export const unitsOfConcept = 5;
export const hierarchyPlace = 'the hierarchy of a code system';

/**
 * The codes of a concept and of all that are in one direction from it, each once, the nearest first.
 * @throws BudgetSpent
 */
export function codesFrom(
  system: ConceptSystem,
  start: Concept,
  way: 'children' | 'parents',
  budget?: Budget,
): ReadonlySet<string> {
  const found = new Map<string, Concept>([[start.code, start]]);
  for (const concept of found.values()) {
    const next = system[way](concept);
    budget?.spend(unitsOfConcept * (1 + next.length), hierarchyPlace);
    for (const one of next) found.set(one.code, one);
  }
  return new Set(found.keys());
}

/** The test whether a concept is one of `codesFrom`: these are walked once, for the first tested concept. */
export function isFrom(
  system: ConceptSystem,
  start: Concept,
  way: 'children' | 'parents',
  budget?: Budget,
): ConceptTest {
  let codes: ReadonlySet<string> | undefined;
  return ({ code }) => (codes ??= codesFrom(system, start, way, budget)).has(code);
}
