import { keyOf } from '../../keys/keys.ts';
import { unitText } from '../../keys/text-for-index.ts';
import type { RowBuilder } from '../../row/row-builder.ts';
import { addNumber, endsOf } from '../number/indexing.ts';
import type { QuantityValue } from '../value.ts';

/** The key of a quantity under a seed. */
export function unitKey(seed: bigint, { system, code, unit }: QuantityValue): bigint {
  return keyOf(seed, unitText(system, code, unit));
}

/** A quantity of the seed: its unit is in the key, and a word by which the units in use are found. */
export function addQuantity(rows: RowBuilder, seed: bigint, quantity: QuantityValue): void {
  const unit = unitText(quantity.system, quantity.code, quantity.unit);
  const key = keyOf(seed, unit);
  rows.word(seed, key, unit);
  addNumber(rows, key, quantity);
}

/** A quantity whose value is posted by its composite: here it is only looked at. */
export function addLookedAt(rows: RowBuilder, seed: bigint, posted: bigint, quantity: QuantityValue): void {
  const unit = unitText(quantity.system, quantity.code, quantity.unit);
  const key = keyOf(seed, unit);
  const { low, high } = endsOf(quantity);
  rows.word(seed, key, unit);
  rows.number(key, low, high, false);
  rows.postLater(posted, unit, low, high);
}

/** The same in a composite: posted under its code, `keys`; looked at under code and system, `others`. */
export function addBesideCode(
  rows: RowBuilder,
  posted: bigint,
  { keys, others }: { keys: readonly bigint[]; others: readonly bigint[] },
  quantity: QuantityValue,
): void {
  const unit = unitText(quantity.system, quantity.code, quantity.unit);
  const { low, high } = endsOf(quantity);
  for (const key of keys) rows.post(keyOf(key, unit), posted, unit, low, high);
  for (const key of others) rows.number(keyOf(key, unit), low, high, false);
}
