import { toldOfRead, type AskedOfRead } from './asked-of-read.ts';
import { isPatientKnown } from './patient-of-resource.ts';
import { askedStatement } from './read-asked.ts';
import { readAtPlace, readOfPlaces } from '../placement/place.ts';
import type { Session } from './session.ts';
import { methodOf, type Method } from './method.ts';
import type { IndexTables } from '@dhp/search-index/sql';
import { booleanOf, ids, numberOf, numbers, type Column } from './columns.ts';

export interface ResourceKey {
  /** Number of the resource type. */
  readonly ty: number;
  readonly id: string;
  /** Told with it. */
  readonly asked?: AskedOfRead | undefined;
}

export interface VersionRow {
  readonly ver: number;
  /** Milliseconds since 1970. */
  readonly upd: number;
  readonly deleted: boolean;
  /** Undefined when it is larger than the limit of the statement. */
  readonly content: Buffer | undefined;
  /** Undefined when it is not known, or was not asked for. */
  readonly method?: Method | undefined;
  /** Whether there was nothing before it, or a deletion; undefined when it was not asked for. */
  readonly isNew?: boolean | undefined;
  /** Bits of what is surely so (`toldOfRead`), of what was requested; undefined if nothing was. */
  readonly told?: number | undefined;
}

/**
 * The current versions of many ids in one statement, in the order asked for; undefined if there is none. Contents of
 * more than `limit` bytes are left out.
 */
export async function readCurrent(
  sql: Session,
  keys: readonly ResourceKey[],
  limit: number,
): Promise<(VersionRow | undefined)[]> {
  const [only] = keys;
  if (only !== undefined && keys.length === 1) return [await readOne(sql, only, limit)];
  const rows = await sql`
    select i.n, r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
           case when octet_length(r.content) <= ${limit} then r.content end
    from unnest(${numbers(keys.map((key) => key.ty))}::smallint[],
                string_to_array(${ids(keys.map((key) => key.id))}, ',')) with ordinality as i (ty, id, n)
    join fhir.identity d on d.ty = i.ty and d.id = i.id
    join fhir.resource r on r.rid = d.rid and r.shard = d.shard`.raw();
  const found = new Array<VersionRow | undefined>(keys.length);
  for (const [n, ver, upd, deleted, content] of rows as unknown as Column[][])
    found[numberOf(n) - 1] = versionRow([ver!, upd!, deleted!, content!]);
  return found;
}

/**
 * As `readCurrent`, on several nodes. What is asked of each is not told.
 * @throws StoreUnavailable where what the directory knows does not come
 */
export async function readSpread(
  sql: Session,
  keys: readonly ResourceKey[],
  limit: number,
): Promise<(VersionRow | undefined)[]> {
  const [only] = keys;
  if (only !== undefined && keys.length === 1)
    return [await readAtPlace(sql, only, (place) => readRow(sql, place, limit))];
  const rows = await readOfPlaces(sql, keys, ({ from }) =>
    sql`
    select i.n, r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
           case when octet_length(r.content) <= ${limit} then r.content end
    from ${from}`.raw(),
  );
  const found = new Array<VersionRow | undefined>(keys.length);
  for (const [n, ...version] of rows) found[numberOf(n)] = versionRow(version);
  return found;
}

/** The current version at a place. */
async function readRow(
  sql: Session,
  { rid, shard }: { readonly rid: string; readonly shard: number },
  limit: number,
): Promise<VersionRow | undefined> {
  const [row] = await sql`
    select r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
           case when octet_length(r.content) <= ${limit} then r.content end
    from fhir.resource r where r.rid = ${rid}::bigint and r.shard = ${shard}::int`.raw();
  return row === undefined ? undefined : versionRow(row);
}

/** Lists of one would be written to a place of their own before they are read. */
async function readOne(sql: Session, { ty, id }: ResourceKey, limit: number): Promise<VersionRow | undefined> {
  const [row] = await sql`
    select r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
           case when octet_length(r.content) <= ${limit} then r.content end
    from fhir.identity d join fhir.resource r on r.rid = d.rid and r.shard = d.shard
    where d.ty = ${ty}::smallint and d.id = ${id}`.raw();
  return row === undefined ? undefined : versionRow(row);
}

/**
 * As `readCurrent`. That no consent refuses it is told where its patient has stated none, which the row of the resource and one look at an index tell: nothing is told where there is a
 * consent, whatever it says, and where the row does not say whose record it is.
 */
export async function readCurrentUnstated(
  sql: Session,
  keys: readonly ResourceKey[],
  limit: number,
): Promise<(VersionRow | undefined)[]> {
  const [only] = keys;
  if (only !== undefined && keys.length === 1) {
    const [row] = await sql.unsafe(unstated.one, [only.ty, only.id, limit], { prepare: true }).raw();
    return [row === undefined ? undefined : unstatedRow(row)];
  }
  const named = [numbers(keys.map((key) => key.ty)), ids(keys.map((key) => key.id)), limit];
  const rows = (await sql.unsafe(unstated.several, named, { prepare: true }).raw()) as unknown as Column[][];
  const found = new Array<VersionRow | undefined>(keys.length);
  for (const row of rows) found[numberOf(row[5]) - 1] = unstatedRow(row);
  return found;
}

const unstatedText = (more: string, from: string): string => `
    select r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
           case when octet_length(r.content) <= $3::int then r.content end,
           case when ${isPatientKnown} then exists (select 1 from fhir.consent ck where ck.pat = r.pat) end${more}
    from ${from}`;

/** Made once: texts of pieces take longer than the rest of it. */
const unstated = {
  one: unstatedText(
    '',
    `fhir.identity d join fhir.resource r on r.rid = d.rid and r.shard = d.shard where d.ty = $1::smallint and d.id = $2`,
  ),
  several: unstatedText(
    ', i.n',
    `unnest($1::smallint[], string_to_array($2, ',')) with ordinality as i (ty, id, n)
    join fhir.identity d on d.ty = i.ty and d.id = i.id
    join fhir.resource r on r.rid = d.rid and r.shard = d.shard`,
  ),
} as const;

function unstatedRow([ver, upd, deleted, content, isStated]: Column[]): VersionRow {
  return {
    ver: numberOf(ver),
    upd: numberOf(upd),
    deleted: booleanOf(deleted),
    content: content ?? undefined,
    told: isStated === null || isStated === undefined || booleanOf(isStated) ? undefined : toldOfRead.unrefused,
  };
}

/**
 * As `readCurrent`, with what is asked of each: in the same statement, so that what is told is true of that version. The row of the index tells whose record it is, what it is called and what keys it has.
 * @param searched the definition of the index that is searched: of another one nothing is told
 */
export async function readCurrentAsked(
  sql: Session,
  keys: readonly ResourceKey[],
  limit: number,
  searched: { readonly version: number; readonly tables: IndexTables },
): Promise<(VersionRow | undefined)[]> {
  const { text, parameters } = askedStatement({ keys, limit, searched });
  const rows = (await sql.unsafe(text, parameters, { prepare: true }).raw()) as unknown as Column[][];
  const found = new Array<VersionRow | undefined>(keys.length);
  for (const [n, ver, upd, deleted, content, told] of rows)
    found[numberOf(n) - 1] = {
      ver: numberOf(ver),
      upd: numberOf(upd),
      deleted: booleanOf(deleted),
      content: content ?? undefined,
      told: told === null ? undefined : numberOf(told),
    };
  return found;
}

/** ver, upd in ms, deleted, content, and where they were asked for method and whether it is new. */
export function versionRow([ver, upd, deleted, content, method, isNew]: Column[]): VersionRow {
  return {
    ver: numberOf(ver),
    upd: numberOf(upd),
    deleted: booleanOf(deleted),
    content: content ?? undefined,
    method: methodOf(method),
    isNew: isNew === undefined ? undefined : booleanOf(isNew),
  };
}

/** Resources that are not deleted, by type number. Reads an index, no bodies. */
export async function countResources(sql: Session): Promise<{ ty: number; count: number }[]> {
  const rows = await sql<{ ty: number; count: string }[]>`
    select ty, count(*) as count from fhir.resource where not deleted group by ty`;
  return rows.map(({ ty, count }) => ({ ty, count: Number(count) }));
}
