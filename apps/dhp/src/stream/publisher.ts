/**
 * Passes the changes of an environment on to a stream of another system, in the order of commits and at least once. One process at a time
 * does it: the place is a row of the database, advanced to what the stream has acknowledged. docs/decisions/0126-changes-for-streams.md
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { FhirStore } from '@dhp/fhir-store';

type Feed = Pick<FhirStore, 'feedPage' | 'feedEnd' | 'feedGrows' | 'streams'>;
type Change = NonNullable<Awaited<ReturnType<Feed['feedPage']>>>['changes'][number];
type Held = NonNullable<Awaited<ReturnType<Feed['streams']['hold']>>>;

/** A message in the form of a stream. */
export interface StreamMessage {
  /** The same whenever the change is passed on again. */
  readonly id: string;
  /** The type of the resource; `reset`: a different history begins here. */
  readonly about: string;
  /** Messages with the same key stay in order if a stream has partitions; undefined: sent to all partitions. */
  readonly key?: string;
  readonly body: string;
}

export interface Stream {
  /** Messages of one `publish`. */
  readonly most: number;
  /** Resolves when the stream has stored the messages in this order, or already had them. If it rejects, some may have been stored. */
  publish(messages: readonly StreamMessage[]): Promise<void>;
  close(): Promise<void>;
}

export interface PublisherMeans {
  readonly store: Feed;
  /** Opens the stream; rejects if that is not possible now. */
  readonly open: () => Promise<Stream>;
  /** Its row in the database. */
  readonly name: string;
  /** The types that are passed on. */
  readonly types: readonly string[];
  /** Where it begins if nothing was passed on yet. */
  readonly from: 'now' | 'beginning';
  /** Called for failures that are retried, and for a different history. */
  readonly told: (what: 'failed' | 'reset', error?: unknown) => void;
  readonly pace?: Partial<PublisherPace>;
}

/** Milliseconds. */
export interface PublisherPace {
  /** A process without a sign of life for this long has lost the stream to another one. */
  readonly lease: number;
  /** Between two looks while another process has it. */
  readonly idle: number;
  /** Pause before the first retry after a failure; doubled each time. */
  readonly first: number;
  readonly longest: number;
}

const usualPace: PublisherPace = { lease: 15_000, idle: 2_000, first: 1_000, longest: 60_000 };
const mostChanges = 500;
const mostBytes = 4 * 1024 * 1024;

/** @returns a function that stops it, and waits for the message in transit */
export function publishChanges(means: PublisherMeans): () => Promise<void> {
  const pace = { ...usualPace, ...means.pace };
  const { streams } = means.store;
  const holder = randomUUID();
  const closing = new AbortController();
  const { signal } = closing;
  const isClosing = (): boolean => signal.aborted;
  let held: Held | undefined;
  let stream: Stream | undefined;
  let failures = 0;

  const rest = async (milliseconds: number): Promise<void> => {
    await delay(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
  };
  const closeStream = async (): Promise<void> => {
    const open = stream;
    stream = undefined;
    await open?.close().catch(() => undefined);
  };
  const leave = async (): Promise<void> => {
    const hold = held;
    held = undefined;
    if (hold !== undefined) await streams.leave(hold).catch(() => undefined);
  };
  async function run(): Promise<void> {
    while (!isClosing()) {
      try {
        held = await streams.hold(means.name, holder, pace.lease);
        if (held === undefined) {
          await closeStream();
          await rest(pace.idle);
          continue;
        }
        stream ??= await means.open();
        if (!(await turn(held, stream, means, pace, signal))) held = undefined;
        failures = 0;
      } catch (error) {
        await closeStream();
        if (isClosing()) break;
        means.told('failed', error);
        if (held !== undefined) await noteFailure(held, means).catch(() => undefined);
        // Another process may be able to reach a stream that this one cannot.
        await leave();
        const longest = Math.min(pace.longest, pace.first * 2 ** Math.min(failures, 20));
        failures += 1;
        // Up to a quarter less at random, so that processes do not come at the same moment.
        await rest(longest * (1 - Math.random() / 4));
      }
    }
    await closeStream();
    await leave();
  }
  const running = run();
  return async () => {
    closing.abort();
    await running;
  };
}

/** Passes on one page. @returns false if another process has taken the stream over */
async function turn(
  held: Held,
  stream: Stream,
  { store, name, types, from, told }: PublisherMeans,
  { lease }: PublisherPace,
  signal: AbortSignal,
): Promise<boolean> {
  const { streams } = store;
  if (held.place === undefined && from === 'now') return streams.move(held, await store.feedEnd(), 0);
  const page = await store.feedPage({ behind: held.place, types, limit: mostChanges, bytes: mostBytes });
  if (page === undefined) {
    const end = await store.feedEnd();
    told('reset');
    await stream.publish([resetAt(end)]);
    return streams.move(held, end, 0);
  }
  const { changes, place } = page;
  await streams.note(held, { oldest: changes[0]?.lastUpdated, fails: false });
  if (changes.length === 0) {
    await store.feedGrows({ types, ended: page.ended, milliseconds: lease / 3, signal });
    return true;
  }
  let [heldAt, count, passed] = [performance.now(), 0, held.place];
  for (let first = 0; first < changes.length && !signal.aborted; first += stream.most) {
    if (performance.now() - heldAt > lease / 3) {
      if ((await streams.hold(name, held.holder, lease))?.epoch !== held.epoch) return false;
      heldAt = performance.now();
    }
    const part = changes.slice(first, first + stream.most);
    await stream.publish(part.map((change) => messageOf(change, place.server)));
    [count, passed] = [count + part.length, { server: place.server, position: part.at(-1)!.position }];
  }
  return passed === undefined || count === 0 ? true : streams.move(held, passed, count);
}

/** Without content: readers of the stream request that with their own rights. */
function messageOf(change: Change, server: string): StreamMessage {
  const { type, id, versionId, deleted, lastUpdated, method } = change;
  const told = { resourceType: type, id, versionId: String(versionId), lastUpdated: lastUpdated.toISOString() };
  const verb = deleted ? 'DELETE' : (method ?? (versionId === 1 ? 'POST' : 'PUT'));
  return {
    id: `${databaseOf(server)}.${change.position}`,
    about: type,
    key: `${type}/${id}`,
    body: JSON.stringify({ ...told, method: verb }),
  };
}

function resetAt({ server, position }: { readonly server: string; readonly position: string }): StreamMessage {
  return { id: `${server}.${position}.reset`, about: 'reset', body: JSON.stringify({ reset: true }) };
}

function databaseOf(server: string): string {
  return server.slice(server.indexOf('@') + 1);
}

/** How old the oldest change is that waits: it may be one of this page, or of one before. */
async function noteFailure(held: Held, { store, types }: PublisherMeans): Promise<void> {
  const page = await store.feedPage({ behind: held.place, types, limit: 1, bytes: 1 });
  await store.streams.note(held, { oldest: page?.changes[0]?.lastUpdated, fails: true });
}
