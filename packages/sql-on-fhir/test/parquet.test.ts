/** Files of Parquet, read back by another library. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compileView, keptRowsOf, ParquetFile, parseResource, RowFault, type Column, type View } from '../src/index.ts';

const viewOf = (...column: Column[]): View => compileView({ resource: 'Observation', select: [{ column }] });
const tagged = (value: string): Pick<Column, 'tag'> => ({ tag: [{ name: 'ansi/type', value }] });
const observation = (more: object): string => JSON.stringify({ resourceType: 'Observation', id: 'o', ...more });
/** As JSON.stringify would not write it. */
const valued = (digits: string): string => `{"resourceType":"Observation","valueQuantity":{"value":${digits}}}`;

function fileOf(view: View, resources: readonly string[]): Buffer {
  const file = new ParquetFile(view);
  const rowsOf = keptRowsOf(view);
  const parts: Uint8Array[] = [];
  // Through JSON, as in an export, which keeps them.
  for (const resource of resources)
    if (file.add(JSON.parse(JSON.stringify(rowsOf(parseResource(resource)))) as ReturnType<typeof rowsOf>))
      parts.push(file.take());
  return Buffer.concat([...parts, file.end()]);
}

const bytesOf = ({ buffer, byteOffset, length }: Buffer): ArrayBuffer =>
  buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer;
const read = (view: View, ...resources: string[]): Promise<Record<string, unknown>[]> =>
  parquetReadObjects({ file: bytesOf(fileOf(view, resources)), utf8: false });
const column = async (one: Omit<Column, 'name'>, ...resources: string[]): Promise<unknown[]> =>
  (await read(viewOf({ name: 'c', ...one }), ...resources)).map(({ c }) => c);

test('each type of FHIR reads back as it was', async () => {
  const view = viewOf(
    { name: 'id', path: 'id' },
    { name: 'isFasting', path: 'extension.value.ofType(boolean)', type: 'boolean' },
    { name: 'n', path: 'value.ofType(integer)', type: 'integer' },
    { name: 'at', path: 'issued', type: 'instant' },
    { name: 'when', path: 'effective.ofType(dateTime)', type: 'dateTime' },
    { name: 'quantity', path: 'value.ofType(Quantity)', type: 'Quantity' },
    { name: 'order', path: 'identifier.value', collection: true },
    { name: 'data', path: 'contained.ofType(Binary).data', type: 'base64Binary' },
    { name: 'long', path: 'extension.value.ofType(integer64)', type: 'integer64' },
  );
  assert.deepEqual(
    await read(
      view,
      observation({
        extension: [{ url: 'urn:x', valueBoolean: true }],
        valueInteger: -7,
        issued: '2026-02-28T23:59:59.123456+05:00',
        effectiveDateTime: '2026-02',
        identifier: [{ value: 'a\u0000' }, { value: '' }, { value: 'ўғ😀' }],
        contained: [{ resourceType: 'Binary', contentType: 'text/plain', data: 'AP8=' }],
      }),
      observation({
        valueQuantity: { value: 1, unit: 'x' },
        extension: [{ url: 'urn:x', valueInteger64: '9223372036854775807' }],
      }),
    ),
    [
      {
        ...{ id: 'o', isFasting: true, n: -7, when: '2026-02', quantity: null, long: null },
        ...{ at: new Date('2026-02-28T18:59:59.123Z'), order: ['a\u0000', '', 'ўғ😀'], data: new Uint8Array([0, 255]) },
      },
      {
        ...{ id: 'o', isFasting: null, n: null, at: null, when: null, data: null },
        ...{ quantity: '{"value":1,"unit":"x"}', order: [], long: 9223372036854775807n },
      },
    ],
  );
});

test('decimals keep every digit, and are numbers where the view says so', async () => {
  const path = 'value.ofType(Quantity).value';
  const written = ['1.10', '0.1234567890123456789012', '-0.5', '100'];
  assert.deepEqual(await column({ path }, ...written.map(valued)), written);
  assert.ok(viewOf({ name: 'c', path }).mayHoldDecimals);
  assert.ok(!viewOf({ name: 'c', path: 'id' }).mayHoldDecimals);
  assert.deepEqual(
    await column({ path, ...tagged('DECIMAL(10, 2)') }, ...['1.10', '-3.5', '2e1'].map(valued)),
    [1.1, -3.5, 20],
  );
  assert.deepEqual(
    await column({ path, ...tagged('double precision') }, ...['1.25', '-3e-2'].map(valued)),
    [1.25, -0.03],
  );
  assert.deepEqual(await column({ path, ...tagged('DECIMAL(38,3)') }, valued('12345678901234567890.123')), [
    Number('12345678901234567890.123'),
  ]);
});

test('a value that its type of SQL does not hold names the resource, the column and a cure', () => {
  const path = 'value.ofType(Quantity).value';
  for (const [type, ...values] of [
    ['DECIMAL(4,2)', '1.234', '100'],
    ['INT', '1.5', '2147483648'],
    ['BIGINT', '0.5', '9223372036854775808'],
    ['BOOLEAN', '1'],
  ] as const)
    for (const value of values)
      assert.throws(
        () => fileOf(viewOf({ name: 'c', path, ...tagged(type) }), [valued(value)]),
        (error) =>
          error instanceof RowFault &&
          error.place.endsWith('column[0]') &&
          error.text.includes(type) &&
          /ansi\/type/.test(error.text),
        `${type} ${value}`,
      );
  const dates = viewOf({ name: 'c', path: 'effective.ofType(dateTime)', ...tagged('DATE') });
  for (const effectiveDateTime of ['2026', '2026-02', '2026-02-28T10:00:00Z'])
    assert.throws(() => fileOf(dates, [observation({ effectiveDateTime })]), /does not fit in DATE/);
  const instants = viewOf({ name: 'c', path: 'issued', type: 'instant' });
  assert.throws(() => fileOf(instants, [observation({ issued: '2026-02-30T10:00:00Z' })]), /does not fit in TIMESTAMP/);
});

test('dates of a day are dates, and a type that nobody knows is text', async () => {
  const path = 'effective.ofType(dateTime)';
  const days = [{ effectiveDateTime: '2026-02-28' }, {}, { effectiveDateTime: '0099-01-01' }].map(observation);
  const [first, none, early] = await column({ path, ...tagged('DATE') }, ...days);
  assert.deepEqual([first, none], [new Date('2026-02-28'), null]);
  assert.equal((early as Date).toISOString(), '0099-01-01T00:00:00.000Z');
  assert.deepEqual(await column({ path, ...tagged('GEOMETRY') }, days[0]!), ['2026-02-28']);
});

test('a thousand columns, with names that are words of SQL or of JavaScript', async () => {
  const names = ['select', 'constructor', 'toString', 'hasOwnProperty', 'a'.repeat(255)];
  const columns = [...names, ...Array.from({ length: 1_000 }, (_, n) => `c${n}`)].map((name) => ({ name, path: 'id' }));
  const [row, ...others] = await read(viewOf(...columns), observation({}));
  assert.equal(others.length, 0);
  assert.deepEqual(
    Object.keys(row!),
    columns.map(({ name }) => name),
  );
  assert.ok(Object.values(row!).every((value) => value === 'o'));
});

test('rows come in groups, and what is kept does not grow with them', () => {
  const view = viewOf({ name: 'id', path: 'id' }, { name: 'note', path: 'note.text' });
  const rows = keptRowsOf(view)(JSON.parse(observation({ note: [{ text: 'x'.repeat(100_000) }] })));
  const file = new ParquetFile(view);
  const parts: Uint8Array[] = [];
  for (let n = 0; n < 500; n += 1) if (file.add(rows)) parts.push(file.take());
  // 50 MB of text, of which at most one group is kept in memory.
  assert.ok(parts.length >= 10, `${parts.length} groups`);
  const all = Buffer.concat([...parts, file.end()]);
  const { num_rows: count, row_groups: groups } = parquetMetadata(bytesOf(all));
  assert.deepEqual([count, groups.length], [500n, parts.length + 1]);
});

test('a table without rows is a file with its columns', async () => {
  const view = viewOf({ name: 'id', path: 'id' });
  const { schema, num_rows: count } = parquetMetadata(bytesOf(fileOf(view, [])));
  assert.deepEqual([schema.map(({ name }) => name), count], [['root', 'id'], 0n]);
  assert.deepEqual(await read(view), []);
});

test('the text of a resource is bounded, as in other forms', () => {
  const view = viewOf({ name: 'id', path: 'id' });
  assert.throws(
    () => keptRowsOf(view)({ resourceType: 'Observation', id: 'x'.repeat(100) }, { mostText: 99 }),
    (error) => error instanceof RowFault && error.kind === 'limit',
  );
});
