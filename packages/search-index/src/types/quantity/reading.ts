import { type JsonObject, objectOf, textOf } from '../json.ts';
import { precisionBounds, rangeBounds } from '../number/reading.ts';
import type { QuantityValue } from '../value.ts';

/** The code system of currencies. https://hl7.org/fhir/R5/datatypes.html#Money */
const currencySystem = 'urn:iso:std:iso:4217';

/** Quantity and what specialises it, Money, Range, SampledData. https://hl7.org/fhir/R5/search.html#quantity */
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

/** The limits between which the samples were taken; without both there is nothing to compare with. */
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
