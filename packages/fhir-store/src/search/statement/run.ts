import type { Column } from '../../statements/columns.ts';
import { indexComplete, indexCompleteWithoutGaps, parametersFollow } from '../../statements/index-gate.ts';
import { StoreUnavailable, storeError } from '../../store-unavailable.ts';
import { statementOf, type Fragment, type Sql } from './fragment.ts';
import { SearchTimeout } from './search-errors.ts';

/** Runs a statement on a pool; `what` says what for, for `_explain`. */
export type Run = (sql: Sql, statement: Fragment, what: string) => Promise<Column[][]>;

/** A statement of many searches is planned once for a connection. */
const prepared = { prepare: true } as const;

/**
 * Returns the function that runs the statements of one search. Rows come as raw Buffers. It throws SearchTimeout when a statement takes
 * longer than the session allows, and errors that `isNotIndexed` and `isStaleDefinition` recognise.
 * @param version of the definition of the index that the search reads
 * @param follows the generation of the environment's own search parameters that the search rests on, if it may rest on some
 */
export function running(version: number, follows: number | undefined): Run {
  return async (sql, statement) => {
    try {
      const { text, parameters } = statementOf(gated(sql, statement, { version, follows }));
      return await sql.pool.unsafe(text, parameters, prepared).raw();
    } catch (error) {
      throw searchError(error);
    }
  };
}

/**
 * The statement, which fails while the index is not complete, or when there are other search parameters by now. Every statement of a search is run so, look-ups of words and counts among
 * them: none can answer from an index in which resources are missing.
 */
function gated(
  sql: Sql,
  statement: Fragment,
  { version, follows }: { readonly version: number; readonly follows: number | undefined },
): Fragment {
  const current =
    follows === undefined
      ? indexCompleteWithoutGaps(sql, version)
      : sql`${indexComplete(sql, version)} and ${parametersFollow(sql, follows)}`;
  return sql`select q.* from (${statement}) q where ${current}`;
}

/** One statement as it was run, and what PostgreSQL says of it. */
export interface Explained {
  readonly what: string;
  readonly sql: string;
  /** The plan that searches use, for any values: `explain (generic_plan, format json)`. */
  readonly plan: unknown;
  /** The executed plan for these values, which may be another one: `explain (analyze, format json)`. */
  readonly analysis: unknown;
  readonly milliseconds: number;
}

/** A `run` that runs each statement once more, explained. */
export function explaining(explained: Explained[], version: number, follows: number | undefined): Run {
  const run = running(version, follows);
  return async (sql, statement, what) => {
    const begin = performance.now();
    const rows = await run(sql, statement, what);
    const milliseconds = performance.now() - begin;
    try {
      const { text: string, parameters } = statementOf(gated(sql, statement, { version, follows }));
      const { pool } = sql;
      const [analysed] = await pool.unsafe(
        `explain (analyze, buffers, settings, format json) ${string}`,
        parameters,
        prepared,
      );
      const [planned] = await pool.unsafe(`explain (generic_plan, format json) ${string}`).simple();
      const [plan, analysis] = [planned!['QUERY PLAN'], analysed!['QUERY PLAN']];
      explained.push({ what, sql: string, plan, analysis, milliseconds });
    } catch (error) {
      throw searchError(error);
    }
    return rows;
  };
}

export function searchError(error: unknown): unknown {
  const known = storeError(error);
  return known instanceof StoreUnavailable && known.reason === 'timeout' ? new SearchTimeout(error) : known;
}
