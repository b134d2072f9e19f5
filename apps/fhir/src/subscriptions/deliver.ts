/** One turn of a lane: a handshake, the next events or a heartbeat, and the handling of the receiver's answer. */
import type { StoredVersion } from '@dhp/fhir-store';
import type { Lane } from '@dhp/fhir-store/subscriptions';
import { statusOf as httpStatusOf } from '../http/errors.ts';
import { askedEvents } from './ask-events.ts';
import { asNotification } from './bodies.ts';
import { channelOf } from './channel.ts';
import { mailTurn } from './deliver-mail.ts';
import { askStanding, bearerOf, ownerIn, standingOf } from './owners.ts';
import { requestIn } from './request-identifier.ts';
import { sendPlain, sendTo, type SendFailure } from './send.ts';
import { ended, pass, settle, type DeliverMeans, type Hooked, type KeptHook } from './turn.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Rejects if the database or the server fails: the lane is then unchanged and due again.
 * @returns whether the lane may be due before the next hint about it
 */
export async function deliver(lane: Lane, means: DeliverMeans): Promise<boolean> {
  const hooked = lane.status === 'requested' || lane.status === 'active' ? await hookOf(lane, means) : undefined;
  if (hooked === undefined) return pass(lane, means);
  if (hooked.channel.kind === 'email' || lane.status === 'requested') {
    await (hooked.channel.kind === 'email' ? mailTurn : handshake)(hooked, means);
    return true;
  }
  if (lane.acknowledged < lane.numbered) return sendEvents(hooked, means);
  const { heartbeat } = hooked.channel;
  if (heartbeat === undefined) return pass(lane, means);
  const failure = await sendPlain(hooked, means, 'heartbeat');
  return ended(hooked, means, failure, lane.acknowledged);
}

/** Undefined if the Subscription has changed meanwhile, or if the reader will end it. */
async function hookOf(lane: Lane, means: DeliverMeans): Promise<Hooked | undefined> {
  const { unguarded, standing, kept } = means;
  const current = await unguarded.read('Subscription', lane.subscription);
  if (current?.deleted !== false) return undefined;
  const version = `${String(current.versionId)} ${String(current.lastUpdated.getTime())} ${lane.request ?? ''}`;
  const before = kept.get(lane.subscription);
  let hook = before?.version === version ? before : await madeHook(lane, current, version, means);
  if (hook === undefined) return undefined;
  await askStanding([hook.owner], standing);
  let stands = standingOf(hook.owner, standing);
  if ('ended' in stands && hook === before) {
    // The owner may have presented a newer token since.
    hook = await madeHook(lane, current, version, means);
    if (hook === undefined) return undefined;
    await askStanding([hook.owner], standing);
    stands = standingOf(hook.owner, standing);
  }
  if ('ended' in stands) return undefined;
  kept.set(lane.subscription, hook);
  const { owner } = stands;
  const { channel, values, resource, room } = hook;
  const told = {
    ...{ id: lane.subscription, status: lane.status, numbered: lane.numbered },
    topic: channel.content === 'empty' ? undefined : String(resource['topic']),
  };
  return { lane, channel, owner, values, told, resource, room };
}

/** Undefined if the Subscription refers to another request than the lane. */
async function madeHook(
  lane: Lane,
  current: StoredVersion,
  version: string,
  { store, values }: DeliverMeans,
): Promise<KeptHook | undefined> {
  const resource = JSON.parse(current.content.toString('utf8')) as Json;
  const [request] = lane.request === null ? [] : await store.requests([lane.request]);
  if (request === undefined || requestIn(resource) !== request.id) return undefined;
  const opened = request.sealed === null ? [] : values.open(request.id, request.sealed);
  const channel = channelOf(resource);
  return { version, owner: ownerIn(request), channel, values: opened, resource, room: { most: channel.most } };
}

/** https://hl7.org/fhir/R5/subscriptions.html#rest-hook: any error in it makes the status `error`. */
async function handshake(hooked: Hooked, means: DeliverMeans): Promise<void> {
  const { lane } = hooked;
  const { store } = means;
  const failure = await sendPlain(hooked, means, 'handshake');
  const reason = failure === undefined ? null : `The handshake failed: ${failure.text}. Mend it, and request it again.`;
  // The new status of the endpoint is stored before its lane continues; otherwise the lane would start with a handshake again.
  const decide = (): Promise<void> =>
    settle(hooked, means, { wanted: failure === undefined ? 'active' : 'error', reason });
  if (failure !== undefined) {
    if (await store.failLane(lane, undefined, failure)) await decide();
    return;
  }
  await decide();
  await store.passLane(lane, { acknowledged: lane.acknowledged, seconds: hooked.channel.heartbeat });
}

/**
 * Sends the next events. If they are too large for the owner's request or for the receiver, half of them are sent: together they might
 * never be accepted, but each of them could.
 */
async function sendEvents(hooked: Hooked, means: DeliverMeans): Promise<boolean> {
  const { lane, channel, room } = hooked;
  const { acknowledged } = lane;
  const began = performance.now();
  for (;;) {
    const count = Math.min(lane.numbered - acknowledged, room.most);
    const { failure, isTooLarge = false } = await sendRange(hooked, means, acknowledged + 1, acknowledged + count);
    if (failure === undefined) {
      if (count === room.most) room.most = Math.min(channel.most, 2 * count);
      return ended(hooked, means, undefined, acknowledged + count);
    }
    if (isTooLarge) room.most = Math.max(1, count >> 1);
    // A receiver that is slow to refuse is tried again later, like any other that fails.
    if (!isTooLarge || count === 1 || performance.now() - began > channel.timeout)
      return ended(hooked, means, failure, acknowledged);
  }
}

interface Sent {
  /** Undefined: the receiver accepted it. */
  readonly failure: SendFailure | undefined;
  readonly isTooLarge?: boolean;
}

async function sendRange(hooked: Hooked, means: DeliverMeans, since: number, until: number): Promise<Sent> {
  const { lane, channel, owner } = hooked;
  const asked = { id: lane.subscription, since, until, accept: channel.mimeType };
  let body: string;
  try {
    body = asNotification(await askedEvents(means, bearerOf(owner, means.standing), asked));
  } catch (error) {
    const status = httpStatusOf(error);
    if (status >= 500) throw error;
    const text = `its owner may not read the events ${String(since)} to ${String(until)} (${String(status)})`;
    // 422: the events cost more than one request may.
    return { failure: { code: 'not-readable', text }, isTooLarge: status === 422 };
  }
  const failure = await sendTo(hooked, means, `events ${String(since)}-${String(until)}`, body);
  return { failure, isTooLarge: failure?.code === 'answered-413' };
}
