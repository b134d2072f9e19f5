/** Topics that are derived from others: what they take, what is refused, and what becomes of them with the others. docs/subscriptions.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { patient, startServer, type TestServer } from '../environment.ts';
import * as bed from './bed.ts';

const { observation, put, subscription, told, topic, untilNumbered, untilStatus } = bed;
type Json = Readonly<Record<string, unknown>>;

const urlOf = (name: string): string => `http://example.org/derived/${name}`;
const named = (id: string, more: object = {}): Json => topic(id, { url: urlOf(id), ...more });
/** Without a trigger of its own. */
const taking = (id: string, from: readonly string[], more: object = {}): Json =>
  named(id, { resourceTrigger: undefined, canFilterBy: undefined, derivedFrom: from.map(urlOf), ...more });

let server: TestServer;
before(async () => {
  server = await startServer({
    requireIfMatch: false,
    validation: { level: 'off' },
    ...bed.subscriptionOptions(undefined),
  });
  await put(server, patient({ id: 'p' }), patient({ id: 'q' }));
});
after(() => server.close());

async function refused(resource: Json): Promise<(string | RegExp)[]> {
  const reply = await server.write('PUT', `/SubscriptionTopic/${String(resource['id'])}`, resource);
  assert.deepEqual([reply.status, reply.code], [422, 'topic-invalid'], reply.text);
  const issues = reply.json['issue'] as { expression: [string]; diagnostics: string }[];
  return issues.flatMap(({ expression: [place], diagnostics }) => [place, diagnostics]);
}

describe('a topic without triggers', () => {
  it('takes those of the topics that it is derived from, with filters and shapes beside its own', async () => {
    const only = { resourceTrigger: [{ resource: 'Observation', queryCriteria: { current: 'status=amended' } }] };
    const notificationShape = [{ resource: 'Observation', include: ['Observation:subject'] }];
    await put(server, named('base', { ...only, notificationShape }));
    const own = { canFilterBy: [{ resource: 'Observation', filterParameter: 'status' }] };
    await put(server, taking('middle', ['base'], own), taking('last', ['middle']));
    const filterBy = [
      { filterParameter: 'patient', value: 'Patient/p' },
      { filterParameter: 'status', value: 'amended' },
    ];
    await put(server, subscription('taken', { topic: urlOf('last'), filterBy }));
    await untilStatus(server, 'taken', 'active');
    const subject = { reference: 'Patient/q' };
    await put(server, observation('a'), observation('b', { status: 'amended' }));
    await put(server, observation('c', { status: 'amended', subject }), observation('a', { status: 'amended' }));
    await untilNumbered(server, 'taken', 2);
    const reply = await bed.events(server, 'taken');
    assert.deepEqual(told(reply), ['1 Observation/b', '2 Observation/a']);
    assert.match(reply.text, /additionalContext[^\]]*Patient\/p/);
    const tried = await server.request('GET', '/SubscriptionTopic/last/$try');
    assert.deepEqual([tried.status, (tried.json['parameter'] as Json[])[1]!['valueInteger']], [200, 3], tried.text);
  });

  it('follows them: what they become, it becomes, and with one that is not active any more it is not served', async () => {
    await put(server, named('moving'), taking('moved', ['moving']));
    await put(server, subscription('follows', { topic: urlOf('moved') }));
    await untilStatus(server, 'follows', 'active');
    await put(server, observation('m1'));
    await untilNumbered(server, 'follows', 1);
    await put(server, named('moving', { resourceTrigger: [{ resource: 'Patient' }], canFilterBy: undefined }));
    await put(server, observation('m2'), patient({ id: 'm3' }));
    await untilNumbered(server, 'follows', 2);
    assert.deepEqual(told(await bed.events(server, 'follows')), ['1 Observation/m1', '2 Patient/m3']);
    await put(server, named('moving', { status: 'retired' }));
    const failed = await untilStatus(server, 'follows', 'error');
    assert.match(JSON.stringify(failed['error']), /topic is not active any more/);
    await put(server, named('moving'), subscription('follows', { topic: urlOf('moved') }));
    await untilStatus(server, 'follows', 'active');
  });

  it('needs them to be there and active, by their version where one is named', async () => {
    assert.deepEqual((await refused(taking('lost', ['nowhere'])))[0], 'SubscriptionTopic.derivedFrom[0]');
    await put(server, named('drafted', { status: 'draft' }), named('versioned', { version: '2' }));
    const [place, why] = await refused(taking('lost', ['drafted']));
    assert.equal(place, 'SubscriptionTopic.derivedFrom[0]');
    assert.match(String(why), /an active SubscriptionTopic of this server/);
    assert.equal((await refused(taking('lost', ['versioned|1'])))[0], 'SubscriptionTopic.derivedFrom[0]');
    await put(server, taking('found', ['versioned|2']), taking('draft-of-lost', ['nowhere'], { status: 'draft' }));
    const entry = [taking('beside-2', ['beside-1']), named('beside-1')].map((resource) => ({
      resource,
      request: { method: 'PUT', url: `SubscriptionTopic/${String(resource['id'])}` },
    }));
    const together = await server.write('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
    assert.equal(together.status, 200, together.text);
  });
});

describe('derivedFrom', () => {
  it('of a topic with triggers is a statement: it may name what is elsewhere, and takes nothing', async () => {
    await put(server, named('plain', { canFilterBy: [{ resource: 'Observation', filterParameter: 'status' }] }));
    await put(server, named('stating', { derivedFrom: [urlOf('plain'), 'http://elsewhere.example/topics/x'] }));
    const asked = subscription('narrowed', {
      topic: urlOf('stating'),
      filterBy: [{ filterParameter: 'status', value: 'final' }],
    });
    const reply = await server.write('PUT', '/Subscription/narrowed', asked);
    assert.deepEqual([reply.status, reply.code], [422, 'subscription-invalid'], reply.text);
    const found = await server.request(
      'GET',
      `/SubscriptionTopic?derived-or-self=${encodeURIComponent(urlOf('plain'))}`,
    );
    const ids = (found.json['entry'] as { resource: Json }[]).map(({ resource }) => resource['id']);
    assert.deepEqual(ids.sort(), ['plain', 'stating']);
  });

  it('leads in no circle, however long, and not further than five topics', async () => {
    const itself = await refused(taking('itself', ['itself']));
    assert.match(String(itself[1]), /a topic that is not derived from this one: .*itself from .*itself\./);
    await put(server, named('one'), taking('two', ['one']), taking('three', ['two']));
    const [place, why] = await refused(named('one', { derivedFrom: [urlOf('three')] }));
    assert.equal(place, 'SubscriptionTopic.derivedFrom[0]');
    assert.match(String(why), /one from .*three from .*two from .*one\./);
    await put(
      server,
      taking('four', ['three']),
      taking('five', ['four']),
      taking('six', ['five']),
      taking('seven', ['six']),
    );
    assert.match(String((await refused(taking('eight', ['seven'])))[1]), /within 5 topics/);
    const many = taking(
      'many',
      Array.from({ length: 11 }, () => 'one'),
    );
    assert.match(JSON.stringify(await refused(many)), /at most 10 topics, not 11/);
  });
});
