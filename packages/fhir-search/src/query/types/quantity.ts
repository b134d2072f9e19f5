import type { QuantityValue, Unit } from '../../ast/value.ts';
import { badValue, type Ask } from '../ask.ts';
import { splitPrefix } from '../comparator.ts';
import { splitEscaped, unescape } from '../escapes.ts';
import { decimalOf } from './number.ts';

const expected =
  'a quantity: an optional prefix (eq ne gt lt ge le sa eb ap), then number, number|system|code or number||code, ' +
  'such as gt5.4|http://unitsofmeasure.org|mg; number|| is the number in any unit';

/** https://hl7.org/fhir/R5/search.html#quantity */
export function quantityValue(ask: Ask, value: string): QuantityValue {
  const [amount = '', ...unit] = splitEscaped(value, '|').map(unescape);
  const { comparator, rest } = splitPrefix(amount);
  const decimal = decimalOf(rest) ?? badValue(ask, value, expected);
  const asked = hasUnit(unit) ? { unit: unitAsked(unit) ?? badValue(ask, value, expected) } : {};
  return { type: 'quantity', comparator, ...decimal, ...asked };
}

/** Clients that fill in a template send `5.4||` without a unit. */
function hasUnit([system, code, ...more]: readonly string[]): boolean {
  return system !== undefined && !(system === '' && code === '' && more.length === 0);
}

function unitAsked([system, code, ...more]: readonly string[]): Unit | undefined {
  if (system === undefined || code === undefined || code === '' || more.length > 0) return undefined;
  return system === '' ? { code } : { system, code };
}
