/** Subscriptions that a socket is bound to: how far each is told, and what is sent next. */
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

/** A subscription at a socket. It is told by the rights of who asked for the token, as `$events` would be. */
export interface Bound {
  readonly id: string;
  readonly topic: string | undefined;
  readonly channel: Channel;
  readonly owner: Owner;
  /** Client and person. */
  readonly name: string;
  status: string;
  /** The last number that was given, as far as is known here, and the last one that was sent. */
  numbered: number;
  told: number;
  /** Milliseconds of the stopwatch. */
  sentAt: number;
}

export interface BoundSocket {
  readonly line: Line;
  /** Whom its address counts as. */
  readonly network: string;
  readonly bound: Map<string, Bound>;
  /** All that is done for it, one after the other. */
  work: Promise<void>;
  isBusy: boolean;
}

/** @returns undefined if it cannot be bound: it is gone or ended, of others, or of another channel */
export async function boundOf(
  id: string,
  { owner, name }: Pick<Bound, 'owner' | 'name'>,
  { unguarded, store, services }: SocketMeans,
): Promise<Bound | undefined> {
  // The number comes first: what is stored meanwhile is told then.
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

/** A notification that tells of no event. */
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

/** Milliseconds until a sign of life is due; at most 0 where it is. */
export function restOf({ channel, sentAt }: Bound, now: number): number {
  return channel.heartbeat === undefined ? Infinity : sentAt + 1_000 * channel.heartbeat - now;
}

/** How a body is sent: within what all sockets of the process may hold. */
export type Sending = (line: Line, make: () => Promise<string>) => Promise<void>;

/** Sends all that is due on a socket. Rejects when the socket, or the server, cannot do its part. */
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
        // Together they cost more than one request may.
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

/** The owner, with the rights of this moment. @returns undefined while nobody knows them */
export function standingNow({ owner }: Pick<Bound, 'owner'>, { standing }: SocketMeans): Owner | 'ended' | undefined {
  try {
    const stands = standingOf(owner, standing);
    return 'ended' in stands ? 'ended' : stands.owner;
  } catch (error) {
    if (error instanceof StandingUnknown) return undefined;
    throw error;
  }
}
