import { keyOf } from '../../keys/keys.ts';
import { unitText } from '../../keys/text-for-index.ts';
import type { RowBuilder } from '../../row/row-builder.ts';
import { addNumber, endsOf, precisionBounds, rangeBounds } from '../number/indexing.ts';
import type { QuantityValue } from '../value.ts';
import { type JsonObject, objectOf, textOf } from '../json.ts';

/** The code system of currencies. https://hl7.org/fhir/R5/datatypes.html#Money */
const currencySystem = 'urn:iso:std:iso:4217';

/** Quantity and its specialisations, Money, Range, SampledData. https://hl7.org/fhir/R5/search.html#quantity */
export function quantityValues(value: unknown, type: string): QuantityValue[] {
  const object = objectOf(value);
  if (type === 'Range') {
    const bounds = rangeBounds(object);
    if (bounds === undefined) return [];
    const unit = unitOf(objectOf(object.low).value === undefined ? objectOf(object.high) : objectOf(object.low));
    return [{ type: 'quantity', value: undefined, ...bounds, ...unit }];
  }
  if (type === 'SampledData') return sampled(object);
  const amount = object.value;
  if (typeof amount !== 'number') return [];
  const unit =
    type === 'Money' ? { system: currencySystem, code: textOf(object.currency), unit: undefined } : unitOf(object);
  const { comparator } = object;
  if (comparator === '<' || comparator === '<=') {
    return [{ type: 'quantity', value: undefined, low: -Infinity, high: amount, ...unit }];
  }
  if (comparator === '>' || comparator === '>=') {
    return [{ type: 'quantity', value: undefined, low: amount, high: Infinity, ...unit }];
  }
  return [{ type: 'quantity', value: amount, ...precisionBounds(amount), ...unit }];
}

/** The limits between which the samples were taken; without both there is no range to compare. */
function sampled({ origin, factor, lowerLimit, upperLimit }: JsonObject): QuantityValue[] {
  if (typeof lowerLimit !== 'number' || typeof upperLimit !== 'number') return [];
  const { value } = objectOf(origin);
  const zero = typeof value === 'number' ? value : 0;
  const scale = typeof factor === 'number' ? factor : 1;
  const ends = [zero + lowerLimit * scale, zero + upperLimit * scale];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return [{ type: 'quantity', value: undefined, low, high, ...unitOf(objectOf(origin)) }];
}

function unitOf({ system, code, unit }: JsonObject): Pick<QuantityValue, 'system' | 'code' | 'unit'> {
  return { system: textOf(system) ?? '', code: textOf(code), unit: textOf(unit) };
}

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

/** A quantity whose value is posted by its composite: this row is only tested. */
export function addLookedAt(rows: RowBuilder, seed: bigint, posted: bigint, quantity: QuantityValue): void {
  const unit = unitText(quantity.system, quantity.code, quantity.unit);
  const key = keyOf(seed, unit);
  const { low, high } = endsOf(quantity);
  rows.word(seed, key, unit);
  rows.number(key, low, high, false);
  rows.postLater(posted, unit, low, high);
}

/** The same in a composite: posted under its code, `keys`; tested under code and system, `others`. */
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
