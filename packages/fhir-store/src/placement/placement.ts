import type { Session } from '@dhp/postgres';

/**
 * Returns the shard of the rows of a resource, the one question that a sharded database asks of the store. `shardKeyOf` answers it for a
 * new version; a version without a shard of its own (a deletion) stays where the resource is.
 */
interface Placed {
  readonly shard: number;
}

/** Undefined: as it is. */
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
  /** Whether the rows lie on several; false before it was asked. */
  readonly isSpread: () => boolean;
  /** Asks what `distribute` has noted. */
  readonly ask: () => Promise<void>;
}

/** @param given undefined: as the database says */
export function createNodes(sql: Session, given: boolean | undefined): Nodes {
  let isSpread = given ?? false;
  return {
    isSpread: () => isSpread,
    async ask() {
      if (given !== undefined) return;
      const [row] = await sql<{ spread: boolean }[]>`select fhir.is_spread() as spread`;
      isSpread = row!.spread;
    },
  };
}
