/** The store of a caller for one request that writes: each version is stored in one statement with its record. */
import type { NewVersion, ResourceStore, StoredVersion, TransactionWrite, WriteOutcome } from '@dhp/fhir-store';
import { unrecorded, type Deletion, type Recorded } from '@dhp/fhir-store/trail';
import type { TrailRow } from '@dhp/trail';
import type { Services } from '../contract/interaction.ts';

/** A version that is stored, with its text and that of the previous version. */
export interface Told {
  readonly written: Recorded;
  readonly texts: readonly (string | Buffer)[];
}

interface Recording {
  readonly record: (told: Told) => readonly TrailRow[];
  /** Makes the rows for all versions that a page of a job has stored: fewer than one by one. */
  readonly recordPage: (told: readonly Told[]) => readonly TrailRow[];
  /** Called with rows that are certainly stored. */
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
  /** Undefined for a write that comes with its own record. */
  readonly texts: Told['texts'] | undefined;
  readonly rows: () => readonly TrailRow[];
  /** The current version when the rows were made; undefined if there was none, or it is not needed. */
  readonly before: StoredVersion | undefined;
}

interface Versions {
  readonly read: ResourceStore['read'];
  /** The version that a write replaces or deletes names the patient it was about. */
  readonly before: (type: string, id: string | undefined) => Promise<StoredVersion | undefined>;
  readonly forget: () => void;
}

/** Remembers the versions that a request has read: a patch has just read the one it changes. */
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

  /** An entry of a Bundle has its own record; that of the Bundle leaves it. @param inPage its page has the record */
  async function ready<Write extends NewVersion | Deletion>(
    write: Write,
    type: string,
    id?: string,
    inPage = false,
  ): Promise<Prepared<Write>> {
    if (write.record !== undefined) return { write, texts: undefined, rows: () => [], before: undefined };
    const replaced = await versions.before(type, id);
    const texts = [
      ...('source' in write ? [write.source.text] : []),
      ...(replaced === undefined ? [] : [replaced.content]),
    ];
    let rows: readonly TrailRow[] = [];
    return {
      write: inPage ? write : { ...write, record: (written) => (rows = record({ written, texts })) },
      texts,
      rows: () => rows,
      before: replaced,
    };
  }

  async function done(
    outcome: WriteOutcome,
    { texts, rows, before: known }: Prepared<NewVersion | Deletion>,
  ): Promise<WriteOutcome> {
    const { kind } = outcome;
    if (kind !== 'created' && kind !== 'updated' && kind !== 'deleted') return outcome;
    stored(rows());
    if (kind === 'created' || texts === undefined) return outcome;
    const { type, id, versionId } = outcome.version;
    if (known?.versionId === versionId - 1) return outcome;
    // Another write came between the read and this one: the patients of its version are recorded, too, before the answer is sent.
    const missed = await store.vread(type, id, versionId - 1);
    if (missed !== undefined) await late(record({ written: { kind, type, id, versionId }, texts: [missed.content] }));
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
    transaction: transactionOf(store, recording, { ready, done, forget: versions.forget }),
  };
}

/** Steps of a write. */
interface Steps {
  readonly ready: (
    write: TransactionWrite,
    type: string,
    id: string | undefined,
    inPage: boolean,
  ) => Promise<Prepared<TransactionWrite>>;
  readonly done: (outcome: WriteOutcome, own: Prepared<TransactionWrite>) => Promise<WriteOutcome>;
  readonly forget: () => void;
}

function transactionOf(
  store: Pick<ResourceStore, 'transaction'>,
  { recordPage, stored }: Recording,
  { ready, done, forget }: Steps,
): ResourceStore['transaction'] {
  return async (writes, options) => {
    // A job stores its place beside its writes: they are a page.
    const inPage = options?.beside !== undefined;
    let made: readonly Prepared<TransactionWrite>[] = [];
    let page: readonly TrailRow[] = [];
    const prepare = async (given: readonly TransactionWrite[]): Promise<readonly TransactionWrite[]> => {
      // It may be asked again because others were faster.
      forget();
      made = await Promise.all(
        given.map((write) => ready(write, write.type, write.kind === 'create' ? undefined : write.id, inPage)),
      );
      return made.map(({ write }) => write);
    };
    const records = (outcomes: readonly WriteOutcome[]): readonly TrailRow[] =>
      (page = recordPage(outcomes.flatMap((outcome, n) => toldOf(outcome, made[n]!))));
    const result = await store
      .transaction(
        typeof writes === 'function' ? async () => prepare(await writes()) : await prepare(writes),
        inPage ? { ...options, records } : options,
      )
      .catch(refuse);
    if (result.kind !== 'committed') return result;
    if (page.length > 0) stored(page);
    await Promise.all(result.outcomes.map((outcome, n) => done(outcome, made[n]!)));
    return result;
  };
}

function toldOf(outcome: WriteOutcome, { texts }: Prepared<TransactionWrite>): Told[] {
  const { kind } = outcome;
  if (texts === undefined || (kind !== 'created' && kind !== 'updated' && kind !== 'deleted')) return [];
  const { type, id, versionId } = outcome.version;
  return [{ written: { kind, type, id, versionId }, texts }];
}

/** If the write or its record is refused, the database stores neither. */
function refuse(error: unknown): never {
  throw unrecorded(error);
}
