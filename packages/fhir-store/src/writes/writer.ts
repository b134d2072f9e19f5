import { createBatcher } from '@dhp/postgres';
import { isConnectionError } from '@dhp/postgres/errors';
import { uuidv7 } from '@dhp/fhir-model';
import { referenceText } from '@dhp/search-index/keys';
import type { ResourceStore } from '../resource-store.ts';
import type { NewVersion, RecordMaker, WriteOutcome } from '../versions.ts';
import { isLostNode } from '../placement/node-errors.ts';
import { isWriteConflict } from '../statements/write-conflict.ts';
import { storeError, StoreUnavailable } from '../store-unavailable.ts';
import type { Request } from './decide.ts';
import { writerText, type Writer as VersionWriter } from '../statements/writer.ts';
import { bodyOf, keyOf, type Write } from './write.ts';
import { runWrites, type WriteBatchOptions } from './write-batch.ts';

export interface Writer extends Pick<ResourceStore, 'create' | 'update' | 'delete'> {
  /** Resolves when every write submitted has its outcome. */
  close(): Promise<void>;
}

type Settled = { outcome: WriteOutcome } | { error: unknown };

/** Writes that share a commit: more make it dearer to fail, and one statement longer than a reader likes to wait. */
const maxBatch = 64;

/**
 * Concurrent writes share statements and commits; a single one does not wait. Creates are batched separately from the others, which may
 * need a second round.
 */
export function createWriter(options: WriteBatchOptions, concurrency: number): Writer {
  const batching: Parameters<typeof createBatcher<Write, Settled>>[0] = {
    concurrency,
    maxBatch,
    gather: true,
    run: (writes) => settle(writes, options),
    isRolledBack,
  };
  const creates = createBatcher({ ...batching, name: 'creates' });
  const changes = createBatcher({ ...batching, name: 'changes' });

  async function submit(write: Write): Promise<WriteOutcome> {
    const settled = await (write.request.kind === 'create' ? creates : changes).submit(write);
    if ('error' in settled) throw storeError(settled.error);
    return settled.outcome;
  }

  return {
    create: async (resource) =>
      submit(writeOf({ kind: 'create' }, { ...recordOf(resource), type: resource.type, id: uuidv7(), resource })),
    update: async ({ id, ifMatch, requireMatch, createAllowed, method, ...resource }) =>
      submit(
        writeOf(
          { kind: 'update', ifMatch, requireMatch, createAllowed, method },
          { ...recordOf(resource), type: resource.type, id, resource },
        ),
      ),
    delete: async ({ ifMatch, ...deletion }) => submit(writeOf({ kind: 'delete', ifMatch }, deletion)),
    async close() {
      await Promise.all([creates.close(), changes.close()]);
    },
  };
}

/**
 * The outcomes of a batch. An error after which nothing is stored is thrown, so that the batch is tried write by write and only the bad one
 * fails; after an error with unknown outcome, each write without an outcome gets it and is not tried again.
 */
async function settle(writes: Write[], options: WriteBatchOptions): Promise<Settled[]> {
  let failure: unknown;
  try {
    await runWrites(writes, options);
  } catch (error) {
    if (writes.length > 1 && isRolledBack(error)) throw error;
    failure = error;
  }
  return writes.map(({ outcome }) => (outcome === undefined ? { error: failure } : { outcome }));
}

/**
 * Whether an error rolled back one write only: of the errors that mean an unavailable store, this holds only for the wait for a row's lock,
 * for conflicts with other writes, and for an unreachable node of several.
 */
export function isRolledBack(error: unknown): boolean {
  if (isLostNode(error) || isWriteConflict(error)) return true;
  if (isConnectionError(error)) return false;
  const isLockTimeout = typeof error === 'object' && error !== null && 'code' in error && error.code === '55P03';
  return isLockTimeout || !(storeError(error) instanceof StoreUnavailable);
}

/** The writer of a version, and the maker of its records. */
function recordOf({ writer, record }: Pick<NewVersion, 'writer' | 'record'>): Pick<NewVersion, 'writer' | 'record'> {
  return { ...(writer && { writer }), record };
}

const none: ReadonlySet<string> = new Set();

/** @param of the resource to be written: without `resource` a deletion */
export function writeOf(
  request: Request,
  of: {
    type: string;
    id: string;
    resource?: NewVersion;
    integrity?: boolean;
    writer?: VersionWriter | undefined;
    excepted?: readonly { readonly type: string; readonly id: string }[] | undefined;
    record?: RecordMaker | undefined;
  },
): Write {
  const { type, id, resource, integrity = false, writer, excepted, record } = of;
  const body = resource === undefined ? undefined : bodyOf(resource, id);
  const known = { known: 'unasked', differs: false, hasOtherPostings: false, outcome: undefined } as const;
  const names = excepted === undefined ? none : new Set(excepted.map((each) => referenceText(each.type, each.id)));
  return {
    request,
    type,
    key: keyOf(type, id),
    body,
    integrity,
    excepted: names,
    writer: writerText(writer),
    record,
    ...known,
  };
}
