import { TextColumn } from '../table/text-column.ts';
import type { Member } from './collector.ts';

/**
 * The words of members, for the `filter` parameter: each word of the filter has to begin a word of the code or of a name, in
 * any language and script; case, accents and the apostrophes of Uzbek do not matter. The words stand in their order, each with
 * the members that have it, so that those with a beginning are neighbours: two bisections find them.
 */
export class TextIndex {
  /** Each word once, in the order of their UTF-16 units. */
  readonly #words: TextColumn;
  /** Where the members of a word begin in `#rows`; one more than there are words. */
  readonly #starts: Uint32Array;
  readonly #rows: Uint32Array;
  readonly #size: number;

  constructor(members: readonly Member[]) {
    const byWord = new Map<string, number[]>();
    /** What is written between spaces, each once: there is little of it in many names, and folding it takes the most time. */
    const byPiece = new Map<string, readonly number[][]>();
    members.forEach((member, row) => {
      for (const piece of textOf(member).split(/\s+/)) {
        let lists = byPiece.get(piece);
        if (lists === undefined) byPiece.set(piece, (lists = words(piece).map((word) => listOf(byWord, word))));
        for (const rows of lists) if (rows.at(-1) !== row) rows.push(row);
      }
    });
    const sorted = [...byWord.keys()].sort();
    this.#words = TextColumn.of(sorted);
    this.#starts = new Uint32Array(sorted.length + 1);
    sorted.forEach((word, i) => (this.#starts[i + 1] = this.#starts[i]! + byWord.get(word)!.length));
    this.#rows = new Uint32Array(this.#starts[sorted.length]!);
    sorted.forEach((word, i) => {
      this.#rows.set(byWord.get(word)!, this.#starts[i]);
    });
    this.#size = members.length;
  }

  /** The numbers of the members that have all words of the filter, in their order. */
  find(filter: string): Uint32Array {
    const wanted = [...new Set(words(filter))];
    if (wanted.length === 0) return Uint32Array.from({ length: this.#size }, (_, row) => row);
    const ranges = wanted.map((word) => this.#range(word)).sort((a, b) => lengthOf(a) - lengthOf(b));
    let found = this.#sorted(ranges[0]!);
    for (const range of ranges.slice(1)) {
      const also = this.#marked(range);
      found = found.filter((row) => also[row] === 1);
    }
    return found;
  }

  /** Where in `#rows` the members are that have a word with this beginning: once for each such word. */
  #range(beginning: string): Range {
    return { from: this.#starts[this.#firstAt(beginning)]!, to: this.#starts[this.#firstAt(`${beginning}\uffff`)]! };
  }

  /** The number of the first word that is not before the text. */
  #firstAt(text: string): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#words.at(middle)! < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #marked({ from, to }: Range): Uint8Array {
    const marks = new Uint8Array(this.#size);
    for (let i = from; i < to; i++) marks[this.#rows[i]!] = 1;
    return marks;
  }

  /** Each member of a range once, in their order. */
  #sorted(range: Range): Uint32Array {
    const rows = this.#rows.slice(range.from, range.to).sort();
    return rows.filter((row, i) => i === 0 || row !== rows[i - 1]);
  }
}

function listOf(byWord: Map<string, number[]>, word: string): number[] {
  let rows = byWord.get(word);
  if (rows === undefined) byWord.set(word, (rows = []));
  return rows;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

const lengthOf = ({ from, to }: Range): number => to - from;

function textOf({ concept, listed }: Member): string {
  const names = [...concept.designations, ...(listed?.designation ?? [])].map(({ value }) => value);
  return [concept.code, concept.display ?? '', listed?.display ?? '', ...names].join('\n');
}

/** The words of a text without case, accents and apostrophes (oʻ, gʻ, and the ways people type them). */
function words(text: string): string[] {
  const folded = text
    .normalize('NFKD')
    .replace(/[\p{M}'’‘ʻʼ`]/gu, '')
    .toLowerCase();
  return folded.match(/[\p{L}\p{N}]+/gu) ?? [];
}
