/** The result of a table export becomes file names and lines on a terminal, whatever a server returns in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerRefusal } from '../src/exchange/faults.ts';
import { readTables } from '../src/exchange/tables.ts';

const job = 'https://fhir.example.uz/$job/1';
const head = [
  { name: 'exportStartTime', valueInstant: '2026-12-01T00:00:00.000+05:00' },
  { name: '_format', valueCode: 'csv' },
];
const output = (name: unknown, ...locations: unknown[]) => ({
  name: 'output',
  part: [{ name: 'name', valueString: name }, ...locations.map((valueUri) => ({ name: 'location', valueUri }))],
});
const read = (...parameters: unknown[]) => readTables(job, { parameter: [...head, ...parameters] }).files;

test('names of tables become names of files in the folder, each another one', () => {
  const names = [
    '../../etc/passwd',
    'a/b',
    'a\\b',
    'a_b',
    'A_B',
    '',
    '.',
    'Bemorlar – yosh',
    'x'.repeat(300),
    7,
    undefined,
  ];
  const files = read(...names.map((name) => output(name, '1.csv')));
  for (const { name } of files) assert.match(name, /^[\p{L}\p{M}\p{N}_-]{0,110}\.csv$/u, name);
  assert.equal(new Set(files.map(({ name }) => name.toLowerCase())).size, names.length);
  assert.deepEqual(
    read(output('t', '1.csv', '2.csv')).map(({ name, url }) => [name, url]),
    [
      ['t-001.csv', 'https://fhir.example.uz/$job/1.csv'],
      ['t-002.csv', 'https://fhir.example.uz/$job/2.csv'],
    ],
  );
});

test('what a terminal would carry out is not shown', () => {
  const [file] = read(output('a\u001b[2Jb\r\n\u202e', '1.csv'));
  assert.equal(file!.type, 'a\uFFFD[2Jb\uFFFD\uFFFD\uFFFD');
});

test('whatever is sent in the place of a result is refused, or has no files', () => {
  const odd = [
    null,
    7,
    'x',
    [],
    {},
    [null],
    [[]],
    [{ name: 'output' }],
    [{ name: 'output', part: {} }],
    [{ name: 'output', part: [null] }],
  ];
  for (const parameter of odd) {
    assert.throws(() => readTables(job, { parameter }), ServerRefusal, JSON.stringify(parameter));
    if (Array.isArray(parameter)) assert.deepEqual(read(...(parameter as unknown[])), [], JSON.stringify(parameter));
  }
  for (const location of [null, 7, {}, 'https://[']) assert.throws(() => read(output('t', location)), ServerRefusal);
  for (const [name, value] of [
    ['_format', { valueCode: '../x' }],
    ['exportStartTime', { valueInstant: 7 }],
  ] as const) {
    const parameter = head.map((each) => (each.name === name ? { name, ...value } : each));
    assert.throws(() => readTables(job, { parameter }), ServerRefusal, name);
  }
});
