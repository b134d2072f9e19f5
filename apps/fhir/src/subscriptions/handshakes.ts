/** Handshakes that owners request to see how their receiver answers; they change no status. docs/notifications.md */
import type { SubscriptionStore } from '@dhp/fhir-store/subscriptions';
import type { Subscriptions } from '../contract/subscriptions.ts';
import { channelOf } from './channel.ts';
import type { ValueSeal } from './sealed-values.ts';
import { sendPlain, type SendMeans } from './send.ts';

type Means = Omit<SendMeans, 'standing'> & {
  readonly store: Pick<SubscriptionStore, 'requests'>;
  readonly values: ValueSeal;
  readonly clock: () => Date;
};

/** For all owners of this process together: receivers that hang must not occupy a process. */
const mostAtOnce = 16;

/** One at a time per owner: no client can make the server call an address faster than it answers. */
export function openHandshakes({ store, values, clock, ...means }: Means): Subscriptions['handshake'] {
  const inFlight = new Set<string | null>();
  return async ({ id, owner, request, status, numbered }, resource) => {
    if (inFlight.has(owner) || inFlight.size >= mostAtOnce) return undefined;
    inFlight.add(owner);
    try {
      const [kept] = request === null ? [] : await store.requests([request]);
      const opened = kept === undefined || kept.sealed === null ? [] : values.open(kept.id, kept.sealed);
      const channel = channelOf(resource);
      const topic = channel.content === 'empty' ? undefined : String(resource['topic']);
      const told = { id, status, topic, numbered };
      const began = performance.now();
      const hook = { channel, values: opened, told };
      const failure = await sendPlain(hook, { ...means, standing: { clock } }, 'handshake');
      return { failure, milliseconds: Math.round(performance.now() - began) };
    } finally {
      inFlight.delete(owner);
    }
  };
}
