import type { Fragment } from '../sql/fragment.ts';
import type { RowCondition } from '../row-condition/row-condition.ts';

/** The source of candidates: rows `c` of one table by one of its indexes. */
export interface Source {
  /** `c` is the search row itself; else a posting, whose search row is found by its rid. */
  readonly row: boolean;
  /** It may give the same resource more than once. */
  readonly repeats: boolean;
  /** `unnest(…) as p (…)`: the source is evaluated once for each of its rows. */
  readonly parameters?: Fragment;
  /** The table with the alias `c`. */
  readonly from: Fragment;
  readonly where: Fragment;
  /** A further test of a candidate by its rid, shard and txid. It reads another row, so the candidate counts before it. */
  readonly test?: Fragment;
  /** The same test if the whole row of the source is available: it need not be looked up again. */
  readonly testHere?: Fragment;
  /** Condition that candidates must still meet. */
  readonly rest: RowCondition;
  /** Candidates for which this is true meet `rest`, without reading their search rows. */
  readonly surely?: Fragment;
  /** Its resources are of a type without a main date: their default sort value is known without reading them. */
  readonly undated?: boolean;
  /** It has deleted resources too, which have no search row. */
  readonly deletedToo?: boolean;
}

/** A segment of the order in which an index can be scanned. */
export interface Segment extends Source {
  /** The column that the index is ordered by, before rid; undefined for rows that have no value there. */
  readonly column: Fragment | undefined;
  /** They are rows `c` of all of a type, in the order of their rids: no index has that order. The page reads them by stages. */
  readonly ofType?: number;
  /** A test that is independent of rows: it decides beforehand whether the segment is read. */
  readonly gate?: Fragment;
  /** `where` has limits of the column: the index is read from the tightest of them, which behind a position is that. */
  readonly limited?: boolean;
  /** For its last row: the index continues, and a page that gets there is cancelled. Unused without a limit. */
  readonly unread?: Fragment;
  /** The approximate number of rows of `parameters`, each of which takes its part of the candidates (default: they are few). */
  readonly lists?: number;
  /** Text before the column in the sort value: the type of an id, with a slash. It differs between segments. */
  readonly prefix?: string;
  /** Tests of a candidate and its search row `s` beside `rest`. */
  readonly also?: Fragment;
  /**
   * The column and the rid are from two tables: no index has the order of both, so rows are sorted one value at a time. The function makes
   * a test that is cheaper than `also`, and excludes most of the same rows: that the row `s` has not come already since a value (undefined:
   * the beginning), ascending or descending.
   */
  readonly joined?: (since: Fragment | undefined, down: boolean) => Fragment;
}

/**
 * One way to matches. An ordered scan gives them in the order asked for, stretch after stretch, and ends when the page is full; a
 * collection finds all of them to sort.
 */
export type PlanNode =
  | { readonly kind: 'ordered-scan'; readonly segments: readonly Segment[] }
  | { readonly kind: 'collect'; readonly source: Source };

/** Ways that together find every match. */
export interface PlanAlternative {
  readonly nodes: readonly PlanNode[];
  /** Candidates of one node after which it is given up and the next alternative is tried. */
  readonly limit?: number;
  /** Its nodes have the order of `SortColumn.known`. */
  readonly known?: boolean;
  /** It is for sessions that keep the order of an index, though not all of its nodes are ordered scans. */
  readonly inOrder?: boolean;
  /** To remember that it was given up. */
  readonly name: string;
}
