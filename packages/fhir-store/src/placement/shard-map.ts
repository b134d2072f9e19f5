/** The map from keys to the shards of a database of several nodes, as Citus assigns them, without asking a node. */
import type { Session } from '@dhp/postgres';

export interface ShardMap {
  /** The key that names the shard: that of its row of `fhir.shard_here`. */
  readonly nameOf: (key: number) => number;
}

/** A range of hashes, both ends within. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** @param names one key of each shard @throws Error unless there is one for each range */
export function shardMapOf(ranges: readonly Range[], names: readonly number[]): ShardMap {
  const sorted = ranges.toSorted((a, b) => a.from - b.from);
  const at = (key: number): number => {
    const hash = hashOfInt(key);
    let [low, high] = [0, sorted.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]!.to < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const named = new Map(names.map((name) => [at(name), name]));
  if (named.size !== sorted.length) throw new Error('fhir.shard_here has not a row for each shard');
  return { nameOf: (key) => named.get(at(key))! };
}

/** The shards of a database whose tables are spread by Citus. */
export async function readShardMap(sql: Session): Promise<ShardMap> {
  const ranges = await sql<Range[]>`
    select shardminvalue::int as from, shardmaxvalue::int as to from pg_dist_shard
    where logicalrelid = 'fhir.shard_here'::regclass`;
  const names = await sql<{ shard: number }[]>`select shard from fhir.shard_here`;
  return shardMapOf(
    ranges,
    names.map(({ shard }) => shard),
  );
}

/** `hashint4` of PostgreSQL: the final part of Bob Jenkins' hash lookup3 for one word, with a length of four bytes. */
export function hashOfInt(key: number): number {
  let [a, b, c] = [seed, seed, seed];
  a = (a + key) | 0;
  c = ((c ^ b) - rotated(b, 14)) | 0;
  a = ((a ^ c) - rotated(c, 11)) | 0;
  b = ((b ^ a) - rotated(a, 25)) | 0;
  c = ((c ^ b) - rotated(b, 16)) | 0;
  a = ((a ^ c) - rotated(c, 4)) | 0;
  b = ((b ^ a) - rotated(a, 14)) | 0;
  return ((c ^ b) - rotated(b, 24)) | 0;
}

/** The golden ratio, the length and the constant that PostgreSQL adds. */
const seed = (0x9e3779b9 + 4 + 3_923_095) | 0;

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
