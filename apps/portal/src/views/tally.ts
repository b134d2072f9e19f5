/** Rows counted by the values of their columns; figures of few patients are suppressed. */
import type { Tally } from '@dhp/sql-on-fhir/library';

/** The least number of patients of a published figure: a smaller one might identify somebody. */
export const leastPatients = 5;

/** A number, or `few` for a suppressed one. */
export type Figure = number | 'few';

export interface Bar {
  readonly value: string;
  readonly total: Figure;
  /** By the parts of the whole, in their order; empty if there are none. */
  readonly parts: readonly Figure[];
}

export interface Counted {
  /** In the order of the chart. */
  readonly bars: readonly Bar[];
  /** Values of the column of parts, the most frequent first if they have no natural order. */
  readonly parts: readonly string[];
  /** Whether figures were suppressed. */
  readonly hasFew: boolean;
}

export type Row = Readonly<Record<string, unknown>>;

/** The most bars and parts that are counted; the rest is counted together, as `…`. */
const mostBars = 500;
const mostParts = 8;
export const others = '…';

interface Cell {
  count: number;
  /** Keys of patients, up to as many as are needed. */
  readonly patients: Set<string>;
  readonly times: number[];
}

const emptyCell = (): Cell => ({ count: 0, patients: new Set(), times: [] });

export class Counter {
  readonly #tally: Tally;
  readonly #bars = new Map<string, { readonly whole: Cell; readonly parts: Map<string, Cell> }>();

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  add(row: Row): void {
    const { by, parts, median } = this.#tally;
    const time = median === undefined ? 0 : timeOf(row, median);
    if (Number.isNaN(time)) return;
    const value = textOf(row[by]);
    const known = this.#bars.has(value) || this.#bars.size < mostBars ? value : others;
    const bar = this.#bars.get(known) ?? { whole: emptyCell(), parts: new Map<string, Cell>() };
    this.#bars.set(known, bar);
    this.#note(bar.whole, row, time);
    if (parts === undefined) return;
    const part = textOf(row[parts]);
    const name = bar.parts.has(part) || bar.parts.size < mostBars ? part : others;
    const cell = bar.parts.get(name) ?? emptyCell();
    bar.parts.set(name, cell);
    this.#note(cell, row, time);
  }

  counted(): Counted {
    const { order, patient } = this.#tally;
    const names = partNames([...this.#bars.values()].map(({ parts }) => parts));
    const least = patient === undefined ? 0 : leastPatients;
    const bars = [...this.#bars]
      .map(([value, { whole, parts }]) => ({ value, ...this.#figures(whole, together(parts, names), least) }))
      .sort(order === 'value' ? byValue : bySize);
    const hasFew = bars.some(({ total, parts }) => total === 'few' || parts.includes('few'));
    return { bars, parts: names, hasFew };
  }

  #note(cell: Cell, row: Row, time: number): void {
    const { patient, median } = this.#tally;
    cell.count += 1;
    if (patient !== undefined && cell.patients.size < leastPatients) {
      const key = row[patient];
      if (typeof key === 'string') cell.patients.add(key);
    }
    if (median !== undefined) cell.times.push(time);
  }

  #figures(whole: Cell, parts: readonly Cell[], least: number): Pick<Bar, 'total' | 'parts'> {
    const of = (cell: Cell): Figure =>
      cell.count > 0 && cell.patients.size < least
        ? 'few'
        : this.#tally.median === undefined
          ? cell.count
          : middle(cell.times);
    return { total: of(whole), parts: heldBack(parts.map(of)) };
  }
}

/** If only one part is suppressed, the total would reveal it: then the smallest of the others is suppressed, too. */
function heldBack(parts: readonly Figure[]): Figure[] {
  if (parts.filter((one) => one === 'few').length !== 1) return [...parts];
  const shown = parts.filter((one): one is number => one !== 'few' && one > 0);
  const least = Math.min(...shown);
  const at = parts.indexOf(least);
  return parts.map((one, n) => (n === at ? 'few' : one));
}

/**
 * In the natural order of values if they have one, otherwise the most frequent first; the least frequent ones beyond the limit are
 * combined.
 */
function partNames(bars: readonly ReadonlyMap<string, Cell>[]): string[] {
  const sums = new Map<string, number>();
  for (const bar of bars) for (const [name, { count }] of bar) sums.set(name, (sums.get(name) ?? 0) + count);
  const bySum = [...sums].sort(([, a], [, b]) => b - a).map(([name]) => name);
  const kept = bySum.length > mostParts ? bySum.slice(0, mostParts - 1) : bySum;
  if (kept.every((name) => /^\d/.test(name))) kept.sort(inOrder);
  return bySum.length > mostParts ? [...kept.filter((name) => name !== others), others] : kept;
}

function together(parts: ReadonlyMap<string, Cell>, names: readonly string[]): Cell[] {
  return names.map((name) => {
    const own = [...parts].filter(([part]) => part === name || (name === others && !names.includes(part)));
    const patients = new Set(own.flatMap(([, cell]) => [...cell.patients]));
    return {
      count: own.reduce((sum, [, cell]) => sum + cell.count, 0),
      patients,
      times: own.flatMap(([, cell]) => cell.times),
    };
  });
}

const units = { hours: 3_600_000, days: 86_400_000 };

function timeOf(row: Row, { from, to, unit }: NonNullable<Tally['median']>): number {
  return (Date.parse(textOf(row[to])) - Date.parse(textOf(row[from]))) / units[unit];
}

/** With one digit behind the point. */
function middle(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const value = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  return Math.round(value * 10) / 10;
}

const inOrder = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
const byValue = (a: Bar, b: Bar): number => inOrder(a.value, b.value);
const sizeOf = (figure: Figure): number => (figure === 'few' ? 0 : figure);
const bySize = (a: Bar, b: Bar): number => sizeOf(b.total) - sizeOf(a.total) || inOrder(a.value, b.value);

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
