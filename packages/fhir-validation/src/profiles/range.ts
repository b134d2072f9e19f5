import type { ConvertUnit } from '@dhp/fhirpath';
import { isObject, type Json } from '../json.ts';
import type { Stated } from './node.ts';

const ucum = 'http://unitsofmeasure.org';
const dates = new Set(['date', 'dateTime', 'instant']);

/** Inputs of a comparison besides the two values. */
export interface Comparing {
  readonly now: Date;
  readonly convertUnit: ConvertUnit | undefined;
}

/**
 * Compares a value with a limit: negative if the value is less than the limit, positive if it is greater. Undefined if they cannot be
 * compared or the rule does not cover values of this type.
 * https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.minValue_x_
 * @param sign -1 for a minimum, 1 for a maximum: the direction from now of a limit that is a duration
 */
export function compareToLimit(
  value: unknown,
  type: string,
  limit: Stated,
  sign: -1 | 1,
  comparing: Comparing,
): number | undefined {
  if (dates.has(type) && typeof value === 'string') {
    const text = isObject(limit.value) ? fromNow(limit.value, sign, comparing.now) : limit.value;
    return typeof text === 'string' ? compareTimes(value, text) : undefined;
  }
  if (type === 'integer64') return compareIntegers(value, limit.value);
  return compareAmounts(value, limit.value, comparing.convertUnit);
}

/** Compares numbers, times or quantities; undefined for other pairs. */
export function compareAmounts(
  value: unknown,
  limit: unknown,
  convertUnit: ConvertUnit | undefined,
): number | undefined {
  if (typeof value === 'number' && typeof limit === 'number') return value - limit;
  if (typeof value === 'string' && typeof limit === 'string') return compareTimes(value, limit);
  return isObject(value) && isObject(limit) ? compareQuantities(value, limit, convertUnit) : undefined;
}

/**
 * Compares dates and times. Two values with a time are compared as moments; otherwise the common prefix of the texts, which sort in order
 * of time.
 */
function compareTimes(a: string, b: string): number {
  if (a.includes('T') && b.includes('T')) {
    const difference = Date.parse(a) - Date.parse(b);
    if (!Number.isNaN(difference)) return difference;
  }
  const length = Math.min(a.length, b.length);
  const [one, other] = [a.slice(0, length), b.slice(0, length)];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** integer64 is a string in JSON. */
function compareIntegers(a: unknown, b: unknown): number | undefined {
  const whole = /^[+-]?\d{1,19}$/;
  if (!whole.test(String(a)) || !whole.test(String(b))) return undefined;
  const [one, other] = [BigInt(String(a)), BigInt(String(b))];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Compares amounts in the same unit or in convertible units. */
function compareQuantities(a: Json, b: Json, convertUnit: ConvertUnit | undefined): number | undefined {
  const [one, other] = [a['value'], b['value']];
  if (typeof one !== 'number' || typeof other !== 'number') return undefined;
  if (unitOf(b) === undefined || (a['system'] === b['system'] && unitOf(a) === unitOf(b))) return one - other;
  if (a['system'] !== ucum || b['system'] !== ucum) return undefined;
  const converted = convertUnit?.(one, String(a['code']), String(b['code']));
  return converted === undefined ? undefined : converted - other;
}

const unitOf = ({ code, unit }: Json): unknown => code ?? unit;

/** Returns the moment that lies a duration before or after now. */
function fromNow({ value, code, unit }: Json, sign: -1 | 1, now: Date): string | undefined {
  if (typeof value !== 'number') return undefined;
  const moment = new Date(now);
  const amount = sign * value;
  switch (code ?? unit) {
    case 'a':
      moment.setUTCFullYear(moment.getUTCFullYear() + amount);
      break;
    case 'mo':
      moment.setUTCMonth(moment.getUTCMonth() + amount);
      break;
    default: {
      const length = lengths.get(String(code ?? unit));
      if (length === undefined) return undefined;
      moment.setTime(moment.getTime() + amount * length);
    }
  }
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}

const lengths: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    wk: 604_800_000,
    d: 86_400_000,
    h: 3_600_000,
    min: 60_000,
    s: 1_000,
    ms: 1,
  }),
);
