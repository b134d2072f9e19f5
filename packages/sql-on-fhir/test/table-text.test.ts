import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget } from '@dhp/budget';
import { compileView, RowFault, tableStatement, writeTable, type TableFormat } from '../src/index.ts';

const view = compileView({
  resource: 'Patient',
  select: [
    {
      column: [
        { name: 'id', path: 'id' },
        { name: 'active', path: 'active' },
        { name: 'given', path: 'name.given', collection: true },
        { name: 'text', path: 'name.first().text', tag: [{ name: 'ansi/type', value: 'VARCHAR(200)' }] },
      ],
    },
  ],
});
const resources = [
  { resourceType: 'Patient', id: 'a', active: true, name: [{ text: 'Karimova, "Aziza"', given: ['Aziza', 'O‘g‘il'] }] },
  { resourceType: 'Observation', id: 'o' },
  { resourceType: 'Patient', id: 'b', name: [{ text: 'line\nbreak\u2028\u0000' }] },
  { resourceType: 'Patient', active: false, name: [{ text: "join\\'s" }] },
];

function written(format: TableFormat, options?: Parameters<typeof writeTable>[2]): string {
  const writer = writeTable(view, format, options);
  return writer.head + resources.map((resource) => writer.rowsOf(resource).text).join('') + writer.tail;
}
const rows = resources.flatMap((resource) => view.rows(resource));

test('JSON and NDJSON read back as the rows', () => {
  assert.deepEqual(JSON.parse(written('json')), rows);
  assert.deepEqual(
    written('ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    rows,
  );
  const empty = writeTable(view, 'json');
  assert.deepEqual(JSON.parse(empty.head + empty.tail), []);
});

test('CSV has a field for each column, and quotes where RFC 4180 asks for them', () => {
  assert.equal(
    written('csv'),
    [
      'id,active,given,text',
      'a,true,"[""Aziza"",""O‘g‘il""]","Karimova, ""Aziza"""',
      'b,,[],"line\nbreak\u2028\u0000"',
      ",false,[],join\\'s",
      '',
    ].join('\r\n'),
  );
  assert.ok(written('csv', { header: false }).startsWith('a,true'));
});

test('Parameters have a part for each value, by its type', () => {
  const column = [
    { name: 'id', path: 'id' },
    { name: 'sex', path: 'gender', type: 'code' },
    { name: 'n', path: 'name.count()' },
    { name: 'names', path: 'name', type: 'HumanName', collection: true },
    { name: 'contact', path: 'contact.first()', type: 'Patient.contact' },
    { name: 'own', path: 'contained.first()', type: 'Resource' },
    { name: 'how', path: 'multipleBirth' },
    { name: 'born', path: 'birthDate.lowBoundary()' },
  ];
  const typed = compileView({ resource: 'Patient', select: [{ column }] });
  const all = {
    ...{ resourceType: 'Patient', id: 'a', gender: 'male', birthDate: '1990', multipleBirthInteger: 2 },
    ...{
      name: [{ family: 'A' }, { family: 'B' }],
      contact: [{ gender: 'male' }],
      contained: [{ resourceType: 'Basic', id: 'b' }],
    },
  };
  const writer = writeTable(typed, 'fhir');
  const text = writer.head + writer.rowsOf(all).text + writer.rowsOf({ resourceType: 'Patient' }).text + writer.tail;
  assert.deepEqual(JSON.parse(text), {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'row',
        part: [
          { name: 'id', valueId: 'a' },
          { name: 'sex', valueCode: 'male' },
          { name: 'n', valueInteger: 2 },
          { name: 'names', valueHumanName: { family: 'A' } },
          { name: 'names', valueHumanName: { family: 'B' } },
          { name: 'contact', valueString: '{"gender":"male"}' },
          { name: 'own', resource: { resourceType: 'Basic', id: 'b' } },
          { name: 'how', valueInteger: 2 },
          { name: 'born', valueDate: '1990-01-01' },
        ],
      },
      { name: 'row', part: [{ name: 'n', valueInteger: 0 }] },
    ],
  });
  const empty = writeTable(typed, 'fhir');
  assert.deepEqual(JSON.parse(empty.head + empty.tail), { resourceType: 'Parameters' });
});

test('no more rows than are asked for', () => {
  for (const most of [0, 1, 2, 5])
    assert.equal((JSON.parse(written('json', { most })) as unknown[]).length, Math.min(most, 3));
});

test('a large value in many rows is paid for by its length, and no resource has more text than is allowed', () => {
  const gender = 'x'.repeat(100_000);
  const resource = {
    resourceType: 'Patient',
    id: 'a',
    gender,
    name: Array.from({ length: 10 }, () => ({ text: 'a' })),
  };
  const column = [{ name: 'sex', path: '%resource.gender' }];
  const names = compileView({ resource: 'Patient', select: [{ forEach: 'name', column }] });
  const wide = compileView({
    resource: 'Patient',
    select: [{ column: Array.from({ length: 10 }, (_, n) => ({ name: `sex${n}`, path: 'gender' })) }],
  });
  for (const each of [names, wide])
    for (const format of ['csv', 'json', 'ndjson', 'fhir'] as const) {
      const work = new Budget();
      const made = writeTable(each, format).rowsOf(resource, { work });
      assert.ok(work.used.work > made.text.length / 17, format);
      assert.throws(
        () => writeTable(each, format).rowsOf(resource, { mostText: 500_000 }),
        (error) =>
          error instanceof RowFault &&
          error.kind === 'limit' &&
          /^ViewDefinition.select, Patient\/a: its rows/.test(error.message),
        format,
      );
    }
});

test('the statement for a table', () => {
  assert.equal(
    tableStatement(view, 'patients'),
    'CREATE TABLE "patients" (\n  "id" CHARACTER VARYING,\n  "active" BOOLEAN,\n  "given" CHARACTER VARYING,\n  "text" VARCHAR(200)\n)',
  );
  assert.throws(() => tableStatement(view, 'a"b'), RangeError);
  const tagged = compileView({
    resource: 'Patient',
    select: [{ column: [{ name: 'id', path: 'id', tag: [{ name: 'ansi/type', value: 'INT); DROP TABLE x; --' }] }] }],
  });
  assert.throws(() => tableStatement(tagged, 'x'), RangeError);
});
