/**
 * The order of commits on several nodes: the number of a transaction is that of the node which clients speak to, and a transaction has ended when all nodes
 * have committed it. docs/decisions/0131-order-on-several-nodes.md
 */

/**
 * `fhir.whole_snapshot()` of several nodes. A transaction is visible on the first node a moment before the other nodes have committed their
 * prepared parts. It holds the lock on its own number until they have answered; if a node has not answered, the prepared part stays, with
 * the number of the node's record of it. So the locked numbers, and then the prepared transactions, are read after the snapshot and count
 * as open.
 */
export const wholeSnapshot = `
  create or replace function fhir.whole_snapshot() returns pg_snapshot language plpgsql volatile as $$
  declare
    seen    pg_snapshot := pg_current_snapshot();
    high    bigint := pg_snapshot_xmax(seen)::text::bigint;
    numbers bigint[];
    open    bigint[];
    failed  text;
    left_behind text[];
  begin
    select array_agg(l.transactionid::text::bigint) into numbers from pg_locks l
    where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted;
    select string_agg(w.result, ' ') filter (where not w.success),
           string_to_array(string_agg(w.result, ',') filter (where w.success and w.result <> ''), ',')
      into failed, left_behind
    from run_command_on_workers('select string_agg(gid, '','') from pg_prepared_xacts where database = current_database() and gid like ''citus\\_%''') w;
    if failed is not null then
      raise exception 'a node does not tell what is prepared there: %', failed using errcode = '57P03';
    end if;
    if left_behind is not null then
      numbers := numbers || array(select d.xmin::text::bigint from pg_dist_transaction d where d.gid = any(left_behind));
    end if;
    -- Of 32 bits, from 2^31 before the end of the snapshot to 2^31 behind it, where nothing was seen.
    open := array(
      select o.x from (
        select high + case when n.d > 2147483647 then n.d - 4294967296 when n.d < -2147483648 then n.d + 4294967296 else n.d end as x
        from (select unnest(numbers) - (high & 4294967295) as d) n
        union select pg_snapshot_xip(seen)::text::bigint
      ) o where o.x < high order by o.x);
    return (coalesce(least(open[1], pg_snapshot_xmin(seen)::text::bigint), high) || ':' || high || ':' || array_to_string(open, ','))::pg_snapshot;
  end $$`;

/** The expression that statements use for the snapshot: on another node it would be that node's own snapshot. */
export const currentSnapshotText = 'pg_current_snapshot()';
