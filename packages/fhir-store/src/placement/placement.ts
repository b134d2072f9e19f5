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
