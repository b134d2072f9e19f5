/** Conditions that can be evaluated on a resource alone: on its index row at any time, without the database. */
import { quantityConditions, type Condition } from '@dhp/search-index';
import type { IndexRow } from '@dhp/search-index/rows';
import { meets } from '../matching/meets.ts';

/**
 * Whether the condition can be evaluated on a resource alone. For others, such as chains and `_has`, the state at the time of a change is
 * unknown.
 */
export function isTold(condition: Condition): boolean {
  switch (condition.op) {
    case 'all':
    case 'any':
      return condition.of.every(isTold);
    case 'not':
      return isTold(condition.of);
    case 'quantity':
      // Composite parameters store their units elsewhere.
      return condition.units === undefined;
    case 'keys':
    case 'present':
    case 'term':
    case 'number':
    case 'string':
    case 'date':
    case 'id':
    case 'patient':
      return true;
    case 'repetition':
    case 'last-updated':
    case 'refers':
    case 'referred':
    case 'near':
    case 'full-text':
    case 'version':
    case 'boundary':
    case 'cared':
    case 'consented':
    case 'labelled':
    case 'unlabelled':
      return false;
  }
}

/** Whether a resource meets a condition that satisfies `isTold`. */
export function isMet(condition: Condition, id: string, row: IndexRow): boolean {
  return meets({ id, row }, grounded(condition, row)) === true;
}

/** Quantities compared in the units that the resource has. */
function grounded(condition: Condition, row: IndexRow): Condition {
  if (condition.op === 'all' || condition.op === 'any')
    return { op: condition.op, of: condition.of.map((each) => grounded(each, row)) };
  if (condition.op === 'not') return { op: 'not', of: grounded(condition.of, row) };
  if (condition.op !== 'quantity') return condition;
  const units = row.words.filter(({ parameter }) => parameter === condition.seed);
  return quantityConditions(condition, units);
}
