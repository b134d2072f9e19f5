/** What may be used once, on whichever node: proofs of possession. */
import { hash } from 'node:crypto';
import { createBatcher, type Sql } from '@dhp/postgres';
import { deleteUsed, insertUsed } from './statements/single-use.ts';
import { guarded } from './store-unavailable.ts';

export interface SingleUse {
  /** As `FhirStore.useOnce`. */
  readonly use: (name: string, until: Date) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** Milliseconds between two looks for what is of no use any more. */
const sweepEvery = 60_000;

/** @param sql a pool whose commits nobody waits for: what is noted is good for a minute */
export function createSingleUse(sql: Sql, clock: () => Date): SingleUse {
  let sweptAt = 0;
  const batcher = createBatcher<{ hash: Buffer; until: Date }, boolean>({
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
      const fresh = await insertUsed(
        sql,
        indexes.map((index) => uses[index]!),
      );
      const isFirst = new Set(indexes);
      return uses.map((use, index) => isFirst.has(index) && fresh.has(use.hash.toString('base64')));
    },
  });
  return {
    use: (name, until) => guarded(() => batcher.submit({ hash: hash('sha256', name, 'buffer'), until })),
    close: () => batcher.close(),
  };
}
