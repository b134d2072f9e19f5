import { currentSnapshot, wasSeen } from '../commit-order/transactions.ts';
import type { Session } from './session.ts';
import { ids, numberOf, numbers, textOf } from './columns.ts';
import { isNew, madeInTime, stillCurrent, type Condition, type HistoryFilter, type Listed } from './history-filter.ts';
import { versionRow, type VersionRow } from './read-current.ts';
import { contentOf, unpackRaw } from './packed.ts';

/** End of a page of a history, the direction in which to continue, and the snapshot of its first page. */
export interface HistoryPosition {
  readonly towards: 'older' | 'newer';
  /** A `pg_snapshot`. */
  readonly snapshot: string;
  /** Milliseconds since 1970. */
  readonly upd: number;
  readonly rid: number;
  readonly ver: number;
}

export interface HistoryRow extends VersionRow {
  readonly ty: number;
  readonly id: string;
  readonly position: HistoryPosition;
}

export interface HistoryQuery extends HistoryFilter {
  readonly types: readonly number[];
  readonly count: number;
  readonly towards: 'older' | 'newer';
  readonly after: HistoryPosition | undefined;
  /** Absent: all resources of the types. */
  readonly only?: Listed | undefined;
}

/**
 * Versions of the given types, the latest first if it goes towards older ones, else the earliest; those of the same time by rows and
 * versions. All pages show the state of the first one: a transaction counts if it had ended in that snapshot. For a list of resources all
 * versions are gathered, because their places in the order are not known.
 */
export async function readHistory(sql: Session, query: HistoryQuery): Promise<{ rows: HistoryRow[]; more: boolean }> {
  const { types, count, after, only } = query;
  const [isBehind, way] = query.towards === 'older' ? [sql`<`, sql`desc`] : [sql`>`, sql`asc`];
  const behind =
    after === undefined
      ? sql``
      : sql`and (upd, rid, ver) ${isBehind} (to_timestamp(${after.upd}::bigint / 1e3::float8), ${after.rid}::bigint, ${after.ver}::int)
            ${visible(sql, sql`txid`, after)}`;
  const [among, chosen] =
    only === undefined
      ? [sql`unnest(${numbers(types)}::smallint[]) as t (ty)`, sql`ty = t.ty`]
      : [sql`listed t`, sql`rid = t.rid and shard = t.shard and (t.ver is null or ver = t.ver)`];
  const raw = await sql`
    with ${only === undefined ? sql`` : listed(sql, only)} page as materialized (
      select c.upd, c.rid, c.shard, c.ver, c.current
      from ${among}
      cross join lateral (
        (select upd, rid, shard, ver, true as current from fhir.resource
         where ${chosen} ${behind} ${madeInTime(sql, query)}
         order by upd ${way}, rid ${way}, ver ${way} limit ${count + 1})
        union all
        (select upd, rid, shard, ver, false from fhir.history h
         where ${chosen} ${behind} ${madeInTime(sql, query)}
           ${stillCurrent(sql, query, visible(sql, sql`n.txid`, after))}
         order by upd ${way}, rid ${way}, ver ${way} limit ${count + 1})
      ) c
      order by c.upd ${way}, c.rid ${way}, c.ver ${way} limit ${count + 1}
    )
    select ${currentSnapshot(sql)}, p.more, p.rid, v.ty, r.id, v.ver, (date_part('epoch', v.upd) * 1000)::bigint,
           v.deleted, v.content, v.method, ${isNew(sql, sql`r`)}
    from (select upd, rid, shard, ver, current, count(*) over () > ${count} as more from page
          order by upd ${way}, rid ${way}, ver ${way} limit ${count}) p
    join fhir.resource r on r.rid = p.rid and r.shard = p.shard
    cross join lateral (
      select r.ty, r.ver, r.upd, r.deleted, r.content, r.method where p.current
      union all
      select h.ty, h.ver, h.upd, h.deleted, ${contentOf(sql, 'h')}, h.method from fhir.history h
      where not p.current and h.rid = p.rid and h.shard = p.shard and h.ver = p.ver
    ) v
    order by p.upd ${way}, p.rid ${way}, p.ver ${way}`.raw();
  const columns = await unpackRaw(sql, raw, 8);
  return {
    more: columns[0]?.[1]?.[0] === 0x74, // t
    rows: columns.map(([snapshot, , rid, ty, id, ...version]) => {
      const row = versionRow(version);
      const position = {
        towards: query.towards,
        snapshot: after?.snapshot ?? textOf(snapshot),
        upd: row.upd,
        rid: numberOf(rid),
        ver: row.ver,
      };
      return { ...row, ty: numberOf(ty), id: textOf(id), position };
    }),
  };
}

function listed(sql: Session, only: Listed): Condition {
  return sql`listed as materialized (
      select d.rid, d.shard, i.ver
      from unnest(${numbers(only.map(({ ty }) => ty))}::smallint[], string_to_array(${ids(only.map(({ id }) => id))}, ','),
                  ${numbers(only.map(({ ver }) => ver))}::int[]) as i (ty, id, ver)
      join fhir.identity d on d.ty = i.ty and d.id = i.id
    ),`;
}

function visible(sql: Session, txid: Condition, after: HistoryPosition | undefined): Condition {
  return after === undefined ? sql`` : sql`and ${wasSeen(sql, txid, after.snapshot)}`;
}
