/** Topics, subscriptions and their server, for tests. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { FhirOptions } from '../../src/index.ts';
import type { Reply, TestServer } from '../environment.ts';
import { connect } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { statusIn, type Receiver } from './receiver.ts';

type Json = Readonly<Record<string, unknown>>;

export const pace = { idle: 100, ends: 300, lease: 3_000, look: 100, laneLease: 2_000 };
export const backoff = { first: 0.05, longest: 0.2 };

export function subscriptionOptions(
  receiver: Receiver | undefined,
  more: object = {},
): Pick<FhirOptions, 'subscriptions'> {
  return {
    subscriptions: {
      ...{ key: randomBytes(32), pace, backoff },
      allowedHosts: receiver === undefined ? [] : [receiver.host],
      ...more,
    },
  };
}

export const topicUrl = 'http://example.org/topics/observations';

export function topic(id: string, more: object = {}): Json {
  return {
    ...{ resourceType: 'SubscriptionTopic', id, url: topicUrl, status: 'active' },
    resourceTrigger: [{ resource: 'Observation', supportedInteraction: ['create', 'update', 'delete'] }],
    canFilterBy: [
      { resource: 'Observation', filterParameter: 'patient' },
      { resource: 'Observation', filterParameter: 'code' },
    ],
    ...more,
  };
}

export const ownChannel = { system: 'urn:dhp:subscription-channel', code: 'events' };
const hook = { system: 'http://terminology.hl7.org/CodeSystem/subscription-channel-type', code: 'rest-hook' };

export function subscription(id: string, more: object = {}): Json {
  return {
    ...{ resourceType: 'Subscription', id, status: 'requested', topic: topicUrl },
    ...{ channelType: ownChannel, content: 'id-only' },
    ...more,
  };
}

export function hooked(id: string, endpoint: string, more: object = {}): Json {
  return subscription(id, { channelType: hook, endpoint, ...more });
}

export function observation(id: string, more: object = {}): Json {
  const subject = { reference: 'Patient/p' };
  return { resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, subject, ...more };
}

export async function put(server: TestServer, ...resources: Json[]): Promise<void> {
  for (const resource of resources) {
    const reply = await server.write('PUT', `/${String(resource['resourceType'])}/${String(resource['id'])}`, resource);
    assert.ok(reply.status < 300, reply.text);
  }
}

export async function statusOf(server: TestServer, id: string, token?: string): Promise<Json> {
  const reply = await server.request('GET', `/Subscription/${id}/$status`, token === undefined ? {} : { token });
  assert.equal(reply.status, 200, reply.text);
  const { entry } = reply.json as { entry: { resource: Json }[] };
  return entry[0]!.resource;
}

/** Makes a lane that is at rest due: no test waits for a period of ten seconds, the shortest that may be requested. */
export async function beDue(server: Pick<TestServer, 'ownerUrl'>, id: string): Promise<void> {
  const sql = connect(server.ownerUrl, { max: 1 });
  try {
    await until('it is at rest', async () => {
      const rows = await sql`
        update fhir.lane set due = now() where subscription = ${id} and holder is null and due > now() + interval '5 s' returning 1`;
      return rows.length === 1;
    });
    await sql`select pg_notify('dhp lanes', '')`;
  } finally {
    await sql.end();
  }
}

/** Waits until the subscription has the status, and the reader knows it. */
export async function untilStatus(server: TestServer, id: string, status: string): Promise<Json> {
  return until(`${id} is ${status}`, async () => {
    const found = await statusOf(server, id);
    const [standing] = await server.store.subscriptions.standing([id]);
    return found['status'] === status && standing?.status === status && found;
  });
}

export async function events(server: TestServer, id: string, query = '', token?: string): Promise<Reply> {
  const reply = await server.request(
    'GET',
    `/Subscription/${id}/$events${query}`,
    token === undefined ? {} : { token },
  );
  assert.equal(reply.status, 200, reply.text);
  return reply;
}

/** Numbers and references of events, each as `1 Observation/o/1`; without a reference where it is not told. */
export function told(reply: Pick<Reply, 'text'>): string[] {
  return (statusIn(reply.text).notificationEvent ?? []).map(({ eventNumber, focus }) => {
    const { reference = '' } = (focus ?? {}) as { reference?: string };
    return `${String(eventNumber)} ${reference.replace(/^.*\/fhir\//, '')}`.trim();
  });
}

export async function untilNumbered(server: TestServer, id: string, number: number): Promise<void> {
  await until(`${id} has ${number} events`, async () => {
    const [standing] = await server.store.subscriptions.standing([id]);
    assert.ok((standing?.numbered ?? 0) <= number, `more than ${number} events`);
    return standing?.numbered === number;
  });
}
