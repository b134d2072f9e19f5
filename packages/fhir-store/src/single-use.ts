/** Records values that may be used once on all nodes together: proofs of possession. */
import { hash } from 'node:crypto';
import { createBatcher, type DatabaseMemory, type Sql } from '@dhp/postgres';
import { beginMemory, deleteUsed, insertUsed } from './statements/single-use.ts';
import { guarded } from './store-unavailable.ts';

/** `unknown`: it may have been used before, at a time that the database does not remember. */
export type FirstUse = 'first' | 'used' | 'unknown';

export interface Use {
  /** The time after which it can no longer be used. */
  readonly until: Date;
  /** Milliseconds for which it may have been in use already, by the clock of any node. */
  readonly possibleFor: number;
}

export interface SingleUse {
  /** As `StoreAdmin.useOnce`. */
  readonly use: (name: string, use: Use) => Promise<FirstUse>;
  readonly close: () => Promise<void>;
}

/** Milliseconds between two sweeps of expired values. */
const sweepEvery = 60_000;

/**
 * @param sql a pool whose commits need not be durable: a value is valid for a minute. A loss by a crash or a failover is detected
 * (`FirstUse`).
 */
export function createSingleUse(sql: Sql, clock: () => Date, memory: DatabaseMemory): SingleUse {
  let sweptAt = 0;
  const batcher = createBatcher<Use & { hash: Buffer }, FirstUse>({
    name: 'proofs used once',
    concurrency: 1,
    maxBatch: 500,
    run: async (uses) => {
      const now = clock();
      if (now.getTime() - sweptAt >= sweepEvery) {
        sweptAt = now.getTime();
        await deleteUsed(sql, now);
      }
      // Two of the same in one batch are decided here: a statement may touch a row only once.
      const first = new Map<string, number>();
      for (const [index, use] of uses.entries()) {
        const key = use.hash.toString('base64');
        if (!first.has(key)) first.set(key, index);
      }
      const indexes = [...first.values()];
      const noted = await insertUsed(
        sql,
        indexes.map((index) => uses[index]!),
      );
      const remembered = noted.remembered ?? 0;
      if (noted.remembered === undefined || remembered < 0) await beginMemory(sql);
      const isFirst = new Set(indexes);
      return uses.map((use, index) => {
        if (!isFirst.has(index) || !noted.fresh.has(use.hash.toString('base64'))) return 'used';
        return use.possibleFor < remembered ? 'first' : 'unknown';
      });
    },
  });
  // The sooner it begins, the sooner uses are taken again.
  memory.onChange(() => void beginMemory(sql).catch(() => undefined));
  return {
    use: (name, use) => guarded(() => batcher.submit({ ...use, hash: hash('sha256', name, 'buffer') })),
    close: () => batcher.close(),
  };
}
