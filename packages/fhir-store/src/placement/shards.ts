/** Shards of a database of several nodes: their places, and moving them by Citus. */
import type { Sql } from '@dhp/postgres';
import type { Place } from './nodes.ts';

/** A shard: the rows of one range of `shard` in all tables that are spread by it. They are on one node, and move together. */
interface ShardGroup extends Place {
  /** From 1, in the order of the values. */
  readonly n: number;
  /** The first and the last value of `shard`. */
  readonly from: number;
  readonly to: number;
  /** undefined if the node does not answer. */
  readonly bytes: number | undefined;
  /** Current resources, and earlier versions, by the statistics of the node; undefined if there are no statistics. */
  readonly resources: number | undefined;
  readonly versions: number | undefined;
}

const statistics = `select coalesce(jsonb_object_agg(relname, reltuples), '{}')::text from pg_class
  where relnamespace = to_regnamespace('fhir') and relkind = 'r' and relname ~ '^(resource|history)_[0-9]+$'`;

/** All shards, with their sizes. */
export async function shardGroups(sql: Sql): Promise<readonly ShardGroup[]> {
  const rows = await sql<
    (Place & { from: number; to: number; bytes: number | null; resource: string; history: string })[]
  >`
    select d.shardminvalue::int as from, d.shardmaxvalue::int as to, min(s.nodename) as host, min(s.nodeport) as port,
      sum(s.shard_size)::float8 as bytes,
      min(s.shardid) filter (where s.table_name = 'fhir.resource'::regclass)::text as resource,
      min(s.shardid) filter (where s.table_name = 'fhir.history'::regclass)::text as history
    from citus_shards s join pg_dist_shard d on d.shardid = s.shardid
    where s.colocation_id = (select colocationid from pg_dist_partition where logicalrelid = 'fhir.resource'::regclass)
    group by d.shardminvalue, d.shardmaxvalue order by d.shardminvalue::int`;
  const told = await sql<{ success: boolean; result: string }[]>`
    select success, result from run_command_on_workers(${statistics})`;
  const counts = new Map<string, number>(
    told.flatMap(({ success, result }) =>
      success ? Object.entries(JSON.parse(result) as Record<string, number>) : [],
    ),
  );
  const known = (name: string): number | undefined => {
    const count = counts.get(name);
    return count === undefined || count < 0 ? undefined : count;
  };
  return rows.map(({ bytes, resource, history, ...group }, at) => ({
    ...{ n: at + 1, ...group, bytes: bytes ?? undefined },
    ...{ resources: known(`resource_${resource}`), versions: known(`history_${history}`) },
  }));
}

/** A shard that would be moved. */
interface PlannedMove {
  readonly from: Place;
  readonly to: Place;
  readonly bytes: number;
}

/** Moves that would balance the nodes, or, with `drains`, that would only empty the nodes that take no shards. Reads only. */
export async function plannedMoves(sql: Sql, { drains = false } = {}): Promise<readonly PlannedMove[]> {
  const rows = await sql<{ fh: string; fp: number; th: string; tp: number; bytes: number }[]>`
    with sizes as (
      select d.shardminvalue as value, sum(s.shard_size) as bytes from citus_shards s join pg_dist_shard d on d.shardid = s.shardid
      where s.citus_table_type = 'distributed' group by 1
    )
    select p.sourcename as fh, p.sourceport as fp, p.targetname as th, p.targetport as tp, z.bytes::float8 as bytes
    from get_rebalance_table_shards_plan(drain_only => ${drains}::boolean) p
    join pg_dist_shard d on d.shardid = p.shardid join sizes z on z.value = d.shardminvalue
    group by d.shardminvalue, 1, 2, 3, 4, 5 order by d.shardminvalue::int`;
  return rows.map(({ fh, fp, th, tp, bytes }) => ({ from: { host: fh, port: fp }, to: { host: th, port: tp }, bytes }));
}

export interface RebalanceState {
  /** As Citus has it: scheduled, running, finished, cancelling, cancelled, failing, failed. */
  readonly state: string;
  readonly isOver: boolean;
  /** Moves, each of one shard. */
  readonly done: number;
  readonly total: number;
  /** Bytes of the shards that are being moved, and the part of them that has arrived. */
  readonly moving: number;
  readonly moved: number;
  /** Words of Citus about a move that has failed. */
  readonly failure: string | undefined;
}

/** The last one; undefined if there never was one. */
export async function rebalanceState(sql: Sql): Promise<RebalanceState | undefined> {
  const [job] = await sql<{ id: string; state: string; done: number; total: number; failure: string | null }[]>`
    select j.job_id::text as id, j.state::text as state, count(t.task_id) filter (where t.status = 'done')::int as done,
      count(t.task_id)::int as total, max(t.message) filter (where t.status in ('error', 'runnable', 'unscheduled')) as failure
    from pg_dist_background_job j left join pg_dist_background_task t on t.job_id = j.job_id
    where j.job_type = 'rebalance' group by j.job_id, j.state order by j.job_id desc limit 1`;
  if (job === undefined) return undefined;
  const isOver = ['finished', 'cancelled', 'failed'].includes(job.state);
  const [now] = isOver
    ? [undefined]
    : await sql<{ moving: number; moved: number }[]>`
        select coalesce(sum(source_shard_size), 0)::float8 as moving, coalesce(sum(target_shard_size), 0)::float8 as moved
        from get_rebalance_progress() where progress = 1`;
  const { state, done, total, failure } = job;
  return {
    ...{ state, isOver, done, total, moving: now?.moving ?? 0, moved: now?.moved ?? 0 },
    failure: state === 'failed' ? (failure ?? '') : undefined,
  };
}

/**
 * Starts moving the shards in the background of the coordinator, independently of this connection.
 * @param options `drains`: only the shards of nodes that take none; `blocks`: writes to a shard wait while it is moved
 * @returns whether there was anything to move
 * @throws PostgresError if a rebalance is already running
 */
export async function startRebalance(sql: Sql, { drains = false, blocks = false } = {}): Promise<boolean> {
  const [job] = await sql<{ id: string | null }[]>`
    select citus_rebalance_start(drain_only => ${drains}::boolean,
      shard_transfer_mode => ${blocks ? 'block_writes' : 'auto'}::citus.shard_transfer_mode)::text as id`;
  return job!.id !== null;
}

/** Stops the rebalance; shards that were moved stay at their new place. @returns false if no rebalance is running */
export async function cancelRebalance(sql: Sql): Promise<boolean> {
  const state = await rebalanceState(sql);
  if (state === undefined || state.isOver) return false;
  await sql`select citus_rebalance_stop()`;
  return true;
}

/** Sets whether shards may be placed on a node; shards that are on it stay until they are moved. */
export async function keepShardsAway(sql: Sql, { host, port }: Place, isAway = true): Promise<void> {
  await sql`select citus_set_node_property(${host}, ${port}::int, 'shouldhaveshards', ${!isAway}::boolean)`;
}
