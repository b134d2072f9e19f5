/** A tag that makes a part of a statement, of any library. */
type Tag<Piece> = (strings: TemplateStringsArray, ...values: readonly (string | number | NoInfer<Piece>)[]) => Piece;

/**
 * The safe watermark: every transaction below this number that can have written in this database has ended. All databases of a cluster
 * share the numbers, but transactions of other databases, also prepared ones, are ignored: their sessions never write here. A transaction
 * whose database is no longer known counts as one of this database: it has just ended, and the next call will know.
 * https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
 */
export function oldestOpen<Piece>(sql: Tag<Piece>): Piece {
  return sql`(
    select coalesce((
      select o.xid from (
        select pg_snapshot_xip(s) union all select pg_current_xact_id_if_assigned()
      ) o (xid)
      where o.xid < pg_snapshot_xmax(s)
        and not exists (
          select from pg_stat_activity a where a.backend_xid = o.xid::xid and a.datname <> current_database())
        and not exists (
          select from pg_prepared_xacts p where p.transaction = o.xid::xid and p.database <> current_database())
      order by o.xid limit 1
    ), pg_snapshot_xmax(s)) from pg_current_snapshot() s)`;
}
