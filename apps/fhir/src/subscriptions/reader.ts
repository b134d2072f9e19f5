/**
 * The single reader of the feed for subscriptions, asynchronous to writes: events are numbered in commit order. Any server may be the
 * reader; a lease determines which one, and fences off former readers. docs/decisions/0100-topics-and-subscriptions.md
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import { StoreUnavailable, type FhirStore } from '@dhp/fhir-store';
import type { Hold, ReaderState, SubscriptionStore } from '@dhp/fhir-store/subscriptions';
import type { FeedPlace } from '../contract/changes.ts';
import type { Accesses } from './accesses.ts';
import { decideEnds } from './ends.ts';
import { Known, subscriptionOf } from './known.ts';
import { StandingUnknown, type Standing } from './owners.ts';
import { madeOf, type MadePage } from './page.ts';
import { settleStatus } from './settle-status.ts';

type Json = Readonly<Record<string, unknown>>;
type Unguarded = Pick<
  FhirStore,
  'feedPage' | 'feedEnd' | 'feedGrows' | 'read' | 'vread' | 'update' | 'searchParameters'
>;

export interface ReaderMeans {
  readonly unguarded: Unguarded;
  readonly store: SubscriptionStore;
  readonly standing: Standing;
  readonly timeZone: string;
  readonly baseUrl: string;
  /** Days for which events are stored. */
  readonly days: number;
  readonly onError: (error: unknown) => void;
  /** Undefined without an audit trail, which records who opened a patient record. */
  readonly accesses?: Accesses | undefined;
  readonly pace?: Partial<ReaderPace> | undefined;
}

/** Milliseconds. */
export interface ReaderPace {
  /** A reader that does not renew its lease for this long loses it. */
  readonly lease: number;
  /** Between two checks while another server reads, and after a failure. */
  readonly idle: number;
  /** Between two looks at ends and rights. */
  readonly ends: number;
}

const usualPace: ReaderPace = { lease: 15_000, idle: 2_000, ends: 5_000 };
/** Changes of a page, and bytes of their contents. */
const mostChanges = 500;
const mostBytes = 8 * 1024 ** 2;
/**
 * Milliseconds from one page to the next while changes arrive continuously: the fixed cost of a page is shared by all changes that arrive
 * meanwhile.
 */
const apart = 50;
/**
 * Milliseconds for which a position is kept only in memory while the changes read produce nothing: another reader that starts from an
 * earlier position produces nothing either.
 */
const mostUnstored = 1_000;
const own = ['Subscription', 'SubscriptionTopic'] as const;
const sweepEvery = 60_000;
/**
 * Milliseconds that one page, or the initial reading, may take before another server may try: a reader that does not finish delays
 * everything.
 */
const mostOfTurn = 120_000;
/** Versions read together. */
const together = 256;
/** Attempts at a page before a failure for one owner stops delaying the others. */
const mostTries = 5;
/** Seconds for which revocations are repeated: a server that has not received them for longer may have missed some. */
const mostUnheard = 3_000;

export interface EventReader {
  close(): Promise<void>;
}

/** The reading by this process, with its memory, which is valid as long as only this process has stored pages. */
interface Reading {
  readonly hold: Hold;
  /** Of the place. */
  readonly server: string;
  position: string | undefined;
  /** The stored position, and the time at which it was stored. */
  stored: string | null;
  storedAt: number;
  readonly known: Known;
  /** By which it is understood. */
  readonly parameters: string;
  /** Undefined before the first page: then there is no waiting. */
  ended: bigint | undefined;
  /** Times by `performance.now`. */
  heldAt: number;
  endsAt: number;
  sweptAt: number;
  /** Before which no page is read. */
  nextAt: number;
}

export function openReader(means: ReaderMeans): EventReader {
  const pace = { ...usualPace, ...means.pace };
  const holder = randomUUID();
  const closing = new AbortController();
  const { signal } = closing;
  const isClosing = (): boolean => signal.aborted;
  let reading: Reading | undefined;
  let failures = 0;
  /** The lease held last, and the start of the work in progress under it; undefined if there is none. */
  let held: Hold | undefined;
  let began: number | undefined;

  async function hold(): Promise<boolean> {
    if (reading !== undefined && performance.now() - reading.heldAt < pace.lease / 3) return true;
    const at = performance.now();
    const state = await means.store.holdReader(holder, pace.lease);
    if (state === undefined) reading = undefined;
    else if (reading?.hold.epoch === state.epoch) reading.heldAt = at;
    else reading = await working(state, () => takenUp(state, means, at));
    return reading !== undefined;
  }

  async function working<Made>({ holder, epoch }: Hold, what: () => Promise<Made>): Promise<Made> {
    held = { holder, epoch };
    began = performance.now();
    try {
      return await what();
    } finally {
      began = undefined;
    }
  }

  /** Work that takes longer than the lease would be taken over and restarted endlessly. */
  const signs = setInterval(() => {
    if (held === undefined || began === undefined || performance.now() - began > mostOfTurn) return;
    means.store.keepReader(held, pace.lease).catch(() => undefined);
  }, pace.lease / 4).unref();

  async function run(): Promise<void> {
    while (!isClosing()) {
      try {
        if (!(await hold())) await rest(pace.idle, signal);
        else if (await step(reading!)) failures = 0;
        else reading = undefined;
      } catch (error) {
        // The memory may be ahead of the stored position.
        reading = undefined;
        if (!(error instanceof StandingUnknown) && !(error instanceof StoreUnavailable)) failures += 1;
        if (!isClosing() && !(error instanceof StandingUnknown)) means.onError(error);
        await rest(pace.idle, signal);
      }
    }
    if (held !== undefined) await means.store.leaveReader(held).catch(() => undefined);
  }

  const step = (now: Reading): Promise<boolean> =>
    working(now.hold, () => turn(now, means, { ...pace, isLast: failures >= mostTries }, signal));
  const running = run();
  return {
    async close() {
      closing.abort();
      await running;
      clearInterval(signs);
    },
  };
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}

/** The memory at the stored position, built from the data stored with it. */
async function takenUp(state: ReaderState, means: ReaderMeans, heldAt: number): Promise<Reading> {
  const { unguarded, store, timeZone, baseUrl } = means;
  const end = await unguarded.feedEnd();
  const own = await unguarded.searchParameters();
  const known = new Known({ timeZone, ownBases: [baseUrl], own });
  for await (const [{ id, ver }, version] of versionsOf('SubscriptionTopic', await store.topics(), unguarded))
    if (version?.deleted === false) known.setTopic(id, ver, JSON.parse(version.content.toString('utf8')) as Json);
  const standing = (await store.standing()).filter(({ wanted }) => wanted !== 'off');
  const requests = await store.requests(standing.flatMap(({ request }) => request ?? []));
  const byId = new Map(requests.map((request) => [request.id, request]));
  for await (const [{ request }, version] of versionsOf('Subscription', standing, unguarded)) {
    if (version?.deleted !== false) continue;
    const found = request === null ? undefined : byId.get(request);
    const resource = JSON.parse(version.content.toString('utf8')) as Json;
    known.setSubscription(subscriptionOf(version, resource, found && known.ownerIn(found)));
  }
  await requireHeard(state, known, means);
  return {
    hold: { holder: state.holder, epoch: state.epoch },
    ...{ server: end.server, known, parameters: stateOf(own), ended: undefined },
    ...{ heldAt, endsAt: -Infinity, sweptAt: -Infinity, nextAt: -Infinity },
    position: positionOf(state, end),
    ...{ stored: state.position, storedAt: -Infinity },
  };
}

/** Requested together: one at a time, each of thousands would wait for the database. */
async function* versionsOf<Named extends { readonly id: string; readonly ver: number }>(
  type: string,
  named: readonly Named[],
  unguarded: Pick<Unguarded, 'vread'>,
): AsyncGenerator<readonly [Named, Awaited<ReturnType<Unguarded['vread']>>]> {
  for (let from = 0; from < named.length; from += together) {
    const some = named.slice(from, from + together);
    const versions = await Promise.all(some.map(({ id, ver }) => unguarded.vread(type, id, ver)));
    for (const [n, one] of some.entries()) yield [one, versions[n]];
  }
}

/** Search parameters are read again every second: they count as changed if these values differ, not if the object is another one. */
function stateOf({ generation, ready, unready, gaps }: OwnParameters): string {
  return `${String(generation)} ${String(ready)} ${String(unready)} ${[...gaps].join()}`;
}

/** A database that was copied into another cluster has another commit order: its existing changes count as read. */
function positionOf({ database, position }: ReaderState, end: FeedPlace): string | undefined {
  if (position === null) return undefined;
  return database === databaseOf(end.server) ? position : end.position;
}

function databaseOf(server: string): string {
  return server.slice(server.indexOf('@') + 1);
}

/** Ends all subscriptions if their rights may have been revoked while no server listened. */
async function requireHeard({ unheard }: ReaderState, known: Known, { store }: ReaderMeans): Promise<void> {
  if (unheard === null || unheard < mostUnheard) return;
  const reason = 'For an hour or more no server heard of what was revoked. Request it again.';
  for (const { id, request } of [...known.subscriptions]) {
    await store.decide({ id, request: request ?? null }, { wanted: 'off', reason });
    known.dropSubscription(id);
  }
}

/** One look at the feed. @returns false if the memory is of no use any more */
async function turn(
  reading: Reading,
  means: ReaderMeans,
  pace: ReaderPace & { readonly isLast: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  const { unguarded, store } = means;
  const { known, server } = reading;
  const early = reading.nextAt - performance.now();
  if (early > 0) await rest(early, signal);
  const began = performance.now();
  if (stateOf(await unguarded.searchParameters()) !== reading.parameters) return false;
  if (performance.now() - reading.endsAt >= pace.ends) {
    reading.endsAt = performance.now();
    await beside(reading, means);
  }
  const types = [...new Set([...own, ...known.types()])];
  const behind = { server, position: reading.position ?? beginning };
  const reports = known.hearsReports();
  const page = await unguarded.feedPage({ behind, types, limit: mostChanges, bytes: mostBytes, reports });
  if (page === undefined || page.place.server !== server) return false;
  if (page.changes.length === 0 && page.reports.length === 0) {
    reading.ended = page.ended;
    const now = performance.now();
    const isStored = behind.position === (reading.stored ?? beginning);
    if (!isStored && now - reading.storedAt >= mostUnstored)
      return stored(reading, means, nothingMade(behind.position));
    const until = [
      reading.endsAt + pace.ends,
      now + pace.lease / 3,
      ...(isStored ? [] : [reading.storedAt + mostUnstored]),
    ];
    const milliseconds = Math.max(1, Math.min(...until) - now);
    await unguarded.feedGrows({ types, reports, ended: page.ended, milliseconds, signal });
    return true;
  }
  const made = await madeOf(page, known, {
    ...{ unguarded, store, standing: means.standing, isLast: pace.isLast },
    told: (failure) => {
      means.onError(new Error(`a trigger of a topic could not be told: ${failure}`));
    },
  });
  const isNothing = made.events.length + made.subscriptions.length + made.topics.length === 0;
  if (isNothing && began - reading.storedAt < mostUnstored) reading.position = made.to;
  else if (!(await stored(reading, means, made))) return false;
  if (!page.hasMore) reading.nextAt = began + apart;
  if (made.subscriptions.length > 0) await settleAll(means);
  return true;
}

function nothingMade(to: string): MadePage {
  return { to, events: [], subscriptions: [], topics: [] };
}

/** @returns false if the stored position is not that of the memory, or another process reads */
async function stored(reading: Reading, { store }: ReaderMeans, made: MadePage): Promise<boolean> {
  const { server, stored: from } = reading;
  const [run, database] = [server.slice(0, server.indexOf('@')), databaseOf(server)];
  if (!(await store.storePage(reading.hold, { server: run, database, from, ...made }))) return false;
  reading.position = reading.stored = made.to;
  reading.storedAt = performance.now();
  return true;
}

const beginning = '0.0.0';

/** Periodic work: ends, rights and events that have expired. */
async function beside(reading: Reading, means: ReaderMeans): Promise<void> {
  const { store, days } = means;
  await decideEnds(reading.known, means);
  means.accesses?.look(reading.known);
  await store.noteHeard(reading.hold);
  if (performance.now() - reading.sweptAt >= sweepEvery) {
    reading.sweptAt = performance.now();
    const reason = `It has failed for as long as events are kept (${days} days). Request it again.`;
    for (const id of await store.sweep(days)) {
      const request = reading.known.subscription(id)?.request ?? null;
      if (await store.decide({ id, request }, { wanted: 'off', reason })) reading.known.dropSubscription(id);
    }
  }
  await settleAll(means);
}

async function settleAll({ store, unguarded, onError }: ReaderMeans): Promise<void> {
  for (const each of await store.wanted()) await settleStatus(unguarded, each).catch(onError);
}
