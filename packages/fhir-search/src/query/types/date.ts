import type { DateRange } from '../../ast/value.ts';
import { dateBounds } from '../../values/date-bounds.ts';
import { badValue, type Ask } from '../ask.ts';
import { splitPrefix } from '../comparator.ts';

const expected =
  'a date: an optional prefix (eq ne gt lt ge le sa eb ap), then YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss[.fff]][Z|+hh:mm]' +
  ' (a + must be sent as %2B)';

/** https://hl7.org/fhir/R5/search.html#date */
export function dateValue(ask: Ask, value: string): DateRange {
  const { comparator, rest } = splitPrefix(value);
  const bounds = dateBounds(rest, ask.options.timeZone) ?? badValue(ask, value, expected);
  return { type: 'date', comparator, date: rest, ...bounds };
}
