import { Decimal } from './decimal.ts';

/** Converts `value` from one UCUM unit to another; undefined when they measure different things or are unknown. */
export type ConvertUnit = (value: number, from: string, to: string) => number | undefined;

/** A value with a unit: a UCUM code, or a calendar duration (`calendar`), whose unit is singular (`year`). */
export class Quantity {
  readonly value: Decimal;
  readonly unit: string;
  readonly calendar: boolean;

  constructor(value: Decimal, unit: string, calendar = false) {
    this.value = value;
    this.unit = unit;
    this.calendar = calendar;
  }

  toString(): string {
    const value = this.value.toString();
    if (!this.calendar) return `${value} '${this.unit}'`;
    return `${value} ${this.unit}${value === '1' ? '' : 's'}`;
  }
}

const calendarUnits = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'] as const;
export type CalendarUnit = (typeof calendarUnits)[number];

/** `years` and `year` are `year`; undefined for any other word than a calendar duration. */
export function calendarUnit(word: string): CalendarUnit | undefined {
  return calendarUnits.find((unit) => word === unit || word === `${unit}s`);
}

/** UCUM codes whose length equals that of a calendar unit: not for years and months. https://hl7.org/fhir/R5/fhirpath.html#quantity */
const calendarCode: Readonly<Record<string, CalendarUnit>> = {
  wk: 'week',
  d: 'day',
  h: 'hour',
  min: 'minute',
  s: 'second',
  ms: 'millisecond',
};

/** The calendar unit of a quantity that is added to a date, which may be in quotes; undefined for any other unit. */
export function durationUnit({ unit }: Quantity): CalendarUnit | undefined {
  return calendarUnit(unit) ?? (Object.hasOwn(calendarCode, unit) ? calendarCode[unit] : undefined);
}

/** Milliseconds in the units of definite length, under their UCUM codes and calendar names. */
const milliseconds = new Map<string, bigint>([
  ['wk', 604_800_000n],
  ['d', 86_400_000n],
  ['h', 3_600_000n],
  ['min', 60_000n],
  ['s', 1_000n],
  ['ms', 1n],
]);
for (const [code, unit] of Object.entries(calendarCode)) {
  const length = milliseconds.get(code);
  if (length !== undefined) milliseconds.set(unit, length);
}

/** Both values in one unit; undefined if the units cannot be converted here or by `convert`. */
export function commensurate(
  a: Quantity,
  b: Quantity,
  convert: ConvertUnit | undefined,
): readonly [Decimal, Decimal] | undefined {
  if (a.unit === b.unit && a.calendar === b.calendar) return [a.value, b.value];
  const [lengthA, lengthB] = [milliseconds.get(a.unit), milliseconds.get(b.unit)];
  if (lengthA !== undefined && lengthB !== undefined) {
    return [a.value.times(new Decimal(lengthA, 0)), b.value.times(new Decimal(lengthB, 0))];
  }
  if (a.calendar && b.calendar) {
    const [monthsA, monthsB] = [monthsIn(a.unit), monthsIn(b.unit)];
    return monthsA === undefined || monthsB === undefined
      ? undefined
      : [a.value.times(monthsA), b.value.times(monthsB)];
  }
  // A calendar year or month is no fixed number of seconds: it cannot be compared with a definite duration.
  if (a.calendar || b.calendar) return undefined;
  const converted = convert?.(b.value.toNumber(), b.unit, a.unit);
  return converted === undefined ? undefined : [a.value, Decimal.of(converted)];
}

/** Equal quantities have equal keys, as long as no units are converted but those known here. */
export function quantityKey({ value, unit, calendar }: Quantity): string {
  const length = milliseconds.get(unit);
  if (length !== undefined) return `ms ${value.times(new Decimal(length, 0)).key()}`;
  const months = calendar ? monthsIn(unit) : undefined;
  if (months !== undefined) return `months ${value.times(months).key()}`;
  return `${value.key()} ${unit}`;
}

function monthsIn(unit: string): Decimal | undefined {
  return unit === 'year' ? new Decimal(12n, 0) : unit === 'month' ? new Decimal(1n, 0) : undefined;
}
