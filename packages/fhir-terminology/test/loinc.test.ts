/** Value sets of LOINC: parts, the hierarchy, answer lists. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes, codeSystem, parameters, terminologyOf, valueOf, valueSet } from './parameters.ts';

const system = 'http://loinc.org';
const release = codeSystem(
  system,
  [
    {
      code: 'LP9-0',
      display: 'Colours',
      concept: [
        {
          code: 'LP1-1',
          display: 'Blue colour',
          designation: [{ language: 'en', value: 'Blueness' }],
          concept: [
            {
              code: '00001-0',
              property: [
                { code: 'COMPONENT', valueCode: 'LP1-1' },
                { code: 'CLASS', valueString: 'CHEM' },
                { code: 'AnswerList', valueCode: 'LL1-9' },
              ],
            },
          ],
        },
      ],
    },
    { code: '00002-8', property: [{ code: 'EXTERNAL_COPYRIGHT_NOTICE', valueString: 'Of somebody else' }] },
    {
      code: 'LL1-9',
      display: 'Shades',
      property: [
        { code: 'answer', valueCode: 'LA2-4' },
        { code: 'answer', valueCode: 'LA1-6' },
      ],
    },
    { code: 'LA1-6', display: 'Light' },
    { code: 'LA2-4', display: 'Dark' },
  ],
  {
    ...{ version: '2.80', caseSensitive: false, valueSet: `${system}/vs` },
    property: ['COMPONENT', 'AnswerList', 'answer']
      .map((code) => ({ code, type: 'code' }))
      .concat(['CLASS', 'EXTERNAL_COPYRIGHT_NOTICE'].map((code) => ({ code, type: 'string' }))),
  },
);
const terminology = terminologyOf([release]);
const expanded = (url: string): string[] =>
  codes(terminology.expand(parameters({ url, excludeNested: true })).expansion?.contains);

test('an answer list is a value set, its answers in their order', () => {
  const list = terminology.expand(parameters({ url: `${system}/vs/LL1-9` }));
  assert.deepEqual([list.title, list.expansion?.total], ['Shades', 2]);
  assert.deepEqual(
    list.expansion?.contains?.map(({ code, display }) => [code, display]),
    [
      ['LA2-4', 'Dark'],
      ['LA1-6', 'Light'],
    ],
  );
  const check = (code: string): unknown =>
    valueOf(terminology.validateValueSetCode(parameters({ url: `${system}/vs/LL1-9`, system, code })), 'result');
  assert.deepEqual([check('LA1-6'), check('00001-0')], [true, false]);
});

test('a part is a value set of what is below it; what is neither, or not there, is not known', () => {
  assert.deepEqual(expanded(`${system}/vs/LP1-1`), ['LP1-1', '00001-0']);
  assert.equal(expanded(`${system}/vs`).length, 7);
  for (const code of ['LL9-9', '00001-0', 'LP', ''])
    assert.throws(() => expanded(`${system}/vs/${code}`), /could not be found/);
});

const filters: readonly [property: string, op: string, value: string, expected: string[]][] = [
  ['COMPONENT', '=', 'LP1-1', ['00001-0']],
  ['COMPONENT', '=', 'lp1-1', ['00001-0']],
  ['COMPONENT', '=', 'blueness', ['00001-0']],
  ['COMPONENT', 'in', 'Blue colour, Red', ['00001-0']],
  ['COMPONENT', '=', 'Green', []],
  ['CLASS', '=', 'chem', ['00001-0']],
  ['parent', '=', 'LP1-1', ['00001-0']],
  ['ancestor', '=', 'LP9-0', ['LP1-1', '00001-0']],
  ['descendant', '=', '00001-0', ['LP9-0', 'LP1-1']],
  ['LIST', '=', 'LL1-9', ['LA1-6', 'LA2-4']],
  ['answers-for', '=', '00001-0', ['LA1-6', 'LA2-4']],
  ['answers-for', '=', '00002-8', []],
  ['copyright', '=', '3rdParty', ['00002-8']],
  ['copyright', '=', 'LOINC', ['LP9-0', 'LP1-1', '00001-0', 'LL1-9', 'LA1-6', 'LA2-4']],
];
for (const [property, op, value, expected] of filters) {
  test(`filter ${property} ${op} ${value}`, () => {
    const url = 'http://example.org/vs';
    const compose = { include: [{ system, filter: [{ property, op, value }] }] };
    const own = terminologyOf([release, valueSet(url, compose)]);
    assert.deepEqual(codes(own.expand(parameters({ url, excludeNested: true })).expansion?.contains), expected);
  });
}
