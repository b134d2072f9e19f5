/** Value sets of SNOMED CT: reference sets, attributes, expression constraints. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeSystemConceptProperty } from '@dhp/fhir-model';
import { codes, codeSystem, faultOf, parameters, terminologyOf, valueOf, valueSet } from './parameters.ts';

const system = 'http://snomed.info/sct';

type Properties = Readonly<Record<string, string | readonly string[]>>;
const refsets = (...names: string[]): CodeSystemConceptProperty[] =>
  names.map((valueCode) => ({ code: 'refset', valueCode }));
const attributes = (given: Properties): CodeSystemConceptProperty[] =>
  Object.entries(given).flatMap(([code, values]) => [values].flat().map((valueCode) => ({ code, valueCode })));

/**
 * Site 10 with hand 11 and foot 12 below it, form 20 with swelling 21 and fracture 22; finding 30 and below it 31 (hand, swelling),
 * 32 (hand and swelling, foot and fracture, in two groups), 33 (hand and fracture, foot and swelling), 34 (two tablets), 35
 * below 31 and 34; the attributes are 40 (site), 41 (form); the reference set 50 has 31 and 33.
 */
const release = codeSystem(
  system,
  [
    {
      code: '1',
      concept: [
        {
          code: '10',
          display: 'Site',
          concept: [
            { code: '11', display: 'Hand' },
            { code: '12', display: 'Foot' },
          ],
        },
        { code: '20', concept: [{ code: '21' }, { code: '22' }] },
        {
          code: '30',
          concept: [
            {
              code: '31',
              property: [
                ...attributes({ 40: '11', 41: '21' }),
                { code: 'roleGroups', valueString: '40=11,41=21' },
                ...refsets('50'),
              ],
              concept: [{ code: '35', property: [{ code: 'parent', valueCode: '34' }] }],
            },
            {
              code: '32',
              property: [
                ...attributes({ 40: ['11', '12'], 41: ['21', '22'] }),
                { code: 'roleGroups', valueString: '40=11,41=21;40=12,41=22' },
              ],
            },
            {
              code: '33',
              property: [
                ...attributes({ 40: ['11', '12'], 41: ['21', '22'] }),
                { code: 'roleGroups', valueString: '40=11,41=22;40=12,41=21' },
                ...refsets('50'),
              ],
            },
            {
              code: '34',
              property: [
                { code: '42', valueDecimal: 2 },
                { code: '43', valueString: 'Two' },
              ],
            },
          ],
        },
        { code: '40' },
        { code: '41' },
        { code: '50', property: [{ code: 'refsetMembers', valueInteger: 2 }] },
      ],
    },
  ],
  {
    ...{ version: `${system}/900000000000207008/version/20250101`, valueSet: `${system}?fhir_vs` },
    property: [
      { code: 'parent', type: 'code', uri: 'http://hl7.org/fhir/concept-properties#parent' },
      ...['refset', '40', '41'].map((code) => ({ code, type: 'code' })),
      ...[
        { code: 'refsetMembers', type: 'integer' },
        { code: 'roleGroups', type: 'string' },
      ],
      ...[
        { code: '42', type: 'decimal' },
        { code: '43', type: 'string' },
      ],
    ],
  },
);
const terminology = terminologyOf([release]);
const expanded = (url: string): string[] =>
  codes(terminology.expand(parameters({ url, excludeNested: true })).expansion?.contains);
const meant = (expression: string): string[] => expanded(`${system}?fhir_vs=ecl/${encodeURIComponent(expression)}`);

const constraints: readonly [expression: string, expected: string][] = [
  ['31', '31'],
  ['31 |Swelling of hand|', '31'],
  ['< 30', '31 35 32 33 34'],
  ['<< 31', '31 35'],
  ['<! 30', '31 32 33 34'],
  ['<<! 34', '35 34'],
  ['> 35', '1 30 31 34'],
  ['>> 35', '1 30 31 35 34'],
  ['>! 35', '31 34'],
  ['>>! 35', '31 35 34'],
  ['^ 50', '31 33'],
  ['^ *', '31 33'],
  ['< ^ 50', '35'],
  ['<< (31 OR 33)', '31 35 33'],
  ['> (35 OR 11)', '1 10 30 31 34'],
  ['< 30 AND ^ 50', '31 33'],
  ['< 30, ^50', '31 33'],
  ['31 OR 33 or 999', '31 33'],
  ['< 30 MINUS ^ 50', '35 32 34'],
  ['(< 30 MINUS ^ 50) AND << 34', '35 34'],
  ['< 30 : 40 = 12', '32 33'],
  ['< 30 : 40 = < 10', '31 32 33'],
  ['* : 40 = *', '31 32 33'],
  ['* : * = 22', '32 33'],
  ['* : (40 OR 41) = 11', '31 32 33'],
  ['< 30 : 40 != 11', '32 33'],
  ['< 30 : 40 = 11, 41 = 22', '32 33'],
  ['< 30 : { 40 = 11, 41 = 22 }', '33'],
  ['< 30 : { 40 = 11, 41 = 21 }', '31 32'],
  ['< 30 : { 40 = 11, 41 = 21 }, { 40 = 12 }', '32'],
  ['< 30 : { 40 = 11 , 41 = 22 } OR { 40 = 12, 41 = 22 }', '32 33'],
  ['< 30 : (40 = 11 AND 41 = 21) OR 42 = #2', '31 32 33 34'],
  ['< 30 : [2..*] 40 = *', '32 33'],
  ['< 30 : [0..0] 40 = *', '35 34'],
  ['< 30 : [1..1] { 40 = * }', '31'],
  ['* : 42 = #2', '34'],
  ['* : 42 >= #2.5', ''],
  ['* : 42 < #3', '34'],
  ['* : 42 != #2', ''],
  ['* : 43 = "Two"', '34'],
  ['* : 43 != "One"', '34'],
  ['/* of the hand */ < 30: 40 /* site */ = 11', '31 32 33'],
  ['<< 999', ''],
];
for (const [expression, expected] of constraints) {
  test(`constraint ${expression}`, () => {
    assert.equal(meant(expression).join(' '), expected);
    const url = `${system}?fhir_vs=ecl/${encodeURIComponent(expression)}`;
    for (const code of ['1', '11', '31', '32', '33', '34', '35', '50']) {
      const result = valueOf(terminology.validateValueSetCode(parameters({ url, system, code })), 'result');
      assert.equal(result, expected.split(' ').includes(code), `the check of ${code} agrees with the expansion`);
    }
  });
}

const refused: readonly [expression: string, place: number][] = [
  ['< 30 {{ term = "hand" }}', 6],
  ['< 30 . 40', 6],
  ['< 30 : R 40 = 11', 8],
  ['31 AND 32 OR 33', 11],
  ['31 MINUS 32 MINUS 33', 13],
  ['(31', 4],
  ['<', 2],
  ['< 30 : 40 < 11', 13],
  ['< 30 : 40', 10],
  ['descendantOf 30', 1],
  [`${'('.repeat(60)}31`, 51],
];
for (const [expression, place] of refused) {
  test(`what is not understood is refused with its place: ${expression.slice(0, 30)}`, () => {
    const { kind, code, text } = faultOf(() => meant(expression));
    assert.deepEqual([kind, code], ['invalid-request', 'not-supported']);
    assert.match(text, new RegExp(`at character ${place}:`));
  });
}

test('an expression may stand in the url as it is, with its terms, and behind it a version', () => {
  assert.deepEqual(expanded(`${system}?fhir_vs=ecl/<! 30 |Finding| MINUS ^ 50 |A set|`), ['32', '34']);
  const version = `${system}/900000000000207008/version/20250101`;
  assert.deepEqual(expanded(`${system}?fhir_vs=ecl/>! 35 |A||${version}`), ['31', '34']);
  assert.deepEqual(expanded(`${version}?fhir_vs=ecl/%3E%21%2035`), ['31', '34']);
  assert.throws(() => expanded(`${system}?fhir_vs=ecl/%E0%A4%A`), /could not be found/);
});

test('reference sets: those that there are, and the members of one', () => {
  assert.deepEqual(expanded(`${system}?fhir_vs=refset`), ['50']);
  assert.deepEqual(expanded(`${system}?fhir_vs=refset/50`), ['31', '33']);
  assert.throws(() => expanded(`${system}?fhir_vs=refset/999`), /could not be found/);
});

test('filters of value sets: attributes, reference sets, constraints', () => {
  const filtered = (property: string, op: string, value: string): string[] => {
    const url = 'http://example.org/vs';
    const compose = { include: [{ system, filter: [{ property, op, value }] }] };
    const own = terminologyOf([release, valueSet(url, compose)]);
    return codes(own.expand(parameters({ url, excludeNested: true })).expansion?.contains);
  };
  assert.deepEqual(filtered('40', '=', '12'), ['32', '33']);
  assert.deepEqual(filtered('40', 'exists', 'true'), ['31', '32', '33']);
  assert.deepEqual(filtered('concept', 'in', '50'), ['31', '33']);
  assert.deepEqual(filtered('code', 'in', '31,50'), ['31', '50']);
  assert.deepEqual(filtered('constraint', '=', '< 30 : 40 = 12'), ['32', '33']);
  assert.equal(filtered('expressions', '=', 'false').length, 16);
  const { text } = faultOf(() => filtered('constraint', '=', 'all of them'));
  assert.match(text, /"all of them" is not understood or supported at character 1: "all of them"/);
});
