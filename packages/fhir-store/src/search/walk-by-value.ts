import type { Sql } from '@dhp/postgres';
import type { Fragment } from './fragment.ts';
import { all, type RowCondition } from './row-condition.ts';
import type { SortColumn } from './sort-columns.ts';
import type { Source, Way } from './way.ts';

/**
 * All rows of a type in the order of another value than the main date; undefined when no index has it. A row that has
 * several values counts once, with the one that it is sorted by.
 */
export function walkByValue(
  sql: Sql,
  ty: number,
  column: SortColumn,
  others: readonly RowCondition[],
): Way | undefined {
  const rest = all(others);
  const { by } = column;
  switch (by.kind) {
    case 'last-updated':
      return {
        kind: 'walk',
        segments: [
          {
            ...bare(sql`fhir.resource c`),
            where: sql`c.ty = ${ty}::smallint`,
            rest,
            deletedToo: true,
            column: sql`c.upd`,
          },
        ],
      };
    case 'id':
      return {
        kind: 'walk',
        segments: [
          {
            ...bare(sql`fhir.identity c`),
            where: sql`c.ty = ${ty}::smallint`,
            rest,
            deletedToo: true,
            column: sql`c.id`,
          },
        ],
      };
    case 'string':
    case 'number':
    case 'date': {
      const { table, physical } = {
        string: { table: sql`fhir.str c`, physical: sql`c.v` },
        number: { table: sql`fhir.num c`, physical: sql`c.lo` },
        date: { table: sql`fhir.date c`, physical: sql`c.lo` },
      }[by.kind];
      const asked = sql`${by.key.toString()}::bigint`;
      const finite = by.kind === 'date' ? sql`and c.lo > '-infinity'` : sql``;
      return {
        kind: 'walk',
        segments: [
          {
            ...bare(table),
            repeats: true,
            where: sql`c.key = ${asked} ${finite}`,
            rest,
            column: physical,
            also: sql`${physical} = ${column.value(sql, sql`s`)}`,
          },
          {
            row: true,
            repeats: false,
            from: sql`fhir.search c`,
            where: sql`c.ty = ${ty}::smallint and (${column.value(sql, sql`c`)}) is null`,
            rest,
            column: undefined,
          },
        ],
      };
    }
    case 'main-date':
    case 'quantity':
    case 'word':
    case 'json':
    case 'score':
      return undefined;
  }
}

function bare(from: Fragment): Omit<Source, 'where' | 'rest'> {
  return { row: false, repeats: false, from };
}
