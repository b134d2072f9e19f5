import type { Position } from '../commit-order/position.ts';
import { oldestOpen } from '../commit-order/transactions.ts';
import type { Session } from './session.ts';
import { booleanOf, numberOf, numbers, textOf } from './columns.ts';
import { isNew } from './history-filter.ts';
import { versionRow, type VersionRow } from './read-current.ts';
import { serverName } from './server.ts';
import { contentOf, lengthOf, unpackRaw } from './packed.ts';

export interface ChangeRow extends VersionRow {
  readonly ty: number;
  readonly id: string;
  readonly position: Position;
  /** Its content is left out: the previous ones have as many bytes as were requested. */
  readonly isCut: boolean;
}

export interface AskedChanges {
  readonly types: readonly number[];
  readonly since: Position;
  readonly limit: number;
  readonly currentOnly: boolean;
  /** The server to which the position belongs. */
  readonly server?: string | undefined;
  /** Bytes: contents beyond are left out, except the first one. With it the rows have the same columns as those of histories. */
  readonly most?: number | undefined;
}

/**
 * The versions of the given types behind a position, or only the current ones. Transactions get their numbers when they begin to write and become
 * visible when they commit, in another order; so the statement stops at the oldest one that was still open when its snapshot was taken. Below that
 * nothing can appear any more. Empty on another server than `server`.
 */
export async function readChanges(sql: Session, page: AskedChanges): Promise<ChangeRow[]> {
  const { since, limit, server, most } = page;
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
    select p.txid, p.rid, v.ty, r.id, ${most === undefined ? sql`false` : isCut(sql, most)},
           v.ver, (date_part('epoch', v.upd) * 1000)::bigint, v.deleted,
           ${most === undefined ? sql`v.content` : sql`case when ${isCut(sql, most)} then null else v.content end, v.method, ${isNew(sql, sql`r`)}`}
    from page p
    join fhir.resource r on r.rid = p.rid and r.shard = p.shard
    cross join lateral (
      select r.ty, r.ver, r.upd, r.deleted, r.content, r.method, octet_length(r.content) as size where p.current
      union all
      select h.ty, h.ver, h.upd, h.deleted, ${contentOf(sql, 'h')}, h.method, ${lengthOf(sql, 'h')} from fhir.history h
      where not p.current and h.rid = p.rid and h.shard = p.shard and h.ver = p.ver
    ) v
    order by p.txid, p.rid, p.ver`.raw();
  return (await unpackRaw(sql, rows, 8)).map(([txid, rid, ty, id, cut, ...version]) => {
    const row = versionRow(version);
    return {
      ...row,
      ty: numberOf(ty),
      id: textOf(id),
      position: { txid: textOf(txid), rid: numberOf(rid), ver: row.ver },
      isCut: booleanOf(cut),
    };
  });
}

/** True of a row before which there are as many bytes. */
function isCut(sql: Session, most: number): ReturnType<Session> {
  return sql`(coalesce(sum(v.size) over (
    order by p.txid, p.rid, p.ver rows between unbounded preceding and 1 preceding), 0) >= ${most}::bigint)`;
}
