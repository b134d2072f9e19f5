/** Days and minutes of the history of the services. */
import type { ServiceMinutes } from './rows.ts';

export const keptDays = 90;
const minuteLength = 60_000;
const dayLength = 86_400_000;

/** The beginning of a minute. */
export const minuteOf = (time: Date): Date => new Date(Math.floor(time.getTime() / minuteLength) * minuteLength);

/** The day of a moment, as ISO 8601 writes it. */
export type Calendar = (time: Date) => string;

/** The calendar of a time zone (IANA). Created once: creating a formatter takes a thousand times as long as using it. */
export function calendarOf(timeZone: string): Calendar {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (time) => format.format(time);
}

/** The first of the stored days. */
export const firstDay = (now: Date, dayOf: Calendar): string =>
  dayOf(new Date(now.getTime() - (keptDays - 1) * dayLength));

/**
 * Minutes in which no node counted: the Single Sign-On, which counts, was down in them, and the state of the others is unknown. A single
 * missing minute is ignored: a process that is replaced may miss it.
 * @param before the last minute that was counted
 */
export function uncounted(before: Date, minute: Date, dayOf: Calendar): ServiceMinutes[] {
  const oldest = minute.getTime() - keptDays * dayLength;
  const from = Math.max(before.getTime() + minuteLength, oldest);
  if (minute.getTime() - from <= minuteLength) return [];
  const downs = new Map<string, number>();
  let at = from;
  while (at < minute.getTime()) {
    const day = dayOf(new Date(at));
    const next = endOfDay(at, minute.getTime(), { day, dayOf });
    downs.set(day, Math.round((next - at) / minuteLength));
    at = next;
  }
  return [...downs].map(([day, down]) => ({ day, service: 'sso', up: 0, partly: 0, down }));
}

/** The first minute after `at` of another day, or `limit`. Zones shift by quarters of an hour at the finest. */
function endOfDay(at: number, limit: number, { day, dayOf }: { day: string; dayOf: Calendar }): number {
  const quarter = 15 * minuteLength;
  let next = at;
  do next = Math.floor(next / quarter) * quarter + quarter;
  while (next < limit && dayOf(new Date(next)) === day);
  return Math.min(next, limit);
}
