/** Removes data derived from resources, so that it can be made again. */
import { numbers } from './columns.ts';
import type { Session } from './session.ts';
import { contentOf, unpackOrTell } from './packed.ts';

interface Row {
  readonly rid: number;
  readonly shard: number;
}

/** Locks current versions until the end of the transaction: nobody writes their rows meanwhile. */
export async function lockRows(sql: Session, rows: readonly Row[]): Promise<void> {
  await sql`
    select from fhir.resource r join unnest(${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(rows.map(({ shard }) => shard))}::int[])
      as i (rid, shard) on r.rid = i.rid and r.shard = i.shard
    order by r.rid for update of r`;
}

/** Removes all rows of resources from the index. Postings are found by reading their tables: only a repair does this. @param sql names the tables */
export async function deleteIndexRows(sql: Session, rows: readonly Row[]): Promise<void> {
  const given = sql`(select * from unnest(${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(rows.map(({ shard }) => shard))}::int[]))`;
  await sql`
    with tok as (delete from fhir.tok where (rid, shard) in ${given}), num as (delete from fhir.num where (rid, shard) in ${given}),
      date as (delete from fhir.date where (rid, shard) in ${given}), str as (delete from fhir.str where (rid, shard) in ${given})
    delete from fhir.search where (rid, shard) in ${given}`;
}

/** @param owns hashes of `Type/<id>` */
export async function deleteDecisiveRows(sql: Session, owns: readonly string[]): Promise<void> {
  const list = `{${owns.join(',')}}`;
  await sql`delete from fhir.consent where own = any(${list}::bigint[])`;
  await sql`delete from fhir.label where own = any(${list}::bigint[])`;
  await sql`delete from fhir.label_member where own = any(${list}::bigint[])`;
}

/** All versions of resources, as input for labels; deletions without content. */
export async function selectVersionsOf(
  sql: Session,
  rows: readonly Row[],
): Promise<
  { rid: number; ver: number; ty: number; id: string; upd: Date; content: string; deleted: boolean; current: boolean }[]
> {
  const found = await sql<
    {
      rid: string;
      ver: number;
      ty: number;
      id: string;
      upd: Date;
      content: string;
      deleted: boolean;
      current: boolean;
    }[]
  >`
    select r.rid, v.ver, r.ty, r.id, v.upd, v.content, v.deleted, v.current
    from unnest(${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(rows.map(({ shard }) => shard))}::int[]) as i (rid, shard)
    join fhir.resource r on r.rid = i.rid and r.shard = i.shard
    cross join lateral (
      select r.ver, r.upd, r.content, r.deleted, true as current
      union all
      select h.ver, h.upd, ${contentOf(sql, 'h')}, h.deleted, false from fhir.history h where h.rid = r.rid and h.shard = r.shard
    ) v
    order by r.rid, v.ver`;
  return (await unpackOrTell(sql, found)).map(({ rid, ...rest }) => ({ rid: Number(rid), ...rest }));
}
