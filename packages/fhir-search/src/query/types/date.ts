import { dateBounds } from '../../values/date.ts';
import { badValue, type Ask } from '../ask.ts';
import { anyOf } from '../combine.ts';
import { compare, dateComparison, instantComparison, splitPrefix } from '../comparison.ts';
import type { Condition } from '../condition.ts';

const expected =
  'a date: an optional prefix (eq ne gt lt ge le sa eb ap), then YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss[.fff]][Z|+hh:mm]' +
  ' (a + must be sent as %2B)';

/** https://hl7.org/fhir/R5/search.html#date */
export function dateCondition(ask: Ask, values: readonly string[]): Condition {
  const now = ask.options.now.getTime();
  return anyOf(
    values.map((value) => {
      const { prefix, rest } = splitPrefix(value);
      const bounds = dateBounds(rest, ask.options.timeZone) ?? badValue(ask, value, expected);
      if (ask.parameter.code === '_lastUpdated') {
        return compare(instantComparison(prefix, bounds, now), (interval) => ({ op: 'last-updated', interval }));
      }
      const key = ask.main ? 'main' : ask.seed;
      return compare(dateComparison(prefix, bounds, now), (interval) => ({ op: 'date', key, interval }));
    }),
  );
}
