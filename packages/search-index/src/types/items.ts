import type { Budget } from '@dhp/budget';
import { type CompiledPath, type EvaluationEnvironment, FhirPathError, type Item } from '@dhp/fhirpath';

/**
 * Finds the items of an expression in a resource, or in an element of the type; none if it cannot be evaluated there, such as
 * `name.single()` with two names: a resource without a search value is stored nevertheless. @throws BudgetSpent if that of the resource is
 * spent
 */
export type ItemsOf = (value: unknown, type: string | undefined, work: Budget) => readonly Item[];

/** The same by a walk alone (`CompiledPath.walk`); undefined if the expression has to be evaluated. */
export type WalkedOf = (value: unknown, work: Budget) => readonly Item[] | undefined;

/**
 * Returns the items of a path. Their locations decide the implied systems of codes, but cost time, so they are requested only after codes
 * were met. The first name of a location stands for the start of the evaluation.
 */
export function itemsBy(path: CompiledPath): ItemsOf {
  let locate = false;
  return (value, type, work) => {
    const items = evaluated(path, value, environmentOf(locate, type, work));
    if (locate || !items.some((item) => item.type === 'code')) return items;
    locate = true;
    return evaluated(path, value, environmentOf(locate, type, work));
  };
}

/** As `itemsBy`, of a resource. */
export function walkedBy(path: CompiledPath): WalkedOf {
  return (value, work) => {
    const items = path.walk(value, environmentOf(false, undefined, work));
    if (items?.some((item) => item.type === 'code') !== true) return items;
    return path.walk(value, environmentOf(true, undefined, work));
  };
}

function environmentOf(locate: boolean, type: string | undefined, work: Budget): EvaluationEnvironment {
  return type === undefined ? { locate, location, work } : { locate, location, work, type };
}

function evaluated(path: CompiledPath, value: unknown, environment: EvaluationEnvironment): readonly Item[] {
  try {
    return path.evaluate(value, environment);
  } catch (error) {
    if (error instanceof FhirPathError && (error.kind === 'evaluation' || error.kind === 'hook')) return [];
    throw error;
  }
}

const location = 'root';

/** Adds the items of a member; skips nothing. */
export function addItems(items: Item[], value: unknown, type: string): void {
  if (!Array.isArray(value)) addItem(items, value, type);
  else for (const each of value as unknown[]) addItem(items, each, type);
}

function addItem(items: Item[], value: unknown, type: string): void {
  if (value !== null && value !== undefined) items.push({ value, type, sibling: undefined, location: undefined });
}
