/** `_since` and `_at` of a history: moments and periods as FHIR writes them. */
import { formatInstant } from '@dhp/fhir-model/instant';

/** From `start` (inclusive) to `end` (exclusive). */
export interface Period {
  readonly start: Date;
  readonly end: Date;
}

const written =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+ -](?:0\d|1[0-4]):[0-5]\d)?)?)?)?$/;

/**
 * The time that a date or dateTime covers, to its own precision (https://hl7.org/fhir/R5/datatypes.html#dateTime); without an offset, in
 * the time zone of the server. A plus sign that arrives as a space is accepted. Undefined for any other text.
 */
export function periodOf(text: string, timeZone: string): Period | undefined {
  const match = written.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const parts = [year, month ?? '1', day ?? '1', hour ?? '0', minute ?? '0', second ?? '0'].map(Number);
  const [y = 0, mo = 1, d = 1, h = 0, mi = 0, s = 0] = parts;
  const last = [month, day, hour === undefined ? undefined : minute, second].findIndex((part) => part === undefined);
  const at = (step: readonly number[]): Date | undefined => {
    const [dy = 0, dmo = 0, dd = 0, dmi = 0, ds = 0] = step;
    return moment([y + dy, mo + dmo, d + dd, h, mi + dmi, s + ds], zone, timeZone);
  };
  if (mo < 1 || mo > 12 || d < 1 || d > daysIn(y, mo) || h > 23 || mi > 59 || s > 59 || y === 0) return undefined;
  const milliseconds = fraction === undefined ? 0 : Math.floor(Number(`0${fraction}`) * 1000);
  const start = at([]);
  const end = at(steps[last < 0 ? 4 : last] ?? []);
  if (start === undefined || end === undefined) return undefined;
  if (fraction === undefined) return { start, end };
  const instant = start.getTime() + milliseconds;
  return { start: new Date(instant), end: new Date(instant + 1) };
}

/** One year, month, day, minute or second later, by the first part that is not written. */
const steps: readonly (readonly number[])[] = [[1], [0, 1], [0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0, 1]];

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** The moment of a local time; undefined if the calendar of an instant ends. */
function moment(parts: readonly number[], zone: string | undefined, timeZone: string): Date | undefined {
  const [y = 0, mo = 1, d = 1, h = 0, mi = 0, s = 0] = parts;
  const local = new Date(0);
  local.setUTCFullYear(y, mo - 1, d);
  local.setUTCHours(h, mi, s, 0);
  const time = local.getTime();
  if (zone !== undefined) return new Date(time - offsetOf(zone));
  try {
    // The offset at the moment that has these digits: of a first guess, then of the moment it gives.
    const guess = time - offsetAt(time, timeZone);
    return new Date(time - offsetAt(guess, timeZone));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function offsetAt(time: number, timeZone: string): number {
  return offsetOf(formatInstant(new Date(time), timeZone).slice(23));
}

/** `+05:00` in milliseconds. */
function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}
