/** The words of sorting: each type of search parameter has a `sorting.ts` that makes keys of sort rules, and columns of keys. */
import type { Presence } from '../keys/usual-parameters.ts';
import type { FullTextAsked } from '../full-text/full-text.ts';
import type { Fragment, Sql } from '../sql/fragment.ts';

/** A key by which a search is sorted, in the terms of the index. */
export interface SortKey {
  readonly by:
    | { readonly kind: 'main-date' | 'last-updated' | 'id' }
    | { readonly kind: 'date'; readonly key: bigint }
    | { readonly kind: 'number'; readonly key: bigint }
    | { readonly kind: 'string'; readonly key: bigint }
    /** A quantity: the seed of its unit keys, and that of those under which it is posted. Sorted by value, whatever the unit. */
    | { readonly kind: 'quantity'; readonly seed: bigint; readonly posted: bigint }
    /**
     * A token whose codes are stored as words, or a display. `present`: the presence mark of the parameter; `posted`: its codes have
     * postings.
     */
    | { readonly kind: 'word'; readonly parameter: bigint; readonly present: Presence; readonly posted: boolean }
    /**
     * A reference: `paths` as of `json`. `refers`: the seed of its keys; `targets`: the types that it may lead to, in their order;
     * `single`: a resource has one at most.
     */
    | {
        readonly kind: 'reference';
        readonly paths: readonly string[];
        readonly refers: bigint;
        readonly present: Presence;
        readonly targets: readonly string[];
        readonly single: boolean;
      }
    /** Anything else: SQL/JSON paths on the body, of which the first with a value counts. */
    | { readonly kind: 'json'; readonly paths: readonly string[] }
    /** Sorted by distance of the `near` condition, or by rank of the full-text condition. */
    | { readonly kind: 'score' };
  readonly descending: boolean;
}

/** Keys of one kind. */
export type SortedBy<Kind extends SortKey['by']['kind']> = Extract<SortKey['by'], { readonly kind: Kind }>;

/** Types of PostgreSQL that rows are sorted by. */
export type ColumnType = 'timestamptz' | 'float8' | 'text';

/** One column that results are sorted by, computed from the row itself. The last of all columns is always the rid. */
export interface SortColumn {
  readonly by: SortKey['by'];
  readonly type: ColumnType;
  readonly descending: boolean;
  /** The value needs the row of fhir.resource. */
  readonly ofResource: boolean;
  /** And that of fhir.search, too. */
  readonly ofBoth?: true;
  /** Some rows may have no value; they come last, in both directions. */
  readonly canMiss: boolean;
  /** Under how many keys an index has it, about (default: one). */
  readonly lists?: number;
  /** It is the value of a contained resource, which no index has in order. */
  readonly ofContained?: true;
  /** The column that replaces this one when sorting by the values of the index: see `by-reference.ts`. */
  readonly known?: SortColumn;
  /** @param row alias of the search row; of the resource it is `r` */
  value(sql: Sql, row: Fragment): Fragment;
}

/** Context of the sort keys of a search. */
export interface SortContext {
  /** Keys of the units that values of a quantity have, by seed; and those under which it is posted, by the seed of these. */
  units(seed: bigint): readonly bigint[];
  /** The types with any resource, among the possible target types of a reference. */
  targets(types: readonly string[]): readonly string[];
  /** The words of a parameter, if they are few. */
  words(parameter: bigint): readonly { readonly key: bigint; readonly text: string }[] | undefined;
  /** The full-text query by whose rank results are sorted, if any. */
  readonly fullText: FullTextAsked | undefined;
  /** The place that results are near to. */
  readonly near: { latitudeKey: bigint; longitudeKey: bigint; latitude: number; longitude: number } | undefined;
}

/** How the values of a type are sorted, whatever the direction. */
export type Sorting = Pick<SortColumn, 'type' | 'ofResource' | 'ofBoth' | 'canMiss' | 'value' | 'known' | 'lists'>;

/** Selects among several values: the least in ascending order, the greatest in descending order. */
export type First = (sql: Sql, value: Fragment) => Fragment;

export function firstOf(descending: boolean): First {
  return (sql, value) => (descending ? sql`max(${value})` : sql`min(${value})`);
}

/** Values that are in the search row, and that some rows do not have. */
export const ofRow = { ofResource: false, canMiss: true } as const;
