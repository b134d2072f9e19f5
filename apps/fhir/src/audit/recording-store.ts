/** The store of a caller for one request that writes: each version is stored in one statement with its record. */
import type { NewVersion, ResourceStore, TransactionWrite, WriteOutcome } from '@dhp/fhir-store';
import type { Deletion, Recorded } from '@dhp/fhir-store/trail';
import type { TrailRow } from '@dhp/trail';
import type { Services } from '../contract/interaction.ts';

interface Recording {
  /** @param text of what is stored; of a deletion, of what was there */
  readonly record: (written: Recorded, text: string | Buffer | undefined) => readonly TrailRow[];
  /** Is told of rows that are stored for certain. */
  readonly stored: (rows: readonly TrailRow[]) => void;
}

export function recordingServices(services: Services, recording: Recording): Services {
  return {
    ...services,
    store: recordingStore(services.store, recording),
    reading: (permission) => recordingServices(services.reading(permission), recording),
    over: (unguarded) => recordingServices(services.over(unguarded), recording),
  };
}

/** A write on its way, and the rows that were made of it last. */
interface Prepared<Write> {
  readonly write: Write;
  readonly rows: () => readonly TrailRow[];
}

function recordingStore(store: ResourceStore, { record, stored }: Recording): ResourceStore {
  /** An entry of a Bundle has its own record; that of the Bundle leaves it. */
  function prepared<Write extends NewVersion | Deletion>(
    write: Write,
    text: string | Buffer | undefined,
  ): Prepared<Write> {
    let rows: readonly TrailRow[] = [];
    if (write.record !== undefined) return { write, rows: () => rows };
    return { write: { ...write, record: (written) => (rows = record(written, text)) }, rows: () => rows };
  }

  async function ready<Write extends NewVersion | Deletion>(
    write: Write,
    type: string,
    id?: string,
  ): Promise<Prepared<Write>> {
    if ('source' in write) return prepared(write, write.source.text);
    if (id === undefined) return prepared(write, undefined);
    // The version that is deleted says of whom it was.
    const current = await store.read(type, id).catch(() => undefined);
    return prepared(write, current?.content);
  }

  const done = (outcome: WriteOutcome, { rows }: Prepared<unknown>): WriteOutcome => {
    if (outcome.kind === 'created' || outcome.kind === 'updated' || outcome.kind === 'deleted') stored(rows());
    return outcome;
  };

  return {
    ...store,
    async create(resource) {
      const own = await ready(resource, resource.type);
      return done(await store.create(own.write), own);
    },
    async update(update) {
      const own = await ready(update, update.type, update.id);
      return done(await store.update(own.write), own);
    },
    async delete(deletion) {
      const own = await ready(deletion, deletion.type, deletion.id);
      return done(await store.delete(own.write), own);
    },
    async transaction(writes, options) {
      let made: readonly Prepared<TransactionWrite>[] = [];
      const prepare = async (given: readonly TransactionWrite[]): Promise<readonly TransactionWrite[]> => {
        made = await Promise.all(given.map((write) => ready(write, write.type, write.id)));
        return made.map(({ write }) => write);
      };
      const result = await store.transaction(
        typeof writes === 'function' ? async () => prepare(await writes()) : await prepare(writes),
        options,
      );
      if (result.kind === 'committed') for (const [n, outcome] of result.outcomes.entries()) done(outcome, made[n]!);
      return result;
    },
  };
}
