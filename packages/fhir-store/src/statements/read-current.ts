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
  /** Questions to be answered with it. */
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
  /** Whether no version, or a deletion, came before it; undefined if not requested. */
  readonly isNew?: boolean | undefined;
  /** Bits of the facts that certainly hold (`toldOfRead`), of those requested; undefined if none was requested. */
  readonly told?: number | undefined;
}

/**
 * The current versions of many ids in one statement, in the order of the keys; undefined if it does not exist. Contents of more than
 * `limit` bytes are left out.
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
 * As `readCurrent`, on several nodes. Questions are not answered.
 * @throws StoreUnavailable if a row of the directory does not appear
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

/** A list of one would be materialised before it is read. */
async function readOne(sql: Session, { ty, id }: ResourceKey, limit: number): Promise<VersionRow | undefined> {
  const [row] = await sql`
    select r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
           case when octet_length(r.content) <= ${limit} then r.content end
    from fhir.identity d join fhir.resource r on r.rid = d.rid and r.shard = d.shard
    where d.ty = ${ty}::smallint and d.id = ${id}`.raw();
  return row === undefined ? undefined : versionRow(row);
}

/**
 * As `readCurrent`. It answers that no consent refuses the resource if its patient has stated none, which the row of the resource and one index look-up
 * show: no answer if there is any consent, whatever its content, or if the row does not have the patient.
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
 * As `readCurrent`, with the answers to the questions of each key: in the same statement, so that they are true of that version. The index row has the
 * patient, the name and the keys of the resource.
 * @param searched the active index definition: with another one nothing is answered
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

/** ver, upd in ms, deleted, content, and if requested the method and whether it is new. */
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
