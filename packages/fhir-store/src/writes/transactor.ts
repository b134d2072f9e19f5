import { createBatcher } from '@dhp/postgres';
import type { ResourceStore } from '../resource-store.ts';
import type { TransactionOptions, TransactionOutcome, TransactionWrite } from '../transaction.ts';
import { createPauses } from '@dhp/budget';
import { guarded, storeError } from '../store-unavailable.ts';
import {
  applyHolding,
  applyTogether,
  type Group,
  type HoldingOptions,
  type TogetherOptions,
} from './apply-together.ts';
import { OverlappingWrites } from './overlapping-writes.ts';
import type { Write } from './write.ts';
import { isRolledBack, writeOf } from './writer.ts';

export interface Transactor extends Pick<ResourceStore, 'transaction'> {
  /** Resolves when every transaction submitted has its outcome. */
  close(): Promise<void>;
}

/** `IndexNotReady` with the progress, for the error of a statement that needs the index; any other error unchanged. */
type IndexFailure = (error: unknown) => Promise<unknown>;

type Settled = { outcome: TransactionOutcome } | { error: unknown };

/** The most transactions that share a commit, and the size up to which they do: a large one delays the others. */
const maxBatch = 32;
const smallCount = 16;
const smallLength = 128 * 1024;

/** Concurrent small transactions share statements and commits; a single one does not wait, a large one is stored alone. */
export function createTransactor(
  options: TogetherOptions & { readonly failure: IndexFailure },
  concurrency: number,
): Transactor {
  const run = (groups: Group[]): Promise<Settled[]> => settle(groups, options);
  const small = createBatcher<Group, Settled>({
    name: 'transactions',
    concurrency,
    maxBatch,
    gather: true,
    run,
    isRolledBack,
  });
  const large = createBatcher<Group, Settled>({
    name: 'large transactions',
    concurrency,
    maxBatch: 1,
    run,
    isRolledBack,
  });
  const holding = new Set<Promise<unknown>>();

  async function submit(writes: Write[]): Promise<TransactionOutcome> {
    if (writes.length === 0) return { kind: 'committed', outcomes: [] };
    const length = writes.reduce((sum, { body }) => sum + (body?.source.text.length ?? 0), 0);
    const batcher = writes.length <= smallCount && length <= smallLength ? small : large;
    const settled = await batcher.submit({ writes, outcome: undefined });
    if ('error' in settled) throw storeError(settled.error);
    return settled.outcome;
  }

  /** The statement that stores deletions whose references are checked fails while the index is not complete. */
  async function checked(work: () => Promise<TransactionOutcome>): Promise<TransactionOutcome> {
    try {
      return await work();
    } catch (error) {
      throw await options.failure(error);
    }
  }

  return {
    async transaction(writes, { locks = [], integrity = false, beside, records } = {}) {
      const isPlain = locks.length === 0 && beside === undefined && records === undefined;
      if (typeof writes !== 'function' && isPlain) {
        const ready = writesOf(writes, integrity);
        return checked(async () => submit(ready instanceof Promise ? await ready : ready));
      }
      const prepare = async (): Promise<Write[]> =>
        writesOf(typeof writes === 'function' ? await writes() : writes, integrity);
      const held = guarded(() =>
        checked(() => applyHolding(prepare, { locks, beside: writesBeside(beside), records }, options)),
      );
      holding.add(held);
      try {
        return await held;
      } finally {
        holding.delete(held);
      }
    },
    async close() {
      await Promise.all([small.close(), large.close(), Promise.allSettled(holding)]);
    },
  };
}

/** Writes beside those of a caller are the platform's own: no references of them are checked. */
function writesBeside(beside: TransactionOptions['beside']): HoldingOptions['beside'] {
  return beside && (async (session, outcomes) => writesOf(await beside(session, outcomes), false));
}

/** As for single writes: transactions that were certainly rolled back are tried one by one; others are not repeated. */
async function settle(groups: Group[], options: TogetherOptions): Promise<Settled[]> {
  let failure: unknown;
  try {
    await applyTogether(groups, options);
  } catch (error) {
    if (groups.length > 1 && isRolledBack(error)) throw error;
    failure = error;
  }
  return groups.map(({ outcome }) => (outcome === undefined ? { error: failure } : { outcome }));
}

/** @throws OverlappingWrites */
function writesOf(writes: readonly TransactionWrite[], integrity: boolean): Write[] | Promise<Write[]> {
  const add = adder(integrity);
  if (writes.length > smallCount) return manyWritesOf(writes, add);
  return writes.map(add);
}

/** Prepares many writes in parts, between which other requests are served. */
async function manyWritesOf(
  writes: readonly TransactionWrite[],
  add: (write: TransactionWrite, index: number) => Write,
): Promise<Write[]> {
  const requests: Write[] = [];
  const pause = createPauses();
  for (const [index, write] of writes.entries()) {
    const due = pause();
    if (due !== undefined) await due;
    requests.push(add(write, index));
  }
  return requests;
}

/** Makes writes of one transaction, in which each resource may occur once. */
function adder(integrity: boolean): (write: TransactionWrite, index: number) => Write {
  const indexes = new Map<string, number>();
  return (write, index) => {
    const name = `${write.type}/${write.id}`;
    const earlier = indexes.get(name);
    if (earlier !== undefined) throw new OverlappingWrites(name, [earlier, index]);
    indexes.set(name, index);
    return requestOf(write, integrity);
  };
}

function requestOf(write: TransactionWrite, integrity: boolean): Write {
  const { type, id, writer, record } = write;
  switch (write.kind) {
    case 'create':
      return writeOf({ kind: 'create' }, { type, id, resource: write, integrity, writer, record });
    case 'update': {
      const { ifMatch, requireMatch, createAllowed, method } = write;
      const request = { kind: 'update', ifMatch, requireMatch, createAllowed, method } as const;
      return writeOf(request, { type, id, resource: write, integrity, writer, record, excepted: write.keeps });
    }
    case 'delete':
      return writeOf(
        { kind: 'delete', ifMatch: write.ifMatch },
        { type, id, integrity, writer, record, excepted: write.disregards },
      );
  }
}
