import { dateBounds } from './date-bounds.ts';

/** The time that a Period covers, in milliseconds since 1970, from `since` inclusive to `until` exclusive; infinite if it is open. */
export interface PeriodBounds {
  readonly since: number;
  readonly until: number;
  /** False if the begin or end of the Period is unreadable: the time may be any within the bounds, and none is certain. */
  readonly isRead: boolean;
}

/**
 * Returns the time that a Period covers by the precision of its ends; always without a Period. It is unreadable if an end is unreadable or
 * declared unknown (an extension in place of the value), or if it ends before it begins. https://hl7.org/fhir/R5/datatypes.html#Period
 * @example
 * new Date(periodBounds({ end: '2026' }, 'Asia/Tashkent').until).toISOString(); // '2026-12-31T19:00:00.000Z'
 * periodBounds({ end: 'soon' }, 'Asia/Tashkent').isRead; // false
 */
export function periodBounds(period: unknown, timeZone: string): PeriodBounds {
  if (period === undefined) return { ...always, isRead: true };
  if (!isObject(period)) return { ...always, isRead: false };
  const [start, end] = [dateIn(period, 'start', timeZone), dateIn(period, 'end', timeZone)];
  const since = start === 'unknown' ? -Infinity : (start?.low ?? -Infinity);
  const until = end === 'unknown' ? Infinity : (end?.high ?? Infinity);
  if (since >= until) return { ...always, isRead: false };
  const isSilent = start === undefined && end === undefined && 'extension' in period;
  return { since, until, isRead: start !== 'unknown' && end !== 'unknown' && !isSilent };
}

const always = { since: -Infinity, until: Infinity };

type Json = Readonly<Record<string, unknown>>;

/**
 * Returns the time that a date in an object covers; undefined if it is absent, and `unknown` if it is unreadable.
 * @example
 * dateIn({ _start: { extension: [] } }, 'start', 'Asia/Tashkent'); // 'unknown'
 */
export function dateIn(of: Json, name: string, timeZone: string): ReturnType<typeof dateBounds> | 'unknown' {
  const value = of[name];
  if (value === undefined) return of[`_${name}`] === undefined ? undefined : 'unknown';
  return dateBounds(value, timeZone) ?? 'unknown';
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
