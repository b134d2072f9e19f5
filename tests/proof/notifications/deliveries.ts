/** CPU time of a delivery: events that have their numbers are sent, and nothing is written meanwhile. */
import { until } from '@dhp/postgres/testing';
import type { Progress } from '../../../apps/dhp/src/progress.ts';
import { observation, openNode, patience, store, subscriptionTo, topicOf, untilActive, untilRead } from './one-node.ts';
import type { OneNode } from './one-node.ts';

export interface DeliverySettings {
  /** Subscriptions, each of another code. */
  readonly subscriptions: number;
  /** Events of each, each of which is a notification of its own. */
  readonly events: number;
}

export interface DeliveryCosts {
  /** Microseconds of CPU of the platform and PostgreSQL for a notification. */
  readonly cpu: number;
  /** Notifications a second. */
  readonly speed: number;
  readonly notifications: number;
  readonly version: string;
}

/** Before what is measured: connections are made, and code is compiled. */
const warmUp = 5;

export async function measureDeliveries(settings: DeliverySettings, progress: Progress): Promise<DeliveryCosts> {
  const { subscriptions, events } = settings;
  const step = progress.step(`${String(events)} notifications to each of ${String(subscriptions)} subscriptions`);
  const node = await openNode();
  try {
    await store(node.ask, [topicOf('deliveries')]);
    const clients = await node.clients(Math.ceil(subscriptions / 100));
    const names = Array.from({ length: subscriptions }, (_, n) => `good-${String(n)}`);
    for (const [n, ask] of clients.entries()) {
      const own = names.slice(100 * n, 100 * (n + 1));
      await store(
        ask,
        own.map((name) => ({ ...subscriptionTo('deliveries', name, node.receiver.url(name), name), maxCount: 1 })),
      );
    }
    await untilActive(node, names.length);
    await deliver(node, names, warmUp);
    const used = await deliver(node, names, events);
    const notifications = subscriptions * events;
    step.done();
    return {
      cpu: (1_000 * used.cpu) / notifications,
      speed: (1_000 * notifications) / used.milliseconds,
      ...{ notifications, version: node.version },
    };
  } finally {
    await node.close();
  }
}

let written = 0;

/** Makes events while the lanes are held back, and lets them go. @returns CPU and milliseconds from there to the last arrival */
async function deliver(
  node: OneNode,
  names: readonly string[],
  events: number,
): Promise<{ readonly cpu: number; readonly milliseconds: number }> {
  const { sql, ask, receiver } = node;
  const before = (await receiver.progress()).events;
  await sql`update fhir.lane set paused = clock_timestamp()`;
  const resources = Array.from({ length: events }, () => names)
    .flat()
    .map((name) => {
      written += 1;
      return observation(`d${String(written)}`, name);
    });
  await store(ask, resources, 100);
  await untilRead(node, `d${String(written)}`);
  const [cpu, began] = [await node.cpu(), performance.now()];
  await sql`update fhir.lane set paused = null`;
  await sql`select pg_notify('dhp lanes', '')`;
  await until(
    'all events have come',
    async () => (await receiver.progress()).events >= before + resources.length,
    patience,
  );
  const milliseconds = performance.now() - began;
  return { cpu: (await node.cpu()) - cpu, milliseconds };
}
