import type { Condition } from './condition.ts';

/**
 * Whether the rows of the definition that is searched cannot answer a condition as it is asked; undefined if they answer all.
 * @param units of a quantity: the units in use, as terms hold them
 */
export type Lacks = (condition: Condition, units: readonly string[]) => boolean;

/** A search asks for what the rows of the definition that is searched cannot answer; those of the next one can. */
export class LackingDefinition extends Error {
  override readonly name = 'LackingDefinition';
}
