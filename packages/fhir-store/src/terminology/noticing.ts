import type { ResourceStore } from '../resource-store.ts';
import type { StoreAdmin } from '../store-admin.ts';
import type { WriteOutcome } from '../versions.ts';

type Writes = Pick<ResourceStore, 'create' | 'update' | 'delete' | 'transaction'> & Pick<StoreAdmin, 'bulkInsert'>;

/**
 * The writes, each of which calls `changed` when it may have changed a resource of one of the types, before its caller gets the outcome. A
 * failed write calls it too: it may have been stored nevertheless.
 * @param changed called with the types, if they are known
 */
export function noticing(
  writes: Writes,
  types: readonly string[] | 'all',
  changed: (types?: readonly string[]) => void,
): Writes {
  const isWatched = (type: string): boolean => types === 'all' || types.includes(type);
  const typesOf = (outcomes: readonly WriteOutcome[]): readonly string[] => {
    const stored = outcomes.flatMap((outcome) => ('version' in outcome ? [outcome.version.type] : []));
    return [...new Set(stored)].filter(isWatched);
  };
  const single = (type: string, outcome: Promise<WriteOutcome>): Promise<WriteOutcome> =>
    isWatched(type)
      ? outcome.finally(() => {
          changed([type]);
        })
      : outcome;
  async function telling(...given: Parameters<Writes['transaction']>): ReturnType<Writes['transaction']> {
    let stored: readonly string[] | undefined;
    try {
      const outcome = await writes.transaction(...given);
      stored = outcome.kind === 'committed' ? typesOf(outcome.outcomes) : [];
      return outcome;
    } finally {
      if (stored?.length !== 0) changed(stored);
    }
  }
  return {
    create: (resource) => single(resource.type, writes.create(resource)),
    update: (update) => single(update.type, writes.update(update)),
    delete: (deletion) => single(deletion.type, writes.delete(deletion)),
    transaction(given, options) {
      // Nearly all transactions have none, and need not be awaited here.
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
