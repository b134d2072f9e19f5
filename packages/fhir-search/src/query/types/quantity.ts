import { postedSeed } from '../../index/posted-numbers.ts';
import { badValue, type Ask } from '../ask.ts';
import { anyOf } from '../combine.ts';
import { compare, numberComparison, splitPrefix } from '../comparison.ts';
import type { Condition, UnitAsked } from '../condition.ts';
import { splitEscaped, unescape } from '../escapes.ts';
import { numberMeant } from './number.ts';

const expected =
  'a quantity: an optional prefix (eq ne gt lt ge le sa eb ap), then number, number|system|code or number||code, ' +
  'such as gt5.4|http://unitsofmeasure.org|mg; number|| is the number in any unit';

/** Where the values stand and are posted, if not by the parameter itself. */
export type QuantityUnder = Pick<Extract<Condition, { op: 'quantity' }>, 'seed' | 'units' | 'posted'>;

/** https://hl7.org/fhir/R5/search.html#quantity */
export function quantityCondition(ask: Ask, values: readonly string[], under?: QuantityUnder): Condition {
  const { seed, ...where } = under ?? { seed: ask.seed, ...postedOf(ask) };
  return anyOf(
    values.map((value) => {
      const [amount = '', ...unit] = splitEscaped(value, '|').map(unescape);
      const { prefix, rest } = splitPrefix(amount);
      const number = numberMeant(rest) ?? badValue(ask, value, expected);
      const asked = hasUnit(unit) ? { unit: unitAsked(unit) ?? badValue(ask, value, expected) } : {};
      return compare(numberComparison(prefix, number), (interval) => ({
        op: 'quantity',
        seed,
        interval,
        ...asked,
        ...where,
      }));
    }),
  );
}

function postedOf({ type, parameter }: Ask): Pick<QuantityUnder, 'posted'> {
  const words = postedSeed(type, parameter.rows);
  return words === undefined ? {} : { posted: { words } };
}

/** Clients that fill in a template send `5.4||` where there is no unit to ask for. */
function hasUnit([system, code, ...more]: readonly string[]): boolean {
  return system !== undefined && !(system === '' && code === '' && more.length === 0);
}

function unitAsked([system, code, ...more]: readonly string[]): UnitAsked | undefined {
  if (system === undefined || code === undefined || code === '' || more.length > 0) return undefined;
  return system === '' ? { code } : { system, code };
}
