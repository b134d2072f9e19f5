/** All rows of the index that one resource has. Arrays have neither order nor repetitions that mean anything. */
export interface IndexRow {
  /**
   * Keys of every token, reference and uri value, of presence, terms and composites of tokens: see `keys.ts`. Keys of `postings` come
   * first.
   */
  readonly keys: readonly bigint[];
  /** Common parameters that have a value, a bit for each: see `usual-parameters.ts`. */
  readonly present: bigint;
  /** Postings of parameters whose values many resources share, in the order of the main date: see `postedParameters`. */
  readonly postings: readonly Posting[];
  /** Interval of the main date, ms since 1970, from `low` to before `high`; infinite if open. */
  readonly mainDate: Covered | undefined;
  /** Numbers, and quantities in the unit they have. A number is a point (`low` = `high`); ranges are ranges. */
  readonly numbers: readonly KeyedNumber[];
  /** Dates other than the main one. */
  readonly dates: readonly KeyedInterval[];
  /** Normalised strings; for one longer than `maxStringLength` its start and, under a separate key, its windows. */
  readonly strings: readonly KeyedString[];
  /** Must be known to the database before the row is stored. */
  readonly words: readonly Term[];
  /** Ids of the patients in whose compartment it is; of a Patient its own id when it has one. */
  readonly patients: readonly string[];
}

/** A code: the key is that of the code without its system, `system` 32 bits of the hash of the system. */
export interface Posting {
  readonly key: bigint;
  readonly system: number;
}

export interface Covered {
  readonly low: number;
  readonly high: number;
}

export interface KeyedInterval extends Covered {
  readonly key: bigint;
}

/** `posted`: searches find it by its posting. Others are only tested in rows that were found otherwise. */
export interface KeyedNumber extends KeyedInterval {
  readonly posted: boolean;
}

export interface KeyedText {
  readonly key: bigint;
  readonly text: string;
}

/** `posted`: searches find it by its posting. Others are posted under the key of a part (`keysOfParts`), or only tested (`exactTexts`). */
export interface KeyedString extends KeyedText {
  readonly posted: boolean;
}

/**
 * A distinct text that is kept once however many resources have it: the code of a token (to sort by), a display (for
 * `:text`), a unit (as JSON: system, code, unit), a profile, tag or security label (as JSON). The database keeps words by key and by parameter and text.
 */
export interface Term {
  /** The key in `keys`, or that of the number in `numbers`. */
  readonly key: bigint;
  /** The seed that searches and sorts ask with. */
  readonly parameter: bigint;
  readonly text: string;
  /** Not a text but a contained resource, which is kept once in the same way. */
  readonly contained?: ContainedRow;
  /** Nor that, but the polygons of a boundary. */
  readonly boundary?: readonly Rings[];
}

/**
 * A contained resource and its own rows. It is kept once under a key of its content, as words are: a version of its container that is
 * stored later has another key, or the same one and the same rows. https://hl7.org/fhir/R5/references.html#contained
 */
export interface ContainedRow {
  readonly type: string;
  /** The type of its container. */
  readonly within: string;
  readonly id: string;
  /** Generation of the environment's own search parameters, which the row follows too. */
  readonly generation: number;
  readonly row: IndexRow;
}

/** A polygon: its outer ring, then its holes. */
export type Rings = readonly (readonly Position[])[];
export type Position = readonly [longitude: number, latitude: number];
