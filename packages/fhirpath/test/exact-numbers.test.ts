/** `parseExactly` searches for numbers in the text before it keeps digits: no number is missed, in any surroundings. */
import { equal } from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseExactly } from '../src/index.ts';
import { Decimal } from '../src/values/decimal.ts';

/** The digits of the one number in a JSON text. */
function digitsIn(text: string): string {
  let found: unknown;
  const look = (value: unknown): void => {
    if (typeof value === 'number' || value instanceof Decimal) found = value;
    else if (Array.isArray(value)) value.forEach(look);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(look);
  };
  look(parseExactly(text));
  return String(found);
}

const places: readonly ((number: string) => string)[] = [
  (number) => number,
  (number) => ` \n${number}`,
  (number) => `{"a":${number}}`,
  (number) => `{"a" :\t${number} }`,
  (number) => `{"a\\"":"b","c"\n:\r\n${number},"d":"e"}`,
  (number) => `[${number}]`,
  (number) => `["a, b", ${number}]`,
  (number) => `[ [\n${number} ] ]`,
  (number) => `{"time":"T08:05:00+05:00","text":"\\":7, [8","value":{"value":${number}}}`,
];

describe('a decimal keeps its digits', () => {
  for (const [written, kept] of [
    ['1.0', '1.0'],
    ['-0.50', '-0.50'],
    ['120', '120'],
    ['0.1', '0.1'],
    ['5.400', '5.400'],
    ['12345678901234567890.10', '12345678901234567890.10'],
  ] as const)
    it(`${written}, at any place where JSON has numbers`, () => {
      for (const place of places) equal(digitsIn(place(written)), kept, place(written));
    });

  it('and an exponent has the value that it says', () => {
    for (const place of places) equal(digitsIn(place('1.50e1')), '15.0', place('1.50e1'));
  });
});
