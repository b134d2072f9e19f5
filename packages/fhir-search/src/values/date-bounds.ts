import { offsetAt } from '@dhp/fhir-model/instant';

/** A zone is 14 hours off at most, as in the datatypes of FHIR. */
const pattern =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?)?)?)?$/;

/**
 * The time that a date, dateTime or instant covers by its precision, from `low` inclusive to `high` exclusive, in ms: a year, month, day,
 * minute, second, or the precision of its fraction, but at least a millisecond. Undefined unless it is a date.
 * @example
 * const { low, high } = dateBounds('2026-01-31', 'Asia/Tashkent')!;
 * (high - low) / 3_600_000; // 24
 * dateBounds('soon', 'Asia/Tashkent'); // undefined
 */
export function dateBounds(value: unknown, timeZone: string): { low: number; high: number } | undefined {
  const low = typeof value === 'string' ? secondOf(value) : undefined;
  return low === undefined ? otherBounds(value, timeZone) : { low, high: low + 1000 };
}

/** The beginning of a second with a zone, the form of most times, without the pattern; undefined for all other texts. */
function secondOf(text: string): number | undefined {
  const { length } = text;
  if ((length !== 20 && length !== 25) || !hasMarks(text, secondMarks)) return undefined;
  const [year, month, day] = [twoDigits(text, 0) * 100 + twoDigits(text, 2), twoDigits(text, 5), twoDigits(text, 8)];
  const [hour, minute, second] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)];
  // Comparisons with NaN are false. Ends of months, leap seconds and the first century are left to the pattern.
  if (!(year > 99 && month >= 1 && month <= 12 && day >= 1 && day <= 28)) return undefined;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  if (length === 20) return text.endsWith('Z') ? local : undefined;
  const sign = text[19] === '+' ? 1 : text[19] === '-' ? -1 : 0;
  const [hours, minutes] = [twoDigits(text, 20), twoDigits(text, 23)];
  if (sign === 0 || text[22] !== ':' || !(hours <= 13 && minutes <= 59)) return undefined;
  return local - sign * (hours * 60 + minutes) * 60_000;
}

const secondMarks: readonly (readonly [at: number, mark: string])[] = [
  [4, '-'],
  [7, '-'],
  [10, 'T'],
  [13, ':'],
  [16, ':'],
];

function hasMarks(text: string, marks: typeof secondMarks): boolean {
  for (const [at, mark] of marks) if (text[at] !== mark) return false;
  return true;
}

/** NaN unless both are digits. */
function twoDigits(text: string, at: number): number {
  const [tens, ones] = [text.charCodeAt(at) - 48, text.charCodeAt(at + 1) - 48];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

function otherBounds(value: unknown, timeZone: string): { low: number; high: number } | undefined {
  const match = typeof value === 'string' ? pattern.exec(value) : null;
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const [y, m, d] = [Number(year), Number(month ?? 1) - 1, Number(day ?? 1)];
  if (m > 11 || m < 0 || d < 1 || d > daysIn(y, m) || Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59)
    return undefined;
  if (hour === undefined) {
    const next = month === undefined ? utc(y + 1, 0, 1) : day === undefined ? utc(y, m + 1, 1) : utc(y, m, d + 1);
    return { low: instantOf(utc(y, m, d), undefined, timeZone), high: instantOf(next, undefined, timeZone) };
  }
  // A leap second counts as the one before it.
  const seconds = Math.min(Number(second ?? 0), 59);
  const milliseconds = fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'));
  const width =
    second === undefined ? 60_000 : fraction === undefined ? 1000 : 10 ** (3 - Math.min(fraction.length, 3));
  const local = utc(y, m, d) + ((Number(hour) * 60 + Number(minute)) * 60 + seconds) * 1000 + milliseconds;
  const low = instantOf(local, zone, timeZone);
  return { low, high: low + width };
}

/** As Date.UTC, but the years 0 to 99 are taken literally. */
function utc(year: number, month: number, day: number): number {
  if (year > 99) return Date.UTC(year, month, day);
  return new Date(0).setUTCFullYear(year, month, day);
}

function daysIn(year: number, month: number): number {
  return new Date(utc(year, month + 1, 0)).getUTCDate();
}

/** The moment at which clocks of the zone show a local time, given as if it were UTC. */
function instantOf(local: number, zone: string | undefined, timeZone: string): number {
  if (zone !== undefined) return local - offsetOf(zone);
  // The offset there and then, found in two steps: the first may look at the other side of a change of the clocks.
  const near = local - zoneOffset(local, timeZone);
  return local - zoneOffset(near, timeZone);
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

const earliest = utc(2, 0, 1);
const latest = utc(9998, 0, 1);

function zoneOffset(time: number, timeZone: string): number {
  // At either end of the calendar an instant may leave it.
  return offsetAt(Math.min(Math.max(time, earliest), latest), timeZone);
}
