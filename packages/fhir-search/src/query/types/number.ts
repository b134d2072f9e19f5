import type { Decimal, NumberValue } from '../../ast/value.ts';
import { badValue, type Ask } from '../ask.ts';
import { splitPrefix } from '../comparator.ts';

const expected = 'a number: an optional prefix (eq ne gt lt ge le sa eb ap), then digits, such as 5.4, -3 or 1e-3';

/** https://hl7.org/fhir/R5/search.html#number */
export function numberValue(ask: Ask, value: string): NumberValue {
  const { comparator, rest } = splitPrefix(value);
  return { type: 'number', comparator, ...(decimalOf(rest) ?? badValue(ask, value, expected)) };
}

const pattern = /^([-+]?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d{1,3}))?$/;

/**
 * A decimal and its meaning by the given digits: 100 is [99.5, 100.5), 100.00 is [99.995, 100.005). A single digit with an exponent counts
 * as if a nought stood behind it: the page gives 1e2 as [95, 105), although it speaks of one significant figure. Undefined unless it is a
 * number that is not too large.
 */
export function decimalOf(text: string): Decimal | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', decimals = '', exponent = '0'] = match;
  const fraction = match[4] !== undefined && whole.length === 1 && decimals === '' ? '0' : decimals;
  // The number in halves of its last digit, as digits, so that the limits are as exact as the number itself.
  const halves = BigInt(whole + fraction) * 2n;
  const negative = sign === '-';
  const value = Number(text);
  const scale = Number(exponent) - fraction.length;
  const limit = (count: bigint) => halvesAt(count, scale);
  const [from, to] = negative ? [-halves - 1n, -halves + 1n] : [halves - 1n, halves + 1n];
  const [low, high] = [limit(from), limit(to)];
  if (!Number.isFinite(value) || !Number.isFinite(low) || !Number.isFinite(high)) return undefined;
  // With more digits than a number has, all three may be the same one.
  return { decimal: text, value, low: Math.min(low, value), high: high > value ? high : justAbove(value) };
}

function justAbove(value: number): number {
  return value + Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE);
}

/** `count` halves of 10^scale, as the number nearest to the digits. */
function halvesAt(count: bigint, scale: number): number {
  return Number(`${String(count * 5n)}e${String(scale - 1)}`);
}
