import type { RowBuilder } from '../../row/row-builder.ts';
import type { PlannedParameter } from '../planned-parameter.ts';
import type { DateValue } from '../value.ts';
import { dateBounds } from '@dhp/fhir-search/values';
import { objectOf, objectsOf } from '../json.ts';

/**
 * Dates as the time that they cover; of a Timing the outer limits. https://hl7.org/fhir/R5/search.html#date
 * @param timeZone IANA name, for dates without a zone
 */
export function dateValues(value: unknown, type: string, timeZone: string): DateValue[] {
  if (type === 'Period') {
    const { start, end } = objectOf(value);
    const [from, to] = [dateBounds(start, timeZone), dateBounds(end, timeZone)];
    return from === undefined && to === undefined ? [] : [between(from?.low, to?.high)];
  }
  if (type === 'Timing') return timing(value, timeZone);
  const bounds = dateBounds(value, timeZone);
  return bounds === undefined ? [] : [between(bounds.low, bounds.high)];
}

function timing(value: unknown, timeZone: string): DateValue[] {
  const { event, repeat } = objectOf(value);
  const { boundsPeriod } = objectOf(repeat);
  const limits = [
    ...(Array.isArray(event) ? event.flatMap((one) => dateValues(one, 'dateTime', timeZone)) : []),
    ...objectsOf(boundsPeriod).flatMap((one) => dateValues(one, 'Period', timeZone)),
  ];
  if (limits.length === 0) return [];
  let [first, last] = [Infinity, -Infinity];
  for (const { low, high } of limits) [first, last] = [Math.min(first, low), Math.max(last, high)];
  return [between(first, last)];
}

function between(low = -Infinity, high = Infinity): DateValue {
  return { type: 'date', low, high };
}

export function addDate(rows: RowBuilder, plan: PlannedParameter, { low, high }: DateValue): void {
  if (plan.isMainDate) rows.mainDate = { low, high };
  else rows.date(plan.seed, low, high);
}
