/**
 * Conditions of a search in the terms of the index: pure data. The query parser makes them of parameters, access rules of scopes; the store
 * compiles them to SQL. They are the counterpart of the index rows (`../row/index-row.ts`).
 */

/** Limits of an interval: those of the value's lower end and of its upper end. All that are given must hold. */
export interface Interval {
  readonly low?: Limits;
  readonly high?: Limits;
}

/** Numbers, or ms since 1970 for dates. */
export interface Limits {
  readonly gt?: number;
  readonly ge?: number;
  readonly lt?: number;
  readonly le?: number;
}

export type Condition =
  /** All of them; none given: everything. */
  | { readonly op: 'all'; readonly of: readonly Condition[] }
  /** At least one of them; none given: nothing. */
  | { readonly op: 'any'; readonly of: readonly Condition[] }
  | { readonly op: 'not'; readonly of: Condition }
  | KeysCondition
  /**
   * One of the resource's keys is that of a word (a distinct text that is kept once, see `Term`) of this parameter, whose text
   * matches. `ignoreCase`: the words are codes, kept as written; `text` is in lower case and they count as if they were too.
   */
  | {
      readonly op: 'term';
      readonly parameter: bigint;
      readonly match: TextMatch;
      readonly text: string;
      readonly ignoreCase?: true;
    }
  /** A number, or a quantity of one unit, of this key. */
  | { readonly op: 'number'; readonly key: bigint; readonly interval: Interval }
  /**
   * A quantity of this seed in any unit that agrees with `unit`. The store reads the units in use under the seed (words) and
   * asks `quantityConditions` for the number conditions.
   */
  | {
      readonly op: 'quantity';
      readonly seed: bigint;
      readonly interval: Interval;
      readonly unit?: UnitAsked;
      /** The seed whose words are the units, where it is another one. */
      readonly units?: bigint;
      /** Seed under which such a value is posted, if not under its own key. */
      readonly posted?: PostedUnder;
    }
  /** A usual parameter has a value: a bit of the row. `key`: what says so where there are no bits, as of an inlined resource. */
  | { readonly op: 'present'; readonly key: bigint; readonly bit: number }
  /**
   * `contains` and `ends` look under `longTextKey` of the key, too. `follows`: the text is the last piece of a longer one, whose other pieces
   * the key tells (`piecesOf`), and which as a whole is asked of this key. `unposted`: rows alone have it, and nothing leads there.
   */
  | {
      readonly op: 'string';
      readonly key: bigint;
      readonly match: TextMatch;
      readonly text: string;
      readonly follows?: bigint;
      readonly unposted?: true;
    }
  /** A date of this key. `main`: the type's main date, which has its own columns. */
  | { readonly op: 'date'; readonly key: bigint | 'main'; readonly interval: Interval }
  /**
   * All of them in one repetition of a composite: they are of keys, numbers, quantities, strings and dates (or any of some such), whose
   * keys are asked with the number of the repetition, from 1 to `most` (`inRepetition`). Nothing leads to it: beside it stand the same conditions by
   * themselves.
   */
  | { readonly op: 'repetition'; readonly most: number; readonly of: readonly Condition[] }
  /** `meta.lastUpdated`, an instant: only `low` limits. */
  | { readonly op: 'last-updated'; readonly interval: Interval }
  | { readonly op: 'id'; readonly any: readonly string[] }
  /**
   * In the compartment of one of these patients, or one of them itself. Hashes of `Patient/<id>`; with the ids, where they are known, a database of several
   * nodes finds the shards.
   */
  | { readonly op: 'patient'; readonly any: readonly bigint[]; readonly ids?: readonly string[] }
  | Consented
  | Cared
  | Unlabelled
  | Labelled
  /** Chain: a reference by one of the seeds leads to a current resource of the type that meets the condition. */
  | { readonly op: 'refers'; readonly seeds: readonly bigint[]; readonly type: string; readonly where: Condition }
  /** `_has`: a current resource of the type that meets the condition refers to this one by one of the seeds. */
  | { readonly op: 'referred'; readonly seeds: readonly bigint[]; readonly type: string; readonly where: Condition }
  /** Within `metres` of a place on the earth's surface (degrees), by two number keys. */
  | {
      readonly op: 'near';
      readonly latitudeKey: bigint;
      readonly longitudeKey: bigint;
      readonly latitude: number;
      readonly longitude: number;
      readonly metres: number;
    }
  /** Words in the narrative (`_text`), in those of its sections, or anywhere in the resource (`_content`), in the language of websearch_to_tsquery. */
  | {
      readonly op: 'full-text';
      readonly in: 'narrative' | 'sections' | 'content';
      readonly query: string;
      /** All in one section, which has the code; of no system when that is empty, of any when there is none. */
      readonly section?: { readonly system?: string; readonly code: string };
    }
  /**
   * A canonical of the parameter, at one of these SQL/JSON paths, is of the URL and a version that is the one asked for or a part of it:
   * `1` has `1.2` below it.
   */
  | {
      readonly op: 'version';
      readonly parameter: string;
      readonly paths: readonly string[];
      readonly url: string;
      readonly version: string;
    }
  /** The boundary of the Location has a place on the earth's surface (degrees) within it. */
  | { readonly op: 'boundary'; readonly latitude: number; readonly longitude: number };

/**
 * Other keys than its own under which a quantity is posted: those that are words of a seed, with the unit as their text; or those
 * that another seed makes with the unit. `beside`: of the former those beside codes that are requested, too, as they differ from its own.
 */
export type PostedUnder = { readonly words: bigint; readonly beside?: readonly bigint[] } | { readonly seed: bigint };

/**
 * No consent of a patient whose record it is refuses it to whoever asks (`consented.ts` makes the hashes). What it says changes with the consents
 * and with time.
 */
export interface Consented {
  readonly op: 'consented';
  /** Bits: 1 reading, 2 writing. */
  readonly action: number;
  /** Hashes of all that the caller is: client, person, organisations. */
  readonly callers: readonly bigint[];
  /** Hashes of purposes of use; undefined if none is stated. */
  readonly purposes: readonly bigint[] | undefined;
  /** Bits of kinds of actors of whom it is not known whether the caller is one. */
  readonly unknown: number;
  /** Hashes of `Organization/<id>` for which the caller acts: of what they are parts, the statement looks up. */
  readonly organizations: readonly bigint[];
  /** The caller, as links of membership name it; undefined if it is not known which person asks: then nobody knows to what it belongs. */
  readonly members: readonly bigint[] | undefined;
  /** Hashes of the person, or of the client by itself and of its organisations, by whose own hand nothing is permitted. */
  readonly hands: readonly bigint[];
  /** Hashes of `Patient/<id>` of patients who ask themselves. */
  readonly own: readonly bigint[];
  /** Hashes of `Patient/<id>` of patients about whom consents are not asked. */
  readonly opened: readonly bigint[];
  /** Hashes of the person as consents name those who may act for a patient. */
  readonly persons: readonly bigint[];
  /** The patients that are asked about: those whose record it is, or those of the first resource of a Bundle. */
  readonly of: 'record' | 'first-resource';
  /**
   * Hashes of `Patient/<id>`: rows are asked for that are about one of them. Where no consent of theirs can refuse anything to the caller, which the statement looks up once, none of
   * their rows is asked about. Undefined: others may be requested.
   */
  readonly among?: readonly bigint[];
}

/**
 * A link of care leads from the caller to each patient whose record it is (`care-words.ts` makes the hashes). What it says changes with what is
 * recorded, and with time.
 */
export interface Cared {
  readonly op: 'cared';
  /** The patients that are asked about: those whose record it is, those of the first resource of a Bundle, or the Patient itself. */
  readonly of: 'record' | 'first-resource' | 'own';
  /** Hashes of the person and of the organisations of the positions. */
  readonly callers: readonly bigint[];
  /** Hash of the subject of the token, by whose own hand no link counts. */
  readonly subject: bigint;
  /** Hashes of `Patient/<id>` of patients who need no link. */
  readonly opened: readonly bigint[];
  /** Days by the kind of a link: before it begins, after its end, and while it has none (-1: without limit). */
  readonly windows: {
    readonly before: readonly number[];
    readonly after: readonly number[];
    readonly open: readonly number[];
  };
}

/** It has none of some labels (`system|code`), and nothing that it puts together has one. It changes with the labels of others. */
export interface Unlabelled {
  readonly op: 'unlabelled';
  readonly none: readonly string[];
  /** Types whose resources have the labels of what they put together. */
  readonly inheriting: readonly string[];
}

/** It has one of some labels, or something that it puts together has: what the server has found, beside what a writer says. */
export interface Labelled {
  readonly op: 'labelled';
  readonly any: readonly string[];
  /** As `Unlabelled.inheriting`. */
  readonly inheriting: readonly string[];
}

/** At least one of the keys is among the resource's. */
export interface KeysCondition {
  readonly op: 'keys';
  readonly any: readonly bigint[];
  /**
   * Expected number of resources with a key, which decides what drives the search. `one`: identifiers and the like; `some`: references,
   * uris; `many`: codes; `most`: presence.
   */
  readonly expect: 'one' | 'some' | 'many' | 'most';
  /** The same as postings ordered by date, where the parameter has them (`postedParameters`). */
  readonly postings?: readonly { readonly key: bigint; readonly system?: number }[];
}

/**
 * Comparison of two normalised texts: from the start, anywhere, as a whole, at the end, or by the order of Unicode code points (`gt`: the
 * resource's text comes after the given one), which only `_filter` uses.
 */
export type TextMatch = 'starts' | 'contains' | 'equals' | 'ends' | 'gt' | 'ge' | 'lt' | 'le';

/** The unit of a quantity in a search: `system|code`, or `|code` where code or unit must be so (`system` undefined). */
export interface UnitAsked {
  readonly system?: string;
  readonly code: string;
}
