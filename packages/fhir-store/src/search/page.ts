import { typeName } from '@dhp/fhir-model';
import type { StoredVersion } from '../fhir-store.ts';
import { numberOf, textOf, type Column } from '../statements/columns.ts';
import { formatCursor, type Position } from './cursor.ts';

/** One row of a page: a body, and where it stands in the order. */
export interface PageRow {
  readonly version: StoredVersion;
  readonly score: number | undefined;
  readonly rid: string;
  readonly values: readonly (string | null)[];
}

/** Of the columns of `bodies`. */
export function pageRow([ty, id, ver, upd, content, score, rid, ...values]: Column[]): PageRow {
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
    rid: textOf(rid),
    values: values.map((value) => value?.toString() ?? null),
  };
}

/**
 * The links of a page to its neighbours.
 * @param rows in the order shown, with one more on the far side when there is one
 */
export function neighbours(
  rows: readonly PageRow[],
  { count, from, snapshot }: { count: number; from: Position | undefined; snapshot: string },
): { rows: readonly PageRow[]; next?: string; previous?: string } {
  const more = rows.length > count;
  const backward = from?.before ?? false;
  const shown = !more ? rows : backward ? rows.slice(rows.length - count) : rows.slice(0, count);
  const link = (row: PageRow | undefined, before: boolean): string | undefined => {
    if (row !== undefined) return formatCursor({ snapshot, before, values: row.values, rid: row.rid });
    return from === undefined ? undefined : formatCursor({ ...from, before });
  };
  const next = backward || more ? link(shown.at(-1), false) : undefined;
  const previous = from !== undefined && (!backward || more) ? link(shown[0], true) : undefined;
  return { rows: shown, ...(next === undefined ? {} : { next }), ...(previous === undefined ? {} : { previous }) };
}
