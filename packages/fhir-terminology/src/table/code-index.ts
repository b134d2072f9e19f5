import type { TextColumn } from './text-column.ts';

/** Finds the row of a code: a hash table of row numbers, 6 to 12 bytes for each code; a Map would take about 50. */
export class CodeIndex {
  readonly #codes: TextColumn;
  readonly #caseSensitive: boolean;
  readonly #slots: Int32Array;
  /** No code is defined twice. */
  readonly isDistinct: boolean;

  constructor(codes: TextColumn, caseSensitive: boolean) {
    this.#codes = codes;
    this.#caseSensitive = caseSensitive;
    const rows = codes.ends.length;
    let size = 8;
    while (size < rows * 1.5) size *= 2;
    this.#slots = new Int32Array(size); // a slot holds row + 1; 0 is free
    let inserted = 0;
    for (let row = 0; row < rows; row++) if (this.#insert(row)) inserted += 1;
    this.isDistinct = inserted === rows;
  }

  /** The row of a code, -1 if it is unknown. Of codes that differ only in case, an exact one comes first. */
  find(code: string | undefined): number {
    if (code === undefined) return -1; // data may lack required elements
    const mask = this.#slots.length - 1;
    const wanted = this.#fold(code);
    let alike = -1;
    for (let slot = hash(wanted) & mask; ; slot = (slot + 1) & mask) {
      const row = this.#slots[slot]! - 1;
      if (row < 0) return alike;
      if (this.#codes.equals(row, code)) return row;
      if (!this.#caseSensitive && alike < 0 && this.#fold(this.#codes.at(row) ?? '') === wanted) alike = row;
    }
  }

  /** Whether it is the first of its code. */
  #insert(row: number): boolean {
    const mask = this.#slots.length - 1;
    const code = this.#codes.at(row) ?? '';
    let slot = hash(this.#fold(code)) & mask;
    while (this.#slots[slot] !== 0) {
      // A code that is defined twice keeps its first definition.
      if (this.#codes.equals(this.#slots[slot]! - 1, code)) return false;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = row + 1;
    return true;
  }

  #fold(code: string): string {
    return this.#caseSensitive ? code : code.toLowerCase();
  }
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h ^ (h >>> 15);
}
