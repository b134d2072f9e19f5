import type { ResourceStore } from '../resource-store.ts';
import type { StoreAdmin } from '../store-admin.ts';
import type { Parameters } from './parameters.ts';

type Writes = Pick<ResourceStore, 'create' | 'update' | 'delete' | 'transaction'> & Pick<StoreAdmin, 'bulkInsert'>;

/**
 * The writes, after which the search parameters are in step with the stored SearchParameter resources. A write is done when it is stored: a
 * later failure is repaired by the follower of these resources.
 */
export function registering(writes: Writes, { register }: Pick<Parameters, 'register'>): Writes {
  const noted = async (): Promise<void> => register().catch(() => undefined);
  const isOne = ({ type }: { type: string }): boolean => type === 'SearchParameter';
  const after =
    <Write extends { type: string }, Outcome>(write: (asked: Write) => Promise<Outcome>) =>
    (asked: Write): Promise<Outcome> =>
      isOne(asked) ? write(asked).then((outcome) => noted().then(() => outcome)) : write(asked);
  return {
    create: after(writes.create),
    update: after(writes.update),
    delete: after(writes.delete),
    transaction(asked, options) {
      if (typeof asked !== 'function') {
        const outcome = writes.transaction(asked, options);
        return asked.some(isOne) ? outcome.then((stored) => noted().then(() => stored)) : outcome;
      }
      let found: Awaited<ReturnType<typeof asked>> = [];
      return writes
        .transaction(async () => (found = await asked()), options)
        .then((stored) => (found.some(isOne) ? noted().then(() => stored) : stored));
    },
    async bulkInsert(resources, options) {
      const stored = await writes.bulkInsert(resources, options);
      await noted(); // its stored content was not examined
      return stored;
    },
  };
}
