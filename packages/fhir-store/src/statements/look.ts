import type { Session } from './session.ts';
import { booleanOf, ids, numberOf, numbers, type Column } from './columns.ts';
import { ownNumber } from '../commit-order/transactions.ts';
import { holdShards, type Held } from '../placement/held.ts';
import { readAtPlace, readOfPlaces } from '../placement/place.ts';
import type { ResourceKey } from './read-current.ts';

/** The current version as far as a write needs it. */
export interface Current {
  readonly rid: number;
  readonly shard: number;
  readonly ver: number;
  /** Milliseconds since 1970. */
  readonly upd: number;
  readonly deleted: boolean;
  /** The content, if it was requested by its length. */
  readonly content?: Buffer;
}

/** A resource whose current version is looked for. */
export interface Looked extends ResourceKey {
  /** The content is wanted when it has this many bytes and those of the digits of its version. */
  readonly length?: number | undefined;
}

/**
 * The current versions, in the order of the keys; undefined if an id never existed.
 * @param isLocking whether they are locked until the transaction ends, in the order of their rids, so that two transactions cannot deadlock.
 *   The state under the lock is returned; a resource that moved to another shard meanwhile is not found.
 */
export async function look(
  sql: Session,
  keys: readonly Looked[],
  { isLocking = false, isSpread = false } = {},
): Promise<(Current | undefined)[]> {
  if (isSpread) return lookSpread(sql, keys, isLocking);
  const rows = await sql`
    select i.n, r.rid, r.shard, r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
           case when octet_length(r.content) = i.length + length(r.ver::text) then r.content end
    from unnest(${numbers(keys.map((key) => key.ty))}::smallint[],
                string_to_array(${ids(keys.map((key) => key.id))}, ','),
                ${numbers(keys.map((key) => key.length))}::int[]) with ordinality as i (ty, id, length, n)
    join fhir.identity d on d.ty = i.ty and d.id = i.id
    join fhir.resource r on r.rid = d.rid and r.shard = d.shard
    ${isLocking ? sql`order by r.rid for update of r` : sql``}`.raw();
  const found = new Array<Current | undefined>(keys.length);
  for (const [n, ...columns] of rows as unknown as Column[][]) found[numberOf(n) - 1] = lookedAt(columns);
  return found;
}

/**
 * The same on several nodes. Locked rows are read before, and again: a lock is taken in the shard of the row. A resource that moved to another shard
 * in between, or appeared, is neither locked nor found.
 */
async function lookSpread(sql: Session, keys: readonly Looked[], isLocking: boolean): Promise<(Current | undefined)[]> {
  const seen = await lookAtPlaces(sql, keys);
  const there = seen.filter((row) => row !== undefined);
  if (!isLocking || there.length === 0) return seen;
  await lockApart(sql, there);
  const again = await lookAtPlaces(sql, keys);
  return again.map((row, n) => (row?.shard === seen[n]?.shard ? row : undefined));
}

async function lookAtPlaces(sql: Session, keys: readonly Looked[]): Promise<(Current | undefined)[]> {
  const [only] = keys;
  if (only !== undefined && keys.length === 1) return [await lookAtPlace(sql, only)];
  const lengths = numbers(keys.map((key) => key.length));
  const rows = await readOfPlaces(sql, keys, ({ from }) =>
    sql`
    select i.n, r.rid, r.shard, r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
           case when octet_length(r.content) = (${lengths}::int[])[i.n + 1] + length(r.ver::text) then r.content end
    from ${from}`.raw(),
  );
  const found = new Array<Current | undefined>(keys.length);
  for (const [n, ...columns] of rows) found[numberOf(n)] = lookedAt(columns);
  return found;
}

/** By statements of one table each, which are not planned over nodes. */
async function lookAtPlace(sql: Session, key: Looked): Promise<Current | undefined> {
  return readAtPlace(sql, key, async ({ rid, shard }) => {
    const [row] = await sql`
      select r.rid, r.shard, r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
             case when octet_length(r.content) = ${key.length ?? null}::int + length(r.ver::text) then r.content end
      from fhir.resource r where r.rid = ${rid}::bigint and r.shard = ${shard}::int`.raw();
    return row === undefined ? undefined : lookedAt(row);
  });
}

function lookedAt(columns: Column[]): Current {
  const current = currentOf(columns);
  const content = columns[5];
  return content === null || content === undefined ? current : { ...current, content };
}

/** rid, shard, ver, upd in ms, deleted. */
export function currentOf([rid, shard, ver, upd, deleted]: Column[]): Current {
  return {
    rid: numberOf(rid),
    shard: numberOf(shard),
    ver: numberOf(ver),
    upd: numberOf(upd),
    deleted: booleanOf(deleted),
  };
}

/**
 * Locks current versions until the transaction ends, in the order of their rids, so that two transactions cannot deadlock.
 * @returns their number: fewer if one moved to another shard since it was read
 */
export async function lock(sql: Session, current: readonly Current[]): Promise<number> {
  const locked = await sql`
    select r.rid
    from unnest(${numbers(current.map((row) => row.rid))}::bigint[],
                ${numbers(current.map((row) => row.shard))}::int[]) as i (rid, shard)
    join fhir.resource r on r.rid = i.rid and r.shard = i.shard
    order by r.rid
    for update of r`.raw();
  return locked.length;
}

/**
 * The same on several nodes, in the order of shards and rids: one shard after another, since each is on one node.
 * @param next shards to which they move
 * @returns the locks on which later statements of the transaction may rely; a resource that moved to another shard since it was read is not
 * locked
 */
export async function lockApart(
  sql: Session,
  current: readonly Pick<Current, 'rid' | 'shard'>[],
  next: readonly number[] = [],
): Promise<Held> {
  const shards = [...new Set(current.map(({ shard }) => shard))].sort((a, b) => a - b);
  await holdShards(sql, [...shards, ...next]);
  for (const shard of shards) {
    const rids = numbers(current.filter((row) => row.shard === shard).map(({ rid }) => rid));
    await sql`select rid from fhir.resource where shard = ${shard}::int and rid = any(${rids}::bigint[]) order by rid for update`;
  }
  return { txid: await numberOfTransaction(sql), shards };
}

/** The number of the transaction; requested after its locks, because the transactions that it waited for have earlier ones. */
export async function numberOfTransaction(sql: Session): Promise<string> {
  const [own] = await sql<{ txid: string }[]>`select ${ownNumber(sql)} as txid`;
  return own!.txid;
}
