/** The nodes of a cluster meanwhile: shards move over and over, as a rebalance moves them, and a worker is killed and comes back. */
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Sql } from '../../../packages/postgres/src/index.ts';
import type { Cluster } from '../cluster.ts';

export interface Moves {
  /** Milliseconds that each took which came to its end. */
  readonly took: readonly number[];
  /** Words of Citus about the others. */
  readonly failures: readonly string[];
  /** Resolves when the one that is under way has ended. */
  stop(): Promise<void>;
}

interface MoveOptions {
  /** How a shard moves: `force_logical`, or `block_writes`, where who writes to it waits meanwhile. */
  readonly modes: readonly ('force_logical' | 'block_writes')[];
  /** Milliseconds between two moves. */
  readonly pause?: number;
}

/**
 * Moves one shard after another to another node. What a move has left behind is removed at once, as the next move of a rebalance does.
 * @param url of the owner's database on the coordinator
 */
export function keepMoving(url: string, { modes, pause = 0 }: MoveOptions): Moves {
  const end = new AbortController();
  const failures: string[] = [];
  const took: number[] = [];
  const running = (async () => {
    for (let n = 0; !end.signal.aborted; n += 1) {
      const sql = connect(url, { max: 1, applicationName: 'dhp setup' });
      try {
        const began = performance.now();
        await moveShard(sql, n, modes[n % modes.length]!);
        took.push(performance.now() - began);
        await sql.unsafe('call citus_cleanup_orphaned_resources()');
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
        await delay(500);
      } finally {
        await sql.end({ timeout: 1 });
      }
      await delay(pause);
    }
  })();
  return {
    ...{ failures, took },
    async stop() {
      end.abort();
      await running;
    },
  };
}

/** Moves the nth of the shards, in turn, to another node. */
export async function moveShard(sql: Sql, n: number, mode: MoveOptions['modes'][number]): Promise<void> {
  const shards = await sql<{ shard: string; host: string; port: number }[]>`
    select s.shardid::text as shard, s.nodename as host, s.nodeport as port from citus_shards s
    where s.table_name = 'fhir.resource'::regclass order by s.shardid`;
  const { shard, host, port } = shards[n % shards.length]!;
  const others = await sql<{ host: string; port: number }[]>`
    select nodename as host, nodeport as port from pg_dist_node
    where noderole = 'primary' and shouldhaveshards and (nodename, nodeport) <> (${host}, ${port}::int) order by nodeport`;
  const to = others[n % others.length]!;
  await sql`select citus_move_shard_placement(${shard}::bigint, ${host}, ${port}::int, ${to.host}, ${to.port}::int,
    shard_transfer_mode => ${mode}::citus.shard_transfer_mode)`;
}

export interface Kills {
  readonly count: () => number;
  stop(): Promise<void>;
}

/** Kills the last worker over and over, as a loss of power does, and starts it again. @param every milliseconds */
export function keepKilling(cluster: Cluster, every: number): Kills {
  const end = new AbortController();
  let count = 0;
  const running = (async () => {
    for (;;) {
      await delay(every, undefined, { signal: end.signal }).catch(() => undefined);
      if (end.signal.aborted) return;
      await cluster.killWorker();
      count += 1;
      await delay(700);
      await cluster.startWorker();
    }
  })();
  return {
    count: () => count,
    async stop() {
      end.abort();
      await running;
      await recoverPrepared(cluster.url);
    },
  };
}

/** All that a node had prepared when it was killed is committed or rolled back; Citus does it by itself, once a minute. */
async function recoverPrepared(url: string): Promise<void> {
  for (const end = Date.now() + 60_000; ;) {
    const sql = connect(url, { max: 1, applicationName: 'dhp setup' });
    try {
      await sql`select recover_prepared_transactions()`;
      const [left] = await sql<{ n: number }[]>`
        select coalesce(sum(result::int), 0)::int as n from run_command_on_workers('select count(*) from pg_prepared_xacts')`;
      if (left!.n === 0) return;
    } catch (error) {
      if (Date.now() > end) throw error;
    } finally {
      await sql.end({ timeout: 1 });
    }
    await delay(200);
  }
}
