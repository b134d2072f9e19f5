import type { CalendarUnit } from './quantity.ts';

export type TemporalKind = 'date' | 'dateTime' | 'time';

/** Precisions of a value, from coarse to fine; seconds and milliseconds are one precision. */
const parts = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;

interface TemporalParts {
  readonly temporal: TemporalKind;
  readonly fields: readonly number[];
  readonly zone: number | undefined;
  readonly fraction: boolean;
}

/**
 * A date, dateTime or time with its written precision. `fields` holds year, month, day, hour, minute and milliseconds within the minute as
 * far as given (for a time, from the hour on, after 1970-01-01). A class, because collections also hold raw JSON of any shape.
 */
export class Temporal implements TemporalParts {
  readonly temporal: TemporalKind;
  readonly fields: readonly number[];
  /** Minutes east of UTC; undefined when the value names no zone. */
  readonly zone: number | undefined;
  /** Whether milliseconds were written. */
  readonly fraction: boolean;

  constructor({ temporal, fields, zone, fraction }: TemporalParts) {
    this.temporal = temporal;
    this.fields = fields;
    this.zone = zone;
    this.fraction = fraction;
  }

  /** The same with some parts changed. */
  with(changed: Partial<TemporalParts>): Temporal {
    const { temporal, fields, zone, fraction } = this;
    return new Temporal({ temporal, fields, zone, fraction, ...changed });
  }
}

const dateTimePattern =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;
const timePattern = /^T?(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?$/;

export function isTemporal(value: unknown): value is Temporal {
  return value instanceof Temporal;
}

/** Parses an ISO 8601 text as FHIR writes it; undefined for any other text, and for a day that does not exist. */
export function parseTemporal(source: string, kind: TemporalKind): Temporal | undefined {
  if (kind === 'time') {
    const match = timePattern.exec(source);
    if (match === null) return undefined;
    return checked(kind, ['1970', '01', '01', match[1], match[2], match[3]], match[4], undefined);
  }
  const match = dateTimePattern.exec(source);
  if (match === null || (kind === 'date' && match[4] !== undefined)) return undefined;
  return checked(kind, match.slice(1, 7), match[7], match[8]);
}

function checked(
  temporal: TemporalKind,
  texts: readonly (string | undefined)[],
  fraction: string | undefined,
  zoneText: string | undefined,
): Temporal | undefined {
  const given = texts.findIndex((part) => part === undefined);
  const fields = (given === -1 ? texts : texts.slice(0, given)).map(Number);
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = fields;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  // Digits beyond milliseconds are kept as a fraction of one, so that order and equality see them.
  if (fields.length === 6) fields[5] = second * 1000 + (fraction === undefined ? 0 : Number(`0.${fraction}`) * 1000);
  return new Temporal({ temporal, fields, zone: zoneOf(zoneText), fraction: fraction !== undefined });
}

function zoneOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(4, 6));
  return text.startsWith('-') ? -minutes : minutes;
}

export function daysIn(year: number, month: number): number {
  return new Date(utc([year, month + 1, 0])).getUTCDate();
}

/** Milliseconds since the epoch of fields as if they stood in UTC. */
function utc(fields: readonly number[]): number {
  const [year = 1970, month = 1, day = 1, hour = 0, minute = 0, milliseconds = 0] = fields;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.setUTCHours(hour, minute, 0, 0) + milliseconds;
}

function fieldsAt(instant: number, length: number): number[] {
  const whole = Math.floor(instant);
  const date = new Date(whole);
  const inMinute = date.getUTCSeconds() * 1000 + date.getUTCMilliseconds() + (instant - whole);
  return [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    inMinute,
  ].slice(0, length);
}

/** The fields in the zone `zoneOffset`; a value without a zone is assumed to be in it already. */
function inZone(value: Temporal, zoneOffset: number): readonly number[] {
  if (value.zone === undefined || value.zone === zoneOffset || value.fields.length < 4) return value.fields;
  return fieldsAt(utc(value.fields) + (zoneOffset - value.zone) * 60_000, value.fields.length);
}

/**
 * Negative, zero or positive; undefined if they agree in their common precision and one is more precise, and if only one of them has a zone
 * and the result depends on that of the other.
 * @param zoneOffset the zone of values without one; undefined if it is not known https://hl7.org/fhirpath/N1/#datetime-equality
 */
export function compareTemporal(a: Temporal, b: Temporal, zoneOffset: number | undefined): number | undefined {
  if (zoneOffset === undefined && (a.zone === undefined) !== (b.zone === undefined) && hasHour(a) && hasHour(b)) {
    // Without a zone a moment is anywhere between the easternmost and the westernmost one.
    const [first, last] = [compareTemporal(a, b, easternmost), compareTemporal(a, b, westernmost)];
    return first !== undefined && last !== undefined && Math.sign(first) === Math.sign(last) ? first : undefined;
  }
  return compareIn(a, b, zoneOffset ?? 0);
}

const [easternmost, westernmost] = [840, -720];

const hasHour = ({ temporal, fields }: Temporal): boolean => temporal !== 'time' && fields.length > 3;

function compareIn(a: Temporal, b: Temporal, zoneOffset: number): number | undefined {
  const [left, right] = [inZone(a, zoneOffset), inZone(b, zoneOffset)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = left[i]! - right[i]!;
    if (difference !== 0) return difference;
  }
  return left.length === right.length ? 0 : undefined;
}

/** Equal values of equal precision have equal keys, whatever their zones. */
export function temporalKey(value: Temporal, zoneOffset: number | undefined): string {
  const isApart = zoneOffset === undefined && value.zone === undefined && hasHour(value);
  return `${value.temporal === 'time' ? 'T' : isApart ? '?' : ''}${inZone(value, zoneOffset ?? 0).join('-')}`;
}

/**
 * https://hl7.org/fhirpath/N1/#datetime-arithmetic; undefined for a time with a unit that it does not have, and `out of range` outside of
 * the years 1 to 9999.
 */
export function addDuration(
  value: Temporal,
  amount: number,
  unit: CalendarUnit,
): Temporal | undefined | 'out of range' {
  if (value.temporal === 'time' && (unit === 'year' || unit === 'month' || unit === 'week' || unit === 'day')) {
    return undefined;
  }
  const { fields } = value;
  const whole = Math.trunc(amount);
  let unitInParts: (typeof parts)[number] = unit === 'week' ? 'day' : unit === 'millisecond' ? 'second' : unit;
  let count =
    unit === 'week'
      ? whole * 7
      : unit === 'millisecond'
        ? Math.trunc(amount)
        : unit === 'second'
          ? amount * 1000
          : whole;
  // A partial value moves by whole steps of its own precision: 24 months are 2 years, 23 months 1 year.
  const steps: Partial<Record<(typeof parts)[number], readonly [(typeof parts)[number], number]>> = {
    second: ['minute', 60_000],
    minute: ['hour', 60],
    hour: ['day', 24],
    day: ['month', 30],
    month: ['year', 12],
  };
  while (parts.indexOf(unitInParts) >= fields.length) {
    const [coarser, size] = steps[unitInParts]!;
    // Days in a year: counted at 365, not at 12 × 30.
    if (unitInParts === 'day' && fields.length === 1) [unitInParts, count] = ['year', Math.trunc(count / 365)];
    else [unitInParts, count] = [coarser, Math.trunc(count / size)];
  }
  const result = moved(fields, unitInParts, count, value.temporal);
  const year = result[0]!;
  return year >= 1 && year <= 9999 ? value.with({ fields: result }) : 'out of range';
}

function moved(fields: readonly number[], unit: (typeof parts)[number], count: number, kind: TemporalKind): number[] {
  const [year = 1970, month = 1, day = 1, ...time] = fields;
  if (unit === 'year' || unit === 'month') {
    const months = year * 12 + month - 1 + (unit === 'year' ? count * 12 : count);
    const [newYear, newMonth] = [Math.floor(months / 12), (((months % 12) + 12) % 12) + 1];
    return [newYear, newMonth, Math.min(day, daysIn(newYear, newMonth)), ...time].slice(0, fields.length);
  }
  const size = { day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1 }[unit];
  const result = fieldsAt(utc(fields) + count * size, fields.length);
  return kind === 'time' ? [1970, 1, 1, ...result.slice(3)] : result;
}

const padded = (n: number, width: number) => String(n).padStart(width, '0');

/** As FHIR writes it: `2012-04-05T10:30:00+05:00`, `14:30`. */
export function formatTemporal(value: Temporal): string {
  const [year = 0, month, day, hour, minute, milliseconds] = value.fields;
  let date = padded(year, 4);
  if (month !== undefined) date += `-${padded(month, 2)}`;
  if (day !== undefined) date += `-${padded(day, 2)}`;
  if (hour === undefined) return date;
  let time = padded(hour, 2);
  if (minute !== undefined) time += `:${padded(minute, 2)}`;
  if (milliseconds !== undefined) {
    const whole = Math.floor(milliseconds / 1000);
    time += `:${padded(whole, 2)}`;
    if (value.fraction) time += `.${padded(Math.round(milliseconds - whole * 1000), 3)}`;
  }
  if (value.temporal === 'time') return time;
  return `${date}T${time}${value.zone === undefined ? '' : formatZone(value.zone)}`;
}

function formatZone(minutes: number): string {
  if (minutes === 0) return 'Z';
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${padded(Math.floor(size / 60), 2)}:${padded(size % 60, 2)}`;
}
