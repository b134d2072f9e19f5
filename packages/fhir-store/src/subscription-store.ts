/** Subscriptions as the database has them: the reading of the feed for them, their events, and their deliveries. */
import { createBatcher } from '@dhp/postgres';
import type { Listener } from '@dhp/postgres/listen';
import type { Hints } from './hints.ts';
import type { Pools } from './pools.ts';
import { holdReader, keepReader, leaveReader, noteHeard, storePage } from './statements/event-reader.ts';
import type { Hold, ReaderState, ReadPage } from './statements/event-reader.ts';
import {
  claimLanes,
  failLane,
  keepLanes,
  leaveLane,
  nextLaneDue,
  passLanes,
  selectDeliveries,
  type Delivery,
  type DeliveryFailure,
  type Lane,
  type PassedLane,
} from './statements/lanes.ts';
import {
  listSubscriptions,
  pauseSubscription,
  replaySubscription,
  resumeSubscription,
  subscriptionFigures,
  type ListedSubscription,
  type SubscriptionFigures,
} from './statements/operated-subscriptions.ts';
import { hint } from './statements/hints.ts';
import {
  decideStatus,
  insertRequest,
  renewRequest,
  selectEvents,
  firstEventSince,
  selectOwned,
  selectRequests,
  selectStanding,
  selectTopics,
  selectWanted,
  sweepSubscriptions,
  type AskedEvents,
  type NumberedEvent,
  type OwnedSubscription,
  type StandingSubscription,
  type SubscriptionRequest,
} from './statements/subscriptions.ts';
import {
  insertReport,
  lastKey,
  recentReports,
  type ReportedEvent,
  type StoredReport,
} from './statements/reported-events.ts';
import { insertSocketToken, takeSocketToken, type SocketToken } from './statements/socket-tokens.ts';
import { guarded } from './store-unavailable.ts';

/** All methods reject with `StoreUnavailable` when the database cannot be reached or does not answer in time. */
export interface SubscriptionStore {
  /** Stores the request of a Subscription, before the Subscription itself. @returns false if the client has reached its limit */
  addRequest(request: SubscriptionRequest, most: number): Promise<boolean>;
  renewRequest(id: string, newer: { readonly rights: unknown; readonly ends: number }): Promise<void>;
  requests(ids: readonly string[]): Promise<SubscriptionRequest[]>;
  /** As the reader knows them: all that are not off, or those of some ids. */
  standing(ids?: readonly string[]): Promise<StandingSubscription[]>;
  /** As `selectOwned` of statements/subscriptions.ts. */
  owned(owner: string, most: number, behind?: string): Promise<OwnedSubscription[]>;
  /** As `selectDeliveries` of statements/lanes.ts. */
  deliveries(ids: readonly string[]): Promise<Delivery[]>;
  /** As the functions of statements/operated-subscriptions.ts. */
  list(most: number, of?: Parameters<typeof listSubscriptions>[2]): Promise<ListedSubscription[]>;
  pause(id: string): Promise<boolean | undefined>;
  resume(id: string): Promise<boolean | undefined>;
  replay(id: string, from: number | Date): ReturnType<typeof replaySubscription>;
  wanted(): Promise<Pick<StandingSubscription, 'id' | 'request' | 'wanted'>[]>;
  /** @returns whether it was decided */
  decide(...decided: Parameters<typeof decideStatus> extends [unknown, ...infer Rest] ? Rest : never): Promise<boolean>;
  topics(): Promise<{ readonly id: string; readonly ver: number }[]>;
  events(
    subscription: string,
    which: { readonly since: number; readonly until: number; readonly most: number },
  ): Promise<NumberedEvent[]>;
  /** As `firstEventSince` of statements/subscriptions.ts. */
  firstSince(subscription: string, time: Date): ReturnType<typeof firstEventSince>;
  /** Stores an event that a client reports, once for each key of it. @returns the stored one, and whether it is new */
  report(client: string, event: ReportedEvent): Promise<{ readonly stored: StoredReport; readonly isNew: boolean }>;
  /** As `lastKey` of statements/reported-events.ts. */
  lastKey(client: string, beginning: string): Promise<string | undefined>;
  /** As `recentReports` of statements/reported-events.ts. */
  recentReports(asked: Parameters<typeof recentReports>[1]): Promise<StoredReport[]>;
  /** As `insertSocketToken` and `takeSocketToken` of statements/socket-tokens.ts. */
  addSocketToken(
    token: SocketToken & { readonly hash: Buffer },
    limits: { readonly seconds: number; readonly most: number },
  ): Promise<boolean>;
  takeSocketToken(hash: Buffer): Promise<SocketToken | undefined>;
  /** Totals over all subscriptions, for monitoring. */
  figures(): Promise<SubscriptionFigures>;
  /** @returns ids of subscriptions that have failed for as long as events are kept */
  sweep(days: number): Promise<string[]>;

  /** Takes over or keeps the reading, for some milliseconds; undefined while another process has it. */
  holdReader(holder: string, lease: number): Promise<ReaderState | undefined>;
  /** As `keepReader` of statements/event-reader.ts. */
  keepReader(hold: Hold, lease: number): Promise<void>;
  leaveReader(hold: Hold): Promise<void>;
  noteHeard(hold: Hold): Promise<void>;
  /** @returns whether it was stored, in whole */
  storePage(hold: Hold, page: ReadPage): Promise<boolean>;

  claimLanes(holder: string, most: { readonly all: number; readonly failing: number }, lease: number): Promise<Lane[]>;
  /** As `nextLaneDue` of statements/lanes.ts. */
  nextLaneDue(): Promise<number | undefined>;
  /** Listens until closed, on a dedicated connection. @param heard called when lanes may be due */
  listenForLanes(heard: () => void): Listener;
  /** The same for events that were numbered, for servers that answer requests for events and send none themselves. */
  listenForNumbers(heard: () => void): Listener;
  /** Notifies all servers that lanes may be due. */
  tellLanes(): Promise<void>;
  /** @returns whether the lane may be due again before a notification */
  passLane(lane: Lane, how: PassedLane): Promise<boolean>;
  failLane(lane: Lane, seconds: number | undefined, failure?: DeliveryFailure): Promise<boolean>;
  /** As `keepLanes` of statements/lanes.ts. */
  keepLanes(lanes: readonly Lane[], lease: number): Promise<void>;
  leaveLane(lane: Lane): Promise<void>;
}

export function createSubscriptionStore(
  { writes, pages, words }: Pick<Pools, 'writes' | 'pages' | 'words'>,
  hints: Pick<Hints, 'listen'>,
): SubscriptionStore {
  const { request, standing, events, passed } = batchersOf({ pages, writes });
  return {
    addRequest: (request, most) => guarded(() => insertRequest(writes, request, most)),
    renewRequest: (id, newer) => guarded(() => renewRequest(writes, id, newer)),
    requests: (ids) => guarded(() => (ids.length === 1 ? one(request, ids[0]!) : selectRequests(pages, ids))),
    standing: (ids) => guarded(() => (ids?.length === 1 ? one(standing, ids[0]!) : selectStanding(pages, ids))),
    owned: (owner, most, behind) => guarded(() => selectOwned(pages, owner, most, behind)),
    deliveries: (ids) => guarded(() => selectDeliveries(pages, ids)),
    firstSince: (id, time) => guarded(() => firstEventSince(pages, id, time)),
    replay: (id, from) => guarded(() => replaySubscription(writes, id, from)),
    list: (most, of) => guarded(() => listSubscriptions(pages, most, of)),
    pause: (id) => guarded(() => pauseSubscription(writes, id)),
    resume: (id) => guarded(() => resumeSubscription(writes, id)),
    wanted: () => guarded(() => selectWanted(pages)),
    decide: (of, to) => guarded(() => decideStatus(writes, of, to)),
    topics: () => guarded(() => selectTopics(pages)),
    events: (subscription, which) => guarded(() => events.submit({ subscription, ...which })),
    report: (client, event) => guarded(() => insertReport(writes, client, event)),
    lastKey: (client, beginning) => guarded(() => lastKey(pages, client, beginning)),
    recentReports: (asked) => guarded(() => recentReports(pages, asked)),
    addSocketToken: (token, limits) => guarded(() => insertSocketToken(writes, token, limits)),
    takeSocketToken: (hash) => guarded(() => takeSocketToken(writes, hash)),
    figures: () => guarded(() => subscriptionFigures(pages)),
    sweep: (days) => guarded(() => sweepSubscriptions(writes, days)),
    holdReader: (holder, lease) => guarded(() => holdReader(writes, holder, lease)),
    keepReader: (hold, lease) => guarded(() => keepReader(writes, hold, lease)),
    leaveReader: (hold) => guarded(() => leaveReader(writes, hold)),
    noteHeard: (hold) => guarded(() => noteHeard(writes, hold)),
    storePage: (hold, page) => guarded(() => storePage(writes, hold, page)),
    claimLanes: (holder, most, lease) => guarded(() => claimLanes(writes, holder, most, lease)),
    nextLaneDue: () => guarded(() => nextLaneDue(pages)),
    listenForLanes: (heard) => hints.listen('dhp lanes', heard),
    listenForNumbers: (heard) => hints.listen('dhp numbers', heard),
    tellLanes: () => guarded(() => hint(words, 'dhp lanes')),
    passLane: (lane, how) => guarded(() => passed.submit([lane, how])),
    failLane: (lane, seconds, failure) => guarded(() => failLane(writes, lane, seconds, failure)),
    keepLanes: (lanes, lease) => guarded(() => keepLanes(writes, lanes, lease)),
    leaveLane: (lane) => guarded(() => leaveLane(writes, lane)),
  };
}

/** Queries about single subscriptions at nearly the same time are batched: many lanes are processed at once, each by itself. */
function batchersOf({ pages, writes }: Pick<Pools, 'pages' | 'writes'>) {
  const shared = { concurrency: 2, maxBatch: 64, gather: true, patience: 2 };
  return {
    request: createBatcher<string, SubscriptionRequest | undefined>({
      ...shared,
      run: async (ids) => {
        const found = new Map((await selectRequests(pages, ids)).map((row) => [row.id, row]));
        return ids.map((id) => found.get(id));
      },
    }),
    standing: createBatcher<string, StandingSubscription | undefined>({
      ...shared,
      run: async (ids) => {
        const found = new Map((await selectStanding(pages, ids)).map((row) => [row.id, row]));
        return ids.map((id) => found.get(id));
      },
    }),
    events: createBatcher<AskedEvents, NumberedEvent[]>({ ...shared, run: (asked) => selectEvents(pages, asked) }),
    // Receivers answer one after the other: answers within the next moments share a commit.
    passed: createBatcher<readonly [Lane, PassedLane], boolean>({
      ...{ ...shared, patience: 8 },
      run: (lanes) => passLanes(writes, lanes),
    }),
  };
}

async function one<Row>(batcher: { submit(id: string): Promise<Row | undefined> }, id: string): Promise<Row[]> {
  const found = await batcher.submit(id);
  return found === undefined ? [] : [found];
}
