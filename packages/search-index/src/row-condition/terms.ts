import type { Condition } from '../condition/condition.ts';
import type { Term } from '../row/index-row.ts';
import type { Column } from '../sql/columns.ts';
import type { Run } from '../sql/run.ts';
import { matches, rangeOf } from './text-match.ts';
import type { Sql } from '../sql/fragment.ts';

type TermCondition = Extract<Condition, { op: 'term' }>;

/** The texts that the database keeps once. */
export interface Terms {
  /** The keys of those that match. */
  matching(condition: TermCondition): Promise<bigint[]>;
  /** Returns the terms of one parameter: all, or `most` of them. */
  of(parameter: bigint, most?: number): Promise<Term[]>;
}

export function createTerms(sql: Sql, run: Run): Terms {
  return {
    async matching({ parameter, ignoreCase = false, ...asked }) {
      const test = matches(sql, ignoreCase ? sql`lower(v)` : sql`v`, asked);
      const range = ignoreCase ? undefined : rangeOf(sql, sql`v`, asked);
      const rows = await run(
        sql,
        sql`select key from fhir.word where parameter = ${parameter.toString()}::bigint and ${range ?? sql`true`} and ${test}`,
        'words',
      );
      return rows.map(([key]) => bigintOf(key));
    },
    async of(parameter, most) {
      const rows = await run(
        sql,
        sql`select key, v from fhir.word where parameter = ${parameter.toString()}::bigint
          limit ${most ?? null}::int`,
        'units',
      );
      return rows.map(([key, text]) => ({ key: bigintOf(key), parameter, text: text?.toString() ?? '' }));
    },
  };
}

export function bigintOf(column: Column | undefined): bigint {
  return BigInt(column?.toString('latin1') ?? '0');
}
