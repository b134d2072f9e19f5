import { isNumber, isObject, memberValue, type JsonValue, type RawNumber } from './json.ts';

/**
 * Whether two JSON values are equal by RFC 6902 section 4.6: numbers by their value (1.0 and 1.00 are equal, also beyond the precision of a
 * double), objects regardless of the order of their members.
 * @param spend pays for the counted members of the first, also if the second has few
 */
export function areEqual(a: JsonValue, b: JsonValue, spend: (members: number) => void = () => undefined): boolean {
  if (isNumber(a) && isNumber(b)) return typeof a === 'number' && a === b ? true : decimalOf(a) === decimalOf(b);
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => areEqual(item, b[index]!, spend));
  }
  if (!isObject(a) || !isObject(b)) return a === b;
  const names = Object.keys(a);
  spend(names.length);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => {
      const other = memberValue(b, name);
      return other !== undefined && areEqual(a[name]!, other, spend);
    })
  );
}

/** One form for all texts of a number: its digits without zeros at either end, and their power of ten. */
function decimalOf(number: number | RawNumber): string {
  const text = typeof number === 'number' ? String(number) : number.rawJSON;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(
    text,
  )!;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = withoutTrailingZeros(digits);
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

/** Removes trailing zeros by hand, because `/0+$/` takes quadratic time on many inner zeros. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 0x30) end -= 1;
  return digits.slice(0, end);
}
