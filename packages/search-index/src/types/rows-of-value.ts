import type { RowBuilder } from '../row/row-builder.ts';
import { compositeRows, postingRows, type Repetition } from './composite/indexing.ts';
import { addDate } from './date/indexing.ts';
import { addNumber } from './number/indexing.ts';
import type { PlannedParameter } from './planned-parameter.ts';
import { addLookedAt, addQuantity } from './quantity/indexing.ts';
import { addReference } from './reference/indexing.ts';
import { addString } from './string/indexing.ts';
import { addToken } from './token/indexing.ts';
import { addUri } from './uri/indexing.ts';
import type { CompositeValue, Value } from './value.ts';

/**
 * Adds the rows of one value of a parameter that is not a composite.
 * @param itemType the FHIR type of the item with the value
 * @throws BudgetSpent
 */
export function addRows(rows: RowBuilder, plan: PlannedParameter, value: Value, itemType: string): void {
  switch (value.type) {
    case 'token':
      addToken(rows, plan, value, itemType);
      break;
    case 'reference':
      addReference(rows, plan, value);
      break;
    case 'uri':
      addUri(rows, plan, value);
      break;
    case 'string':
      addString(rows, plan, value);
      break;
    case 'date':
      addDate(rows, plan, value);
      break;
    case 'number':
      addNumber(rows, plan.seed, value);
      break;
    case 'quantity':
      if (plan.postedSeed === undefined) addQuantity(rows, plan.seed, value);
      else addLookedAt(rows, plan.seed, plan.postedSeed, value);
      break;
    case 'composite':
      throw new Error('a composite came as a simple value');
  }
}

/** The same for a composite. @throws BudgetSpent */
export function addComposite(
  rows: RowBuilder,
  { seed, posting }: PlannedParameter,
  value: CompositeValue,
  repetition: Repetition,
): void {
  if (posting === undefined) compositeRows(rows, seed, value, repetition);
  else postingRows(rows, seed, posting, value, repetition);
}
