import assert from 'node:assert/strict';
import { it, describe } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { Validator } from '../src/index.ts';
import { mayHaveFaultyNumbers } from '../src/report/numbers.ts';

const validator = new Validator({ controlCharacters: 'error' });

/** Returns the errors of a value of a type, as the value of a parameter. */
function errorsOf(type: string, value: unknown): string[] {
  const name = `value${type.charAt(0).toUpperCase()}${type.slice(1)}`;
  const issues = validator.validate({ resourceType: 'Parameters', parameter: [{ name: 'x', [name]: value }] });
  return issues.filter(({ severity }) => severity === 'error').map(({ id }) => id);
}

/** Values by type: valid ones, then invalid ones with their findings. https://hl7.org/fhir/R5/datatypes.html#primitive */
const table: Readonly<
  Record<string, readonly [right: readonly unknown[], wrong: readonly (readonly [unknown, string])[]]>
> = {
  boolean: [
    [true, false],
    [
      ['true', 'json-type'],
      [1, 'json-type'],
    ],
  ],
  integer: [
    [0, -2147483648, 2147483647],
    [
      [2147483648, 'value-range'],
      [1.5, 'value-format'],
      ['1', 'json-type'],
    ],
  ],
  unsignedInt: [[0, 7], [[-1, 'value-range']]],
  positiveInt: [[1], [[0, 'value-range']]],
  integer64: [
    ['9223372036854775807', '-1', '0'],
    [
      ['9223372036854775808', 'value-format'],
      ['01', 'value-format'],
      [1, 'json-type'],
    ],
  ],
  decimal: [[1.25, -0.5, 1e22], [['1.25', 'json-type']]],
  date: [
    ['2026', '2026-02', '2024-02-29', '2000-02-29'],
    [
      ['2026-02-29', 'value-format'],
      ['1900-02-29', 'value-format'],
      ['2026-13', 'value-format'],
      ['26-01-01', 'value-format'],
      ['0000', 'value-format'],
      ['2026-1-1', 'value-format'],
      ['2026-01-01T10:00:00Z', 'value-format'],
    ],
  ],
  dateTime: [
    ['2026', '2026-01-31', '2026-01-31T23:59:60Z', '2026-01-31T09:30:00.123+05:00', '2026-01-31T09:30:00-14:00'],
    [
      ['2026-01-31T09:30:00', 'value-format'],
      ['2026-01-31T24:00:00Z', 'value-format'],
      ['2026-01-31T09:30Z', 'value-format'],
      ['2026-01-31T09:30:00+15:00', 'value-format'],
      ['2026-04-31T09:30:00Z', 'value-format'],
    ],
  ],
  instant: [
    ['2026-01-31T09:30:00Z'],
    [
      ['2026-01-31', 'value-format'],
      ['2026-02-30T09:30:00Z', 'value-format'],
    ],
  ],
  time: [
    ['00:00:00', '23:59:59.5'],
    [
      ['24:00:00', 'value-format'],
      ['9:30:00', 'value-format'],
      ['09:30', 'value-format'],
    ],
  ],
  code: [
    ['a', 'a b'],
    [
      [' a', 'value-format'],
      ['a  b', 'value-format'],
      ['', 'value-empty'],
      ['a\tb', 'value-format'],
    ],
  ],
  id: [
    ['A-1.b', 'x'.repeat(64)],
    [
      ['x'.repeat(65), 'value-format'],
      ['a_b', 'value-format'],
    ],
  ],
  uri: [
    ['urn:x:y', 'a', 'urn:oid:1.2.3.4'],
    [
      ['a b', 'value-format'],
      ['urn:oid:1..2', 'value-format'],
      ['urn:oid:1.2.3', 'oid-root'],
      ['urn:uuid:1', 'value-format'],
      ['oid:1.2', 'value-format'],
    ],
  ],
  oid: [
    ['urn:oid:2.16.840'],
    [
      ['2.16.840', 'value-format'],
      ['urn:oid:3.1', 'value-format'],
      ['oid:1.2.3', 'value-format'],
      ['urn:oid:1.2.3', 'oid-root'],
      ['urn:oid: 1.2', 'value-format'],
    ],
  ],
  uuid: [['urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0'], [['0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', 'value-format']]],
  base64Binary: [
    ['TWFu', 'TQ==', 'TWE='],
    [
      ['TWF', 'value-format'],
      ['TW Fu', 'value-format'],
      ['T===', 'value-format'],
    ],
  ],
  string: [
    ['a', ' a ', 'a\nb\t'],
    [
      ['', 'value-empty'],
      ['a\u0001', 'value-control-character'],
      ['x'.repeat(1048577), 'value-too-long'],
      [7, 'json-type'],
      [{}, 'json-type'],
    ],
  ],
  markdown: [['# a'], [['', 'value-empty']]],
};

describe('primitive types', () => {
  for (const [type, [right, wrong]] of Object.entries(table)) {
    it(type, () => {
      for (const value of right) assert.deepEqual(errorsOf(type, value), [], JSON.stringify(value));
      for (const [value, id] of wrong) {
        // An empty text also violates the rule for all elements, and an oid may also be an invalid uri.
        const isNoUri = type === 'oid' && typeof value === 'string' && /^oid:|\s/.test(value);
        // An object counts as no value, which the surrounding extension must have.
        const isNone = typeof value === 'object';
        const ids = value === '' || isNone ? [id, 'invariant'] : isNoUri ? [id, id] : [id];
        assert.deepEqual(errorsOf(type, value), ids, JSON.stringify(value).slice(0, 60));
      }
    });
  }

  it('a text of words may hold a control character by the specification, which is told', () => {
    const told = (type: string, value: string) =>
      new Validator()
        .validate({ resourceType: 'Parameters', parameter: [{ name: 'x', [`value${type}`]: value }] })
        .map(({ severity, id }) => `${severity} ${id}`);
    for (const type of ['String', 'Markdown'])
      assert.deepEqual(told(type, 'a\u0007b'), ['warning value-control-character']);
    for (const type of ['Code', 'Url', 'Id', 'Date'])
      assert.deepEqual(told(type, '1\u0007'), ['error value-control-character'], type);
  });

  it('no text of any type holds a control character', () => {
    const texts: Readonly<Record<string, string>> = {
      ...{
        code: 'a',
        id: 'a',
        uri: 'urn:a',
        url: 'http://a',
        canonical: 'urn:a',
        oid: 'urn:oid:2.16.840',
        string: 'a',
      },
      ...{ uuid: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', base64Binary: 'TWFu', markdown: 'a' },
      ...{ date: '2026-01-31', dateTime: '2026-01-31', instant: '2026-01-31T09:30:00Z', time: '09:30:00' },
      integer64: '1',
    };
    const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));
    const isSpace = (character: string): boolean => '\t\n\r'.includes(character);
    for (const [type, text] of Object.entries(texts)) {
      assert.deepEqual(errorsOf(type, text), [], type);
      for (const control of controls.filter((one) => !isSpace(one))) {
        for (const value of [control + text, text + control, text.slice(0, 1) + control + text.slice(1), control]) {
          assert.equal(errorsOf(type, value)[0], 'value-control-character', `${type} ${JSON.stringify(value)}`);
        }
      }
      // Line breaks and tabs are white space, which only prose may contain.
      for (const space of controls.filter(isSpace)) {
        const isProse = type === 'string' || type === 'markdown';
        assert.equal(
          errorsOf(type, `${text}${space}${text}`).length === 0,
          isProse,
          `${type} ${JSON.stringify(space)}`,
        );
      }
    }
  });

  it('a year far from today is a warning', () => {
    const issues = validator.validate({ resourceType: 'Patient', birthDate: '1074-12-25' });
    assert.deepEqual(
      issues.map(({ severity, id }) => `${severity} ${id}`),
      ['warning year-unusual'],
    );
  });

  it('numbers are read as they are written when the text is at hand', () => {
    const errors = (value: string) =>
      validator
        .validateText(
          scanJson(
            `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":${value}}}`,
          ),
        )
        .map(({ id, expression }) => `${id} ${expression}`);
    assert.deepEqual(errors('1.20'), []);
    assert.deepEqual(errors('1e-22'), []);
    const wrong = ['value-format', 'decimal-unusual'].map((id) => `${id} Observation.value.ofType(Quantity).value`);
    assert.deepEqual(errors('1000000000000000000'), wrong);
    assert.deepEqual(errors('0.123456789012345678'), wrong);
    assert.deepEqual(errors(' \n-1000000000000000000'), wrong);
    assert.deepEqual(errors('-1.5e01'), wrong.slice(0, 1));
    const parts = validator.validateText(
      scanJson('{"resourceType":"Parameters","parameter":[{"name":"a","valueInteger":1e3}]}'),
    );
    assert.deepEqual(
      parts.map(({ id, expression }) => `${id} ${expression}`),
      ['value-format Parameters.parameter[0].value.ofType(integer)'],
    );
  });
});

describe('a look for numbers that only their text shows to be wrong', () => {
  it('finds those of members and lists, however they are spaced', () => {
    for (const text of [
      '{"a":1e5}',
      '{"a" : -1E5}',
      '{"a":\n  1.2345678901234567890}',
      '{"system":"urn:oid:2.16.840.1.113883.6.8","a":123456789012345678901}',
      '{"a":[1,2e3]}',
      '{"a":[ 1e3]}',
    ])
      assert.ok(mayHaveFaultyNumbers(text), text);
  });

  it('passes over OIDs, UUIDs and times, which most resources have', () => {
    for (const text of [
      '{"system":"urn:oid:2.16.840.1.113883.4.642.3.912"}',
      '{"fullUrl":"urn:uuid:3e1b2c4d-0000-4000-8000-000000000000"}',
      '{"a":"2024-01-01T10:00:00.123456789012345678Z"}',
      '{"a":1.5,"b":-2}',
    ])
      assert.ok(!mayHaveFaultyNumbers(text), text);
  });
});
