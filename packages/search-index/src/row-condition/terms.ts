import type { Condition } from '../condition/condition.ts';
import type { Term } from '../row/index-row.ts';
import type { Column } from '../sql/columns.ts';
import { numberOf } from '../sql/columns.ts';
import type { Run } from '../sql/run.ts';
import { matches, rangeOf } from './text-match.ts';
import type { Sql } from '../sql/fragment.ts';

type TermCondition = Extract<Condition, { op: 'term' }>;

/** The texts that the database keeps once. */
export interface Terms {
  /** The keys of matching words. */
  matching(condition: TermCondition): Promise<bigint[]>;
  /** Returns the terms of one parameter: all, or `most` of them. */
  of(parameter: bigint, most?: number): Promise<Term[]>;
}

/** @param compared called with the number of texts that were compared one by one */
export function createTerms(sql: Sql, run: Run, compared: (texts: number) => void = () => undefined): Terms {
  return {
    async matching({ parameter, ignoreCase = false, ...asked }) {
      const test = matches(sql, ignoreCase ? sql`lower(v)` : sql`v`, asked);
      const range = ignoreCase ? undefined : rangeOf(sql, sql`v`, asked);
      const [row] = await run(
        sql,
        sql`select count(*), string_agg(key::text, ',') filter (where ${test}) from fhir.word
          where parameter = ${parameter.toString()}::bigint and ${range ?? sql`true`}`,
        'words',
      );
      const [texts, keys] = row!;
      compared(numberOf(texts));
      return keys === null || keys === undefined ? [] : keys.toString('latin1').split(',').map(BigInt);
    },
    async of(parameter, most) {
      const rows = await run(
        sql,
        sql`select key, v from fhir.word where parameter = ${parameter.toString()}::bigint
          limit ${most ?? null}::int`,
        'units',
      );
      compared(rows.length);
      return rows.map(([key, text]) => ({ key: bigintOf(key), parameter, text: text?.toString() ?? '' }));
    },
  };
}

export function bigintOf(column: Column | undefined): bigint {
  return BigInt(column?.toString('latin1') ?? '0');
}
