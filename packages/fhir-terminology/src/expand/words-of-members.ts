import { stepsOfAPart, type Sliced } from './slices.ts';

/** Letters and digits that fold to themselves or to lower case: most pieces of most names need nothing else. */
const plain = /^[0-9A-Za-z]+$/;

/** Marks of one letter beyond 30 (UAX #15): putting them in order takes the square of their number. */
const manyMarks = /(\p{M}{30})\p{M}+/gu;

/** The words of a text without case, accents and apostrophes (oʻ, gʻ, and the ways people type them). */
export function foldedWords(text: string): string[] {
  const folded = text
    .replace(manyMarks, '$1')
    .normalize('NFKD')
    .replace(/[\p{M}'’‘ʻʼ`]/gu, '')
    .toLowerCase();
  return folded.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * Words of members while they are read: a number for each word, and pairs of a word and a member in columns. A list for each word would be
 * hundreds of thousands of objects, which the garbage collector would have to walk again and again.
 */
export class WordsOfMembers {
  readonly #numbers = new Map<string, number>();
  /** Numbers of the words of each text between spaces. Many names share few such texts, and folding them takes the most time. */
  readonly #pieces = new Map<string, readonly number[]>();
  #pairWords = new Uint32Array(1024);
  #pairRows = new Uint32Array(1024);
  #pairs = 0;
  /** Number of members of each word. */
  #counts = new Uint32Array(1024);
  /** The last member of each word, and one more: a member has a word once. */
  #last = new Uint32Array(1024);

  get words(): Iterable<string> {
    return this.#numbers.keys();
  }

  /** Adds a piece of a name of a member, without spaces. Members come in their order. */
  add(piece: string, row: number): void {
    if (plain.test(piece)) {
      this.#pair(this.#numberOf(piece.toLowerCase()), row);
      return;
    }
    let numbers = this.#pieces.get(piece);
    if (numbers === undefined) {
      numbers = foldedWords(piece).map((word) => this.#numberOf(word));
      this.#pieces.set(piece, numbers);
    }
    for (const number of numbers) this.#pair(number, row);
  }

  /** The members of all words, those of each in their order, and where those of each begin. */
  *inOrderOf(words: readonly string[]): Sliced<{ starts: Uint32Array; rows: Uint32Array }> {
    const starts = new Uint32Array(words.length + 1);
    const next = new Uint32Array(words.length);
    for (const [i, word] of words.entries()) {
      const number = this.#numbers.get(word)!;
      next[number] = starts[i]!;
      starts[i + 1] = starts[i]! + this.#counts[number]!;
      if (i % stepsOfAPart === 0) yield;
    }
    const rows = new Uint32Array(this.#pairs);
    for (let pair = 0; pair < this.#pairs; pair += 1) {
      rows[next[this.#pairWords[pair]!]!++] = this.#pairRows[pair]!;
      if (pair % (16 * stepsOfAPart) === 0) yield;
    }
    return { starts, rows };
  }

  #numberOf(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(word, number);
    if (number === this.#counts.length) [this.#counts, this.#last] = [grown(this.#counts), grown(this.#last)];
    return number;
  }

  #pair(number: number, row: number): void {
    if (this.#last[number] === row + 1) return;
    this.#last[number] = row + 1;
    this.#counts[number]! += 1;
    if (this.#pairs === this.#pairRows.length)
      [this.#pairWords, this.#pairRows] = [grown(this.#pairWords), grown(this.#pairRows)];
    this.#pairWords[this.#pairs] = number;
    this.#pairRows[this.#pairs++] = row;
  }
}

function grown(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
