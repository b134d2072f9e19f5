/** Attacks of a stranger: batches that are too large together, numbers beyond 32 bits, changes at the end of a Subscription, and everything at once, at random. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pauseSubscription, resumeSubscription } from '@dhp/fhir-store/subscriptions';
import { connect, type Sql } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { randomSource } from '../../../../tests/random.ts';
import { isFull } from '../../../../tests/sample.ts';
import { patient, startServer, type TestServer } from '../environment.ts';
import * as bed from './bed.ts';
import { numbersAt, startReceiver, statusIn, type Receiver } from './receiver.ts';
import { boundSocket, socketChannel } from './socket-client.ts';

type Json = Readonly<Record<string, unknown>>;

const { events, hooked, observation, put, statusOf, subscription, told, topic, untilNumbered, untilStatus } = bed;

let receiver: Receiver;
let server: TestServer;
let sql: Sql;
before(async () => {
  receiver = await startReceiver();
  server = await startServer({
    ...{ requireIfMatch: false, validation: { level: 'off' }, costs: { bytes: 400_000 } },
    ...bed.subscriptionOptions(receiver),
  });
  sql = connect(server.ownerUrl, { max: 2 });
  await put(server, topic('observations'), patient({ id: 'p' }));
});
after(async () => {
  await sql.end();
  await server.close();
  await receiver.close();
});

const of = (who: string, more: object = {}): object => ({
  filterBy: [{ filterParameter: 'patient', value: `Patient/${who}` }],
  ...more,
});
const about = (who: string, n: number, more: object = {}): Json =>
  observation(`${who}-${n}`, { subject: { reference: `Patient/${who}` }, ...more });
const counted = (n: number, from = 1): number[] => Array.from({ length: n }, (_, index) => from + index);
const large = { note: [{ text: 'x'.repeat(50_000) }] };

/** One behind the other in one commit. */
async function together(resources: readonly Json[]): Promise<void> {
  const entry = resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${String(resource['resourceType'])}/${String(resource['id'])}` },
  }));
  const reply = await server.write('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
  assert.equal(reply.status, 200, reply.text);
}

describe('subscriptions under attack', () => {
  it('tell events in smaller parts that cost more together than a request may, over both channels', async () => {
    const more = { content: 'full-resource', maxCount: 20 };
    await put(server, hooked('heavy', receiver.url('/heavy'), of('heavy', more)));
    await put(server, subscription('heavy-socket', of('heavy', { ...more, channelType: socketChannel })));
    for (const id of ['heavy', 'heavy-socket']) await untilStatus(server, id, 'active');
    const client = await boundSocket(server, ['heavy-socket']);
    await pauseSubscription(sql, 'heavy');
    for (const from of [1, 5]) await together(counted(4, from).map((n) => about('heavy', n, large)));
    await together(counted(8, 9).map((n) => about('heavy', n, { note: [{ text: 'x'.repeat(30_000) }] })));
    await untilNumbered(server, 'heavy', 16);
    const all = await server.request('GET', '/Subscription/heavy/$events?content=full-resource');
    assert.equal(all.status, 422, 'they are too many for one answer');
    await resumeSubscription(sql, 'heavy');
    await until('all are told', () => numbersAt(receiver, '/heavy').length >= 16);
    assert.deepEqual(numbersAt(receiver, '/heavy'), counted(16));
    await until('all are told on the socket', () => client.numbers().length >= 16);
    assert.deepEqual(client.numbers(), counted(16));
    client.socket.close();
  });

  it('number on beyond 32 bits, and beyond what a double holds in steps of one they never come', async () => {
    await put(server, hooked('many', receiver.url('/many'), of('many')));
    await put(server, subscription('many-socket', of('many', { channelType: socketChannel })));
    for (const id of ['many', 'many-socket']) await untilStatus(server, id, 'active');
    const first = 2 ** 31 - 3;
    await sql`update fhir.subscription set numbered = ${String(first - 1)}::bigint where id in ('many', 'many-socket')`;
    await sql`update fhir.lane set acknowledged = ${String(first - 1)}::bigint where subscription = 'many'`;
    const client = await boundSocket(server, ['many-socket']);
    await put(server, ...counted(6).map((n) => about('many', n)));
    const due = counted(6, first);
    await until('all are told', () => numbersAt(receiver, '/many').length >= 6);
    assert.deepEqual(numbersAt(receiver, '/many'), due);
    await until('all are told on the socket', () => client.numbers().length >= 6);
    assert.deepEqual(client.numbers(), due);
    client.socket.close();
    const range = `?eventsSinceNumber=${String(first + 1)}&eventsUntilNumber=${String(first + 3)}`;
    assert.deepEqual(
      told(await events(server, 'many', range)).map((one) => Number(one.split(' ')[0])),
      due.slice(1, 4),
    );
    const status = await statusOf(server, 'many');
    assert.equal(status['eventsSinceSubscriptionStart'], String(first + 5));
    const parameter = [{ name: 'eventsSinceNumber', valueInteger64: String(first + 4) }];
    const resent = await server.write('POST', '/Subscription/many/$resend', { resourceType: 'Parameters', parameter });
    assert.equal(resent.status, 200, resent.text);
    await until('they come again', () => numbersAt(receiver, '/many').length >= 8);
    assert.deepEqual(numbersAt(receiver, '/many').slice(6), due.slice(4));
    const xml = await server.request('GET', `/Subscription/many/$events${range}`, {
      headers: { accept: 'application/fhir+xml' },
    });
    assert.match(xml.text, new RegExp(`<eventNumber value="${String(first + 3)}"/>`));
  });

  it('have no event of a change that was stored behind their end, whenever the server looks at ends', async () => {
    const end = new Date(Date.now() + 1_500);
    await put(server, subscription('short', of('short', { end: end.toISOString() })));
    await untilStatus(server, 'short', 'active');
    await put(server, about('short', 1));
    await delay(Math.max(0, end.getTime() + 5 - Date.now()));
    // The reader has not looked at ends yet.
    await put(server, about('short', 2));
    await untilStatus(server, 'short', 'off');
    const [standing] = await server.store.subscriptions.standing(['short']);
    const rows = await sql<{ id: string }[]>`select id from fhir.event where subscription = 'short'`;
    assert.ok(
      rows.every(({ id }) => id === 'short-1'),
      JSON.stringify(rows),
    );
    assert.ok((standing?.numbered ?? 0) <= 1);
  });

  for (const seed of isFull ? counted(20) : [1, 2])
    it(`are told all in order whatever else is done to them at random (${String(seed)})`, () => atRandom(seed));
});

/** Writes while one subscription is held back, let go, sent again, requested again, asked, and its receiver answers now so, now so. */
async function atRandom(seed: number): Promise<void> {
  const random = randomSource(7, seed);
  const [id, path] = [`wild-${String(seed)}`, `/wild-${String(seed)}`];
  const answers = [200, 200, 204, 301, 307, 400, 410, 413, 429, 500, 503];
  let isCalm = false;
  receiver.answers.set(path, (response, { body }) => {
    // A handshake that fails turns it to error: that is another matter.
    const isPlain = statusIn(body)['type'] !== 'event-notification';
    const status = isCalm || isPlain ? 200 : random.pick(answers);
    const whim = isCalm || isPlain ? undefined : random.below(8);
    if (whim === 0) response.destroy();
    else if (whim === 1) {
      // It closes in the middle of its answer.
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      response.destroy();
    } else response.writeHead(status, { location: receiver.url('/elsewhere') }).end('тест ✓');
  });
  const asked = hooked(id, receiver.url(path), of(id, { maxCount: 3, content: 'full-resource' }));
  await put(server, asked);
  await untilStatus(server, id, 'active');
  let written = 0;
  const acts: (() => Promise<unknown>)[] = [
    async () => pauseSubscription(sql, id),
    async () => resumeSubscription(sql, id),
    async () => put(server, asked),
    async () => events(server, id, `?eventsSinceNumber=${String(1 + random.below(5))}`),
    async () => {
      const parameter = [{ name: 'eventsSinceNumber', valueInteger64: String(1 + random.below(written + 1)) }];
      // One that has no such number yet, or waits for its handshake, is refused.
      const reply = await server.write('POST', `/Subscription/${id}/$resend`, {
        resourceType: 'Parameters',
        parameter,
      });
      assert.ok(reply.status < 500, reply.text);
    },
    async () => sql`update fhir.lane set holder = gen_random_uuid(), epoch = epoch + 1 where subscription = ${id}`,
    async () => put(server, topic('observations', { title: `changed ${String(written)}` })),
  ];
  for (let n = 0; n < 40; n += 1) {
    written += 1;
    const write = put(server, about(id, written));
    await Promise.all([write, ...(random.oneIn(2) ? [random.pick(acts)()] : [])]);
  }
  isCalm = true;
  await untilNumbered(server, id, written);
  await resumeSubscription(sql, id);
  await put(server, asked);
  await until('all are told', () => Math.max(0, ...numbersAt(receiver, path)) === written);
  let last = 0;
  const contents = new Map<number, string>();
  for (const { body } of receiver.at(path)) {
    for (const { eventNumber, focus } of statusIn(body).notificationEvent ?? []) {
      const number = Number(eventNumber);
      const { reference = '' } = (focus ?? {}) as { reference?: string };
      assert.ok(number <= last + 1, `${String(number)} came after ${String(last)}`);
      last = Math.max(last, number);
      assert.equal(contents.get(number) ?? reference, reference, 'the same number tells the same');
      contents.set(number, reference);
    }
  }
  assert.deepEqual(
    counted(written).map((n) => contents.get(n)?.replace(/^.*\/Observation\//, '')),
    counted(written).map((n) => `${id}-${String(n)}`),
  );
}
