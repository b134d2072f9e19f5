import type { DatabaseMemory, Sql } from '@dhp/postgres';
import { StaleDefinition } from './statements/stale-definition.ts';
import { takeBlocks, type Basis } from './statements/server.ts';

/** Hands out row numbers. */
export interface RidAllocator {
  /** @throws isStaleDefinition when the numbers there are now are of another server than the basis */
  take(count: number, basis: Basis): Promise<number[]>;
}

/** Size of a block of `fhir.rid_block`. The rest of a block is lost when the server stops; 2^53 rids are enough. */
const blockSize = 1000;

interface Blocks {
  next: number;
  end: number;
  ahead: Promise<number> | undefined;
}

/**
 * Takes blocks of a sequence, the next one ahead of need. Rids grow with time on one server, so new rows are adjacent, but between servers
 * they do not show the order of commits.
 */
export function createRidAllocator(sql: Sql, memory: DatabaseMemory): RidAllocator {
  const held = memory.part('blocks of row numbers', (): Blocks => ({ next: 0, end: 0, ahead: undefined }));

  async function take(count: number, { server }: Basis): Promise<number[]> {
    const found = await takeBlocks(sql, count);
    memory.seen(found.server);
    if (found.server !== server) throw new StaleDefinition();
    return found.blocks.map((block) => block * blockSize);
  }

  function nextBlock(blocks: Blocks, basis: Basis): Promise<number> {
    if (blocks.ahead === undefined) {
      blocks.ahead = take(1, basis).then(([start]) => start!);
      blocks.ahead.catch(() => (blocks.ahead = undefined)); // the awaiting caller fails; the next one asks again
    }
    return blocks.ahead;
  }

  /** For numbers so many that block by block the statements would grow with them: all blocks in one statement. */
  async function takeMany(count: number, basis: Basis): Promise<number[]> {
    const starts = await take(Math.ceil(count / blockSize), basis);
    return Array.from({ length: count }, (_, n) => starts[Math.floor(n / blockSize)]! + (n % blockSize));
  }

  return {
    async take(count, basis) {
      const blocks = held();
      if (memory.server !== basis.server) throw new StaleDefinition();
      if (count > blockSize) return takeMany(count, basis);
      const rids: number[] = [];
      while (rids.length < count) {
        if (blocks.next === blocks.end) {
          const pending = nextBlock(blocks, basis);
          const start = await pending;
          if (blocks.ahead !== pending) continue; // another caller has begun that block meanwhile
          blocks.ahead = undefined;
          blocks.next = start;
          blocks.end = start + blockSize;
        }
        rids.push(blocks.next);
        blocks.next += 1;
      }
      if (blocks.end - blocks.next < blockSize / 2) void nextBlock(blocks, basis).catch(() => undefined);
      return rids;
    },
  };
}
