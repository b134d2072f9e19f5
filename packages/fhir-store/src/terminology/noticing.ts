import type { ResourceStore } from '../resource-store.ts';
import type { StoreAdmin } from '../store-admin.ts';
import type { WriteOutcome } from '../versions.ts';

type Writes = Pick<ResourceStore, 'create' | 'update' | 'delete' | 'transaction'> & Pick<StoreAdmin, 'bulkInsert'>;

/**
 * The writes, each of which tells when it may have changed a resource of one of the types, before its caller hears of it. One
 * that fails tells too: it may have been stored all the same.
 */
export function noticing(writes: Writes, types: readonly string[] | 'all', changed: () => void): Writes {
  const isWatched = (type: string): boolean => types === 'all' || types.includes(type);
  const isChange = (outcome: WriteOutcome): boolean => 'version' in outcome && isWatched(outcome.version.type);
  const single = (type: string, outcome: Promise<WriteOutcome>): Promise<WriteOutcome> =>
    isWatched(type) ? outcome.finally(changed) : outcome;
  async function telling(...given: Parameters<Writes['transaction']>): ReturnType<Writes['transaction']> {
    let mayHave = true;
    try {
      const outcome = await writes.transaction(...given);
      mayHave = outcome.kind === 'committed' && outcome.outcomes.some(isChange);
      return outcome;
    } finally {
      if (mayHave) changed();
    }
  }
  return {
    create: (resource) => single(resource.type, writes.create(resource)),
    update: (update) => single(update.type, writes.update(update)),
    delete: (deletion) => single(deletion.type, writes.delete(deletion)),
    transaction(given, options) {
      // Nearly all have none, and need not be waited for here.
      if (typeof given !== 'function' && !given.some(({ type }) => isWatched(type))) {
        return writes.transaction(given, options);
      }
      return telling(given, options);
    },
    async bulkInsert(resources, options) {
      try {
        return await writes.bulkInsert(resources, options);
      } finally {
        changed();
      }
    },
  };
}
