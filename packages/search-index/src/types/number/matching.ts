import type { Value } from '@dhp/fhir-search';
import { anyOf } from '../../condition/combine.ts';
import type { Condition } from '../../condition/condition.ts';
import { type Ask, valueOf } from '../ask.ts';
import { compare, numberComparison } from '../comparison.ts';

/** https://hl7.org/fhir/R5/search.html#number */
export function numberCondition({ seed }: Ask, values: readonly Value[]): Condition {
  return anyOf(
    values.map((value) => {
      const number = valueOf(value, 'number');
      return compare(numberComparison(number.comparator, number), (interval) => ({
        op: 'number',
        key: seed,
        interval,
      }));
    }),
  );
}
