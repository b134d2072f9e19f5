import type { Condition } from './condition.ts';

/**
 * Whether the rows of the active definition cannot answer a condition; undefined if they answer all.
 * @param units of a quantity: the units in use, as terms hold them
 */
export type Lacks = (condition: Condition, units: readonly string[]) => boolean;

/** A search has a condition that the rows of the active definition cannot answer, but those of the next one can. */
export class LackingDefinition extends Error {
  override readonly name = 'LackingDefinition';
}
