/**
 * Websockets of this process, whichever process makes the events: hints cause a check of the numbers, and the events are read with the
 * rights of their owner.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { createWeightedSemaphore } from '../http/turns.ts';
import { atMost } from './at-most.ts';
import { boundOf, restOf, sendDue, sendPlain, standingNow } from './bound-socket.ts';
import type { Bound, BoundSocket, Sending, SocketMeans } from './bound-socket.ts';
import { live } from './known.ts';
import { askStanding, ownerIn } from './owners.ts';
import { closings, lineOf, type Line, type Said, type SocketLimits } from './socket.ts';

export interface SocketsLimits extends SocketLimits {
  /** Maximum number of sockets of this process, and of unbound ones among them. */
  readonly sockets: number;
  readonly unbound: number;
  /** Bound sockets of one client at this process. */
  readonly perClient: number;
  /** Subscriptions of one socket, and of all sockets of this process. */
  readonly subscriptions: number;
  readonly bindings: number;
  /** Maximum number of bytes being sent to all sockets; beyond it the slowest socket is disconnected. */
  readonly bytes: number;
  /** Milliseconds between two looks without hints, and with them. */
  readonly look: number;
  readonly listening: number;
}

export const usualSockets: SocketsLimits = {
  ...{ sockets: 5_000, unbound: 200, perClient: 100, subscriptions: 100, bindings: 20_000, bytes: 64 * 1024 * 1024 },
  ...{ sendWithin: 30_000, pingEvery: 30_000, bindWithin: 10_000, messages: 1_000 },
  ...{ look: 1_000, listening: 5_000 },
};

export interface Sockets {
  /** Whether further sockets are refused. */
  readonly full: () => boolean;
  /** @param network the network for which it counts while it is not bound */
  readonly take: (socket: WebSocket, network: string) => void;
  /** Sends a close frame to all sockets and accepts no more. */
  readonly end: () => void;
  readonly close: () => Promise<void>;
}

/** Code and reason of a closing. */
type Refusal = readonly [code: number, reason: string];

/** Events requested concurrently. */
const asked = 16;
/** Milliseconds: hints within `least` cause one check, and a message in flight for `slow` counts as slow. */
const least = 10;
const slow = 1_000;
/** Milliseconds for a farewell, when the server closes. */
const farewell = 3_000;

export function openSockets(means: SocketMeans, limits: SocketsLimits): Sockets {
  const hub = new Hub(means, limits);
  return {
    full: () => hub.full(),
    take: (socket, network) => {
      hub.take(socket, network);
    },
    end: () => {
      hub.end();
    },
    close: () => hub.close(),
  };
}

class Hub {
  readonly #means: SocketMeans;
  readonly #limits: SocketsLimits;
  readonly #sending: Sending;
  readonly #all = new Set<BoundSocket>();
  readonly #closing = new AbortController();
  #woken = Promise.withResolvers<undefined>();
  #running: Promise<void> | undefined;

  constructor(means: SocketMeans, limits: SocketsLimits) {
    this.#means = means;
    this.#limits = limits;
    this.#sending = createSending(limits.bytes, asked);
  }

  full(): boolean {
    return this.#isClosing() || this.#all.size >= this.#limits.sockets;
  }

  take(ws: WebSocket, network: string): void {
    const waiting = [...this.#all].filter(({ bound, line }) => bound.size === 0 && line.isOpen());
    if (waiting.length >= this.#limits.unbound)
      oldestOfMost(waiting).line.close(closings.later, 'too many wait to be bound');
    const heard = (said: Said): void => {
      this.#heard(socket, said);
    };
    const ended = (): void => void this.#all.delete(socket);
    const line = lineOf(ws, this.#limits, { heard, ended });
    const socket: BoundSocket = { line, network, bound: new Map(), work: Promise.resolve(), isBusy: false };
    this.#all.add(socket);
  }

  end(): void {
    this.#closing.abort();
    for (const { line } of this.#all) line.close(closings.going, 'the server goes, come again');
    this.#wake();
  }

  async close(): Promise<void> {
    this.end();
    await this.#running;
    const until = performance.now() + farewell;
    while (this.#all.size > 0 && performance.now() < until) await delay(least);
    for (const { line } of this.#all) line.cut();
  }

  readonly #isClosing = (): boolean => this.#closing.signal.aborted;

  readonly #wake = (): void => {
    this.#woken.resolve(undefined);
  };

  #bounds(): Bound[] {
    return [...this.#all].flatMap(({ bound }) => [...bound.values()]);
  }

  #heard(socket: BoundSocket, said: Said): void {
    if (said.kind === 'bind')
      this.#doFor(socket, async () => {
        const refused = await this.#bind(socket, said.token).catch((error: unknown): Refusal => {
          this.#means.onError(error);
          return [closings.fault, 'it could not be bound: ask for another token'];
        });
        if (refused !== undefined) socket.line.close(...refused);
      });
    else
      this.#doFor(socket, () => {
        socket.bound.delete(said.subscription);
        if (socket.bound.size === 0) socket.line.close(1000, 'nothing is bound');
        return Promise.resolve();
      });
  }

  /** Runs work per socket in sequence. Messages received before the socket was closed and not handled yet are dropped. */
  #doFor(socket: BoundSocket, what: () => Promise<void>): void {
    const whileOpen = (): Promise<void> => (socket.line.isOpen() ? what() : Promise.resolve());
    socket.work = socket.work.then(whileOpen).catch((error: unknown) => {
      if (socket.line.isOpen() && !this.#isClosing()) this.#means.onError(error);
    });
  }

  /** @returns why it cannot be bound */
  async #bind({ line, bound }: BoundSocket, token: string): Promise<Refusal | undefined> {
    const { store, standing } = this.#means;
    const { perClient, bindings, subscriptions } = this.#limits;
    const taken = await store.takeSocketToken(createHash('sha256').update(token).digest());
    if (taken === undefined) return [closings.refused, 'the token is unknown, was used, or has ended'];
    const owner = ownerIn(taken);
    await askStanding([owner], standing);
    if (standingNow({ owner }, this.#means) === 'ended') return [closings.refused, 'the rights have ended'];
    if (bound.size === 0 && this.#socketsOf(owner.access.clientId) >= perClient)
      return [closings.later, `a client has ${String(perClient)} sockets at most`];
    if (this.#bounds().length + taken.subscriptions.length > bindings)
      return [closings.later, 'too much is bound at this node'];
    for (const id of taken.subscriptions) {
      const made = await boundOf(id, { owner, name: taken.owner }, this.#means);
      if (made === undefined) continue;
      if (bound.size >= subscriptions && !bound.has(id))
        return [closings.refused, `a socket has ${String(subscriptions)} subscriptions at most`];
      await sendPlain(line, made, 'handshake', this.#means);
      bound.set(id, made);
      line.settled();
    }
    if (bound.size === 0) return [closings.refused, 'none of its subscriptions can be bound'];
    this.#running ??= this.#run();
    this.#wake();
    return undefined;
  }

  #socketsOf(client: string): number {
    const isOf = ({ owner }: Bound): boolean => owner.access.clientId === client;
    return [...this.#all].filter(({ bound }) => [...bound.values()].some(isOf)).length;
  }

  /** Runs while any socket is bound. */
  async #run(): Promise<void> {
    const { store, services, onError } = this.#means;
    const { listening, look } = this.#limits;
    const listener = store.listenForNumbers(this.#wake);
    while (!this.#isClosing() && this.#bounds().length > 0) {
      this.#woken = Promise.withResolvers();
      const began = services.stopwatch();
      await this.#look().catch((error: unknown) => {
        if (!this.#isClosing()) onError(error);
      });
      const now = services.stopwatch();
      const beat = Math.min(...this.#bounds().map((one) => restOf(one, now)));
      const rest = Math.min(listener.isListening ? listening : look, Math.max(beat, least));
      await atMost(rest, this.#woken.promise, this.#closing.signal);
      // However many are bound, looks take half of the time at most.
      await delay(Math.max(least, now - began), undefined, { ref: false });
    }
    listener.close();
    this.#running = undefined;
    // A socket may have been bound meanwhile.
    if (!this.#isClosing() && this.#bounds().length > 0) this.#running = this.#run();
  }

  /** Queries the state of the subscriptions and of the rights. */
  async #look(): Promise<void> {
    const { store, standing } = this.#means;
    const here = this.#bounds();
    const rows = await store.standing([...new Set(here.map(({ id }) => id))]);
    await askStanding([...new Set(here.map(({ owner }) => owner))], standing);
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const socket of this.#all) {
      for (const one of socket.bound.values()) {
        const row = byId.get(one.id);
        if (standingNow(one, this.#means) === 'ended') socket.line.close(closings.refused, 'the rights have ended');
        if (row === undefined) continue;
        const status = row.wanted ?? row.status;
        // A failover has lost numbers, which others will have.
        if (row.numbered < one.told) socket.line.close(closings.going, 'the numbers are others now: bind again');
        if (row.owner === one.name && live.has(status)) Object.assign(one, { status, numbered: row.numbered });
        else this.#leave(socket, one, status);
      }
      this.#begin(socket);
    }
  }

  /** Sends a last message for a subscription that has ended. */
  #leave(socket: BoundSocket, one: Bound, status: string): void {
    socket.bound.delete(one.id);
    this.#doFor(socket, async () => {
      await sendPlain(socket.line, { ...one, status }, 'query-status', this.#means);
      if (socket.bound.size === 0) socket.line.close(1000, 'nothing is bound');
    });
  }

  #begin(socket: BoundSocket): void {
    const now = this.#means.services.stopwatch();
    const isDue = [...socket.bound.values()].some((one) => one.told < one.numbered || restOf(one, now) <= 0);
    if (!isDue || socket.isBusy) return;
    socket.isBusy = true;
    this.#doFor(socket, async () => {
      try {
        await sendDue(socket, this.#means, this.#sending);
      } finally {
        socket.isBusy = false;
      }
    });
  }
}

/** From the network with most of them: a client that opens many cannot displace others. */
function oldestOfMost(waiting: readonly BoundSocket[]): BoundSocket {
  const byNetwork = Map.groupBy(waiting, ({ network }) => network);
  const [most] = [...byNetwork.values()].toSorted((a, b) => b.length - a.length);
  return most![0]!;
}

/** Sends a text made for a socket, with a limited number of texts made concurrently and of bytes in flight. */
function createSending(most: number, together: number): Sending {
  const turns = createWeightedSemaphore(together);
  const onTheirWay = new Map<Line, number>();
  let bytes = 0;
  async function room(): Promise<void> {
    while (bytes >= most) {
      const [slowest] = [...onTheirWay].sort(([, a], [, b]) => a - b);
      if (slowest !== undefined && performance.now() - slowest[1] > slow) slowest[0].cut();
      await delay(least * 5, undefined, { ref: false });
    }
  }
  return async (line, make) => {
    const text = await turns(1, async () => {
      await room();
      return make();
    });
    const size = Buffer.byteLength(text);
    bytes += size;
    onTheirWay.set(line, performance.now());
    try {
      await line.send(text);
    } finally {
      bytes -= size;
      onTheirWay.delete(line);
    }
  };
}
