/** Answers of several shards to one statement, put together. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pagesOfShards } from '../src/page/pages-of-shards.ts';
import { addedUp } from '../src/sql/run.ts';
import type { ColumnType, SortColumn } from '../src/types/sorting.ts';

const row = (...texts: (string | null)[]) => texts.map((text) => (text === null ? null : Buffer.from(text)));
const texts = (rows: readonly (readonly (Buffer | null)[])[]) =>
  rows.map((each) => each.map((column) => column?.toString() ?? null));

/** The rids of a page of rows with a value each, of as many shards as there are lists. */
function sorted(
  type: ColumnType,
  values: readonly (readonly (string | null)[])[],
  changes: Partial<SortColumn> = {},
  before = false,
) {
  const columns = [{ type, descending: false, canMiss: true, ...changes } as SortColumn];
  const from = before ? { snapshot: '', before: true, values: [null], rid: '0' } : undefined;
  let rid = 0;
  const answers = values.map((each) => each.map((value) => row('s', 'f', null, null, String((rid += 1)), value)));
  const merged = pagesOfShards({ order: { columns, from }, rows: 100 }, 0)(answers);
  return texts(merged).map((each) => each[5]);
}

describe('pages of shards', () => {
  it('are one page in the order of PostgreSQL', () => {
    assert.deepEqual(
      sorted('text', [
        ['b', 'é'],
        ['a', 'z', null],
      ]),
      ['a', 'b', 'z', 'é', null],
    );
    assert.deepEqual(
      sorted('float8', [
        ['10', '-1.5'],
        ['9', '1e+20', null],
      ]),
      ['-1.5', '9', '10', '1e+20', null],
    );
    assert.deepEqual(sorted('float8', [['10'], ['9']], { descending: true }), ['10', '9']);
    const times = ['0044-03-15 00:00:00+00 BC', '-infinity', '2026-01-01 00:00:00.5+00', '10000-01-01 00:00:00+00'];
    assert.deepEqual(
      sorted('timestamptz', [times, ['2026-01-01 00:00:00+00', 'infinity', '2026-01-01 00:00:00.25+00']]),
      [
        ...['-infinity', '0044-03-15 00:00:00+00 BC', '2026-01-01 00:00:00+00', '2026-01-01 00:00:00.25+00'],
        ...['2026-01-01 00:00:00.5+00', '10000-01-01 00:00:00+00', 'infinity'],
      ],
    );
  });

  it('have rows without a value last, and first where they are read backwards', () => {
    assert.deepEqual(sorted('text', [[null, 'a'], ['b']], { descending: true }), ['b', 'a', null]);
    assert.deepEqual(sorted('text', [['a'], ['b', null]], {}, true), [null, 'b', 'a']);
  });

  it('are given up where one shard gives up, and count the candidates of all', () => {
    const merge = pagesOfShards({ order: { columns: [], from: undefined }, rows: 2 }, undefined);
    const [one, two] = [row('s', 'f', null, '3', 'a'), row('s', 'f', 't', '4', null)];
    assert.deepEqual(texts(merge([[one], [two]])), [['s', 'f', 't', '7', 'a']]);
    assert.deepEqual(texts(merge([[one], [row('s', 't', null, '9', null)]])), [['s', 't', null, '12', null]]);
    assert.deepEqual(texts(merge([[two], [two]])), [['s', 'f', 't', '8', null]]);
  });
});

it('numbers of shards are added, whole ones exactly', () => {
  assert.deepEqual(texts(addedUp([[row('9007199254740993', '1.5e+06', 'x', null)], [row('1', '500000', 'x', '2')]])), [
    ['9007199254740994', '2000000', 'x', '2'],
  ]);
});
