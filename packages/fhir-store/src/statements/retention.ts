/**
 * How long versions are kept, and which were purged: fhir.retention, fhir.purge_run, fhir.purged_version. For the owner of the tables.
 * docs/operations/retention.md
 */
import { isHeld } from './legal-holds.ts';
import { namedInPacked, storePlain } from './packed-versions.ts';
import { lengthOf } from './packed.ts';
import type { Session } from './session.ts';

/** How long versions of a type are kept, in days; undefined: for ever. */
export interface RetentionRule {
  readonly type: string;
  /** Since a version was replaced, of existing resources. */
  readonly earlier?: number | undefined;
  /** Since a resource was deleted, of all its versions. */
  readonly deleted?: number | undefined;
}

/** A stored rule, with its reason, its author and the time of its change. */
export interface StoredRule extends RetentionRule {
  readonly reason: string;
  readonly setBy: string;
  readonly changed: Date;
}

/** A purge that has begun. */
export interface PurgeRun {
  readonly id: string;
  readonly rules: readonly RetentionRule[];
  readonly setBy: string;
  readonly reason: string;
  readonly began: Date;
  /** The deletion that has asked for it; undefined: it is by rules. */
  readonly request: string | undefined;
  /** The type that is looked through; undefined: it is at its beginning. */
  readonly type: string | undefined;
  readonly place: Place | undefined;
  readonly versions: number;
  readonly held: number;
  /** The file to which it writes the removed versions, and the number of its bytes that belong to committed steps; undefined: no file. */
  readonly archive: string | undefined;
  readonly archiveBytes: number;
}

/** The last examined version, as JSON: its time in PostgreSQL's format, its row and its number. */
export type Place = readonly [upd: string, rid: string, ver: number];

export async function selectRules(sql: Session): Promise<StoredRule[]> {
  const rows = await sql<
    (Omit<StoredRule, 'earlier' | 'deleted'> & { earlier: number | null; deleted: number | null })[]
  >`
    select type, earlier, deleted, reason, set_by as "setBy", changed from fhir.retention order by type`;
  return rows.map(({ earlier, deleted, ...rest }) => ({
    ...rest,
    earlier: earlier ?? undefined,
    deleted: deleted ?? undefined,
  }));
}

/** Puts a rule in the place of that of the type. */
export async function putRule(sql: Session, rule: Omit<StoredRule, 'changed'>): Promise<void> {
  await sql`
    insert into fhir.retention (type, earlier, deleted, reason, set_by)
    values (${rule.type}, ${rule.earlier ?? null}, ${rule.deleted ?? null}, ${rule.reason}, ${rule.setBy})
    on conflict (type) do update set earlier = excluded.earlier, deleted = excluded.deleted, reason = excluded.reason,
      set_by = excluded.set_by, changed = now()`;
}

/** @returns whether there was one */
export async function deleteRule(sql: Session, type: string): Promise<boolean> {
  return (await sql`delete from fhir.retention where type = ${type} returning 1`).length > 0;
}

/** The purge that has not ended. */
export async function selectOpenRun(sql: Session): Promise<PurgeRun | undefined> {
  const [row] = await sql<RunRow[]>`select ${columnsOfRun(sql)} from fhir.purge_run where ended is null`;
  return row && runIn(row);
}

/** A purge, and whether it has ended. */
export async function selectRun(
  sql: Session,
  id: string,
): Promise<(PurgeRun & { readonly isEnded: boolean }) | undefined> {
  const [row] = await sql<(RunRow & { readonly isEnded: boolean })[]>`
    select ${columnsOfRun(sql)}, ended is not null as "isEnded" from fhir.purge_run where id = ${id}::uuid`;
  return row && { ...runIn(row), isEnded: row.isEnded };
}

interface RunRow extends Omit<PurgeRun, 'rules' | 'place' | 'type' | 'request' | 'archive'> {
  readonly rules: string;
  readonly place: string | null;
  readonly type: string | null;
  readonly request: string | null;
  readonly archive: string | null;
}

function columnsOfRun(sql: Session): ReturnType<Session> {
  return sql`id::text, rules, set_by as "setBy", reason, began, request::text, type, place, versions::float8 as versions, held::float8 as held,
      archive, archive_bytes::float8 as "archiveBytes"`;
}

function runIn(row: RunRow): PurgeRun {
  return {
    ...row,
    rules: JSON.parse(row.rules) as RetentionRule[],
    type: row.type ?? undefined,
    request: row.request ?? undefined,
    archive: row.archive ?? undefined,
    place: row.place === null ? undefined : (JSON.parse(row.place) as Place),
  };
}

export async function insertRun(
  sql: Session,
  run: Pick<PurgeRun, 'id' | 'rules' | 'setBy' | 'reason' | 'began' | 'request' | 'archive'>,
): Promise<void> {
  await sql`
    insert into fhir.purge_run (id, rules, set_by, reason, began, request, archive)
    values (${run.id}::uuid, ${JSON.stringify(run.rules)}, ${run.setBy}, ${run.reason}, ${run.began.toISOString()}::timestamptz,
      ${run.request ?? null}::uuid, ${run.archive ?? null})`;
}

/** Notes the progress of a purge, in the transaction that removes the examined versions. */
export async function noteStep(
  sql: Session,
  run: string,
  {
    type,
    place,
    removed,
    held,
    archiveBytes,
  }: { type: string; place: Place | undefined; removed: number; held: number; archiveBytes?: number | undefined },
): Promise<void> {
  await sql`
    update fhir.purge_run set type = ${type}, place = ${place === undefined ? null : JSON.stringify(place)},
      versions = versions + ${removed}::bigint, held = held + ${held}::bigint, archive_bytes = coalesce(${archiveBytes ?? null}::bigint, archive_bytes)
    where id = ${run}::uuid and ended is null`;
}

export async function endRun(sql: Session, run: string): Promise<void> {
  await sql`update fhir.purge_run set ended = clock_timestamp() where id = ${run}::uuid`;
}

/** A version that is no longer current. */
export interface EarlierVersion {
  readonly rid: string;
  readonly shard: number;
  readonly ver: number;
  readonly upd: string;
}

/** Bytes of contents that a step which archives them takes, from the first one on. */
const bytesAtATime = 32 * 1024 ** 2;

/** The first of some versions whose contents have room in memory together; one in any case. */
export async function thoseWithRoom(sql: Session, versions: readonly EarlierVersion[]): Promise<EarlierVersion[]> {
  const rows = await sql<{ bytes: number }[]>`
    select coalesce(${lengthOf(sql, 'h')}, 0)::float8 as bytes
    from unnest(${`{${versions.map(({ rid }) => rid).join()}}`}::bigint[], ${`{${versions.map(({ shard }) => shard).join()}}`}::int[],
      ${`{${versions.map(({ ver }) => ver).join()}}`}::int[]) with ordinality as p (rid, shard, ver, n)
    left join fhir.history h on h.rid = p.rid and h.shard = p.shard and h.ver = p.ver order by p.n`;
  let sum = 0;
  const end = rows.findIndex(({ bytes }, n) => (sum += bytes) > bytesAtATime && n > 0);
  return end === -1 ? [...versions] : versions.slice(0, end);
}

/** Versions of one step. */
export const versionsAtATime = 200;

/** The next versions of a type that are older than a time, in the order of their times. @param before as `oldestFor` */
export function selectOld(
  sql: Session,
  o: { readonly ty: number; readonly behind: Place | undefined; readonly before: Date },
): Promise<EarlierVersion[]> {
  const [upd, rid, ver] = o.behind ?? ['-infinity', '0', 0];
  return sql<EarlierVersion[]>`
    select rid::text, shard, ver, upd::text from fhir.history
    where ty = ${o.ty}::smallint and (upd, rid, ver) > (${upd}::timestamptz, ${rid}::bigint, ${ver}::int)
      and upd < ${o.before.toISOString()}::timestamptz
    order by upd, rid, ver limit ${versionsAtATime}::int`;
}

/** How many versions of a type `selectOld` finds, page by page. */
export async function countLooked(sql: Session, o: Parameters<typeof selectOld>[1]): Promise<number> {
  const [upd, rid, ver] = o.behind ?? ['-infinity', '0', 0];
  const [row] = await sql<{ count: number }[]>`
    select count(*)::float8 as count from fhir.history
    where ty = ${o.ty}::smallint and (upd, rid, ver) > (${upd}::timestamptz, ${rid}::bigint, ${ver}::int)
      and upd < ${o.before.toISOString()}::timestamptz`;
  return row!.count;
}

/** Keeps writers from the resources of versions until the transaction ends, in the order of all writers. */
export async function lockResources(sql: Session, versions: readonly EarlierVersion[]): Promise<void> {
  const rids = [...new Set(versions.map(({ rid }) => rid))];
  await sql`
    select from (
      select rid, shard from fhir.resource where rid = any(${`{${rids.join()}}`}::bigint[]) order by rid, shard for no key update) r`;
}

/** The versions of one step that are due. */
export interface Judged {
  /** Old enough. */
  readonly old: number;
  /** Those of them that a legal hold keeps. */
  readonly held: number;
  /** Of `old` and not of `held`. */
  readonly bytes: number;
}

/**
 * Examines versions with their successors, and removes those that are old enough and not on hold; for each a row remains that proves its existence. The
 * rows of deletions stay: they have no content, and are used to determine the writers of versions.
 * @param o.run undefined: they are only counted
 */
export async function purgeVersions(
  sql: Session,
  versions: readonly EarlierVersion[],
  o: {
    readonly ty: number;
    readonly rule: RetentionRule;
    readonly began: Date;
    readonly run: string | undefined;
    /** Whether their writers are removed, too. */
    readonly forgets?: boolean;
    /** Whether the removed versions are returned, too. */
    readonly returns?: boolean;
  },
): Promise<Judged & { readonly removed: readonly RemovedVersion[] }> {
  const { rule, began, run } = o;
  // The database computes the lines of the hash over the change feed from the contents.
  if (run !== undefined) await storePlain(sql, versions);
  const named = await namedInPacked(sql, versions);
  const cut = (days: number | undefined): string =>
    days === undefined ? '-infinity' : new Date(began.getTime() - days * 86_400_000).toISOString();
  const list = (of: (version: EarlierVersion) => string | number): string => `{${versions.map(of).join()}}`;
  const [row] = await sql<(Judged & { removed: string | null })[]>`
    with judged as materialized (
      select h.rid, h.shard, h.ver, h.ty, h.upd, h.txid, h.writer, h.deleted, h.content, ${lengthOf(sql, 'h')} as bytes, r.id
      from unnest(${list(({ rid }) => rid)}::bigint[], ${list(({ shard }) => shard)}::int[], ${list(({ ver }) => ver)}::int[]) as p (rid, shard, ver)
      join fhir.history h on h.rid = p.rid and h.shard = p.shard and h.ver = p.ver and h.ty = ${o.ty}::smallint
      join fhir.resource r on r.rid = h.rid and r.shard = h.shard and r.ty = h.ty and r.ver > h.ver
      left join fhir.history n on n.rid = h.rid and n.shard = h.shard and n.ver = h.ver + 1
      where not h.deleted and case
        when r.deleted then r.upd < ${cut(rule.deleted)}::timestamptz
        else coalesce(n.upd, r.upd) < ${cut(rule.earlier)}::timestamptz end
    ), held as materialized (
      select j.rid, j.shard from (select distinct rid, shard, id from judged) j where ${isHeld(sql, rule.type, named)}
    ), chosen as (
      select j.* from judged j where not exists (select from held k where k.rid = j.rid and k.shard = j.shard)
    ) ${run === undefined ? sql`` : goneOf(sql, run, o.forgets === true)}
    select (select count(*) from judged)::int as old,
      (select count(*) from judged j join held k on k.rid = j.rid and k.shard = j.shard)::int as held,
      (select coalesce(sum(bytes), 0) from chosen)::float8 as bytes,
      ${o.returns === true ? removedOf(sql) : sql`null`} as removed`;
  const { removed, ...judged } = row!;
  return { ...judged, removed: JSON.parse(removed ?? '[]') as RemovedVersion[] };
}

/** A version with all inputs of its line in the hash over the change feed. */
type RemovedVersion = readonly [rid: string, ver: number, id: string, upd: string, txid: string, content: string];

function removedOf(sql: Session): ReturnType<Session> {
  return sql`(
    select json_agg(json_build_array(rid::text, ver, id, upd::text, txid::text, content) order by upd, rid, ver)::text from chosen)`;
}

function goneOf(sql: Session, run: string, forgets: boolean): ReturnType<Session> {
  return sql`, gone as (
      delete from fhir.history h using chosen c
      where h.rid = c.rid and h.shard = c.shard and h.ver = c.ver
    ), noted as (
      insert into fhir.purged_version (ty, id, ver, rid, upd, txid, writer, line, run)
      select ty, id, ver, rid, upd, txid, case when not ${forgets} then writer end, ${feedLine(sql)}, ${run}::uuid from chosen
    )`;
}

/** The line of a version in the hash over the change feed, of its columns. */
export function feedLine(sql: Session): ReturnType<Session> {
  return sql`sha256(convert_to(format('%s %s %s %s %s %s %s', txid, rid, ver, ty, id, deleted, content), 'UTF8'))`;
}

/** Care links of deleted resources without any version that could make one. */
export async function deleteLinks(sql: Session, owns: readonly string[]): Promise<void> {
  await sql`delete from fhir.care_link where own = any(${`{${owns.join()}}`}::bigint[])`;
}

/** The ids of resources of a step whose versions with content were all purged. */
export async function selectEmptied(sql: Session, versions: readonly EarlierVersion[]): Promise<string[]> {
  const rids = [...new Set(versions.map(({ rid }) => rid))];
  const rows = await sql<{ id: string }[]>`
    select r.id from fhir.resource r
    where r.rid = any(${`{${rids.join()}}`}::bigint[]) and r.deleted and not exists (
      select from fhir.history h where h.rid = r.rid and h.shard = r.shard and not h.deleted)`;
  return rows.map(({ id }) => id);
}

/** A page of the versions that a purge has removed, as a hash, and the last of them. */
export interface PurgedPage {
  readonly count: number;
  readonly hash: Buffer;
  readonly last: readonly [ty: number, id: string, ver: number];
  /** The number of versions that exist again. */
  readonly returned: number;
}

const purgedAtATime = 10_000;

/** The next that a purge has removed, in the order of types, ids and versions. @returns undefined behind the last */
export async function selectPurged(
  sql: Session,
  run: string,
  behind: PurgedPage['last'] | undefined,
): Promise<PurgedPage | undefined> {
  const [ty, id, ver] = behind ?? [-1, '', 0];
  const [row] = await sql<{ count: number; hash: Buffer | null; ty: number; id: string; ver: number; back: number }[]>`
    with page as materialized (
      select ty, id, ver, line from fhir.purged_version
      where run = ${run}::uuid and (ty, id, ver) > (${ty}::smallint, ${id}::text collate "C", ${ver}::int)
      order by ty, id, ver limit ${purgedAtATime}::int)
    select count(*)::int as count,
      sha256(string_agg(convert_to(format('%s %s %s ', ty, id, ver), 'UTF8') || line, ''::bytea order by ty, id, ver)) as hash,
      (array_agg(ty order by ty desc, id desc, ver desc))[1] as ty,
      (array_agg(id order by ty desc, id desc, ver desc))[1] as id,
      (array_agg(ver order by ty desc, id desc, ver desc))[1] as ver,
      count(*) filter (where exists (
        select from fhir.identity d join fhir.history h on h.rid = d.rid and h.shard = d.shard
        where d.ty = p.ty and d.id = p.id and h.ver = p.ver))::int as back
    from page p`;
  if (row === undefined || row.count === 0) return undefined;
  return { count: row.count, hash: row.hash!, last: [row.ty, row.id, row.ver], returned: row.back };
}

/** All purges that have removed something, the ended ones and the open one. */
export function selectRuns(sql: Session): Promise<{ id: string; isOpen: boolean }[]> {
  return sql<{ id: string; isOpen: boolean }[]>`
    select coalesce(r.id, p.run)::text as id, coalesce(r.id is not null and r.ended is null, false) as "isOpen"
    from (select distinct run from fhir.purged_version) p
    full join (select id, ended from fhir.purge_run where versions > 0) r on r.id = p.run order by 1`;
}

/** Those of some versions that were purged, with all before them there or purged, as `ty id ver`. */
export async function whichPurged(
  sql: Session,
  versions: readonly { readonly ty: number; readonly id: string; readonly ver: number }[],
): Promise<ReadonlySet<string>> {
  if (versions.length === 0) return new Set();
  const rows = await sql<{ ty: number; id: string; ver: number }[]>`
    select p.ty, p.id, p.ver
    from unnest(${`{${versions.map(({ ty }) => ty).join()}}`}::smallint[], ${versions.map(({ id }) => id)}::text[],
      ${`{${versions.map(({ ver }) => ver).join()}}`}::int[]) as v (ty, id, ver)
    join fhir.purged_version p on p.ty = v.ty and p.id = v.id and p.ver = v.ver
    where p.ver = (select count(*) from fhir.purged_version q where q.ty = p.ty and q.id = p.id and q.ver <= p.ver) + (
      select count(*) from fhir.identity d join fhir.history h on h.rid = d.rid and h.shard = d.shard
      where d.ty = p.ty and d.id = p.id and h.ver <= p.ver)`;
  return new Set(rows.map(({ ty, id, ver }) => `${String(ty)} ${id} ${String(ver)}`));
}

/** The run that has purged a version. */
export async function selectArchiveOf(
  sql: Session,
  { ty, id, ver }: { readonly ty: number; readonly id: string; readonly ver: number },
): Promise<string | undefined> {
  const [row] = await sql<{ run: string }[]>`
    select run::text from fhir.purged_version where ty = ${ty}::smallint and id = ${id} and ver = ${ver}::int`;
  return row?.run;
}

/** How many of some versions a run has purged with these lines. */
export async function countLines(
  sql: Session,
  run: string,
  versions: readonly { readonly ty: number; readonly id: string; readonly ver: number; readonly line: string }[],
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from unnest(${`{${versions.map(({ ty }) => ty).join()}}`}::smallint[], ${versions.map(({ id }) => id)}::text[],
      ${`{${versions.map(({ ver }) => ver).join()}}`}::int[], ${versions.map(({ line }) => line)}::text[]) as v (ty, id, ver, line)
    join fhir.purged_version p on p.ty = v.ty and p.id = v.id and p.ver = v.ver
    where p.run = ${run}::uuid and p.line = decode(v.line, 'hex')`;
  return row!.count;
}

/** Files of archives that have versions of resources of a request, of one type. */
export async function selectArchivesOf(
  sql: Session,
  { request, type, ty }: { readonly request: string; readonly type: string; readonly ty: number },
): Promise<string[]> {
  const rows = await sql<{ archive: string }[]>`
    select distinct r.archive from fhir.purge_item i
    join fhir.purged_version p on p.ty = ${ty}::smallint and p.id = i.id
    join fhir.purge_run r on r.id = p.run
    where i.request = ${request}::uuid and i.type = ${type} and r.archive is not null order by 1`;
  return rows.map(({ archive }) => archive);
}
