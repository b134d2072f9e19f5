import { oldestOpen } from '../commit-order/transactions.ts';
import { numberOf, numbers, textOf, type Column } from './columns.ts';
import { readHorizon } from './read-horizon.ts';
import { serverName } from './server.ts';
import type { Session } from './session.ts';

/** A current version that may not have been seen yet. */
export interface ChangedRow {
  readonly rid: number;
  readonly shard: number;
  readonly ty: number;
  readonly id: string;
  /** Another text for every version that was ever stored under this type and id. */
  readonly version: string;
}

/** All that transactions from a number on have written and that is visible now, and the number to ask from next time. */
export interface ChangedRows {
  readonly next: string;
  /** The server that was asked. */
  readonly server: string;
  readonly rows: readonly ChangedRow[];
}

/**
 * The current versions of the types that transactions from `since` on have written. `next` is the oldest transaction that was open then:
 * everything that becomes visible later is of that one or a later one. So every commit is seen at once, and nothing is missed; some
 * versions are seen twice.
 */
export async function readChanged(sql: Session, types: readonly number[], since: string): Promise<ChangedRows> {
  const found = await sql`
    select s.next::text, c.rid, c.shard, c.ty, c.id, c.rid || '.' || c.ver || '.' || c.txid || '.' || date_part('epoch', c.upd),
           s.server
    from (select ${oldestOpen(sql)} as next, ${serverName(sql)} as server) s
    left join lateral (
      select r.*
      from unnest(${numbers(types)}::smallint[]) as t (ty)
      cross join lateral (
        select rid, shard, ty, id, ver, txid, upd from fhir.resource where ty = t.ty and txid >= ${since}::xid8
      ) r
    ) c on true`.raw();
  const rows = found as unknown as Column[][];
  return {
    next: textOf(rows[0]?.[0]),
    server: textOf(rows[0]?.[6]),
    rows: rows.flatMap(([, rid, shard, ty, id, version]) =>
      rid === null
        ? []
        : [{ rid: numberOf(rid), shard: numberOf(shard), ty: numberOf(ty), id: textOf(id), version: textOf(version) }],
    ),
  };
}

/** The same on several nodes, where the ended transactions are read first. */
export async function readChangedSpread(sql: Session, types: readonly number[], since: string): Promise<ChangedRows> {
  const { server, ended } = await readHorizon(sql);
  const rows = await sql`
    select rid, shard, ty, id, rid || '.' || ver || '.' || txid || '.' || date_part('epoch', upd) from fhir.resource
    where ty = any(${numbers(types)}::smallint[]) and txid >= ${since}::xid8`.raw();
  return {
    ...{ next: String(ended), server },
    rows: (rows as unknown as Column[][]).map(([rid, shard, ty, id, version]) => ({
      ...{ rid: numberOf(rid), shard: numberOf(shard), ty: numberOf(ty) },
      ...{ id: textOf(id), version: textOf(version) },
    })),
  };
}

export interface Body {
  readonly ty: number;
  readonly id: string;
  /** The time of storing, and its row: sortable as text, so that the later of two is the greater. */
  readonly rank: string;
  readonly deleted: boolean;
  readonly content: Buffer;
}

/** Reads the current bodies of rows. */
export async function readBodies(sql: Session, rows: readonly Pick<ChangedRow, 'rid' | 'shard'>[]): Promise<Body[]> {
  const found = await sql`
    select r.ty, r.id, to_char(r.upd, 'YYYYMMDDHH24MISSMS') || lpad(r.rid::text, 16, '0'), r.deleted, r.content
    from unnest(${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(rows.map(({ shard }) => shard))}::int[])
           as i (rid, shard)
    join fhir.resource r on r.rid = i.rid and r.shard = i.shard`.raw();
  return (found as unknown as Column[][]).map(([ty, id, rank, deleted, content]) => ({
    ty: numberOf(ty),
    id: textOf(id),
    rank: textOf(rank),
    deleted: deleted?.[0] === 0x74,
    content: content ?? Buffer.alloc(0),
  }));
}
