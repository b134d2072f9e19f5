import { typeName } from '@dhp/fhir-model';
import type { FoundVersion } from './found-version.ts';
import { numberOf, textOf, type Column } from '../sql/columns.ts';
import { formatCursor, type Position } from '../sort/cursor.ts';

/** One row of a page: a body, and its place in the order. */
export interface PageRow {
  readonly version: FoundVersion;
  readonly score: number | undefined;
  /** Value of the additional column of the row. */
  readonly marks: string | undefined;
  /** Its place in the order: its rid and its sort values. Read only for the ends of a page. */
  readonly rid: Column;
  readonly values: readonly Column[];
}

/** Reads a row of the columns of `bodies`. */
export function pageRow([ty, id, ver, upd, content, score, marks, rid, ...values]: Column[]): PageRow {
  return {
    version: {
      type: typeName(numberOf(ty))!,
      id: textOf(id),
      versionId: numberOf(ver),
      lastUpdated: new Date(numberOf(upd)),
      deleted: false,
      content: content!,
    },
    score: score === null ? undefined : numberOf(score),
    marks: marks?.toString(),
    rid: rid!,
    values,
  };
}

interface Paging {
  readonly count: number;
  readonly from: Position | undefined;
  readonly seen: Pick<Position, 'snapshot' | 'server'>;
  /** `Position.known` */
  readonly known?: boolean;
  /** `Position.until` */
  readonly until?: number | undefined;
  /** How many matches a row is (default one). Those of one row stay on one page. */
  readonly matchesOf?: (row: PageRow) => number;
}

/** The number of rows that have `count` matches together; one at least. */
function fitting(rows: readonly PageRow[], count: number, matchesOf: (row: PageRow) => number): number {
  let left = count;
  const end = rows.findIndex((row, n) => {
    left -= matchesOf(row);
    return left < 0 && n > 0;
  });
  return end < 0 ? rows.length : end;
}

/**
 * The links of a page to its neighbours.
 * @param rows in the order shown, with one more on the far side when there is one
 */
export function neighbours(
  rows: readonly PageRow[],
  { count, from, seen, known = false, until, matchesOf = () => 1 }: Paging,
): { rows: readonly PageRow[]; next?: string; previous?: string } {
  const backward = from?.before ?? false;
  const room = fitting(backward ? rows.toReversed() : rows, count, matchesOf);
  const more = rows.length > room;
  const shown = !more ? rows : backward ? rows.slice(rows.length - room) : rows.slice(0, room);
  const link = (row: PageRow | undefined, before: boolean): string | undefined => {
    if (row !== undefined) {
      const values = row.values.map((value) => value?.toString() ?? null);
      const position = { ...seen, before, values, rid: textOf(row.rid), known };
      return formatCursor(until === undefined ? position : { ...position, until });
    }
    return from === undefined ? undefined : formatCursor({ ...from, before });
  };
  const next = backward || more ? link(shown.at(-1), false) : undefined;
  const previous = from !== undefined && (!backward || more) ? link(shown[0], true) : undefined;
  return { rows: shown, ...(next === undefined ? {} : { next }), ...(previous === undefined ? {} : { previous }) };
}
