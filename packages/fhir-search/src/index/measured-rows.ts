import type { NumberValue, QuantityValue } from '../values/index-value.ts';
import { keyOf } from './keys.ts';
import type { RowBuilder } from './row-builder.ts';
import { unitText } from './text-for-index.ts';

/** A number is a point: it is the number that was searched for whose precision counts. */
export function addNumber(rows: RowBuilder, key: bigint, { value, low, high }: NumberValue | QuantityValue): void {
  rows.number(key, value ?? low, value ?? high);
}

/** A quantity of the seed: its unit is in the key, and a word by which the units in use are found. */
export function addQuantity(rows: RowBuilder, seed: bigint, quantity: QuantityValue): void {
  const unit = unitText(quantity.system, quantity.code, quantity.unit);
  const key = keyOf(seed, unit);
  rows.word(seed, key, unit);
  addNumber(rows, key, quantity);
}
