/**
 * The order of commits in PostgreSQL: each version carries the number of the transaction that stored it (`txid`). Numbers are given when
 * transactions begin to write, and they commit in another order; below the oldest open one nothing can appear any more. Only this folder
 * uses PostgreSQL's functions for it, which a test checks: over several databases the order is made in another way.
 * https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
 */

export { oldestOpen } from '@dhp/postgres';

/** A tag that makes a part of a statement, for any SQL library. */
type Tag<Piece> = (strings: TemplateStringsArray, ...values: readonly (string | number | NoInfer<Piece>)[]) => Piece;

/** The number of the transaction that the statement runs in; it has one from then on. */
export function thisTransaction<Piece>(sql: Tag<Piece>): Piece {
  return sql`pg_current_xact_id()`;
}

/** Returns the snapshot of the statement, a text that comes back with the request for the next page. */
export function currentSnapshot<Piece>(sql: Tag<Piece>): Piece {
  return sql`pg_current_snapshot()`;
}

/** No transaction from this number on has been seen by anybody. */
export function firstUnseen<Piece>(sql: Tag<Piece>): Piece {
  return sql`pg_snapshot_xmax(pg_current_snapshot())`;
}

/**
 * The end of a select of all that is committed on all nodes, as texts: the snapshot, `xmin` below which everything is committed, and `xmax`
 * from which on nothing is.
 */
export function wholeSnapshot<Piece>(sql: Tag<Piece>): Piece {
  return sql`s::text as snapshot, pg_snapshot_xmin(s)::text as xmin, pg_snapshot_xmax(s)::text as xmax from fhir.whole_snapshot() s`;
}

/** As `oldestOpen`, of rows that may be on several nodes: below it all has been committed on all of them. */
export function oldestOfAll<Piece>(sql: Tag<Piece>): Piece {
  return sql`pg_snapshot_xmin(fhir.whole_snapshot())`;
}

/** True of versions stored before the statement's snapshot; false of those for which a lock has waited. */
export function isSeen<Piece>(sql: Tag<Piece>, txid: Piece): Piece {
  return sql`pg_visible_in_snapshot(${txid}, (select pg_current_snapshot()))`;
}

/** True of versions that an earlier statement could see. @param snapshot of the statement, a text that `isSnapshot` accepts */
export function wasSeen<Piece>(sql: Tag<Piece>, txid: Piece, snapshot: string): Piece {
  return sql`pg_visible_in_snapshot(${txid}, ${snapshot}::pg_snapshot)`;
}

/**
 * True of all versions that an earlier statement could not see, and of those in progress when the oldest of them was. @param snapshot as
 * for `wasSeen`
 */
export function mayBeUnseen<Piece>(sql: Tag<Piece>, txid: Piece, snapshot: string): Piece {
  return sql`${txid} >= pg_snapshot_xmin(${snapshot}::text::pg_snapshot)`;
}

/**
 * True if the writes of this transaction come behind those of the transaction with the number. They do not if this transaction already had
 * a number when it waited for the other: the later version of a resource would come before the earlier one.
 */
export function comesBehind<Piece>(sql: Tag<Piece>, txid: Piece): Piece {
  return sql`${txid} <= pg_current_xact_id()`;
}

/**
 * True if the transaction with the number `own` comes behind the one with `txid`, as `comesBehind` for the transaction of the statement.
 */
export function endedBefore<Piece>(sql: Tag<Piece>, txid: Piece, own: string): Piece {
  return sql`${txid} <= ${own}::xid8`;
}

/** The number of the transaction of the statement, as a text: it has one from then on. */
export function ownNumber<Piece>(sql: Tag<Piece>): Piece {
  return sql`pg_current_xact_id()::text`;
}

/** True of a transaction behind all that an earlier statement could see. @param snapshot as of `wasSeen` */
export function isBehind<Piece>(sql: Tag<Piece>, txid: Piece, snapshot: string): Piece {
  return sql`${txid} >= pg_snapshot_xmax(${snapshot}::text::pg_snapshot)`;
}

/** The state of a row that is compared before it is changed: another one after each change. */
export function rowState<Piece>(sql: Tag<Piece>, row: Piece): Piece {
  return sql`${row}.xmin`;
}
