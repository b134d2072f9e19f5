import type { Value, ValueOf } from '@dhp/fhir-search';
import { anyOf } from '../../condition/combine.ts';
import type { Condition, Interval } from '../../condition/condition.ts';
import { type Ask, type FilterOperator, valueOf } from '../ask.ts';
import { compare, dateComparison, instantComparison } from '../comparison.ts';

/** https://hl7.org/fhir/R5/search.html#date */
export function dateCondition({ parameter, operator, seed, main, options }: Ask, values: readonly Value[]): Condition {
  const key = main ? 'main' : seed;
  return anyOf(
    values.map((value) => {
      const date = valueOf(value, 'date');
      // Nothing else depends on the time, and such a search is not cached.
      const now = date.comparator === 'ap' ? options.now.getTime() : 0;
      if (operator !== undefined) return { op: 'date', key, interval: periodInterval(operator, date) };
      if (parameter.code === '_lastUpdated') {
        return compare(instantComparison(date.comparator, date, now), (interval) => ({ op: 'last-updated', interval }));
      }
      return compare(dateComparison(date.comparator, date, now), (interval) => ({ op: 'date', key, interval }));
    }),
  );
}

/** `co`: the period asked for is within that of the resource; `po`: the two overlap. */
function periodInterval(operator: FilterOperator, { low, high }: ValueOf<'date'>): Interval {
  return operator === 'co' ? { low: { le: low }, high: { ge: high } } : { low: { lt: high }, high: { gt: low } };
}
