/** The numbers of charts: bars, proportions and medians, with those of few patients suppressed so that they cannot be computed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chartCsv } from '../src/views/chart.ts';
import { Counter, leastPatients, type Counted, type Row } from '../src/views/tally.ts';
import { placeIn } from '../src/views/places.ts';

const bySize = { order: 'size', most: 10 } as const;

function counted(tally: ConstructorParameters<typeof Counter>[0], rows: readonly Row[]): Counted {
  const counter = new Counter(tally);
  for (const row of rows) counter.add(row);
  return counter.counted();
}

const repeated = (count: number, row: Row): Row[] =>
  Array.from({ length: count }, (_, n) => ({ p: `p${String(n)}`, ...row }));

describe('a chart', () => {
  test('tells nothing of fewer than five patients, however many rows are theirs', () => {
    const rows = [...repeated(5, { of: 'a' }), ...repeated(4, { of: 'b' }), ...repeated(40, { of: 'c', p: 'one' })];
    const { bars, hasFew } = counted({ by: 'of', patient: 'p', ...bySize }, rows);
    assert.deepEqual(
      bars.map(({ value, total }) => [value, total]),
      [
        ['a', 5],
        ['b', 'few'],
        ['c', 'few'],
      ],
    );
    assert.ok(hasFew);
    assert.equal(
      chartCsv({ tally: { by: 'of', patient: 'p', ...bySize }, counted: { bars, parts: [], hasFew } }),
      'of,count\r\na,5\r\nb,<5\r\nc,<5\r\n',
    );
  });

  test('counts rows that are about nobody as they are', () => {
    const { bars } = counted({ by: 'of', ...bySize }, [{ of: 'a' }, { of: null }]);
    assert.deepEqual(
      bars.map(({ value, total }) => [value, total]),
      [
        ['', 1],
        ['a', 1],
      ],
    );
  });

  test('holds back the smallest part beside one that is held back: the whole would tell it', () => {
    const rows = [
      ...repeated(20, { of: 'a', part: 'x' }),
      ...repeated(7, { of: 'a', part: 'y' }),
      ...repeated(2, { of: 'a', part: 'z' }),
    ];
    const { bars, parts } = counted({ by: 'of', parts: 'part', patient: 'p', ...bySize }, rows);
    assert.deepEqual(parts, ['x', 'y', 'z']);
    assert.deepEqual(bars, [{ value: 'a', total: 29, parts: [20, 'few', 'few'] }]);
  });

  test('of random tables gives no figure below the bound, and no bar with one figure alone held back', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let n = 0; n < 300; n += 1) {
      const rows = Array.from({ length: random(120) }, () => ({
        ...{ of: String(random(4)), part: String(random(1 + random(12))), p: String(random(30)) },
      }));
      const { bars, parts } = counted({ by: 'of', parts: 'part', patient: 'p', ...bySize }, rows);
      assert.ok(parts.length <= 8);
      for (const { value, total, parts: figures } of bars) {
        const own = rows.filter(({ of }) => of === value);
        const patients = new Set(own.map(({ p }) => p)).size;
        assert.equal(total, patients < leastPatients ? 'few' : own.length);
        if (total === 'few') assert.ok(figures.every((one) => one === 'few' || one === 0));
        else {
          const shown = figures.filter((one) => one !== 'few');
          const held = figures.length - shown.length;
          assert.ok(held !== 1, JSON.stringify(figures));
          if (held === 0)
            assert.equal(
              shown.reduce((sum, one) => sum + one, 0),
              total,
            );
        }
        for (const [at, name] of parts.entries()) {
          if (name === '…') continue;
          const cell = own.filter(({ part }) => part === name);
          const few = cell.length > 0 && new Set(cell.map(({ p }) => p)).size < leastPatients;
          assert.ok(few ? figures[at] === 'few' : figures[at] === 'few' || figures[at] === cell.length);
        }
      }
    }
  });

  test('has the median of times, in the order of values', () => {
    const tally = {
      by: 'of',
      median: { from: 'a', to: 'b', unit: 'hours' },
      order: 'value',
      most: 5,
      patient: 'p',
    } as const;
    const at = (hours: number): string => new Date(Date.UTC(2026, 0, 1, hours)).toISOString();
    const rows = [1, 2, 3, 9, 30].map((hours, n) => ({ of: '2026', a: at(0), b: at(hours), p: String(n) }));
    const { bars } = counted(tally, [
      ...rows,
      { of: '2025', a: at(0), b: at(1), p: 'x' },
      { of: '2025', a: at(0), p: 'y' },
    ]);
    assert.deepEqual(
      bars.map(({ value, total }) => [value, total]),
      [
        ['2025', 'few'],
        ['2026', 3],
      ],
    );
  });
});

describe('the place of an element in JSON', () => {
  const text =
    '{\n  "select": [\n    { "column": [{ "name": "a,[]{}", "path": "x" },\n      { "name": "b" }] }\n  ],\n  "where": [{ "path": "y" }]\n}';
  for (const [path, line, column] of [
    ['ViewDefinition.select[0].column[0].path', 3, 38],
    ['ViewDefinition.select[0].column[1]', 4, 7],
    ['ViewDefinition.select[0].column[1].path', 4, 7],
    ['ViewDefinition.where[0].path', 6, 15],
    ['ViewDefinition', 1, 1],
    ['ViewDefinition.none', 1, 1],
  ] as const)
    test(path, () => {
      assert.deepEqual(placeIn(text, path), { line, column });
    });
});
