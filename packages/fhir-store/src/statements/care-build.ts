/** How far the links of care are made. */
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';
import { contentOf, unpackRows } from './packed.ts';

interface BuildOf {
  readonly definition: number;
  readonly ty: number;
}

export interface CareBuild {
  /** The id of the last resource of the type that has its links. */
  readonly upto: string;
  readonly complete: boolean;
}

/**
 * Locks the state of a build until the end of the transaction, so that one step runs at a time; and the links against writers: a statement that
 * waits for a resource here would not see the links that are made meanwhile, and would leave them beside its own.
 */
export async function beginCareBuild(sql: Session, { definition, ty }: BuildOf): Promise<CareBuild> {
  await sql`insert into fhir.care_build (definition, ty, upto, complete) values (${definition}, ${ty}, '', false) on conflict do nothing`;
  const [row] = await sql<CareBuild[]>`
    select upto, complete from fhir.care_build where definition = ${definition} and ty = ${ty} for update`;
  if (!row!.complete) await lockCare(sql);
  return row!;
}

/** Makes writers of links wait until the end of the transaction. */
export async function lockCare(sql: Session): Promise<void> {
  await sql`lock table fhir.care_link in share row exclusive mode`;
}

export async function noteCareBuild(
  sql: Session,
  { definition, ty, upto, complete }: BuildOf & CareBuild,
): Promise<void> {
  await sql`update fhir.care_build set upto = ${upto}, complete = ${complete} where definition = ${definition} and ty = ${ty}`;
}

/** Whether all resources of some types have links, by a definition of at least `since`. */
export async function selectCareComplete(sql: Session, types: readonly number[], since = 1): Promise<boolean> {
  const [row] = await sql<{ complete: boolean }[]>`
    select count(distinct ty) = ${types.length} as complete
    from fhir.care_build where definition >= ${since} and ty = any(${`{${types.join()}}`}::smallint[]) and complete`;
  return row!.complete;
}

export interface CareVersion {
  readonly ver: number;
  /** Milliseconds since 1970. */
  readonly upd: number;
  /** Undefined: it is deleted. */
  readonly content: string | undefined;
  /** Undefined if it is not known. */
  readonly writer: string | undefined;
}

/** A resource with all its versions from the first. */
export interface CareResource {
  readonly id: string;
  readonly rid: number;
  readonly shard: number;
  /** Whether it has links, of any version. */
  readonly isLinked: boolean;
  readonly versions: readonly CareVersion[];
}

/** Resources of a type in the order of their ids. @param behind the id before the first one */
export function selectCareVersions(
  sql: Session,
  { ty, behind, limit }: { ty: number; behind: string; limit: number },
): Promise<CareResource[]> {
  return versionsOf(
    sql,
    sql`select id, rid, shard, false as linked from fhir.identity where ty = ${ty} and id > ${behind} collate "C" order by id collate "C" limit ${limit}`,
  );
}

/** Of some resources of a type those whose links are not of the current version, as far as there are any or should be. */
export function selectOutdated(
  sql: Session,
  { ty, named }: { ty: number; named: readonly { readonly id: string; readonly own: string }[] },
): Promise<CareResource[]> {
  const given = JSON.stringify(named.map(({ id, own }) => ({ id, own })));
  return versionsOf(
    sql,
    sql`select d.id, d.rid, d.shard, exists (select 1 from fhir.care_link l where l.own = i.own) as linked
      from jsonb_to_recordset(${given}::text::jsonb) as i (id text, own bigint)
      cross join lateral (select id, rid, shard from fhir.identity where ty = ${ty} and id = i.id offset 0) d
      join fhir.resource r on r.rid = d.rid and r.shard = d.shard
      where case when r.deleted then exists (select 1 from fhir.care_link l where l.own = i.own)
        else not exists (select 1 from fhir.care_link l where l.own = i.own and l.ver = r.ver) end`,
  );
}

/** Some resources of a type. */
export function selectCareOf(
  sql: Session,
  { ty, ids }: { readonly ty: number; readonly ids: readonly string[] },
): Promise<CareResource[]> {
  return versionsOf(
    sql,
    sql`select id, rid, shard, false as linked from fhir.identity
      where ty = ${ty} and id = any(string_to_array(${ids.join(',')}, ','))`,
  );
}

/** Types whose resources all have links, with the definition of the links. */
export async function selectBuiltCare(sql: Session): Promise<{ ty: number; definition: number }[]> {
  return sql`select ty, max(definition)::int as definition from fhir.care_build where complete group by ty`;
}

/** The rows that resources have. @param owns hashes of `Type/<id>` */
export async function selectHeld(sql: Session, owns: readonly string[]): Promise<HeldRow[]> {
  if (owns.length === 0) return [];
  const ms = (column: string): Fragment =>
    sql`nullif(round(date_part('epoch', ${sql.unsafe(column)}) * 1000), ${sql.unsafe(column === 'since' ? "'-Infinity'" : "'Infinity'")})`;
  const rows = await sql<(Omit<HeldRow, 'rid'> & { rid: string })[]>`
    select rid, shard, own, kind, target, actor, ${ms('since')} as since, ${ms('until')} as until, subject, ver
    from fhir.care_link where own = any(${`{${owns.join()}}`}::bigint[])`;
  return rows.map(({ rid, ...rest }) => ({ rid: Number(rid), ...rest }));
}

/** @param chosen id, rid, shard, linked */
async function versionsOf(sql: Session, chosen: Fragment): Promise<CareResource[]> {
  interface Row {
    readonly id: string;
    readonly rid: string;
    readonly shard: number;
    readonly linked: boolean;
    readonly ver: number;
    readonly upd: Date;
    readonly content: string;
    readonly deleted: boolean;
    readonly writer: string | null;
  }
  const rows = await sql<Row[]>`
    with chosen as materialized (${chosen})
    select i.id, i.rid, i.shard, i.linked, v.ver, v.upd, v.content, v.deleted, v.writer
    from chosen i
    cross join lateral (
      select r.ver, r.upd, r.content, r.deleted, r.writer from fhir.resource r where r.rid = i.rid and r.shard = i.shard
      union all
      select h.ver, h.upd, ${contentOf(sql, 'h')}, h.deleted, h.writer from fhir.history h where h.rid = i.rid and h.shard = i.shard
    ) v
    order by i.id collate "C", v.ver`;
  const found = new Map<
    string,
    { id: string; rid: number; shard: number; isLinked: boolean; versions: CareVersion[] }
  >();
  for (const { id, rid, shard, linked, ver, upd, content, deleted, writer } of await unpackRows(sql, rows)) {
    const one = found.get(id) ?? { id, rid: Number(rid), shard, isLinked: linked, versions: [] };
    found.set(id, one);
    const version = { ver, upd: upd.getTime(), writer: writer ?? undefined };
    one.versions.push({ ...version, content: deleted ? undefined : content });
  }
  return [...found.values()];
}

/** As JSON has it: hashes are texts, times ms since 1970. */
export interface HeldRow {
  readonly rid: number;
  readonly shard: number;
  /** Hash of `Type/<id>`. */
  readonly own: string;
  readonly kind: number;
  readonly target: string;
  readonly actor: string;
  readonly since: number | null;
  readonly until: number | null;
  readonly subject: string | null;
  readonly ver: number;
}

/** Puts rows in the place of all that resources have. */
export async function replaceCare(sql: Session, owns: readonly string[], rows: readonly HeldRow[]): Promise<void> {
  if (owns.length === 0) return;
  await sql`delete from fhir.care_link where own = any(${`{${owns.join()}}`}::bigint[])`;
  if (rows.length === 0) return;
  await sql`
    insert into fhir.care_link (rid, shard, own, kind, target, actor, since, until, subject, ver)
    select rid, shard, own, kind, target, actor, coalesce(to_timestamp(since / 1e3), '-infinity'), coalesce(to_timestamp(until / 1e3), 'infinity'), subject, ver
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
         as i (rid bigint, shard int, own bigint, kind smallint, target bigint, actor bigint, since float8, until float8, subject bigint, ver int)`;
}
