/** Deletions that ask for a purge: fhir.purge_request, fhir.purge_item. For the owner of the tables. docs/operations/retention.md */
import { isHeld, keeps } from './legal-holds.ts';
import { namedInPacked } from './packed-versions.ts';
import { lengthOf } from './packed.ts';
import type { EarlierVersion } from './retention.ts';
import type { Session } from './session.ts';

export type RequestState = 'asked' | 'done' | 'refused';

export interface PurgeRequest {
  readonly id: string;
  readonly client: string;
  readonly asked: Date;
  readonly state: RequestState;
  /** The person who decided it, and the reason. */
  readonly by: string | null;
  readonly reason: string | null;
  readonly resources: number;
  readonly purged: number;
  readonly held: number;
  /** Deleted once, and there again. */
  readonly back: number;
}

/** The newest first. @param id only this one */
export function selectRequests(sql: Session, id?: string): Promise<PurgeRequest[]> {
  return sql<PurgeRequest[]>`
    select r.id::text, r.client, r.asked, r.state, r.by, r.reason, i.*
    from fhir.purge_request r
    cross join lateral (
      select count(*)::int as resources, count(*) filter (where state = 'purged')::int as purged,
        count(*) filter (where state = 'held')::int as held, count(*) filter (where state = 'back')::int as back
      from fhir.purge_item where request = r.id) i
    where ${id ?? null}::uuid is null or r.id = ${id ?? null}::uuid
    order by r.asked desc, r.id`;
}

export async function decideRequest(
  sql: Session,
  { id, state, by, reason }: { id: string; state: 'done' | 'refused'; by: string; reason: string },
): Promise<void> {
  await sql`
    update fhir.purge_request set state = ${state}, decided = clock_timestamp(), by = ${by}, reason = ${reason} where id = ${id}::uuid`;
}

export async function hasItem(sql: Session, request: string, type: string, id: string): Promise<boolean> {
  const [row] = await sql<{ has: boolean }[]>`
    select exists (
      select from fhir.purge_item where request = ${request}::uuid and type = ${type} and id = ${id}) as has`;
  return row!.has;
}

/** Items that were on hold, or whose resources existed again, are tried again. */
export async function reopenItems(sql: Session, request: string): Promise<void> {
  await sql`update fhir.purge_item set state = 'asked' where request = ${request}::uuid and state in ('held', 'back')`;
}

/** The next resources to be purged, all of one type. */
export async function selectAsked(sql: Session, request: string): Promise<{ type: string; ids: string[] } | undefined> {
  const rows = await sql<{ type: string; id: string }[]>`
    select type, id from fhir.purge_item where request = ${request}::uuid and state = 'asked' order by type, id limit 50`;
  const [first] = rows;
  return first && { type: first.type, ids: rows.flatMap(({ type, id }) => (type === first.type ? [id] : [])) };
}

/** The resources to be purged, and their versions with content, up to a bound for all. */
export async function selectVersionsOf(
  sql: Session,
  { ty, ids, most }: { readonly ty: number; readonly ids: readonly string[]; readonly most: number },
): Promise<EarlierVersion[]> {
  return sql<EarlierVersion[]>`
    select h.rid::text, h.shard, h.ver, h.upd::text
    from unnest(${ids}::text[]) as i (id)
    join fhir.identity d on d.ty = ${ty}::smallint and d.id = i.id
    join fhir.history h on h.rid = d.rid and h.shard = d.shard and not h.deleted
    order by i.id, h.ver limit ${most}::int`;
}

/** Notes the results for resources; those with remaining versions are unchanged. */
export async function settleAsked(
  sql: Session,
  { request, type, ty, ids }: { request: string; type: string; ty: number; ids: readonly string[] },
): Promise<void> {
  const resources = await sql<{ rid: string; shard: number }[]>`
    select rid::text, shard from fhir.identity where ty = ${ty}::smallint and id = any(${ids}::text[])`;
  const named = await namedInPacked(sql, resources);
  await sql`
    update fhir.purge_item p set state = s.state
    from (
      select j.id, case
        when not j.deleted then 'back'
        when not j.some then 'purged'
        when ${isHeld(sql, type, named)} then 'held' else 'asked' end as state
      from (
        select r.id, r.rid, r.shard, r.deleted, exists (
          select from fhir.history h where h.rid = r.rid and h.shard = r.shard and not h.deleted) as some
        from unnest(${ids}::text[]) as i (id)
        join fhir.identity d on d.ty = ${ty}::smallint and d.id = i.id
        join fhir.resource r on r.rid = d.rid and r.shard = d.shard) j) s
    where p.request = ${request}::uuid and p.type = ${type} and p.id = s.id`;
}

/** Resources of one type in a purge request that have not been purged. */
export interface CountedType {
  readonly type: string;
  readonly resources: number;
  /** Of them there again; kept by a hold: those of the others. */
  readonly back: number;
  readonly held: number;
  /** Versions to be purged now, with the bytes of their contents. */
  readonly versions: number;
  readonly bytes: number;
}

/** A hold that keeps resources of a request. */
export interface KeepingHold {
  readonly hold: string;
  readonly on: string;
  readonly reason: string;
  readonly resources: number;
}

/** Types in a request with resources that have not been purged. */
export async function selectOpenTypes(sql: Session, request: string): Promise<string[]> {
  const rows = await sql<{ type: string }[]>`
    select distinct type from fhir.purge_item where request = ${request}::uuid and state <> 'purged' order by type`;
  return rows.map(({ type }) => type);
}

/** Types of the resources of a request. */
export async function selectTypes(sql: Session, request: string): Promise<string[]> {
  const rows = await sql<{ type: string }[]>`
    select distinct type from fhir.purge_item where request = ${request}::uuid order by type`;
  return rows.map(({ type }) => type);
}

/** Reads only. */
export async function countOpen(sql: Session, request: string, type: string, ty: number): Promise<CountedType> {
  const named = await namedInPacked(sql, await selectOpen(sql, request, type, ty));
  const [row] = await sql<Omit<CountedType, 'type'>[]>`
    with ${openOf(sql, request, type, ty)}, judged as materialized (
      select j.rid, j.shard, j.deleted, j.deleted and ${isHeld(sql, type, named)} as held from j)
    select count(*)::int as resources, count(*) filter (where not g.deleted)::int as back,
      count(*) filter (where g.held)::int as held,
      coalesce(sum(v.versions) filter (where g.deleted and not g.held), 0)::int as versions,
      coalesce(sum(v.bytes) filter (where g.deleted and not g.held), 0)::float8 as bytes
    from judged g cross join lateral (
      select count(*) as versions, sum(${lengthOf(sql, 'h')}) as bytes
      from fhir.history h where h.rid = g.rid and h.shard = g.shard and not h.deleted) v`;
  return { type, ...row! };
}

/** The holds that keep resources of a request, each with how many. */
export async function selectKeeping(sql: Session, request: string, type: string, ty: number): Promise<KeepingHold[]> {
  const named = await namedInPacked(sql, await selectOpen(sql, request, type, ty));
  return sql<KeepingHold[]>`
    with ${openOf(sql, request, type, ty)}
    select k.id::text as hold, k.type || coalesce('/' || k.resource, '') as on, k.reason, count(*)::int as resources
    from j join fhir.legal_hold k on ${keeps(sql, type, named)}
    where j.deleted group by k.id, k.type, k.resource, k.reason order by k.id`;
}

function selectOpen(
  sql: Session,
  request: string,
  type: string,
  ty: number,
): Promise<{ rid: string; shard: number }[]> {
  return sql`with ${openOf(sql, request, type, ty)} select rid::text, shard from j`;
}

function openOf(sql: Session, request: string, type: string, ty: number): ReturnType<Session> {
  return sql`j as materialized (
      select r.id, r.rid, r.shard, r.deleted
      from fhir.purge_item p
      join fhir.identity d on d.ty = ${ty}::smallint and d.id = p.id
      join fhir.resource r on r.rid = d.rid and r.shard = d.shard
      where p.request = ${request}::uuid and p.type = ${type} and p.state <> 'purged')`;
}

/** Removes words and labels of resources without remaining versions. @param owns their hashes */
export async function deleteMade(
  sql: Session,
  { ty, ids, owns }: { readonly ty: number; readonly ids: readonly string[]; readonly owns: readonly string[] },
): Promise<void> {
  await sql`
    delete from fhir.text t using fhir.identity d
    where d.ty = ${ty}::smallint and d.id = any(${ids}::text[]) and t.rid = d.rid and t.shard = d.shard`;
  await sql`delete from fhir.label where own = any(${`{${owns.join()}}`}::bigint[])`;
}

/** Requests of applications whose address or findings name the resource: the log of production masks all other values. An id within a longer one is another. */
export async function deleteLogged(sql: Session, id: string): Promise<void> {
  // It may follow an escaped character, as %2F; a full stop after it may end a sentence.
  const whole = `(^|[^A-Za-z0-9.-]|%[0-9A-Fa-f]{2})${id.replaceAll('.', '\\.')}\\.?($|[^A-Za-z0-9.-])`;
  await sql`
    delete from fhir.request_log
    where path ~ ${whole} or coalesce(query, '') ~ ${whole} or coalesce(issues::text, '') ~ ${whole}`;
}

/** Existing resources that refer to a resource, in either set of tables of the search index. @param key of any reference to it */
export async function countNaming(sql: Session, key: string): Promise<number> {
  const [row] = await sql<{ n: number }[]>`
    select greatest((select count(*) from fhir.search s where s.keys @> array[${key}::bigint]),
      (select count(*) from fhir.search_b s where s.keys @> array[${key}::bigint]))::int as n`;
  return row!.n;
}
