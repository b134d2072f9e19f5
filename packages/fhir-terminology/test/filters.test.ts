import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes, codeSystem, faultOf, parameters, terminologyOf, valueSet } from './parameters.ts';

/** a > b > d, a > c, e; d is below c as well, by its property. */
const animals = codeSystem(
  'http://example.org/cs',
  [
    {
      code: 'a',
      display: 'Alpha',
      concept: [
        {
          code: 'b',
          property: [{ code: 'size', valueInteger: 3 }],
          concept: [{ code: 'd', property: [{ code: 'parent', valueCode: 'c' }] }],
        },
        {
          code: 'c',
          property: [{ code: 'colour', valueCoding: { system: 'http://example.org/colours', code: 'red' } }],
        },
      ],
    },
    { code: 'e', property: [{ code: 'inactive', valueBoolean: true }] },
  ],
  {
    property: [
      { code: 'size', type: 'integer' },
      { code: 'colour', type: 'Coding' },
      { code: 'parent', uri: 'http://hl7.org/fhir/concept-properties#parent', type: 'code' },
    ],
  },
);

const cases: [property: string, op: string, value: string, expected: string[]][] = [
  ['concept', 'is-a', 'b', ['b', 'd']],
  ['concept', 'is-a', 'c', ['d', 'c']],
  ['concept', 'descendent-of', 'a', ['b', 'd', 'c']],
  ['concept', 'is-not-a', 'a', ['e']],
  ['concept', 'generalizes', 'd', ['a', 'b', 'd', 'c']],
  ['concept', 'child-of', 'a', ['b', 'c']],
  ['concept', 'descendent-leaf', 'a', ['d']],
  ['parent', '=', 'c', ['d']],
  ['child', '=', 'd', ['b', 'c']],
  ['code', 'regex', '[a-c]', ['a', 'b', 'c']],
  ['code', 'in', 'a, e', ['a', 'e']],
  ['code', 'not-in', 'a,e', ['b', 'd', 'c']],
  ['display', 'exists', 'true', ['a']],
  ['display', '=', 'Alpha', ['a']],
  ['size', '=', '3', ['b']],
  ['colour', '=', 'red', ['c']],
  ['inactive', '=', 'true', ['e']],
  ['size', 'exists', 'false', ['a', 'd', 'c', 'e']],
  ['concept', 'is-a', 'unknown', []],
];

const setOf = (property: string, op: string, value: string): object => ({
  include: [{ system: 'http://example.org/cs', filter: [{ property, op, value }] }],
});

for (const [property, op, value, expected] of cases) {
  test(`filter ${property} ${op} ${value}`, () => {
    const terminology = terminologyOf([animals, valueSet('http://example.org/vs', setOf(property, op, value))]);
    const expansion = terminology.expand(parameters({ url: 'http://example.org/vs', excludeNested: true })).expansion;
    assert.deepEqual(codes(expansion?.contains), expected);
    assert.equal(expansion?.total, expected.length);
    for (const code of ['a', 'b', 'c', 'd', 'e']) {
      const answer = terminology.validateValueSetCode(
        parameters({ url: 'http://example.org/vs', system: 'http://example.org/cs', code }),
      );
      const result = answer.parameter?.find(({ name }) => name === 'result')?.valueBoolean;
      assert.equal(result, expected.includes(code), `the check of ${code} agrees with the expansion`);
    }
  });
}

test('a filter that means nothing is refused', () => {
  for (const [property, op, value] of [
    ['weight', '=', '1'],
    ['concept', 'like', 'a'],
    ['code', 'regex', '('],
  ] as const) {
    const terminology = terminologyOf([animals, valueSet('http://example.org/vs', setOf(property, op, value))]);
    const request = parameters({ url: 'http://example.org/vs' });
    assert.equal(faultOf(() => terminology.expand(request)).code, 'not-supported');
  }
});
