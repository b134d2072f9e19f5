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
  /** All of them; an empty list: everything. */
  | { readonly op: 'all'; readonly of: readonly Condition[] }
  /** At least one of them; an empty list: nothing. */
  | { readonly op: 'any'; readonly of: readonly Condition[] }
  | { readonly op: 'not'; readonly of: Condition }
  | KeysCondition
  /**
   * One of the resource's keys is that of a word (a distinct text that is kept once, see `Term`) of this parameter, whose text matches.
   * `ignoreCase`: the words are codes, kept as written; `text` is in lower case and they are compared in lower case.
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
      /** The seed whose words are the units, if it is another one. */
      readonly units?: bigint;
      /** Seed under which such a value is posted, if not under its own key. */
      readonly posted?: PostedUnder;
    }
  /** A common parameter has a value: a bit of the row. `key`: the key for rows without bits, such as those of an inlined resource. */
  | { readonly op: 'present'; readonly key: bigint; readonly bit: number }
  /**
   * `contains` and `ends` also search under `longTextKey` of the key. `follows`: the text is the last piece of a longer one, whose other
   * pieces are in the key (`piecesOf`), and which as a whole is searched under this key. `unposted`: only rows have it, no postings.
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
   * All of them in one repetition of a composite: conditions on keys, numbers, quantities, strings and dates (or any of some such), whose keys
   * include the number of the repetition, from 1 to `most` (`inRepetition`). It cannot lead a search: the same conditions without the repetition
   * accompany it.
   */
  | { readonly op: 'repetition'; readonly most: number; readonly of: readonly Condition[] }
  /** `meta.lastUpdated`, an instant: only `low` limits. */
  | { readonly op: 'last-updated'; readonly interval: Interval }
  | { readonly op: 'id'; readonly any: readonly string[] }
  /**
   * In the compartment of one of these patients, or one of them itself. Hashes of `Patient/<id>`; with the ids, if they are known, a database of
   * several nodes finds the shards.
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
      /** All in one section with the code; without a system if that is empty, of any system if it is absent. */
      readonly section?: { readonly system?: string; readonly code: string };
    }
  /**
   * A canonical of the parameter, at one of these SQL/JSON paths, has the URL and the requested version or one below it: `1.2` is below
   * `1`.
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
 * Further keys under which a quantity is posted: those that are words of a seed, with the unit as their text; or those that another seed
 * makes with the unit. `beside`: of the former, also those together with requested codes, as they differ from its own.
 */
export type PostedUnder = { readonly words: bigint; readonly beside?: readonly bigint[] } | { readonly seed: bigint };

/**
 * No consent of a patient whose record it is refuses it to the caller (`consented.ts` makes the hashes). The result changes with the consents and
 * with time.
 */
export interface Consented {
  readonly op: 'consented';
  /** Bits: 1 reading, 2 writing. */
  readonly action: number;
  /** Hashes of all that the caller is: client, person, organisations. */
  readonly callers: readonly bigint[];
  /** Hashes of purposes of use; undefined if no purpose is stated. */
  readonly purposes: readonly bigint[] | undefined;
  /** Bits of kinds of actors for which it is unknown whether the caller is one. */
  readonly unknown: number;
  /** Hashes of `Organization/<id>` for which the caller acts: the statement looks up the organisations of which they are parts. */
  readonly organizations: readonly bigint[];
  /** The caller, as membership links name it; undefined if the person is unknown: then its memberships are unknown, too. */
  readonly members: readonly bigint[] | undefined;
  /** Hashes of the person, or of the client by itself and of its organisations: their own writes permit them nothing. */
  readonly hands: readonly bigint[];
  /** Hashes of `Patient/<id>` of patients who ask themselves. */
  readonly own: readonly bigint[];
  /** Hashes of `Patient/<id>` of patients whose consents are not checked. */
  readonly opened: readonly bigint[];
  /** Hashes of the person as consents name representatives of a patient. */
  readonly persons: readonly bigint[];
  /** The patients whose consents count: those whose record it is, or those of the first resource of a Bundle. */
  readonly of: 'record' | 'first-resource';
  /**
   * Hashes of `Patient/<id>`: all rows are about one of them. If none of their consents can refuse anything to the caller, which the statement looks up
   * once, no row is checked. Undefined: rows of others may be requested.
   */
  readonly among?: readonly bigint[];
}

/**
 * A care link leads from the caller to each patient whose record it is (`care-words.ts` makes the hashes). The result changes with the records
 * and with time.
 */
export interface Cared {
  readonly op: 'cared';
  /** The patients that count: those whose record it is, those of the first resource of a Bundle, or the Patient itself. */
  readonly of: 'record' | 'first-resource' | 'own';
  /** Hashes of the person and of the organisations of the positions. */
  readonly callers: readonly bigint[];
  /** Hash of the subject of the token, by whose own hand no link counts. */
  readonly subject: bigint;
  /** Hashes of `Patient/<id>` of patients for whom no link is needed. */
  readonly opened: readonly bigint[];
  /** Days by the kind of a link: before its begin, after its end, and while it has no end (-1: without limit). */
  readonly windows: {
    readonly before: readonly number[];
    readonly after: readonly number[];
    readonly open: readonly number[];
  };
}

/** It has none of some labels (`system|code`), nor has any resource that it groups. The result changes with the labels of others. */
export interface Unlabelled {
  readonly op: 'unlabelled';
  readonly none: readonly string[];
  /** Types whose resources inherit the labels of the resources that they group. */
  readonly inheriting: readonly string[];
}

/** It has one of some labels, or a resource that it groups has: labels found by the server, in addition to those of writers. */
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
   * Expected number of resources with a key, which decides the leading index. `one`: identifiers and the like; `some`: references, uris;
   * `many`: codes; `most`: presence.
   */
  readonly expect: 'one' | 'some' | 'many' | 'most';
  /** The same as postings ordered by date, if the parameter has them (`postedParameters`). */
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
