/**
 * The connections of a store, as data: pools take their size from here, and the budget of connections that `dhp start` compares with
 * the server's limits is computed from here.
 */
import { connect, type ConnectOptions, type Sql } from '@dhp/postgres';
import { parseDatabaseUrl } from '@dhp/postgres/address';
import { isMovedShard } from './placement/node-errors.ts';

/** The most connections of each pool that an open store keeps, in the only process of a server on its node. */
export const servingConnections = {
  reads: 2,
  pages: 2,
  writes: 6,
  holding: 4,
  words: 1,
  trail: 1,
  terminology: 1,
  searches: 4,
  walks: 4,
  counts: 2,
  background: 1,
  hints: 1,
} as const;

export type ServingConnections = Readonly<Record<keyof typeof servingConnections, number>>;

/**
 * The most connections of each pool in one of several processes of a server on a node. Pools for long statements and for those that wait
 * for locks have half the connections of a single process, so two processes together have as many: the database has no more processors for
 * them. The other pools are unchanged: with one connection, a slow statement would hold up all others of its kind.
 * @param processes of the same server on this node
 */
export function servingConnectionsOf(processes: number): ServingConnections {
  if (processes === 1) return servingConnections;
  const { writes, holding, searches, walks } = servingConnections;
  return { ...servingConnections, writes: writes / 2, holding: holding / 2, searches: searches / 2, walks: walks / 2 };
}

/** The most connections of each pool that is open for the length of one piece of work: a bulk insert, indexing, a package. */
export const temporaryConnections = { bulk: 2, reindex: 2, packages: 2 } as const;

/** The same for commands, beside those of the servers. */
const commandConnections = { jobs: 2 } as const;

const sizes = { ...servingConnections, ...temporaryConnections, ...commandConnections };
export type PoolName = keyof typeof sizes;

/** The most connections of each pool to a replica, in each process of a server; they count there, and not at the primary. */
export const replicaConnections = { reads: 2, pages: 1, searches: 2, walks: 2, counts: 1 } as const;
export type ReplicaPoolName = keyof typeof replicaConnections;

/** Opens a pool to a replica, whose sessions are `dhp fhir replica NAME`. Nothing is written on it. */
export function openReplicaPool(
  url: string,
  name: ReplicaPoolName,
  options: Omit<ConnectOptions, 'applicationName'>,
): Sql {
  const own = { max: replicaConnections[name], readOnly: true, connectTimeout: 2 };
  return connect(url, { ...own, ...options, applicationName: `dhp fhir replica ${name}` });
}

/** Pools whose statements name one shard, or tables of the node that clients speak to. */
const choosing: ReadonlySet<PoolName> = new Set(['reads', 'writes', 'holding']);

/**
 * Opens a pool of a store. Its size is that of the table; its sessions are `dhp fhir NAME` in `pg_stat_activity`. `plan_cache_mode` of the
 * URL is kept: a database of several nodes makes no generic plans, except for reads by id and writes, where the mode is `auto`: it finds
 * the shard of one row with a cached plan, and plans statements for several rows again. A single statement that met a shard during its move
 * to another node is sent once more.
 * @param options `max` only if a caller of the store asks for another size
 */
export function openPool(url: string, name: PoolName, options: Omit<ConnectOptions, 'applicationName'> = {}): Sql {
  const given = parseDatabaseUrl(url).parameters['plan_cache_mode'];
  const planned = choosing.has(name) && given === 'force_custom_plan' ? 'auto' : given;
  const settings = { ...options.settings, ...(planned !== undefined && { plan_cache_mode: planned }) };
  return connect(url, {
    ...{ max: sizes[name], repeats: isMovedShard, ...options },
    ...{ settings, applicationName: `dhp fhir ${name}` },
  });
}
