import type { Session } from '@dhp/postgres';
import { numbers } from '@dhp/search-index/sql';

type Fragment = ReturnType<Session>;

/**
 * Rows of resources that the transaction has locked in an earlier statement: later statements see them unchanged, so that reads need no
 * lock. On several nodes, locks are taken only this way.
 */
export interface Held {
  /** The number of the transaction, as the directory's node has given it. */
  readonly txid: string;
  /** The shards in which the resources are. */
  readonly shards: readonly number[];
}

/**
 * Keeps the shards with these values on their nodes until the transaction ends: locks there remain valid, and every statement is executed
 * where it was planned. Must be taken before locks on rows, since a move waits for it and others wait for the move.
 * @param shards one at least
 */
export async function holdShards(sql: Session, shards: readonly number[]): Promise<void> {
  await sql`select fhir.hold_shards(${numbers([...new Set(shards)])}::int[])`;
}

/** A condition that names the shards of a statement, so that no other node is asked. */
export function within(sql: Session, row: Fragment, { shards }: Pick<Held, 'shards'>): Fragment {
  return sql`${row}.shard = any(${numbers([...new Set(shards)])}::int[])`;
}

/** Sets the locks of resources that go to another shard apart from all others; so many there are, by the number of the row. */
const space = 1_145_585_748;
const classes = 64;

/**
 * Taken by moves of resources to another shard, until the transaction has ended on all nodes: for a moment their rows are on no node, or on
 * two.
 * @param rids numbers of locked rows
 */
export async function lockMoves(sql: Session, rids: readonly number[]): Promise<void> {
  const taken = [...new Set(rids.map((rid) => rid % classes))].sort((a, b) => a - b);
  await sql`select pg_advisory_xact_lock(${space}, n) from unnest(${numbers(taken)}::int[]) as n`.raw();
}

/** Waits for all of these, and prevents new ones until the transaction ends: a reader of many shards then sees each row once. */
export async function withoutMoves(sql: Session): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${space}, n) from generate_series(0, ${classes - 1}) as n`.raw();
}

/**
 * As `movedRows`, on several nodes, including the current version: rows are deleted and inserted, since an update cannot move a row to
 * another node.
 * @param part a part of the statement that has rid, shard, new_shard, ty, id and ver before the move, and the columns that `next` names
 * @param which the condition on its rows `l` that are stored, as the beginning of a condition
 * @param next the columns upd, deleted, txid, content, method and writer of the next version
 * @param held the shards of the resources before the move
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
