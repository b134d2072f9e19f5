import type { Position } from '../commit-order/position.ts';
import { oldestOpen } from '../commit-order/transactions.ts';
import type { Session } from './session.ts';
import { numberOf, numbers, textOf, type Column } from './columns.ts';
import { versionRow, type VersionRow } from './read-current.ts';
import { serverName } from './server.ts';

export interface ChangeRow extends VersionRow {
  readonly ty: number;
  readonly id: string;
  readonly position: Position;
}

/**
 * The versions of the given types behind a position, or those of them that are current. Transactions get their numbers when they begin to write and become
 * visible when they commit, in another order; so the statement stops at the oldest one that was still open when its
 * snapshot was taken. Below that nothing can appear any more. On another server than `server` there are none.
 */
export async function readChanges(
  sql: Session,
  page: { types: readonly number[]; since: Position; limit: number; currentOnly: boolean; server?: string | undefined },
): Promise<ChangeRow[]> {
  const { since, limit, server } = page;
  const there = server === undefined ? sql`` : sql`where ${serverName(sql)} = ${server}::text`;
  const rows = await sql`
    with page as materialized (
      select c.txid, c.rid, c.shard, c.ver, c.current
      from unnest(${numbers(page.types)}::smallint[]) as t (ty)
      cross join lateral (
        (select txid, rid, shard, ver, true as current from fhir.resource
         where ty = t.ty and (txid, rid, ver) > (${since.txid}::xid8, ${since.rid}::bigint, ${since.ver}::int)
           and txid < ${oldestOpen(sql)}
         order by txid, rid, ver limit ${limit})
        ${
          page.currentOnly
            ? sql``
            : sql`union all
        (select txid, rid, shard, ver, false from fhir.history
         where ty = t.ty and (txid, rid, ver) > (${since.txid}::xid8, ${since.rid}::bigint, ${since.ver}::int)
           and txid < ${oldestOpen(sql)}
         order by txid, rid, ver limit ${limit})`
        }
      ) c
      ${there}
      order by c.txid, c.rid, c.ver limit ${limit}
    )
    select p.txid, p.rid, v.ty, r.id, v.ver, (date_part('epoch', v.upd) * 1000)::bigint, v.deleted, v.content
    from page p
    join fhir.resource r on r.rid = p.rid and r.shard = p.shard
    cross join lateral (
      select r.ty, r.ver, r.upd, r.deleted, r.content where p.current
      union all
      select h.ty, h.ver, h.upd, h.deleted, h.content from fhir.history h
      where not p.current and h.rid = p.rid and h.shard = p.shard and h.ver = p.ver
    ) v
    order by p.txid, p.rid, p.ver`.raw();
  return (rows as unknown as Column[][]).map(([txid, rid, ty, id, ...version]) => {
    const row = versionRow(version);
    return {
      ...row,
      ty: numberOf(ty),
      id: textOf(id),
      position: { txid: textOf(txid), rid: numberOf(rid), ver: row.ver },
    };
  });
}
