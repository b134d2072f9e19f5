import type { Sql } from '@dhp/postgres';

/** Hands out row numbers. */
export interface RidAllocator {
  take(count: number): Promise<number[]>;
}

/** Of `fhir.rid_block`. What is left of a block when the server stops is lost; 2^53 rids are enough. */
const blockSize = 1000;

/**
 * Takes blocks of a sequence, the next one ahead of need. Rids grow with time on one server, so new rows lie side by
 * side, but between servers they say nothing about the order of commits.
 */
export function createRidAllocator(sql: Sql): RidAllocator {
  let next = 0;
  let end = 0;
  let ahead: Promise<number> | undefined;

  async function fetchBlock(): Promise<number> {
    const [row] = await sql<{ block: string }[]>`select nextval('fhir.rid_block') as block`;
    return Number(row!.block) * blockSize;
  }

  function nextBlock(): Promise<number> {
    if (ahead === undefined) {
      ahead = fetchBlock();
      ahead.catch(() => (ahead = undefined)); // who awaits it fails; the next one asks again
    }
    return ahead;
  }

  /** So many that the number of statements would grow with them: blocks of their own, in one. */
  async function takeBlocks(count: number): Promise<number[]> {
    const blocks = await sql<{ block: string }[]>`
      select nextval('fhir.rid_block') as block from generate_series(1, ${Math.ceil(count / blockSize)})`;
    return Array.from(
      { length: count },
      (_, n) => Number(blocks[Math.floor(n / blockSize)]!.block) * blockSize + (n % blockSize),
    );
  }

  return {
    async take(count) {
      if (count > blockSize) return takeBlocks(count);
      const rids: number[] = [];
      while (rids.length < count) {
        if (next === end) {
          const pending = nextBlock();
          const start = await pending;
          if (ahead !== pending) continue; // somebody else has begun that block meanwhile
          ahead = undefined;
          next = start;
          end = start + blockSize;
        }
        rids.push(next);
        next += 1;
      }
      if (end - next < blockSize / 2) void nextBlock().catch(() => undefined);
      return rids;
    },
  };
}
