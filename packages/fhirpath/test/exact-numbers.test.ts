/** `parseExactly` searches for numbers in the text before it keeps digits: no number is missed, in any surroundings. */
import { deepEqual, equal, throws } from 'node:assert/strict';
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

describe('what surrounds a decimal stays as it is', () => {
  const kept = (text: string): unknown => JSON.parse(JSON.stringify(parseExactly(text)));

  it('also strings that look like numbers, and marks of private use, as such or escaped', () => {
    for (const string of ['a, 05, b', 'of [1.0] and 2.50}', ', 1.0 ,', '\uf8ff1.0', ':1.50}\uf8ff'])
      for (const text of [JSON.stringify(string), JSON.stringify(string).replaceAll('\uf8ff', '\\uf8ff')])
        equal((parseExactly(`{"b":1,"a":${text},"c":[1.50]}`) as { a: unknown }).a, string, text);
  });

  it('the last value of a name that comes twice counts', () => {
    deepEqual(kept('{"a":1.0,"b":[2.50],"a":"x"}'), { a: 'x', b: [2.5] });
    equal(String((parseExactly('{"a":1.0,"a":2.50}') as { a: unknown }).a), '2.50');
  });

  it('the order of names, and null, true and empty values', () => {
    const text = '{"z":1.0,"a":[null,true,{},[],"",2.50,{"b":0.0}],"__proto__":{"c":3.0}}';
    equal(JSON.stringify(parseExactly(text)), '{"z":1,"a":[null,true,{},[],"",2.5,{"b":0}],"__proto__":{"c":3}}');
  });

  it('and what is no JSON is refused', () => {
    for (const text of [
      '{"a":01.0}',
      '{"a":1.}',
      '{"a":1.0,2.0}',
      '{1.0:1}',
      '[1.0',
      '{"a":-}',
      '1.0.0',
      '{"a":1.0}}',
      '{"a":+1.0}',
    ])
      throws(() => parseExactly(text), SyntaxError, text);
  });
});
