import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Condition } from '../src/index.ts';
import { keyOf, seedOf } from '../src/keys.ts';
import type { IndexRow } from '../src/rows.ts';
import { compare, dateComparison, instantComparison, numberComparison, type Prefix } from '../src/types/comparison.ts';
import { matches, type Kept } from './matcher.ts';

const prefixes = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb', 'ap'] as const;
const key = keyOf(seedOf('Observation', 'value-date'), '');

/** The prefixes that find a value, when each is asked with the same parameter. */
function finding(kept: Partial<IndexRow>, ask: (prefix: Prefix) => Condition): string {
  const row = {
    keys: [],
    present: 0n,
    postings: [],
    mainDate: undefined,
    numbers: [],
    dates: [],
    strings: [],
    words: [],
    patients: [],
  };
  const one: Kept = {
    type: 'Observation',
    id: 'o',
    resource: { resourceType: 'Observation' },
    row: { ...row, ...kept },
    lastUpdated: kept.mainDate?.low ?? 0,
  };
  return prefixes.filter((prefix) => matches(one, ask(prefix), [one])).join(' ');
}

/**
 * P is the range of the parameter, R that of the resource: the drawings of the specification's table, with the ends where
 * [ and ) stand. https://hl7.org/fhir/R5/search.html#prefix
 */
const ranges: readonly (readonly [p: string, r: string, found: string])[] = [
  ['..............[--P--)', '[--R--)..............', 'ne lt le eb'],
  ['......[--P--)........', '[--R--)..............', 'ne lt le eb'],
  ['....[--P--)..........', '[--R--)..............', 'ne lt le ap'],
  ['....[--P--)..........', '[----R----)..........', 'ne lt le ap'],
  ['....[--P--)..........', '[------R------)......', 'ne gt ge lt le ap'],
  ['..[----P----)........', '..[R)................', 'eq ge le ap'],
  ['[----P----)..........', '[--R--)..............', 'eq ge le ap'],
  ['[--P--)..............', '[--R--)..............', 'eq ge le ap'],
  ['[--P--)..............', '[----R----)..........', 'ne gt ge ap'],
  ['[-----P-----)........', '...[--R--)...........', 'eq ge le ap'],
  ['[----P----)..........', '....[--R--)..........', 'eq ge le ap'],
  ['[--P--)..............', '...[--R--)...........', 'ne gt ge ap'],
  ['[----P----)..........', '........[R)..........', 'eq ge le ap'],
  ['[--P--)..............', '......[--R--)........', 'ne gt ge sa'],
  ['[--P--)..............', '............[--R--)..', 'ne gt ge sa'],
];

const drawn = (line: string) => ({ low: line.indexOf('['), high: line.indexOf(')') });

describe('prefixes on periods', () => {
  for (const [p, r, found] of ranges) {
    it(`${p} ${r}: ${found}`, () => {
      const [parameter, resource] = [drawn(p), drawn(r)];
      // Now is within the parameter, so that ap adds nothing to it.
      const comparison = (prefix: Prefix) => dateComparison(prefix, parameter, parameter.low);
      assert.equal(
        finding({ dates: [{ key, ...resource }] }, (prefix) =>
          compare(comparison(prefix), (interval) => ({ op: 'date', key, interval })),
        ),
        found,
      );
      assert.equal(
        finding({ mainDate: resource }, (prefix) =>
          compare(comparison(prefix), (interval) => ({ op: 'date', key: 'main', interval })),
        ),
        found,
      );
    });
  }

  it('an open period has no end to be before, or beginning to be after', () => {
    const asked = (dates: { low: number; high: number }) =>
      finding({ dates: [{ key, ...dates }] }, (prefix) =>
        compare(dateComparison(prefix, { low: 10, high: 20 }, 15), (interval) => ({ op: 'date', key, interval })),
      );
    assert.equal(asked({ low: -Infinity, high: Infinity }), 'ne gt ge lt le ap');
    assert.equal(asked({ low: 25, high: Infinity }), 'ne gt ge sa');
    assert.equal(asked({ low: 12, high: Infinity }), 'ne gt ge ap');
    assert.equal(asked({ low: -Infinity, high: 5 }), 'ne lt le eb');
    assert.equal(asked({ low: -Infinity, high: 15 }), 'ne lt le ap');
  });

  it('ap reaches a tenth of the time to now', () => {
    const asked = (low: number, now: number) =>
      finding({ dates: [{ key, low, high: low + 1 }] }, (prefix) =>
        compare(dateComparison(prefix, { low: 1000, high: 1010 }, now), (interval) => ({ op: 'date', key, interval })),
      ).includes('ap');
    assert.deepEqual(
      [898, 911, 1105, 1115].map((low) => asked(low, 2010)),
      [false, true, true, false],
    );
    assert.deepEqual(
      [898, 911, 1105, 1115].map((low) => asked(low, 0)),
      [false, true, true, false],
    );
    assert.deepEqual(
      [995, 1005, 1012].map((low) => asked(low, 1005)),
      [false, true, false],
    );
  });
});

describe('prefixes on instants', () => {
  const rows: readonly (readonly [instant: number, found: string])[] = [
    [9, 'ne lt le eb'],
    [10, 'eq ge le ap'],
    [19, 'eq ge le ap'],
    [20, 'ne gt ge sa'],
  ];
  for (const [instant, found] of rows) {
    it(`${instant} and [10, 20): ${found}`, () => {
      assert.equal(
        finding({ mainDate: { low: instant, high: instant + 1 } }, (prefix) =>
          compare(instantComparison(prefix, { low: 10, high: 20 }, 15), (interval) => ({
            op: 'last-updated',
            interval,
          })),
        ),
        found,
      );
    });
  }
});

describe('prefixes on numbers', () => {
  const rows: readonly (readonly [low: number, high: number, found: string])[] = [
    [99.4, 99.4, 'ne lt le eb ap'],
    [99.5, 99.5, 'eq lt le eb ap'],
    [100, 100, 'eq ge le ap'],
    [100.4, 100.4, 'eq gt ge sa ap'],
    [100.5, 100.5, 'ne gt ge sa ap'],
    [90, 90, 'ne lt le eb ap'],
    [89.9, 89.9, 'ne lt le eb'],
    [110, 110, 'ne gt ge sa ap'],
    [111, 111, 'ne gt ge sa'],
    [50, 150, 'ne gt ge lt le ap'],
    [-Infinity, 99, 'ne lt le eb ap'],
    [101, Infinity, 'ne gt ge sa ap'],
  ];
  const parameter = { value: 100, low: 99.5, high: 100.5 };
  for (const [low, high, found] of rows) {
    it(`${low} to ${high} and 100: ${found}`, () => {
      const got = finding({ numbers: [{ key, low, high, posted: true }] }, (prefix) =>
        compare(numberComparison(prefix, parameter), (interval) => ({ op: 'number', key, interval })),
      );
      assert.deepEqual(
        got.split(' '),
        prefixes.filter((prefix) => found.split(' ').includes(prefix)),
      );
    });
  }
});
