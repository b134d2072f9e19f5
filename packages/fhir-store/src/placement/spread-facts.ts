/** State of a database of several nodes as the database reports it, for `dhp doctor`, `dhp status` and `dhp shards`. Reads only. */
import type { Sql } from '@dhp/postgres';
import { distribution } from './distribution.ts';
import { settingsQuery, type NodeSettings, type Place } from './nodes.ts';

/** @returns whether the tables are spread; undefined while they are being spread, or where that was ended before it was done */
export async function isSpread(sql: Sql): Promise<boolean | undefined> {
  try {
    const [row] = await sql<{ spread: boolean }[]>`select fhir.is_spread() as spread`;
    return row!.spread;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === '57P03') return undefined;
    // A database that was never migrated, or only by an older program: undefined_function, invalid_schema_name.
    if (code === '42883' || code === '3F000') return false;
    throw error;
  }
}

export interface SpreadNode extends Place {
  readonly isCoordinator: boolean;
  /** Whether shards may be placed there: not on the coordinator, nor on a drained node. */
  readonly takesShards: boolean;
  readonly shards: number;
  readonly bytes: number;
  /** Its settings, or the reason why it did not answer. */
  readonly said: NodeSettings | string;
}

export interface SpreadFacts {
  /** False while it is being spread, or where that was ended. */
  readonly isDone: boolean;
  readonly nodes: readonly SpreadNode[];
  /** Tables that should be spread, or whole on each node, and are not. */
  readonly loose: readonly string[];
  /** Tables whose rows are not placed with those of fhir.resource. */
  readonly apart: readonly string[];
}

/** Milliseconds after which a node that does not answer is not reached. */
const patience = 3_000;

/**
 * @param sql of one connection, or in a transaction: it changes settings of its session
 * @returns undefined for a database that is not spread
 */
export async function spreadFacts(sql: Sql): Promise<SpreadFacts | undefined> {
  const spread = await isSpread(sql);
  if (spread === false) return undefined;
  const [there] = await sql`select 1 from pg_extension where extname = 'citus'`;
  if (there === undefined) return { isDone: false, nodes: [], loose: [], apart: [] };
  await sql`select set_config('citus.node_connection_timeout', ${String(patience)}, false)`;
  const said = new Map(
    (
      await sql<{ nodeid: number; success: boolean; result: string }[]>`
        select nodeid, success, result from run_command_on_all_nodes(${settingsQuery}, give_warning_for_connection_errors => true)`
    ).map((row) => [row.nodeid, row]),
  );
  const rows = await sql<(Place & Pick<SpreadNode, 'isCoordinator' | 'takesShards'> & { nodeid: number })[]>`
    select nodeid, nodename as host, nodeport as port, groupid = 0 as "isCoordinator", shouldhaveshards as "takesShards"
    from pg_dist_node where noderole = 'primary' order by groupid`;
  const sizes = await sql<{ host: string; port: number; shards: number; bytes: number }[]>`
    select s.nodename as host, s.nodeport as port, count(distinct d.shardminvalue)::int as shards,
      coalesce(sum(s.shard_size), 0)::float8 as bytes
    from citus_shards s join pg_dist_shard d on d.shardid = s.shardid
    where s.citus_table_type = 'distributed' group by 1, 2`;
  return {
    isDone: spread === true,
    nodes: rows.map(({ nodeid, ...node }) => {
      const of = sizes.find(({ host, port }) => host === node.host && port === node.port);
      const answer = said.get(nodeid);
      return {
        ...node,
        ...{ shards: of?.shards ?? 0, bytes: of?.bytes ?? 0 },
        said: answer?.success === true ? (JSON.parse(answer.result) as NodeSettings) : (answer?.result ?? ''),
      };
    }),
    ...(await misplaced(sql)),
  };
}

async function misplaced(sql: Sql): Promise<Pick<SpreadFacts, 'loose' | 'apart'>> {
  const rows = await sql<{ name: string; method: string; together: boolean }[]>`
    select c.relname as name, p.partmethod::text as method,
      p.colocationid = (select colocationid from pg_dist_partition where logicalrelid = 'fhir.resource'::regclass) as together
    from pg_dist_partition p join pg_class c on c.oid = p.logicalrelid where c.relnamespace = 'fhir'::regnamespace`;
  const found = new Map(rows.map((row) => [row.name, row]));
  const { byShard, everywhere, unplaced } = distribution;
  return {
    loose: [
      ...byShard.filter((name) => found.get(name)?.method !== 'h'),
      ...[...everywhere, ...unplaced].filter((name) => found.get(name)?.method !== 'n'),
    ],
    apart: byShard.filter((name) => found.get(name)?.method === 'h' && found.get(name)?.together !== true),
  };
}
