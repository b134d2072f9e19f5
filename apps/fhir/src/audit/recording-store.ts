/** The store of a caller for one request that writes: each version is stored in one statement with its record. */
import type { NewVersion, ResourceStore, StoredVersion, TransactionWrite, WriteOutcome } from '@dhp/fhir-store';
import { unrecorded, type Deletion, type Recorded } from '@dhp/fhir-store/trail';
import type { TrailRow } from '@dhp/trail';
import type { Services } from '../contract/interaction.ts';

interface Recording {
  /** @param texts of what is stored, and of what was there before */
  readonly record: (written: Recorded, texts: readonly (string | Buffer)[]) => readonly TrailRow[];
  /** Is told of rows that are stored for certain. */
  readonly stored: (rows: readonly TrailRow[]) => void;
  /** Stores rows of a version that others put between the one that was read and the one that is stored. */
  readonly late: (rows: readonly TrailRow[]) => Promise<void>;
}

export function recordingServices(services: Services, recording: Recording): Services {
  return {
    ...services,
    store: recordingStore(services.store, recording),
    reading: (permission, refused) => recordingServices(services.reading(permission, refused), recording),
    over: (unguarded) => recordingServices(services.over(unguarded), recording),
  };
}

/** A write on its way, and the rows that were made of it last. */
interface Prepared<Write> {
  readonly write: Write;
  readonly rows: () => readonly TrailRow[];
  /** The version that was there when the rows were made; undefined where there was none, or none is asked for. */
  readonly before: StoredVersion | undefined;
}

interface Versions {
  readonly read: ResourceStore['read'];
  /** The version that a write replaces or deletes says of whom it was. */
  readonly before: (type: string, id: string | undefined) => Promise<StoredVersion | undefined>;
  readonly forget: () => void;
}

/** Remembers the versions that a request has read: who patches has just done so. */
function versionsOf(store: ResourceStore): Versions {
  const seen = new Map<string, StoredVersion | undefined>();
  const read: Versions['read'] = async (type, id) => {
    const version = await store.read(type, id);
    seen.set(`${type}/${id}`, version);
    return version;
  };
  return {
    read,
    async before(type, id) {
      if (id === undefined) return undefined;
      const name = `${type}/${id}`;
      // Where it may not be read it may not be changed.
      return seen.has(name) ? seen.get(name) : read(type, id).catch(() => undefined);
    },
    forget: () => {
      seen.clear();
    },
  };
}

function recordingStore(store: ResourceStore, recording: Recording): ResourceStore {
  const { record, stored, late } = recording;
  const versions = versionsOf(store);

  /** An entry of a Bundle has its own record; that of the Bundle leaves it. */
  async function ready<Write extends NewVersion | Deletion>(
    write: Write,
    type: string,
    id?: string,
  ): Promise<Prepared<Write>> {
    if (write.record !== undefined) return { write, rows: () => [], before: undefined };
    const replaced = await versions.before(type, id);
    const texts = [
      ...('source' in write ? [write.source.text] : []),
      ...(replaced === undefined ? [] : [replaced.content]),
    ];
    let rows: readonly TrailRow[] = [];
    return {
      write: { ...write, record: (written) => (rows = record(written, texts)) },
      rows: () => rows,
      before: replaced,
    };
  }

  async function done(
    outcome: WriteOutcome,
    { rows, before: known }: Prepared<NewVersion | Deletion>,
  ): Promise<WriteOutcome> {
    const { kind } = outcome;
    if (kind !== 'created' && kind !== 'updated' && kind !== 'deleted') return outcome;
    stored(rows());
    if (kind === 'created' || rows().length === 0) return outcome;
    const { type, id, versionId } = outcome.version;
    if (known?.versionId === versionId - 1) return outcome;
    // Others were faster than the look before: whom their version named is told of, too, before the answer leaves.
    const missed = await store.vread(type, id, versionId - 1);
    if (missed !== undefined) await late(record({ kind, type, id, versionId }, [missed.content]));
    return outcome;
  }

  async function carryOut<Write extends NewVersion | Deletion>(
    own: Prepared<Write>,
    carry: (write: Write) => Promise<WriteOutcome>,
  ): Promise<WriteOutcome> {
    const outcome = await carry(own.write).catch(refuse);
    return done(outcome, own);
  }

  return {
    ...store,
    read: versions.read,
    create: async (resource) => carryOut(await ready(resource, resource.type), (write) => store.create(write)),
    update: async (update) => carryOut(await ready(update, update.type, update.id), (write) => store.update(write)),
    delete: async (deletion) =>
      carryOut(await ready(deletion, deletion.type, deletion.id), (write) => store.delete(write)),
    async transaction(writes, options) {
      let made: readonly Prepared<TransactionWrite>[] = [];
      const prepare = async (given: readonly TransactionWrite[]): Promise<readonly TransactionWrite[]> => {
        // It may be asked again because others were faster.
        versions.forget();
        made = await Promise.all(
          given.map((write) => ready(write, write.type, write.kind === 'create' ? undefined : write.id)),
        );
        return made.map(({ write }) => write);
      };
      const result = await store
        .transaction(
          typeof writes === 'function' ? async () => prepare(await writes()) : await prepare(writes),
          options,
        )
        .catch(refuse);
      if (result.kind === 'committed') await Promise.all(result.outcomes.map((outcome, n) => done(outcome, made[n]!)));
      return result;
    },
  };
}

/** Of a write with its record the database stores neither, whatever it refuses. */
function refuse(error: unknown): never {
  throw unrecorded(error);
}
