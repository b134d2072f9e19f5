import type { Session } from '@dhp/postgres';
import type { NearNodes } from './near-nodes.ts';
import { readShardMap, type ShardMap } from './shard-map.ts';

/**
 * Returns the shard of the rows of a resource. `shardKeyOf` answers it for a new version; a version without its own shard (a deletion)
 * stays where the resource is.
 */
interface Placed {
  readonly shard: number;
}

/** Undefined: unchanged. */
interface Next {
  readonly shard: number | undefined;
}

/** The shard that a resource is in once the next version is stored. */
export function shardAfter(current: Placed, next: Next): number {
  return next.shard ?? current.shard;
}

/** Whether storing the next version takes the resource, with all its rows, to another shard. */
export function moves(current: Placed, next: Next): boolean {
  return shardAfter(current, next) !== current.shard;
}

/** The nodes of a database. */
interface Nodes {
  /** Whether the rows are on several; false before it was asked. */
  readonly isSpread: () => boolean;
  /** The map of shards; undefined on one node. */
  readonly shards: () => ShardMap | undefined;
  /** Sessions with each of several nodes; undefined if they are not used. */
  readonly near: () => NearNodes | undefined;
  /** The same for searches, which know the shards once all shards of patients are noted, including those of earlier writers. */
  readonly ofSearches: Pick<Nodes, 'isSpread' | 'shards'>;
  /** Reads the settings that `distribute` has stored. */
  readonly ask: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * @param given undefined: read from the database
 * @param openNear opens sessions with each of several nodes
 */
export function createNodes(
  sql: Session,
  given: { readonly isSpread?: boolean; readonly shards?: ShardMap },
  openNear: () => NearNodes,
): Nodes {
  let { isSpread = false, shards } = given;
  let near: NearNodes | undefined;
  let knows = shards !== undefined;
  const known = { isSpread: () => isSpread, shards: () => shards };
  return {
    ...known,
    near: () => near,
    ofSearches: { ...known, shards: () => (knows ? shards : undefined) },
    async ask() {
      if (given.isSpread !== undefined) return;
      const [row] = await sql<{ spread: boolean; knows: boolean }[]>`
        select fhir.is_spread() as spread, fhir.knows_patient_shards() as knows`;
      isSpread = row!.spread;
      knows = row!.knows;
      if (!isSpread) return;
      shards = await readShardMap(sql);
      near = openNear();
    },
    close: async () => near?.close(),
  };
}
