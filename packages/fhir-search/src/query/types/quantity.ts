import { badValue, type Ask } from '../ask.ts';
import { anyOf } from '../combine.ts';
import { compare, numberComparison, splitPrefix } from '../comparison.ts';
import type { Condition, UnitAsked } from '../condition.ts';
import { splitEscaped, unescape } from '../escapes.ts';
import { numberMeant } from './number.ts';

const expected =
  'a quantity: an optional prefix (eq ne gt lt ge le sa eb ap), then number, number|system|code or number||code, ' +
  'such as gt5.4|http://unitsofmeasure.org|mg';

/** https://hl7.org/fhir/R5/search.html#quantity */
export function quantityCondition(ask: Ask, values: readonly string[]): Condition {
  return anyOf(
    values.map((value) => {
      const [amount = '', ...unit] = splitEscaped(value, '|').map(unescape);
      const { prefix, rest } = splitPrefix(amount);
      const number = numberMeant(rest) ?? badValue(ask, value, expected);
      const asked = unit.length === 0 ? {} : { unit: unitAsked(unit) ?? badValue(ask, value, expected) };
      return compare(numberComparison(prefix, number), (interval) => ({
        op: 'quantity',
        seed: ask.seed,
        interval,
        ...asked,
      }));
    }),
  );
}

function unitAsked([system, code, ...more]: readonly string[]): UnitAsked | undefined {
  if (system === undefined || code === undefined || code === '' || more.length > 0) return undefined;
  return system === '' ? { code } : { system, code };
}
