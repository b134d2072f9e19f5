import { daysIn, Temporal } from './temporal.ts';

/** Digits of a date-like value as `precision()` and the boundaries count them: YYYYMMDDhhmmssfff, for a time hhmmssfff. */
const dateDigits = [4, 6, 8, 10, 12, 14, 17];
const timeDigits = [2, 4, 6, 9];

/**
 * The earliest or latest moment that the value may mean, with `precision` digits; undefined for a precision there is not.
 * https://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time
 */
export function temporalBoundary(value: Temporal, side: 'low' | 'high', precision?: number): Temporal | undefined {
  const isTime = value.temporal === 'time';
  const digits = isTime ? timeDigits : dateDigits;
  const wanted = digits.indexOf(precision ?? (isTime ? 9 : value.temporal === 'date' ? 8 : 17));
  if (wanted === -1) return undefined;
  const length = Math.min((isTime ? 3 : 0) + wanted + 1, 6);
  const filled = [...value.fields];
  for (let i = filled.length; i < length; i++) {
    // An hour without minutes is a time on the hour: the specification has it so in its example.
    if (i === 4 && value.fields.length === 4) {
      filled.push(0);
      continue;
    }
    const high = [9999, 12, i === 2 ? daysIn(filled[0]!, filled[1]!) : 31, 23, 59, 59_999][i]!;
    const low = [1, 1, 1, 0, 0, 0][i]!;
    filled.push(side === 'high' ? high : low);
  }
  if (length === 6 && value.fields.length === 6 && !value.fraction && side === 'high') filled[5]! += 999;
  const withTime = length > 3 && !isTime;
  // Without a zone the moment is earliest in the easternmost one and latest in the westernmost.
  const zone = withTime ? (value.zone ?? (side === 'low' ? 840 : -720)) : value.zone;
  return new Temporal({
    temporal: value.temporal === 'date' && withTime ? 'dateTime' : value.temporal,
    fields: filled.slice(0, length),
    zone: isTime || !withTime ? undefined : zone,
    fraction: length === 6,
  });
}

/** Returns the number of given digits, as the boundaries count them. */
export function temporalPrecision(value: Temporal): number {
  const index = value.fields.length - 1 + (value.fraction ? 1 : 0);
  return value.temporal === 'time' ? timeDigits[index - 3]! : dateDigits[index]!;
}
