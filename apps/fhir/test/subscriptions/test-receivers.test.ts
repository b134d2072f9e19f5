/** Receivers of developers: what would be sent is kept for them, signed or not, and leaves the server for no address. docs/notifications.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestNotification } from '@dhp/fhir-store/subscriptions';
import { connect, type Sql } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { patient, startServer, type TestServer } from '../environment.ts';
import * as bed from './bed.ts';

const { hooked, observation, put, statusOf, topic, untilStatus } = bed;

const base = 'http://portal.test/test-receivers';
const [owner, other] = ['account-1', 'account-2'];

let server: TestServer;
let sql: Sql;
before(async () => {
  server = await startServer({
    ...{ requireIfMatch: false, validation: { level: 'off' } },
    ...bed.subscriptionOptions(undefined, { receivers: base, backoff: { first: 60, longest: 60 } }),
  });
  sql = connect(server.ownerUrl, { max: 1 });
  await put(server, topic('observations'), patient({ id: 'p' }));
});
after(async () => {
  await sql.end();
  await server.close();
});

interface Told {
  readonly receivers: { id: string; address: string; secret: string; answer: string; numbered: number }[];
  readonly notifications: TestNotification[];
}

/** Asks as the Single Sign-On server does, on behalf of a person. */
async function told<Body>(act: string, asked: object = {}, subject = owner): Promise<Body> {
  const claims = { client_id: 'dhp-sso', sub: subject, scope: 'dhp.access-administration' };
  const parameter = [{ name: 'asked', valueString: JSON.stringify(asked) }];
  const reply = await server.request('POST', `/$access-administration?act=${act}`, {
    token: await server.sso.token(claims),
    body: JSON.stringify({ resourceType: 'Parameters', parameter }),
    headers: { 'content-type': 'application/fhir+json' },
  });
  assert.equal(reply.status, 200, reply.text);
  return reply.json as Body;
}

async function made(subject = owner): Promise<Told['receivers'][number]> {
  const { id } = await told<{ id: string | null }>('make-receiver', {}, subject);
  assert.ok(id !== null);
  const { receivers } = await told<Told>('receivers', { id }, subject);
  return receivers[0]!;
}

const cameTo = async (id: string): Promise<TestNotification[]> => (await told<Told>('receivers', { id })).notifications;

describe('a receiver of a developer', () => {
  it('shows what a subscription sends, with its signature, and no value of its header fields', async () => {
    const { id, address, secret } = await made();
    assert.match(address, /^http:\/\/portal\.test\/test-receivers\/[\w-]{43}$/);
    const parameter = [
      { name: 'Authorization', value: 'Bearer hush-hush-hush' },
      { name: 'X-Key', value: 'hush of two words' },
      { name: 'X-Scheme', value: 'dpop hush' },
      { name: 'webhook-secret', value: secret },
    ];
    await put(server, hooked('shown', address, { parameter }));
    await untilStatus(server, 'shown', 'active');
    await put(server, observation('o1'));
    const all = await until('the event came', async () => {
      const found = await cameTo(id);
      return found.length === 2 && found;
    });
    assert.deepEqual(
      all.map(({ number, signature }) => [number, signature]),
      [
        [2, 'right'],
        [1, 'right'],
      ],
    );
    assert.match(all[0]!.body, /event-notification.*Observation\/o1/s);
    assert.equal(all[0]!.bytes, Buffer.byteLength(all[0]!.body));
    const { Authorization, 'X-Key': key, 'X-Scheme': scheme } = all[0]!.headers;
    assert.deepEqual([Authorization, key, scheme], ['Bearer … (21)', '… (17)', 'dpop … (9)']);
    assert.match(all[0]!.headers['content-type']!, /^application\/fhir\+json/);
    assert.ok(!JSON.stringify(all).includes('hush') && !JSON.stringify(all).includes(secret));
    const wrong = [{ name: 'webhook-secret', value: `whsec_${Buffer.alloc(32, 7).toString('base64')}` }];
    await put(server, hooked('wrong', address, { parameter: wrong }), hooked('unsigned', address));
    await until('both have sent a handshake', async () => (await cameTo(id)).length >= 4);
    assert.deepEqual(
      new Set((await cameTo(id)).map(({ signature }) => signature)),
      new Set(['right', 'wrong', 'none']),
    );
  });

  it('answers as its owner wants', async () => {
    const { id, address } = await made();
    assert.deepEqual(await told('change-receiver', { id, answer: 'fails' }), { done: true });
    await put(server, hooked('fails', address));
    const failed = await untilStatus(server, 'fails', 'error');
    assert.match(JSON.stringify(failed['error']), /answered-500/);
    await told('change-receiver', { id, answer: 'slow' });
    await put(server, hooked('fails', address, { timeout: 1 }));
    await until('it was slow', async () => {
      const status = await statusOf(server, 'fails');
      return status['status'] === 'error' && JSON.stringify(status['error'] ?? '').includes('no-answer');
    });
    assert.deepEqual(await told('change-receiver', { id, answer: 'lies' }), { done: false });
    assert.deepEqual(await told('remove-receiver', { id }), { done: true });
    await put(server, hooked('fails', address));
    await until('it is gone', async () => JSON.stringify(await statusOf(server, 'fails')).includes('answered-410'));
  });

  it('is one of three of its owner, whom nobody else is', async () => {
    const { receivers } = await told<Told>('receivers', {}, other);
    assert.deepEqual(receivers, []);
    const mine = await made(other);
    for (let n = 0; n < 2; n += 1) await made(other);
    assert.deepEqual(await told('make-receiver', {}, other), { id: null });
    assert.deepEqual((await told<Told>('receivers', { id: mine.id }, owner)).receivers, []);
    assert.deepEqual(await told('change-receiver', { id: mine.id, answer: 'fails' }, owner), { done: false });
    assert.deepEqual(await told('remove-receiver', { id: mine.id }, owner), { done: false });
    for (const id of ['x', "' or 1", '00000000-0000-4000-8000-000000000000'])
      assert.deepEqual((await told<Told>('receivers', { id }, other)).receivers, [], id);
    await sql`update fhir.test_receiver set ends = now() - interval '1 s' where id = ${mine.id}::uuid`;
    assert.equal((await told<Told>('receivers', {}, other)).receivers.length, 2);
    assert.ok((await told<{ id: string | null }>('make-receiver', {}, other)).id !== null);
  });

  it('keeps the last fifty, of each the beginning, and nothing once its day is over', async () => {
    const { id } = await made('account-3');
    const { testReceivers } = server.store;
    const keep = (body: string): Promise<void> =>
      testReceivers.keep(id, { headers: {}, body, bytes: body.length, signature: 'none' });
    for (let n = 1; n <= 53; n += 1) await keep(String(n));
    const kept = await testReceivers.notifications(id);
    assert.deepEqual([kept.length, kept[0]!.number, kept.at(-1)!.number], [50, 53, 4]);
    for (let n = 0; n < 20; n += 1) await keep('x'.repeat(32 * 1024));
    assert.ok((await testReceivers.notifications(id)).length <= 16, 'half a megabyte');
    await sql`update fhir.test_receiver set ends = now() - interval '1 s' where id = ${id}::uuid`;
    await server.store.subscriptions.sweep(14);
    const [row] = await sql<{ n: number }[]>`
      select count(*)::int as n from fhir.test_notification where receiver = ${id}::uuid`;
    assert.equal(row!.n, 0);
  });

  it('is no way around the guard of addresses', async () => {
    const token = 'a'.repeat(43);
    for (const endpoint of [
      `${base}/${token}/x`,
      `${base}/${token}?x=1`,
      `${base}/${token}#x`,
      `${base}/../${token}`,
      `${base}/%2e%2e%2fa`,
      `${base}x/${token}`,
      `http://portal.test@127.0.0.1/test-receivers/${token}`,
      base,
    ]) {
      const reply = await server.write('PUT', '/Subscription/evil', hooked('evil', endpoint));
      assert.equal(reply.status, 422, `${endpoint} ${reply.text}`);
    }
  });
});
