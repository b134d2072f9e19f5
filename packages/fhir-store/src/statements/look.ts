import type { Session } from './session.ts';
import { booleanOf, ids, numberOf, numbers, type Column } from './columns.ts';
import type { ResourceKey } from './read-current.ts';

/** The current version as far as a write needs it. */
export interface Current {
  readonly rid: number;
  readonly shard: number;
  readonly ver: number;
  /** Milliseconds since 1970. */
  readonly upd: number;
  readonly deleted: boolean;
  /** The content, where it was asked for by its length. */
  readonly content?: Buffer;
}

/** A resource whose current version is looked for. */
export interface Looked extends ResourceKey {
  /** The content is wanted when it has so many bytes and those of the digits of its version. */
  readonly length?: number | undefined;
}

/**
 * The current versions, in the order asked for; undefined where an id never existed.
 * @param isLocking whether they are locked until the transaction ends, in the order of their rids, so that two transactions cannot deadlock.
 *   They are returned as they are then; one that went to another shard meanwhile is not found.
 */
export async function look(
  sql: Session,
  keys: readonly Looked[],
  { isLocking = false } = {},
): Promise<(Current | undefined)[]> {
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
  for (const [n, ...columns] of rows as unknown as Column[][]) {
    const current = currentOf(columns);
    const content = columns[5];
    found[numberOf(n) - 1] = content === null || content === undefined ? current : { ...current, content };
  }
  return found;
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
 * Locks current versions until the transaction ends, in the order of their rids, so that two transactions cannot
 * deadlock.
 * @returns how many: fewer when one was moved to another shard since it was seen
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
