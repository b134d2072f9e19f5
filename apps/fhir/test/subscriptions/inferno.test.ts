/**
 * The twenty server tests of Inferno's subscription kit as tests of our own, in the form that R5 has of it: a topic is a resource, a status a SubscriptionStatus, a
 * notification a Bundle of type subscription-notification. `requirements.ts` says which requirement each of them is about.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { baseUrl, patient, startServer, type Reply, type TestServer } from '../environment.ts';
import { connect } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import * as bed from './bed.ts';
import { numbersAt, startReceiver, statusIn, type Received, type Receiver } from './receiver.ts';

const { hooked, observation, put, subscription, topic, untilStatus } = bed;
type Json = Readonly<Record<string, unknown>>;

interface Entry {
  readonly fullUrl?: string;
  readonly resource?: Json;
  readonly request?: { readonly method: string; readonly url: string };
}

let receiver: Receiver;
let server: TestServer;
before(async () => {
  receiver = await startReceiver();
  server = await startServer({
    ...{ requireIfMatch: false, bodyLimit: 8 * 1024 * 1024 },
    ...bed.subscriptionOptions(receiver),
  });
  const notificationShape = [{ resource: 'Observation', include: ['Observation:subject'] }];
  await put(server, patient({ id: 'p' }), topic('observations', { notificationShape }));
});
after(async () => {
  await server.close();
  await receiver.close();
});

/** The errors that `$validate` finds in a resource. */
async function faultsOf(resource: Json): Promise<string[]> {
  const reply = await server.write('POST', `/${String(resource['resourceType'])}/$validate`, resource);
  assert.equal(reply.status, 200, reply.text);
  const issues = reply.json['issue'] as { severity: string; expression?: string[]; details: { text: string } }[];
  return issues.flatMap(({ severity, expression = [], details }) =>
    severity === 'error' || severity === 'fatal' ? [`${expression.join()}: ${details.text}`] : [],
  );
}

const post = (resource: Json): Promise<Reply> => server.write('POST', '/Subscription', resource);
const entriesOf = ({ body }: Received): Entry[] => (JSON.parse(body) as { entry: Entry[] }).entry;
const eventsIn = (received: Received): readonly Json[] => statusIn(received.body).notificationEvent ?? [];

/** A valid notification: its first entry is the status, asked for by `$status`; every other one has a request, too. */
async function valid(received: Received, id: string): Promise<void> {
  const bundle = JSON.parse(received.body) as Json;
  assert.equal(bundle['type'], 'subscription-notification');
  assert.deepEqual(await faultsOf(bundle), []);
  const [status, ...others] = entriesOf(received);
  assert.equal(status!.resource!['resourceType'], 'SubscriptionStatus');
  assert.deepEqual(status!.request, { method: 'GET', url: `Subscription/${id}/$status` });
  assert.equal((status!.resource!['subscription'] as Json)['reference'], `${baseUrl}/Subscription/${id}`);
  for (const { request, fullUrl } of others) assert.ok(request?.method && request.url && fullUrl);
}

/** A Subscription to a rest-hook, with the notification of its first event. */
async function notified(name: string, content: string): Promise<{ readonly event: Received; readonly id: string }> {
  const path = `/${name}`;
  await put(server, hooked(name, receiver.url(path), { content }));
  await untilStatus(server, name, 'active');
  await put(server, observation(`${name}-1`));
  const event = await until(`${name} is told`, () => receiver.at(path).find((one) => eventsIn(one).length > 0));
  await valid(event, name);
  return { event, id: name };
}

describe('the capabilities', () => {
  it('declare Subscription with its interactions and $status, in a CapabilityStatement that is valid', async () => {
    const { json } = await server.request('GET', '/metadata');
    assert.deepEqual([json['fhirVersion'], await faultsOf(json)], ['5.0.0', []]);
    const [rest] = json['rest'] as { resource: { type: string; interaction: Json[]; operation: Json[] }[] }[];
    const declared = rest!.resource.find(({ type }) => type === 'Subscription')!;
    const codes = declared.interaction.map(({ code }) => code);
    for (const code of ['read', 'create', 'update', 'patch', 'delete', 'search-type'])
      assert.ok(codes.includes(code), code);
    const operations = declared.operation.map(({ name }) => name);
    for (const name of ['status', 'events', 'get-ws-binding-token']) assert.ok(operations.includes(name), name);
    const parameters = (declared as unknown as { searchParam: Json[] }).searchParam.map(({ name }) => name);
    for (const name of ['url', 'status', 'topic']) assert.ok(parameters.includes(name), name);
  });

  it('let clients discover the topics: each is a resource, found by its status and its url', async () => {
    const found = async (query: string): Promise<unknown[]> => {
      const { json } = await server.request('GET', `/SubscriptionTopic?${query}`);
      return ((json['entry'] ?? []) as Entry[]).map(({ resource }) => resource!['url']);
    };
    assert.deepEqual(await found('status=active'), [bed.topicUrl]);
    assert.deepEqual(await found(`url=${encodeURIComponent(bed.topicUrl)}`), [bed.topicUrl]);
    const [listed] = (await server.request('GET', '/SubscriptionTopic?status=active')).json['entry'] as Entry[];
    assert.deepEqual(await faultsOf(listed!.resource!), []);
  });
});

describe('a Subscription', () => {
  it('that is read is a valid one, names its topic, and is found by its endpoint and its status', async () => {
    const endpoint = receiver.url('/read');
    await put(server, hooked('read', endpoint));
    await untilStatus(server, 'read', 'active');
    const { json } = await server.request('GET', '/Subscription/read');
    assert.deepEqual([json['topic'], json['endpoint'], await faultsOf(json)], [bed.topicUrl, endpoint, []]);
    const found = await server.request('GET', `/Subscription?url=${encodeURIComponent(endpoint)}&status=active`);
    assert.deepEqual(
      (found.json['entry'] as Entry[]).map(({ resource }) => resource!['id']),
      ['read'],
    );
  });

  it('that is created is answered with the status requested, and is active after the handshake', async () => {
    const reply = await post(hooked('x', receiver.url('/created')));
    assert.deepEqual([reply.status, reply.json['status'], await faultsOf(reply.json)], [201, 'requested', []]);
    assert.match(reply.headers.get('location')!, /\/Subscription\/[^/]+\/_history\/1$/);
    const id = String(reply.json['id']);
    await untilStatus(server, id, 'active');
    const patch = JSON.stringify([{ op: 'replace', path: '/status', value: 'off' }]);
    const headers = { 'content-type': 'application/json-patch+json' };
    const patched = await server.request('PATCH', `/Subscription/${id}`, { headers, body: patch });
    assert.deepEqual([patched.status, patched.json['status']], [200, 'off'], patched.text);
    assert.equal((await server.request('DELETE', `/Subscription/${id}`)).status, 200);
  });
});

describe('a notification', () => {
  it('of an event is posted to the endpoint, once the event has happened', async () => {
    await put(server, hooked('delivered', receiver.url('/delivered')));
    await untilStatus(server, 'delivered', 'active');
    assert.equal(receiver.at('/delivered').length, 1, 'the handshake alone');
    await put(server, observation('delivered-1'));
    const event = await until('it is posted', () => receiver.at('/delivered')[1]);
    assert.equal(statusIn(event.body)['type'], 'event-notification');
  });

  it('tells of what the topic names, and of that alone, each with its number', async () => {
    await put(server, hooked('present', receiver.url('/present')));
    await untilStatus(server, 'present', 'active');
    await put(server, patient({ id: 'beside' }), observation('present-1'), observation('present-2'));
    const numbers = (): unknown[] => receiver.at('/present').flatMap(eventsIn);
    await until('both are told', () => numbers().length === 2);
    assert.deepEqual(
      receiver
        .at('/present')
        .flatMap(eventsIn)
        .map(({ eventNumber, focus }) => [eventNumber, (focus as Json)['reference']]),
      ['1', '2'].map((n) => [n, `${baseUrl}/Observation/present-${n}`]),
    );
  });

  it('is valid, has the content type and the header fields that were asked for', async () => {
    const parameter = [{ name: 'x-of-receiver', value: 'as it was sent' }];
    const more = { contentType: 'application/fhir+json', parameter, content: 'full-resource' };
    await put(server, hooked('headed', receiver.url('/headed'), more));
    await untilStatus(server, 'headed', 'active');
    await put(server, observation('headed-1'));
    const event = await until('it is told', () => receiver.at('/headed')[1]);
    await valid(event, 'headed');
    assert.match(event.headers['content-type']!, /^application\/fhir\+json(?:;|$)/);
    assert.equal(event.headers['x-of-receiver'], 'as it was sent');
  });

  it('with empty content has no entry beside the status, and names neither resources nor the topic', async () => {
    const { event, id } = await notified('of-empty', 'empty');
    assert.equal(entriesOf(event).length, 1);
    const { topic: named, notificationEvent } = statusIn(event.body);
    const [told] = notificationEvent!;
    assert.deepEqual(
      [named, told!['focus'], told!['additionalContext'], told!['eventNumber']],
      [undefined, undefined, undefined, '1'],
    );
    for (const type of ['handshake', 'event-notification'])
      assert.ok(receiver.at(`/${id}`).some(({ body }) => statusIn(body)['type'] === type && !body.includes('topics/')));
  });

  it('with id-only names the focus and what goes along, and has no resource but the status', async () => {
    const { event } = await notified('of-ids', 'id-only');
    const [told] = eventsIn(event);
    assert.equal((told!['focus'] as Json)['reference'], `${baseUrl}/Observation/of-ids-1`);
    assert.deepEqual(
      (told!['additionalContext'] as Json[]).map(({ reference }) => reference),
      [`${baseUrl}/Patient/p`],
    );
    assert.ok(entriesOf(event).every(({ resource }, n) => n === 0 || resource === undefined));
  });

  it('with full-resource has an entry with each resource that it names, and names its topic', async () => {
    const { event } = await notified('of-all', 'full-resource');
    const [told] = eventsIn(event);
    const named = [told!['focus'], ...(told!['additionalContext'] as Json[])].map((one) => (one as Json)['reference']);
    const [, ...others] = entriesOf(event);
    assert.deepEqual(
      others.map(({ fullUrl, resource }) => [
        fullUrl,
        `${baseUrl}/${String(resource!['resourceType'])}/${String(resource!['id'])}`,
      ]),
      named.map((one) => [one, one]),
    );
    assert.equal(statusIn(event.body)['topic'], bed.topicUrl);
  });

  it('of the handshake is a valid one of this type, without events, and not counted', async () => {
    await put(server, hooked('shaken', receiver.url('/shaken')));
    await untilStatus(server, 'shaken', 'active');
    const [handshake] = receiver.at('/shaken');
    await valid(handshake!, 'shaken');
    const { type, eventsSinceSubscriptionStart, notificationEvent } = statusIn(handshake!.body);
    assert.deepEqual([type, eventsSinceSubscriptionStart, notificationEvent], ['handshake', '0', undefined]);
  });

  it('that is a heartbeat is a valid one of this type, without events, and not counted', async () => {
    await put(server, hooked('alive', receiver.url('/alive'), { heartbeatPeriod: 10 }));
    await untilStatus(server, 'alive', 'active');
    await bed.beDue(server, 'alive');
    const heartbeat = await until('a heartbeat', () => receiver.at('/alive')[1]);
    await valid(heartbeat, 'alive');
    const { type, eventsSinceSubscriptionStart, notificationEvent } = statusIn(heartbeat.body);
    assert.deepEqual([type, eventsSinceSubscriptionStart, notificationEvent], ['heartbeat', '0', undefined]);
  });
});

describe('deliveries that fail', () => {
  it('are tried for a day, and end in an error then', async () => {
    const sql = connect(server.ownerUrl, { max: 1 });
    // Nobody waits for a day: the lane has failed for longer.
    const failingFor = (hours: number): Promise<unknown> =>
      sql`update fhir.lane set failing = now() - ${hours}::int * interval '1 hour' where subscription = 'away'`;
    try {
      await put(server, hooked('away', receiver.url('/away')));
      await untilStatus(server, 'away', 'active');
      receiver.answers.set('/away', (response) => void response.writeHead(503).end());
      await put(server, observation('away-1'));
      await until('it fails', () => numbersAt(receiver, '/away').length > 0);
      await failingFor(23);
      const before = numbersAt(receiver, '/away').length;
      await until('it is tried again', () => numbersAt(receiver, '/away').length >= before + 3);
      assert.equal((await bed.statusOf(server, 'away'))['status'], 'active');
      receiver.answers.delete('/away');
      await put(server, observation('away-2'));
      await until('all are told', () => numbersAt(receiver, '/away').at(-1) === 2);
      receiver.answers.set('/away', (response) => void response.writeHead(503).end());
      await put(server, observation('away-3'));
      await until('it fails again', () => numbersAt(receiver, '/away').at(-1) === 3);
      await failingFor(25);
      const failed = await untilStatus(server, 'away', 'error');
      assert.match(JSON.stringify(failed['error']), /failed for 24 hours/);
    } finally {
      await sql.end();
    }
  });
});

describe('$status and $events', () => {
  it('answer with valid Bundles: a searchset with the status, whose filters count at the type alone; a notification also without events', async () => {
    await put(server, subscription('asked'));
    await untilStatus(server, 'asked', 'active');
    for (const path of ['/Subscription/asked/$status', '/Subscription/$status?id=asked&id=other&status=active']) {
      const { json, status, text } = await server.request('GET', path);
      assert.deepEqual([status, json['type'], await faultsOf(json)], [200, 'searchset', []], text);
      const [entry] = json['entry'] as Entry[];
      assert.deepEqual([entry!.resource!['type'], entry!.resource!['status']], ['query-status', 'active']);
    }
    const ignored = await server.request('GET', '/Subscription/asked/$status?status=off&id=other');
    assert.deepEqual([ignored.status, ignored.json['total']], [200, 1], ignored.text);
    const none = await server.request('GET', '/Subscription/asked/$events');
    assert.deepEqual([none.json['type'], await faultsOf(none.json)], ['subscription-notification', []]);
    await put(server, observation('asked-1'));
    await bed.untilNumbered(server, 'asked', 1);
    await server.request('DELETE', '/Observation/asked-1');
    await put(server, observation('asked-1'));
    await server.request('DELETE', '/Observation/asked-1');
    await bed.untilNumbered(server, 'asked', 4);
    const all = await server.request('GET', '/Subscription/asked/$events?content=full-resource');
    assert.deepEqual([statusIn(all.text)['type'], await faultsOf(all.json)], ['query-event', []]);
  });
});

describe('a Subscription is refused', () => {
  async function refused(resource: Json, place: string): Promise<void> {
    const reply = await post(resource);
    assert.deepEqual([reply.status, reply.code], [422, 'subscription-invalid'], reply.text);
    const [issue] = reply.json['issue'] as { expression: string[] }[];
    assert.deepEqual(issue!.expression, [place]);
  }
  const channel = (code: string): object => ({
    system: 'http://terminology.hl7.org/CodeSystem/subscription-channel-type',
    code,
  });

  it('where its topic is not one of this server', () =>
    refused(subscription('x', { topic: 'http://example.org/topics/unsupported' }), 'Subscription.topic'));
  it('where the topic does not offer its filter', () =>
    refused(
      subscription('x', { filterBy: [{ filterParameter: 'category', value: 'laboratory' }] }),
      'Subscription.filterBy[0].filterParameter',
    ));
  it('where its channel is not served', () =>
    refused(subscription('x', { channelType: channel('message') }), 'Subscription.channelType'));
  it('where its endpoint is none of the channel', () =>
    refused(hooked('x', 'mailto:receiver@example.org'), 'Subscription.endpoint'));
  it('where its content type is not sent', () =>
    refused(hooked('x', receiver.url('/x'), { contentType: 'text/turtle' }), 'Subscription.contentType'));
  it('where its content may not go over the channel: none goes in the clear', () =>
    refused(hooked('x', 'http://receiver.example.org/x', { content: 'full-resource' }), 'Subscription.endpoint'));
  it('where it says by an extension what another version of FHIR has an element for', async () => {
    const extension = (url: string): object => ({ extension: [{ url, valueString: 'Encounter?status=completed' }] });
    const other = 'http://hl7.org/fhir/4.3/StructureDefinition/extension-Subscription.criteria';
    await refused(subscription('x', extension(other)), 'Subscription.extension[0]');
    const backport = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria';
    await refused(subscription('x', { _topic: extension(backport) }), 'Subscription.topic.extension[0]');
    const kept = await post(subscription('x', extension('http://example.org/own')));
    assert.equal(kept.status, 201, kept.text);
  });
});
