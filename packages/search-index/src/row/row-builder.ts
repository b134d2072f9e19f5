import { type Budget, BudgetSpent } from '@dhp/budget';
import { keyOf } from '../keys/keys.ts';
import { codelessKey } from '../keys/posted-numbers.ts';
import { exactTexts, exactTextsOf } from '../keys/exact-texts.ts';
import { keysOfParts } from '../keys/umbrella-strings.ts';
import { type FoundRows, keyTo, type ReferringRows, type Target } from './found-rows.ts';
import { longTextKey, maxStringLength, piecesOf, textForIndex, windowsOf } from '../keys/text-for-index.ts';
import type {
  ContainedRow,
  Covered,
  IndexRow,
  KeyedInterval,
  KeyedNumber,
  KeyedString,
  Posting,
  Rings,
  Term,
} from './index-row.ts';

/** Postings, and posted numbers, of one resource: the search row counts each in a `smallint`. */
const mostPosted = 32_767;

/**
 * Units of work for each window of a long text: PostgreSQL makes trigrams of it. A text of 1 MiB, the most that FHIR allows
 * (https://hl7.org/fhir/R5/datatypes.html#string), is within the default limit of a resource, and one of 1.5 MiB is not.
 */
const unitsOfWindow = 1_400;

/** The scope of a BudgetSpent for this cost. */
export const postedScope = 'index';

interface RowOptions {
  readonly cutTexts?: boolean | undefined;
  readonly allPosted?: boolean | undefined;
  readonly work?: Budget;
}

/** Gathers the rows of one resource, each once. Its methods throw BudgetSpent for more values than a search row can have. */
export class RowBuilder {
  mainDate: Covered | undefined;
  readonly #keys = new Set<bigint>();
  readonly #postings = new Distinct<Posting>();
  readonly #numbers = new Distinct<KeyedNumber>();
  readonly #dates = new Distinct<KeyedInterval>();
  readonly #strings = new Distinct<KeyedString>();
  readonly #exact = new Set<bigint>();
  readonly #words = new Map<bigint, Term>();
  #postedNumbers = 0;
  /** Quantities that are posted by their composites, and those that a composite has posted. */
  readonly #toPost: { readonly posted: bigint; readonly unit: string; readonly low: number; readonly high: number }[] =
    [];
  readonly #posted = new Map<bigint, Set<string>>();
  /** 31 bits each: with more, numbers would be slow. */
  #presentLow = 0;
  #presentHigh = 0;
  readonly #cutTexts: boolean;
  readonly #allPosted: boolean;
  readonly #work: Budget | undefined;

  /** @param work pays for long texts; the others as `IndexOptions` has them */
  constructor({ cutTexts = false, allPosted = false, work }: RowOptions = {}) {
    this.#cutTexts = cutTexts;
    this.#allPosted = allPosted;
    this.#work = work;
  }

  key(key: bigint): void {
    this.#keys.add(key);
  }

  posting(key: bigint, system: number): void {
    this.#postings.add(key, system, { key, system });
    requirePlace(this.#postings.rows.length);
  }

  /** A usual parameter has a value: `Presence.bit`. */
  present(bit: number): void {
    if (bit < 31) this.#presentLow |= 1 << bit;
    else this.#presentHigh |= 1 << (bit - 31);
  }

  number(key: bigint, low: number, high: number, posted = true): void {
    const isNew = this.#numbers.add(key, low === high ? low : `${low} ${high}`, { key, low, high, posted });
    if (isNew && posted) requirePlace((this.#postedNumbers += 1));
  }

  /** A quantity that its composite posts, if it is beside a code; else it is posted by itself. */
  postLater(posted: bigint, unit: string, low: number, high: number): void {
    this.#toPost.push({ posted, unit, low, high });
  }

  /** @param key under which a composite posts the quantity */
  post(key: bigint, posted: bigint, unit: string, low: number, high: number): void {
    this.number(key, low, high);
    this.word(posted, key, unit);
    let values = this.#posted.get(posted);
    if (values === undefined) this.#posted.set(posted, (values = new Set()));
    values.add(`${low} ${high} ${unit}`);
  }

  date(key: bigint, low: number, high: number): void {
    this.#dates.add(key, `${low} ${high}`, { key, low, high });
  }

  string(key: bigint, text: string): void {
    if (this.#cutTexts || text.length <= maxStringLength) this.cutString(key, textForIndex(text));
    else {
      this.#payForWindows(text);
      for (const piece of piecesOf(key, text)) this.cutString(piece.key, piece.text);
      for (const window of windowsOf(text)) this.cutString(longTextKey(key), window);
    }
  }

  /** @param text as a row has it */
  cutString(key: bigint, text: string, posted = true): void {
    this.#strings.add(key, text, { key, text, posted });
  }

  /** A text as written; `leadTo` gives the text that leads to the resource. */
  exact(key: bigint): void {
    if (this.#allPosted) this.key(key);
    else this.#exact.add(key);
  }

  /** A word of which only the start is kept. */
  word(parameter: bigint, key: bigint, text: string): void {
    this.cutWord(parameter, key, textForIndex(text));
  }

  /** A replacement for a word that is too long for a row, under a separate parameter. */
  longWord(parameter: bigint, key: bigint, text: string): void {
    if (!this.#cutTexts) this.cutWord(longTextKey(parameter), key, text);
  }

  /** The windows of a long text, each a word with a separate key. */
  windows(parameter: bigint, text: string): void {
    if (this.#cutTexts || text.length <= maxStringLength) return;
    this.#payForWindows(text);
    const long = longTextKey(parameter);
    for (const window of windowsOf(text)) {
      const key = keyOf(long, window);
      this.key(key);
      this.cutWord(long, key, window);
    }
  }

  #payForWindows({ length }: string): void {
    this.#work?.spend((unitsOfWindow * length) / maxStringLength, 'a long text');
  }

  /** @param text as a row has it */
  cutWord(parameter: bigint, key: bigint, text: string): void {
    if (!this.#words.has(key)) this.#words.set(key, { key, parameter, text });
  }

  contained(key: bigint, contained: ContainedRow): void {
    if (!this.#words.has(key)) this.#words.set(key, { key, parameter: 0n, text: '', contained });
  }

  boundary(key: bigint, boundary: readonly Rings[]): void {
    if (!this.#words.has(key)) this.#words.set(key, { key, parameter: 0n, text: '', boundary });
  }

  /** The rows made so far, to be added to other rows; undefined if they contain values that hardly ever repeat. */
  found(): FoundRows | undefined {
    if (this.mainDate !== undefined || this.#toPost.length > 0 || this.#numbers.rows.length > 0) return undefined;
    if (this.#dates.rows.length > 0) return undefined;
    return {
      keys: [...this.#keys],
      exact: [...this.#exact],
      presentLow: this.#presentLow,
      presentHigh: this.#presentHigh,
      postings: this.#postings.rows,
      strings: this.#strings.rows,
      words: [...this.#words.values()],
    };
  }

  /** Adds rows that were made separately, as if they had been made here. */
  addFound({ keys, exact, presentLow, presentHigh, postings, strings, words }: FoundRows): void {
    for (const key of keys) this.#keys.add(key);
    for (const key of exact) this.#exact.add(key);
    this.#presentLow |= presentLow;
    this.#presentHigh |= presentHigh;
    for (const posting of postings) this.#postings.add(posting.key, posting.system, posting);
    if (postings.length > 0) requirePlace(this.#postings.rows.length);
    for (const row of strings) this.#strings.add(row.key, row.text, row);
    for (const word of words) if (!this.#words.has(word.key)) this.#words.set(word.key, word);
  }

  /** Adds the rows of a parameter for a reference to a target. */
  addReferring({ keys, presentLow, presentHigh }: ReferringRows, target: Target): void {
    for (const key of keys) this.#keys.add(keyTo(key, target));
    this.#presentLow |= presentLow;
    this.#presentHigh |= presentHigh;
  }

  row(patients: readonly string[]): IndexRow {
    this.#postCodeless();
    const postings = this.#postings.rows;
    for (const { key } of postings) this.#keys.delete(key);
    return {
      keys: [...postings.map(({ key }) => key), ...this.#keys],
      present: (BigInt(this.#presentHigh) << 31n) | BigInt(this.#presentLow),
      postings,
      mainDate: this.mainDate,
      numbers: this.#numbers.rows,
      dates: this.#dates.rows,
      strings: this.#postedStrings(),
      words: [...this.#words.values()],
      patients,
    };
  }

  /** A part of a name or an address leads to the resource once, under its own key. */
  #postedStrings(): KeyedString[] {
    const strings = this.#strings;
    let latest = 0n;
    let parts: readonly bigint[] = [];
    const rows = this.#allPosted ? strings.rows : strings.rows.map(postedOnce);
    if (this.#exact.size === 0) return rows;
    return [...rows, { key: exactTexts, text: exactTextsOf(this.#exact), posted: false }];

    // Strings of one parameter are adjacent.
    function postedOnce(row: KeyedString): KeyedString {
      const { key, text } = row;
      if (key !== latest) [latest, parts] = [key, keysOfParts(key)];
      for (const part of parts) if (strings.has(part, text)) return { key, text, posted: false };
      return row;
    }
  }

  /** Posts the quantities that no composite has posted: a search by the value alone needs a posting. */
  #postCodeless(): void {
    for (const { posted, unit, low, high } of this.#toPost) {
      if (this.#posted.get(posted)?.has(`${low} ${high} ${unit}`) === true) continue;
      this.post(codelessKey(posted, unit), posted, unit, low, high);
    }
  }
}

function requirePlace(count: number): void {
  if (count > mostPosted) throw new BudgetSpent('rows', mostPosted, '', postedScope);
}

/** Rows that differ in their key or in the rest of them. */
class Distinct<Row> {
  readonly rows: Row[] = [];
  /** Of nearly every key there is one, which needs no set. */
  readonly #rests = new Map<bigint, string | number | Set<string | number>>();

  /** @returns whether it is new */
  add(key: bigint, rest: string | number, row: Row): boolean {
    const known = this.#rests.get(key);
    if (known === undefined) this.#rests.set(key, rest);
    else if (!(known instanceof Set)) {
      if (known === rest) return false;
      this.#rests.set(key, new Set([known, rest]));
    } else if (known.has(rest)) return false;
    else known.add(rest);
    this.rows.push(row);
    return true;
  }

  has(key: bigint, rest: string | number): boolean {
    const known = this.#rests.get(key);
    return known instanceof Set ? known.has(rest) : known === rest;
  }
}
