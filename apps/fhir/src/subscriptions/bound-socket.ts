/** Subscriptions that a socket is bound to: the number up to which each was notified, and the next messages. */
import type { ResourceStore } from '@dhp/fhir-store';
import type { SubscriptionStore } from '@dhp/fhir-store/subscriptions';
import type { Services } from '../contract/interaction.ts';
import { statusOf as httpStatusOf } from '../http/errors.ts';
import { askedEvents, type AskMeans } from './ask-events.ts';
import { asNotification, plainNotification } from './bodies.ts';
import { channelOf, type Channel } from './channel.ts';
import { live } from './known.ts';
import type { NotificationType } from './notification.ts';
import { bearerOf, standingOf, StandingUnknown, type Owner, type Standing } from './owners.ts';
import { requestIn } from './request-identifier.ts';
import { closings, type Line } from './socket.ts';

type Json = Readonly<Record<string, unknown>>;

export interface SocketMeans extends AskMeans {
  readonly services: AskMeans['services'] & Pick<Services, 'stopwatch'>;
  readonly unguarded: Pick<ResourceStore, 'read'>;
  readonly store: Pick<SubscriptionStore, 'standing' | 'requests' | 'takeSocketToken' | 'listenForNumbers'>;
  readonly standing: Standing;
  readonly baseUrl: string;
  readonly timeZone: string;
  readonly onError: (error: unknown) => void;
}

/** A subscription bound to a socket. Its events are read with the rights of the client that requested the token, as with `$events`. */
export interface Bound {
  readonly id: string;
  readonly topic: string | undefined;
  readonly channel: Channel;
  readonly owner: Owner;
  /** Client and person. */
  readonly name: string;
  status: string;
  /** The last assigned number known here, and the last number sent. */
  numbered: number;
  told: number;
  /** Milliseconds of the stopwatch. */
  sentAt: number;
}

export interface BoundSocket {
  readonly line: Line;
  /** The network for which its address counts. */
  readonly network: string;
  readonly bound: Map<string, Bound>;
  /** All work for it, run in sequence. */
  work: Promise<void>;
  isBusy: boolean;
}

/** @returns undefined if it cannot be bound: it is gone or ended, of others, or of another channel */
export async function boundOf(
  id: string,
  { owner, name }: Pick<Bound, 'owner' | 'name'>,
  { unguarded, store, services }: SocketMeans,
): Promise<Bound | undefined> {
  // The number is read first: events stored meanwhile are sent then.
  const [row] = await store.standing([id]);
  const current = await unguarded.read('Subscription', id);
  if (current?.deleted !== false) return undefined;
  const resource = JSON.parse(current.content.toString('utf8')) as Json;
  const request = requestIn(resource);
  const [kept] = request === undefined ? [] : await store.requests([request]);
  const isOwn = (row?.owner ?? kept?.owner) === name && (kept === undefined || kept.owner === name);
  const status = row?.wanted ?? String(resource['status']);
  const channel = channelOf(resource);
  if (!isOwn || channel.kind !== 'websocket' || !live.has(status)) return undefined;
  const numbered = row?.numbered ?? 0;
  const sentAt = services.stopwatch();
  return {
    ...{ id, channel, owner, name, status, numbered, told: numbered, sentAt },
    topic: channel.content === 'empty' ? undefined : String(resource['topic']),
  };
}

/** Sends a notification without events. */
export async function sendPlain(
  line: Line,
  bound: Bound,
  type: NotificationType,
  { baseUrl, timeZone, standing, services }: SocketMeans,
): Promise<void> {
  const { id, status, topic, told, channel } = bound;
  const place = { baseUrl, timeZone, now: standing.clock() };
  await line.send(plainNotification({ id, status, topic, numbered: told }, type, channel.mimeType, place));
  bound.sentAt = services.stopwatch();
}

/** Milliseconds until the next heartbeat is due; at most 0 if it is due now. */
export function restOf({ channel, sentAt }: Bound, now: number): number {
  return channel.heartbeat === undefined ? Infinity : sentAt + 1_000 * channel.heartbeat - now;
}

/** Sends a body, within the limit of bytes for all sockets of the process. */
export type Sending = (line: Line, make: () => Promise<string>) => Promise<void>;

/** Sends everything due on a socket. Rejects if the socket or the server fails. */
export async function sendDue({ line, bound }: BoundSocket, means: SocketMeans, sending: Sending): Promise<void> {
  for (const one of [...bound.values()]) {
    let most = one.channel.most;
    while (one.told < one.numbered && line.isOpen() && bound.has(one.id)) {
      const until = Math.min(one.numbered, one.told + most);
      const asked = { id: one.id, since: one.told + 1, until, accept: one.channel.mimeType };
      const stands = standingNow(one, means);
      if (stands === undefined) return;
      if (stands === 'ended') {
        line.close(closings.refused, 'the rights have ended');
        return;
      }
      try {
        await sending(line, async () =>
          asNotification(await askedEvents(means, bearerOf(stands, means.standing), asked)),
        );
      } catch (error) {
        const status = httpStatusOf(error);
        if (!line.isOpen() || status >= 500) throw error;
        // Together these events cost more than one request may.
        if (status === 422 && until > one.told + 1) {
          most = (until - one.told) >> 1;
          continue;
        }
        // It was deleted, or its owner may not read it any more.
        bound.delete(one.id);
        break;
      }
      one.told = until;
      one.sentAt = means.services.stopwatch();
    }
    if (restOf(one, means.services.stopwatch()) <= 0 && line.isOpen()) await sendPlain(line, one, 'heartbeat', means);
  }
}

/** The owner with its current rights. @returns undefined while the rights are unknown */
export function standingNow({ owner }: Pick<Bound, 'owner'>, { standing }: SocketMeans): Owner | 'ended' | undefined {
  try {
    const stands = standingOf(owner, standing);
    return 'ended' in stands ? 'ended' : stands.owner;
  } catch (error) {
    if (error instanceof StandingUnknown) return undefined;
    throw error;
  }
}
