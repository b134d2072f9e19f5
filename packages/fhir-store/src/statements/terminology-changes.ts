import { numberOf, numbers, textOf, type Column } from './columns.ts';
import type { Session } from './session.ts';

/** A current version that may not have been seen yet. */
export interface ChangedRow {
  readonly rid: number;
  readonly ver: number;
  readonly ty: number;
}

/** All that transactions from a number on have written and that is visible now, and the number to ask from next time. */
export interface ChangedRows {
  readonly next: string;
  readonly rows: readonly ChangedRow[];
}

/**
 * The current versions of the types that transactions from `since` on have written. `next` is the oldest transaction that was
 * open when this was asked: what becomes visible later is of that one or a later one. So everything that is committed is seen
 * at once, and nothing is missed; some is seen twice.
 */
export async function readChanged(sql: Session, types: readonly number[], since: string): Promise<ChangedRows> {
  const found = await sql`
    select s.next::text, c.rid, c.ver, c.ty
    from (select pg_snapshot_xmin(pg_current_snapshot()) as next) s
    left join lateral (
      select r.rid, r.ver, r.ty
      from unnest(${numbers(types)}::smallint[]) as t (ty)
      cross join lateral (
        select rid, ver, ty from fhir.resource where ty = t.ty and txid >= ${since}::xid8
      ) r
    ) c on true`.raw();
  const rows = found as unknown as Column[][];
  return {
    next: textOf(rows[0]?.[0]),
    rows: rows.flatMap(([, rid, ver, ty]) =>
      rid === null ? [] : [{ rid: numberOf(rid), ver: numberOf(ver), ty: numberOf(ty) }],
    ),
  };
}

export interface Body {
  readonly rid: number;
  readonly id: string;
  /** When it was stored, and its row: sortable as text, so that the later of two is the greater. */
  readonly rank: string;
  readonly deleted: boolean;
  readonly content: Buffer;
}

/** What stands in rows now. */
export async function readBodies(sql: Session, rids: readonly number[]): Promise<Body[]> {
  const rows = await sql`
    select r.rid, r.id, to_char(r.upd, 'YYYYMMDDHH24MISSMS') || lpad(r.rid::text, 16, '0'), r.deleted, r.content
    from unnest(${numbers(rids)}::bigint[]) as i (rid)
    join fhir.resource r on r.rid = i.rid`.raw();
  return (rows as unknown as Column[][]).map(([rid, id, rank, deleted, content]) => ({
    rid: numberOf(rid),
    id: textOf(id),
    rank: textOf(rank),
    deleted: deleted?.[0] === 0x74,
    content: content ?? Buffer.alloc(0),
  }));
}
