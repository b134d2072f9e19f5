import type { Session } from '@dhp/postgres';
import { numbers } from '@dhp/search-index/sql';

type Fragment = ReturnType<Session>;

/**
 * Rows of resources that the transaction has locked in an earlier statement: they are as every later one sees them, so that nothing has to be locked
 * where it is read. On several nodes, locks are taken only so.
 */
export interface Held {
  /** The number of the transaction, as the directory's node has given it. */
  readonly txid: string;
  /** The shards in which the resources are. */
  readonly shards: readonly number[];
}

/**
 * Lets no shard with one of these values go to another node before the transaction ends: what is locked there stays locked, and every statement is carried out where it was
 * planned. Taken before locks on rows, for a move waits for it and others for the move.
 * @param shards one at least
 */
export async function holdShards(sql: Session, shards: readonly number[]): Promise<void> {
  await sql`select fhir.hold_shards(${numbers([...new Set(shards)])}::int[])`;
}

/** A condition by which a statement says in which shards it looks, so that no other node is asked. */
export function within(sql: Session, row: Fragment, { shards }: Pick<Held, 'shards'>): Fragment {
  return sql`${row}.shard = any(${numbers([...new Set(shards)])}::int[])`;
}

/** Sets the locks of resources that go to another shard apart from all others; so many there are, by the number of the row. */
const space = 1_145_585_748;
const classes = 64;

/**
 * Taken by whoever takes resources to another shard, until the transaction has ended on all nodes: for a moment their rows are on no node, or on two.
 * @param rids numbers of rows that are locked
 */
export async function lockMoves(sql: Session, rids: readonly number[]): Promise<void> {
  const taken = [...new Set(rids.map((rid) => rid % classes))].sort((a, b) => a - b);
  await sql`select pg_advisory_xact_lock(${space}, n) from unnest(${numbers(taken)}::int[]) as n`.raw();
}

/** Waits for all of these, and lets none begin until the transaction ends: who reads rows of many shards meets each once. */
export async function withoutMoves(sql: Session): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${space}, n) from generate_series(0, ${classes - 1}) as n`.raw();
}

/**
 * As `movedRows`, on several nodes, with the current version: rows are taken away and put in, since a row cannot go to another node by a change.
 * @param part a part of the statement that has rid, shard, new_shard, ty, id and ver as they were, and what `next` names
 * @param which which of its rows `l` are stored, as the beginning of a condition
 * @param next the columns upd, deleted, txid, content, method and writer of the version that follows
 * @param held the shards in which the resources were
 */
export function rowsOfMoved(
  sql: Session,
  part: Fragment,
  { which, next, held }: { which: Fragment; next: Fragment; held: Pick<Held, 'shards'> },
): Fragment {
  return sql`identity_moved as (
      update fhir.identity d set shard = l.new_shard
      from ${part} l where ${which} l.new_shard <> l.shard and d.ty = l.ty and d.id = l.id
    ), resource_left as (
      delete from fhir.resource r using ${part} l
      where ${which} l.new_shard <> l.shard and r.rid = l.rid and r.shard = l.shard and ${within(sql, sql`r`, held)}
    ), resource_moved as (
      insert into fhir.resource (rid, shard, ty, id, ver, upd, deleted, txid, content, method, writer)
      select l.rid, l.new_shard, l.ty, l.id, l.ver + 1, ${next}
      from ${part} l where ${which} l.new_shard <> l.shard
    ), history_left as (
      delete from fhir.history h using ${part} l
      where ${which} l.new_shard <> l.shard and h.rid = l.rid and h.shard = l.shard and ${within(sql, sql`h`, held)}
      returning h.rid, h.ver, h.ty, h.deleted, h.upd, h.txid, h.content, h.method, h.writer, h.packed, h.dictionary, h.size, l.new_shard
    ), history_moved as (
      insert into fhir.history (rid, ver, shard, ty, deleted, upd, txid, content, method, writer, packed, dictionary, size)
      select rid, ver, new_shard, ty, deleted, upd, txid, content, method, writer, packed, dictionary, size from history_left
    )`;
}
