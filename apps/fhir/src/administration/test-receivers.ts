/** Receivers at which developers see notifications, for the portal: the Single Sign-On server asks on behalf of the person. docs/notifications.md */
import { randomUUID } from 'node:crypto';
import type { ReceiverAnswer } from '@dhp/fhir-store/subscriptions';
import type { Call, Services } from '../contract/interaction.ts';
import { newReceiverSecret, newReceiverToken } from '../subscriptions/test-receivers.ts';
import { type Asked, optionalText, textIn } from './asked.ts';

/** Hours for which one lives; those of a person, and of all people, at a time. */
const limits = { hours: 24, ofOwner: 3, ofAll: 1_000 };

const wellFormed = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const answers: readonly ReceiverAnswer[] = ['takes', 'fails', 'slow'];

/** The receivers of the person; for a named one, also its notifications. `receivers` is null if there are none at this server. */
export async function listReceivers(
  { unguarded, subscriptions }: Services,
  asked: Asked,
  call: Call,
): Promise<unknown> {
  const base = subscriptions?.receivers;
  if (base === undefined) return { receivers: null };
  const id = optionalText(asked, 'id');
  const { testReceivers } = unguarded;
  const found = id !== undefined && !wellFormed.test(id) ? [] : await testReceivers.list(ownerOf(call), id);
  const receivers = found.map(({ token, ...one }) => ({ ...one, address: `${base}/${token}` }));
  const [only] = receivers;
  const notifications = id === undefined || only === undefined ? [] : await testReceivers.notifications(only.id);
  return { receivers, notifications, most: limits.ofOwner };
}

/** `id` is null if there are as many as there may be, or none at this server. */
export async function makeReceiver({ unguarded, subscriptions }: Services, _: Asked, call: Call): Promise<unknown> {
  const made = { id: randomUUID(), owner: ownerOf(call), token: newReceiverToken(), secret: newReceiverSecret() };
  const isMade = subscriptions?.receivers !== undefined && (await unguarded.testReceivers.add(made, limits));
  return { id: isMade ? made.id : null };
}

export async function changeReceiver({ unguarded }: Services, asked: Asked, call: Call): Promise<unknown> {
  const id = textIn(asked, 'id');
  const answer = answers.find((one) => one === textIn(asked, 'answer'));
  const isThere = answer !== undefined && wellFormed.test(id);
  return { done: isThere && (await unguarded.testReceivers.set(ownerOf(call), id, answer)) };
}

export async function removeReceiver({ unguarded }: Services, asked: Asked, call: Call): Promise<unknown> {
  const id = textIn(asked, 'id');
  return { done: wellFormed.test(id) && (await unguarded.testReceivers.remove(ownerOf(call), id)) };
}

/** The person in whose name the Single Sign-On server asks. */
const ownerOf = ({ access }: Call): string => access!.subject;
