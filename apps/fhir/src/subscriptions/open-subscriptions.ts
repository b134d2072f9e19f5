/** The subscriptions of an environment: their writes, the reading of the feed for them, and their deliveries. docs/subscriptions.md */
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import { addressFault, openKeptOutbound, type OutboundOptions } from '@dhp/outbound';
import type { FhirStore } from '@dhp/fhir-store';
import type { CostLimits } from '../contract/costs.ts';
import type { Services } from '../contract/interaction.ts';
import type { Subscriptions } from '../contract/subscriptions.ts';
import { isAllowed, type CorsOrigins } from '../http/cors.ts';
import { writtenRights } from '../access/rights.ts';
import { wholeTopicOf } from '../topics/stored-whole.ts';
import { acceptingStore } from './accept.ts';
import { openAccesses, type Accesses } from './accesses.ts';
import { openDeliverer, usualDelivererPace, type Deliverer, type DelivererPace } from './deliverer.ts';
import { openHandshakes } from './handshakes.ts';
import { openKnownRequests } from './known-requests.ts';
import { openMails } from './mails.ts';
import { ownerOf, type Standing } from './owners.ts';
import { openReader, type EventReader, type ReaderPace } from './reader.ts';
import { requestIn } from './request-identifier.ts';
import { valueSeal } from './sealed-values.ts';
import { openSockets, usualSockets, type Sockets, type SocketsLimits } from './sockets.ts';
import { receiverToken, withTestReceivers } from './test-receivers.ts';
import type { Backoff, KeptHook } from './turn.ts';
import { socketUrl, upgradesOf, type Upgrades } from './upgrades.ts';

export interface SubscriptionOptions {
  /** 32 random bytes, the same on all nodes of an environment: values of channels are sealed by them. */
  readonly key: Buffer;
  /** Maximum number of subscriptions per client that are not off (default 100). */
  readonly perClient?: number;
  /** Days for which events are stored (default 14). */
  readonly days?: number;
  /** Hosts that may be internal and called without TLS, each as `host` or `host:port` (default: none). */
  readonly allowedHosts?: readonly string[];
  /**
   * The certificate that this server presents to receivers that request one, and the authorities that it trusts besides the usual ones
   * (`OutboundOptions.tls`).
   */
  readonly tls?: OutboundOptions['tls'];
  /** Address of the SSO that sends mails; absent: no Subscription has the channel email. */
  readonly mails?: { readonly uri: string };
  /** Address of the portal under which developers have test receivers, in the playground (default: there are none). */
  readonly receivers?: string | undefined;
  /** Whether this process makes and delivers events, or only accepts subscriptions (default: true). */
  readonly works?: boolean;
  /** Receives errors of work that will be retried. */
  readonly onError?: (error: unknown) => void;
  /** How often it looks. For tests. */
  readonly pace?: Partial<ReaderPace & DelivererPace>;
  /** Milliseconds between two searches for accesses to a record, and the age that audit records must have. For tests. */
  readonly accesses?: { readonly every: number; readonly settled: number };
  /** Limits of websockets. For tests. */
  readonly sockets?: Partial<SocketsLimits>;
  /** Seconds between tries. For tests. */
  readonly backoff?: Partial<Backoff>;
}

export interface OpenSubscriptions extends Subscriptions {
  /** Accepts websockets after the start. */
  readonly upgrades: Upgrades;
  /** Starts to make and deliver events. */
  start(): void;
  /** Waits for work in progress. */
  close(): Promise<void>;
}

/** The parts of the server that it works with. */
export interface SubscriptionMeans extends Omit<Standing, 'clock'> {
  readonly services: Services;
  readonly costs: CostLimits;
}

type Settings = Pick<Services, 'baseUrl' | 'timeZone' | 'clock'> & {
  readonly issuer: string;
  /** The feed of revocations; its key authenticates requests to the SSO. */
  readonly revocations?: { readonly key: Buffer } | undefined;
  readonly corsOrigins?: CorsOrigins;
  /** The address of a client; default: that of the connection. */
  readonly addressOf?: ((request: IncomingMessage) => string) | undefined;
};

/** Lifetime of a binding token in seconds, and the maximum number of unused ones per client and person. */
const tokenSeconds = 30;
const mostTokens = 100;

/** 2 s, doubled up to 15 minutes, for a day. */
const usualBackoff: Backoff = { first: 2, longest: 900, until: 86_400 };
const usual = { perClient: 100, days: 14 };
/** Subscriptions whose channels are cached, some kilobytes each. */
const mostKeptHooks = 2_000;

function addressOfConnection({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? '';
}

/** @param means are requested when they are needed: services are made after this @returns undefined without options */
export function openSubscriptions(
  store: FhirStore,
  options: SubscriptionOptions | undefined,
  { baseUrl, issuer, revocations, timeZone, clock, corsOrigins = [], addressOf = addressOfConnection }: Settings,
  means: () => SubscriptionMeans,
): OpenSubscriptions | undefined {
  if (options === undefined) return undefined;
  const { key, allowedHosts = [], works = true, onError = () => undefined, pace = {}, receivers } = options;
  const { perClient: most, days } = { ...usual, ...options };
  const values = valueSeal(key, baseUrl);
  const allowsOrigin = (origin: string): boolean => isAllowed(corsOrigins, origin);
  const settings = {
    ...{ unguarded: store, store: store.subscriptions, values, baseUrl, timeZone, clock, most, ownerOf },
    refusedAddress: (url: string) =>
      receiverToken(url, receivers) === undefined ? addressFault(url, { allowedHosts }) : undefined,
    sendsMails: options.mails !== undefined,
  };
  const kept = openKeptOutbound({ allowedHosts, tls: options.tls });
  const outbound =
    receivers === undefined
      ? kept.outbound
      : withTestReceivers(kept.outbound, { base: receivers, store: store.testReceivers });
  let sockets: Sockets | undefined;
  let open: readonly (EventReader | Deliverer | Accesses)[] = [];
  return {
    store: store.subscriptions,
    accepting: (of, requester) => acceptingStore(of, requester, settings),
    ownerOf,
    bindingToken: async (access, ids) => {
      const token = randomBytes(32).toString('base64url');
      const hash = createHash('sha256').update(token).digest();
      const given = { hash, owner: ownerOf(access), rights: writtenRights(access), subscriptions: ids };
      const isStored = await store.subscriptions.addSocketToken(given, { seconds: tokenSeconds, most: mostTokens });
      const expires = new Date(clock().getTime() + 1_000 * tokenSeconds);
      return isStored ? { token, expires, url: socketUrl(baseUrl) } : undefined;
    },
    upgrades: upgradesOf(() => sockets, { baseUrl, allowsOrigin, addressOf }),
    topicOf: sharing((canonical) => wholeTopicOf(store, canonical, { timeZone, baseUrl, now: clock() })),
    handshake: openHandshakes({ store: store.subscriptions, values, outbound, baseUrl, timeZone, clock }),
    receivers,
    requestIn,
    ...openKnownRequests(store.subscriptions),
    start() {
      const { services, costs, ...knowledge } = means();
      const standing = { ...knowledge, clock };
      sockets = openSockets(
        { ...{ services, costs, standing, baseUrl, timeZone, onError }, unguarded: store, store: store.subscriptions },
        { ...usualSockets, ...options.sockets },
      );
      if (!works) return;
      const common = { unguarded: store, store: store.subscriptions, standing, baseUrl, timeZone, onError };
      const backoff = { ...usualBackoff, ...options.backoff };
      const { mails: sent } = options;
      const asking = revocations && { key: revocations.key, issuer, audience: baseUrl, clock };
      const mails = sent && asking && openMails(sent.uri, asking);
      const { trail } = services;
      const accesses = trail && openAccesses({ ...common, ...options.accesses, trail, clock, kept: store });
      open = [
        ...(accesses === undefined ? [] : [accesses]),
        openReader({ ...common, accesses, days, pace }),
        openDeliverer(
          {
            ...{ ...common, services, costs, values, outbound, mails, backoff, random: Math.random },
            kept: new LRUCache<string, KeptHook>({ max: mostKeptHooks }),
          },
          { ...usualDelivererPace, ...pace },
        ),
      ];
    },
    async close() {
      await Promise.all([...open, ...(sockets === undefined ? [] : [sockets])].map((each) => each.close()));
      kept.close();
    },
  };
}

/** Milliseconds for which a topic that was read is assumed unchanged. */
const topicGoodFor = 100;
const mostTopics = 1_000;

/**
 * Concurrent calls with the same name, and calls shortly afterwards, share one answer: many deliveries at the same time concern one topic.
 */
function sharing<Made>(ask: (name: string) => Promise<Made>): (name: string) => Promise<Made> {
  const asked = new LRUCache<string, Promise<Made>>({ max: mostTopics, ttl: topicGoodFor });
  return (name) => {
    let answer = asked.get(name);
    if (answer === undefined) {
      asked.set(name, (answer = ask(name)));
      answer.catch(() => asked.delete(name));
    }
    return answer;
  };
}
