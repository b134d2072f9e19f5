import type { Value } from '@dhp/fhir-search';
import { anyOf } from '../../condition/combine.ts';
import type { Condition } from '../../condition/condition.ts';
import { postedSeed } from '../../keys/posted-numbers.ts';
import { type Ask, valueOf } from '../ask.ts';
import { compare, numberComparison } from '../comparison.ts';

/** Seeds of the values and of their postings, if not those of the parameter itself. */
export type QuantityUnder = Pick<Extract<Condition, { op: 'quantity' }>, 'seed' | 'units' | 'posted'>;

/** https://hl7.org/fhir/R5/search.html#quantity */
export function quantityCondition(ask: Ask, values: readonly Value[], under?: QuantityUnder): Condition {
  const { seed, ...where } = under ?? { seed: ask.seed, ...postedOf(ask) };
  return anyOf(
    values.map((value) => {
      const quantity = valueOf(value, 'quantity');
      const asked = quantity.unit === undefined ? {} : { unit: quantity.unit };
      return compare(numberComparison(quantity.comparator, quantity), (interval) => ({
        op: 'quantity',
        seed,
        interval,
        ...asked,
        ...where,
      }));
    }),
  );
}

function postedOf({ type, parameter }: Ask): Pick<QuantityUnder, 'posted'> {
  const words = postedSeed(type, parameter.rows);
  return words === undefined ? {} : { posted: { words } };
}
