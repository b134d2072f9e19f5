import type { RowBuilder } from '../../row/row-builder.ts';
import type { NumberValue, QuantityValue } from '../value.ts';

/** A number is a point: it is the number that was searched for whose precision counts. */
export function addNumber(rows: RowBuilder, key: bigint, number: NumberValue | QuantityValue): void {
  const { low, high } = endsOf(number);
  rows.number(key, low, high);
}

/** A number that nothing leads to: it is only looked at. */
export function addNumberAt(rows: RowBuilder, key: bigint, number: NumberValue | QuantityValue): void {
  const { low, high } = endsOf(number);
  rows.number(key, low, high, false);
}

export function endsOf({ value, low, high }: NumberValue | QuantityValue): { low: number; high: number } {
  return { low: value ?? low, high: value ?? high };
}
