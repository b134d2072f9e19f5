import type { FhirStore } from '../fhir-store.ts';
import type { Parameters } from './parameters.ts';

type Writes = Pick<FhirStore, 'create' | 'update' | 'delete' | 'transaction' | 'bulkInsert'>;

/**
 * The writes, after which the search parameters are in step with the SearchParameter resources that they have stored. A write is
 * done when it is stored: what then fails is made good by who follows these resources.
 */
export function registering(writes: Writes, { register }: Pick<Parameters, 'register'>): Writes {
  const noted = async (): Promise<void> => register().catch(() => undefined);
  const isOne = ({ type }: { type: string }): boolean => type === 'SearchParameter';
  const after =
    <Write extends { type: string }, Outcome>(write: (asked: Write) => Promise<Outcome>) =>
    async (asked: Write): Promise<Outcome> => {
      const outcome = await write(asked);
      if (isOne(asked)) await noted();
      return outcome;
    };
  return {
    create: after(writes.create),
    update: after(writes.update),
    delete: after(writes.delete),
    async transaction(asked, options) {
      let found = typeof asked === 'function' ? [] : asked;
      const outcome = await writes.transaction(
        typeof asked === 'function' ? async () => (found = await asked()) : asked,
        options,
      );
      if (found.some(isOne)) await noted();
      return outcome;
    },
    async bulkInsert(resources, options) {
      const stored = await writes.bulkInsert(resources, options);
      await noted(); // what it stored was not looked at
      return stored;
    },
  };
}
