/**
 * Places of resources on several nodes. The directory is asked before, so that a statement says where its rows are and goes to the nodes
 * that have them. A commit reaches the nodes one after another: a row that the directory knows and that is not at its place will be there
 * soon, or has moved to another shard, and is looked up again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from '@dhp/postgres';
import { numberOf, numbers, type Column } from '@dhp/search-index/sql';
import { StoreUnavailable } from '../store-unavailable.ts';
import { within } from './held.ts';

type Fragment = ReturnType<Session>;

interface Key {
  /** Number of the resource type. */
  readonly ty: number;
  readonly id: string;
}

/** The `from` part of a statement, with rid and shard of a resource as `d`, and its condition: no row if the resource never existed. */
interface Place {
  readonly d: Fragment;
  readonly where: Fragment;
}

/** Milliseconds after which a row must be at the place in the directory, and those between two reads. */
const patience = 5_000;
const pause = 10;

interface Known {
  readonly rid: string;
  readonly shard: number;
}

/** Undefined if the resource never existed. */
async function placeOf(sql: Session, { ty, id }: Key): Promise<Known | undefined> {
  const [place] = await sql<Known[]>`select rid, shard from fhir.identity where ty = ${ty}::smallint and id = ${id}`;
  return place;
}

/**
 * Reads the row of a resource by statements that name one table, its rid and its shard, and nothing else: Citus forwards such a statement
 * without planning it, which takes less than half of the CPU.
 * @param read returns the row with this place, undefined if it is not there
 * @throws StoreUnavailable if a row of the directory does not appear
 */
export async function readAtPlace<Row>(
  sql: Session,
  key: Key,
  read: (place: Known) => Promise<Row | undefined>,
): Promise<Row | undefined> {
  for (const end = Date.now() + patience; ;) {
    const place = await placeOf(sql, key);
    const row = place && (await read(place));
    if (place === undefined || row !== undefined) return row;
    await pauseUntil(end);
  }
}

/**
 * Reads rows of a resource. On one node its place is found by the statement.
 * @throws StoreUnavailable if a row of the directory does not appear
 */
export async function readOfPlace<Row>(
  sql: Session,
  key: Key,
  isSpread: boolean,
  read: (place: Place) => PromiseLike<readonly Row[]>,
): Promise<readonly Row[]> {
  if (!isSpread) return read({ d: sql`fhir.identity d`, where: sql`d.ty = ${key.ty} and d.id = ${key.id}` });
  for (const end = Date.now() + patience; ;) {
    const place = await placeOf(sql, key);
    if (place === undefined) return [];
    const { rid, shard } = place;
    const isThere = sql`exists (select 1 from fhir.resource x where x.rid = d.rid and x.shard = d.shard)`;
    const rows = await read({ d: sql`(select ${rid}::bigint as rid, ${shard}::int as shard) d`, where: isThere });
    if (rows.length > 0) return rows;
    const there = await sql`select 1 from fhir.resource where rid = ${rid}::bigint and shard = ${shard}::int`;
    if (there.length > 0) return rows;
    await pauseUntil(end);
  }
}

/** The `from` part of a statement, with n, rid and shard as `i` and the rows of fhir.resource as `r`; n is the index in the request. */
interface Places {
  readonly from: Fragment;
}

/**
 * Reads the rows of many resources, on several nodes.
 * @param read returns rows with n in front
 * @returns the rows, each once
 * @throws StoreUnavailable if a row of the directory does not appear
 */
export async function readOfPlaces(
  sql: Session,
  keys: readonly Key[],
  read: (places: Places) => PromiseLike<unknown>,
): Promise<Column[][]> {
  const found: Column[][] = [];
  const seen = new Set<number>();
  let open = keys.map((key, n) => ({ key, n }));
  for (const end = Date.now() + patience; ;) {
    const places = await placesOf(sql, open);
    if (places.length === 0) return found;
    const shards = places.map(({ shard }) => shard);
    const from = sql`unnest(${numbers(places.map(({ n }) => n))}::int[], ${numbers(places.map(({ rid }) => rid))}::bigint[],
        ${numbers(shards)}::int[]) as i (n, rid, shard)
      join fhir.resource r on r.rid = i.rid and r.shard = i.shard and ${within(sql, sql`r`, { shards })}`;
    for (const row of (await read({ from })) as Column[][]) {
      seen.add(numberOf(row[0]));
      found.push(row);
    }
    const known = new Set(places.map(({ n }) => n));
    open = open.filter(({ n }) => known.has(n) && !seen.has(n));
    if (open.length === 0) return found;
    await pauseUntil(end);
  }
}

/** Places of the resources that the directory knows. */
async function placesOf(
  sql: Session,
  open: readonly { readonly key: Key; readonly n: number }[],
): Promise<{ n: number; rid: number; shard: number }[]> {
  if (open.length === 0) return [];
  const rows = await sql`
    select i.n, d.rid, d.shard
    from unnest(${numbers(open.map(({ key }) => key.ty))}::smallint[],
                string_to_array(${open.map(({ key }) => key.id).join(',')}, ','), ${numbers(open.map(({ n }) => n))}::int[]) as i (ty, id, n)
    join fhir.identity d on d.ty = i.ty and d.id = i.id`.raw();
  return (rows as unknown as Column[][]).map(([n, rid, shard]) => ({
    n: numberOf(n),
    rid: numberOf(rid),
    shard: numberOf(shard),
  }));
}

/** @throws StoreUnavailable when the time is over */
async function pauseUntil(end: number): Promise<void> {
  if (Date.now() > end) throw new StoreUnavailable('timeout', undefined);
  await delay(pause);
}
