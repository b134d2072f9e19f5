import assert from 'node:assert/strict';
import type { SortKey } from '@dhp/search-index';
import type { Kept } from '@dhp/search-index/testing';
import type { World } from './search-world.ts';

type Value = string | number | undefined;

/**
 * Asserts the order of results: by the least value of each when ascending, by the greatest when descending, and those without a value last.
 * From the first key of kind `json`, `reference` or `score` on, nothing is asserted.
 */
export function assertSorted({ kept }: World, names: readonly string[], sort: readonly SortKey[], what: string): void {
  const keys: readonly SortKey[] = sort.length === 0 ? [{ by: { kind: 'main-date' }, descending: true }] : sort;
  const byName = new Map(kept.map((one) => [`${one.type}/${one.id}`, one]));
  const rows = names.map((name) => keys.map((key) => valueOf(byName.get(name)!, key)));
  for (let n = 1; n < rows.length; n += 1) {
    assert.ok(compare(rows[n - 1]!, rows[n]!, keys) <= 0, `${what}: ${names[n - 1]!} before ${names[n]!}`);
  }
}

/**
 * The numbers below `amount` that are kept, sorted by the texts of each: by the least ascending, by the greatest descending; those without
 * a text last; equal ones in the order of creation, descending in reverse.
 */
export function numbersInOrder(
  amount: number,
  {
    textsOf,
    descending,
    keep,
  }: { textsOf: (n: number) => string[]; descending: boolean; keep: (n: number) => boolean },
): number[] {
  const key = (n: number): string | undefined =>
    textsOf(n)
      .sort()
      .at(descending ? -1 : 0);
  return Array.from({ length: amount }, (_, n) => n)
    .filter(keep)
    .sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === y) return descending ? b - a : a - b;
      if (x === undefined) return 1;
      if (y === undefined) return -1;
      return x < y !== descending ? -1 : 1;
    });
}

function compare(a: readonly Value[], b: readonly Value[], keys: readonly SortKey[]): number {
  for (const [n, { by, descending }] of keys.entries()) {
    if (by.kind === 'json' || by.kind === 'reference' || by.kind === 'score') return 0;
    const [left, right] = [a[n], b[n]];
    if (left === right) continue;
    if (left === undefined) return 1;
    if (right === undefined) return -1;
    return order(left, right) < 0 !== descending ? -1 : 1;
  }
  return 0;
}

/** Texts by their bytes, as the database's collation "C" has it. */
function order(a: string | number, b: string | number): number {
  return typeof a === 'number' ? a - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(String(b)));
}

function valueOf({ id, row, lastUpdated }: Kept, { by, descending }: SortKey): Value {
  const best = (values: readonly (string | number)[]): Value => values.toSorted(order).at(descending ? -1 : 0);
  const finite = (values: readonly { low: number }[]): number[] =>
    values.map(({ low }) => low).filter((low) => low > -Infinity);
  switch (by.kind) {
    case 'main-date':
      return best(finite(row.mainDate === undefined ? [] : [row.mainDate]));
    case 'last-updated':
      return lastUpdated;
    case 'id':
      return id;
    case 'date':
      return best(finite(row.dates.filter(({ key }) => key === by.key)));
    case 'number':
      return best(row.numbers.filter(({ key }) => key === by.key).map(({ low }) => low));
    case 'quantity': {
      const units = row.words.filter(({ parameter }) => parameter === by.seed).map(({ key }) => key);
      return best(row.numbers.filter(({ key }) => units.includes(key)).map(({ low }) => low));
    }
    case 'string':
      return best(row.strings.filter(({ key }) => key === by.key).map(({ text }) => text));
    case 'word':
      return best(row.words.filter(({ parameter }) => parameter === by.parameter).map(({ text }) => text));
    case 'json':
    case 'reference':
    case 'score':
      return undefined;
  }
}
