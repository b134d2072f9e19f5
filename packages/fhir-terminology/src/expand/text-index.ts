import type { Budget } from '@dhp/budget';
import { TextColumn } from '../table/text-column.ts';
import type { Member } from './member.ts';
import type { MemberList } from './member-list.ts';
import { foldedWords, WordsOfMembers } from './words-of-members.ts';
import { sortedInSlices, stepsOfAPart, type Sliced } from './slices.ts';

/**
 * The words of members, for the `filter` parameter: each word of the filter must be the beginning of a word of the code or of a name, in
 * any language and script; case, accents and the apostrophes of Uzbek are ignored. The words are sorted, each with its members, so that
 * words with the same beginning are adjacent: two bisections find them.
 */
export class TextIndex {
  /** Each word once, in the order of their UTF-16 units. */
  readonly #words: TextColumn;
  /** Begin of the members of each word in `#rows`; one entry more than there are words. */
  readonly #starts: Uint32Array;
  readonly #rows: Uint32Array;
  readonly #size: number;

  /**
   * Reads the words of members, in parts. It takes some ten times as long as the units charged: reading all of SNOMED CT, which is done
   * once and cached, must not exceed the budget of one request.
   * @throws BudgetSpent
   */
  static *reading(members: MemberList, budget?: Budget): Sliced<TextIndex> {
    const read = new WordsOfMembers();
    for (let row = 0; row < members.length; row += 1) {
      const text = textOf(members.at(row));
      budget?.spend(unitsOfMember + text.length / charactersOfUnit, 'the words of a value set');
      for (const piece of text.split(/\s+/)) read.add(piece, row);
      if (row % stepsOfAPart === 0) yield;
    }
    const sorted = yield* sortedInSlices([...read.words]);
    const { starts, rows } = yield* read.inOrderOf(sorted);
    return new TextIndex(TextColumn.of(sorted), starts, rows, members.length);
  }

  private constructor(words: TextColumn, starts: Uint32Array, rows: Uint32Array, size: number) {
    this.#words = words;
    this.#starts = starts;
    this.#rows = rows;
    this.#size = size;
  }

  /**
   * The numbers of the members that have all words of the filter, in their order.
   * @param budget limits the cost: for each word a share for each member
   * @throws BudgetSpent
   */
  find(filter: string, budget?: Budget): Uint32Array {
    budget?.spend(filter.length, filterPlace);
    const wanted = [...new Set(foldedWords(filter))];
    if (wanted.length === 0) return Uint32Array.from({ length: this.#size }, (_, row) => row);
    const ranges = wanted.map((word) => this.#range(word)).sort((a, b) => lengthOf(a) - lengthOf(b));
    budget?.spend(this.#size / 16 + lengthOf(ranges[0]!), filterPlace);
    let found = this.#sorted(ranges[0]!);
    for (const range of ranges.slice(1)) {
      if (found.length === 0) break;
      budget?.spend(this.#size / 64 + lengthOf(range) / 8 + found.length / 8, filterPlace);
      const also = this.#marked(range);
      found = found.filter((row) => also[row] === 1);
    }
    return found;
  }

  /** Returns the range in `#rows` of members with a word that begins so: a member occurs once for each such word. */
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
    if (lengthOf(range) < this.#size / 16) {
      const rows = this.#rows.slice(range.from, range.to).sort();
      return rows.filter((row, i) => i === 0 || row !== rows[i - 1]);
    }
    const marks = this.#marked(range);
    const rows = new Uint32Array(Math.min(this.#size, lengthOf(range)));
    let found = 0;
    for (let row = 0; row < this.#size; row++) if (marks[row] === 1) rows[found++] = row;
    return rows.subarray(0, found);
  }
}

/** Units of work for a member whose words are read, and characters of its names for one more. */
const [unitsOfMember, charactersOfUnit] = [5, 16];

const filterPlace = 'the filter of an expansion';

interface Range {
  readonly from: number;
  readonly to: number;
}

const lengthOf = ({ from, to }: Range): number => to - from;

function textOf({ concept, listed }: Member): string {
  const names = [...concept.designations, ...(listed?.designation ?? [])].map(({ value }) => value);
  return [concept.code, concept.display ?? '', listed?.display ?? '', ...names].join('\n');
}
