import type { Rings } from './boundary.ts';
import type { ContainedRow } from './contained.ts';
import type { Covered, IndexRow, KeyedInterval, KeyedText, Posting, Word } from './index-row.ts';
import { textForIndex } from './text-for-index.ts';

/** Gathers the rows of one resource, each once. */
export class RowBuilder {
  mainDate: Covered | undefined;
  readonly #keys = new Set<bigint>();
  readonly #postings = new Distinct<Posting>();
  readonly #numbers = new Distinct<KeyedInterval>();
  readonly #dates = new Distinct<KeyedInterval>();
  readonly #strings = new Distinct<KeyedText>();
  readonly #words = new Map<bigint, Word>();

  key(key: bigint): void {
    this.#keys.add(key);
  }

  posting(key: bigint, system: number): void {
    this.#postings.add(key, system, { key, system });
  }

  number(key: bigint, low: number, high: number): void {
    this.#numbers.add(key, low === high ? low : `${low} ${high}`, { key, low, high });
  }

  date(key: bigint, low: number, high: number): void {
    this.#dates.add(key, `${low} ${high}`, { key, low, high });
  }

  string(key: bigint, text: string): void {
    const kept = textForIndex(text);
    this.#strings.add(key, kept, { key, text: kept });
  }

  word(parameter: bigint, key: bigint, text: string): void {
    if (!this.#words.has(key)) this.#words.set(key, { key, parameter, text: textForIndex(text) });
  }

  contained(key: bigint, contained: ContainedRow): void {
    if (!this.#words.has(key)) this.#words.set(key, { key, parameter: 0n, text: '', contained });
  }

  boundary(key: bigint, boundary: readonly Rings[]): void {
    if (!this.#words.has(key)) this.#words.set(key, { key, parameter: 0n, text: '', boundary });
  }

  row(patients: readonly string[]): IndexRow {
    return {
      keys: [...this.#keys],
      postings: this.#postings.rows,
      mainDate: this.mainDate,
      numbers: this.#numbers.rows,
      dates: this.#dates.rows,
      strings: this.#strings.rows,
      words: [...this.#words.values()],
      patients,
    };
  }
}

/** Rows that differ in their key or in the rest of them. */
class Distinct<Row> {
  readonly rows: Row[] = [];
  readonly #rests = new Map<bigint, Set<string | number>>();

  add(key: bigint, rest: string | number, row: Row): void {
    let rests = this.#rests.get(key);
    if (rests === undefined) this.#rests.set(key, (rests = new Set()));
    else if (rests.has(rest)) return;
    rests.add(rest);
    this.rows.push(row);
  }
}
