/** Reads from replicas, for callers that say how old an answer may be. docs/decisions/0183-reads-from-replicas.md */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createBatcher, type Batcher, type DatabaseMemory, type Sql } from '@dhp/postgres';
import { urlOfReplica, type ReplicaAddress } from '@dhp/postgres/address';
import { readWritten, removeBeats, storeBeat } from '../statements/replica-beats.ts';
import { guarded } from '../store-unavailable.ts';
import { PrimaryNeeded } from '../search/primary-needed.ts';
import { createBeats } from './progress.ts';
import type { AskedOfReplica, Replicas, ReplicaView, WholeReads, WritePosition } from './port.ts';
import { openReplica, type Replica, type ReplicaParts } from './replica.ts';

export interface ReplicaOptions {
  readonly addresses: readonly ReplicaAddress[];
  /** Milliseconds between two beats, and two probes of each replica (default 250). */
  readonly every?: number;
}

interface Primary extends Omit<ReplicaParts, 'beats' | 'node'> {
  readonly url: string;
  /** The beats are stored, and positions read, on these. */
  readonly sql: { readonly words: Sql; readonly reads: Sql };
  readonly memory: DatabaseMemory;
  readonly reads: WholeReads;
  /** Whether the rows are on several nodes: then there are no replicas. */
  readonly isSpread: () => boolean;
}

const now = (): number => performance.now();

/** @returns undefined if no replicas are configured */
export function openReplicas(options: ReplicaOptions | undefined, primary: Primary): Replicas | undefined {
  if (options === undefined || options.addresses.length === 0 || primary.isSpread()) return undefined;
  const { addresses, every = 250 } = options;
  const { url, sql, memory } = primary;
  const [node, beats, closing] = [randomUUID(), createBeats(), new AbortController()];
  const replicas = addresses.map((address) => {
    const answers = { count: 0 };
    const replica = openReplica(address.name, urlOfReplica(url, address), { ...primary, beats, node });
    return { replica, answers };
  });
  memory.onChange(() => {
    beats.forget(now());
  });
  const positions = positionsOf(sql.reads);
  let beat = 0;
  const sendBeat = async (): Promise<void> => {
    const sent = now();
    beat += 1;
    const stored = await storeBeat(sql.words, node, beat);
    memory.seen(stored.server);
    beats.stored(beat, sent, stored);
  };
  // Each in its own loop, so that a hanging replica does not delay the others.
  const rounds = [
    sendBeat,
    ...replicas.map(
      ({ replica }) =>
        () =>
          replica.look(),
    ),
  ].map((step) => again(step, every, closing.signal));
  let [turn, passedOn] = [0, 0];
  const nearest = ({ staleness, after }: AskedOfReplica, asked: number): (typeof replicas)[number] | undefined => {
    if (beats.server === undefined || beats.server !== memory.server) return undefined;
    if (after !== undefined && after.server !== beats.server) return undefined;
    const usable = replicas.filter(({ replica }) => {
      const proven = replica.proven();
      return proven !== undefined && asked - proven.at <= staleness && proven.written >= (after?.written ?? 0n);
    });
    turn += 1;
    return usable[turn % usable.length];
  };
  return {
    within(asked) {
      const from = now();
      const found = nearest(asked, from);
      if (found === undefined) {
        passedOn += 1;
        return undefined;
      }
      const { replica, answers } = found;
      const staleness = from - replica.proven()!.at;
      return viewOf(replica, primary.reads, staleness, (isByReplica) => {
        if (isByReplica) answers.count += 1;
        else passedOn += 1;
      });
    },
    position: () => guarded(() => positions.submit(undefined)),
    states: () =>
      replicas.map(({ replica, answers }) => {
        const proven = replica.proven();
        return {
          name: replica.name,
          staleness: proven === undefined ? undefined : now() - proven.at,
          answered: answers.count,
        };
      }),
    get passedOn() {
      return passedOn;
    },
    async close() {
      closing.abort();
      await Promise.all(rounds);
      await removeBeats(sql.words, node).catch(() => undefined);
      await Promise.all([positions.close(), ...replicas.map(({ replica }) => replica.close())]);
    },
  };
}

/** Concurrent callers share the query: it begins after all of their writes. */
function positionsOf(reads: Sql): Batcher<undefined, WritePosition> {
  return createBatcher<undefined, WritePosition>({
    concurrency: 1,
    maxBatch: 10_000,
    async run(asking) {
      const written = await readWritten(reads);
      return asking.map(() => written);
    },
    onError: 'fail',
  });
}

/** @param answered called once for each read, with whether the replica answered it */
function viewOf(
  replica: Replica,
  primary: WholeReads,
  staleness: number,
  answered: (isByReplica: boolean) => void,
): ReplicaView {
  let isUsed = false;
  const ask = async <R>(read: (reads: WholeReads) => Promise<R>): Promise<R> => {
    try {
      const found = await replica.ask(read);
      isUsed = true;
      answered(true);
      return found;
    } catch (error) {
      if (!(error instanceof PrimaryNeeded)) throw error;
      answered(false);
      return read(primary);
    }
  };
  return {
    get staleness() {
      return isUsed ? staleness : undefined;
    },
    read: (...asked) => ask(({ read }) => read(...asked)),
    vread: (...asked) => ask(({ vread }) => vread(...asked)),
    search: (request) => ask(({ search }) => search(request)),
  };
}

/** Repeats a step, with a pause after each, until the signal comes. Failures are ignored. */
async function again(step: () => Promise<void>, every: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await step().catch(() => undefined);
    await delay(every, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
