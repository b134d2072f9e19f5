import type { RowBuilder } from '../../row/row-builder.ts';
import type { NumberValue, QuantityValue } from '../value.ts';
import { objectOf } from '../json.ts';

/** https://hl7.org/fhir/R5/search.html#number */
export function numberValues(value: unknown, type: string): NumberValue[] {
  if (type === 'Range') {
    const range = rangeBounds(value);
    return range === undefined ? [] : [{ type: 'number', value: undefined, ...range }];
  }
  if (typeof value !== 'number') return [];
  const bounds = type === 'decimal' ? precisionBounds(value) : { low: value, high: value };
  return [{ type: 'number', value, ...bounds }];
}

/** From the low to the high of a Range (open if one is missing); undefined without both. */
export function rangeBounds(value: unknown): { low: number; high: number } | undefined {
  const { low, high } = objectOf(value);
  const [from, to] = [objectOf(low).value, objectOf(high).value];
  if (typeof from !== 'number' && typeof to !== 'number') return undefined;
  return { low: typeof from === 'number' ? from : -Infinity, high: typeof to === 'number' ? to : Infinity };
}

/** Half of the last digit to either side: 100 is 99.5 to 100.5, 0.02 is 0.015 to 0.025, 1e-7 is 0.5e-7 to 1.5e-7. */
export function precisionBounds(value: number): { low: number; high: number } {
  if (Number.isSafeInteger(value)) return { low: value - 0.5, high: value + 0.5 };
  const [digits, exponent = '0'] = String(value).split('e') as [string, string?];
  const point = digits.indexOf('.');
  const decimals = (point < 0 ? 0 : digits.length - point - 1) - Number(exponent);
  if (decimals > 300) return { low: value, high: value };
  // In whole units of the last digit, so that 0.02 gives 0.015 and not 0.015000000000000001.
  const [unit, scale] = decimals > 0 ? [1, 10 ** decimals] : [10 ** -decimals, 1];
  const last = Math.round((value / unit) * scale);
  return { low: ((last - 0.5) * unit) / scale, high: ((last + 0.5) * unit) / scale };
}

/** A number is a point: it is the number that was searched for whose precision counts. */
export function addNumber(rows: RowBuilder, key: bigint, number: NumberValue | QuantityValue): void {
  const { low, high } = endsOf(number);
  rows.number(key, low, high);
}

/** A number without a posting: it is only tested. */
export function addNumberAt(rows: RowBuilder, key: bigint, number: NumberValue | QuantityValue): void {
  const { low, high } = endsOf(number);
  rows.number(key, low, high, false);
}

export function endsOf({ value, low, high }: NumberValue | QuantityValue): { low: number; high: number } {
  return { low: value ?? low, high: value ?? high };
}
