/** Bodies in flight are admitted up to a limit. A body that does not fit is refused before it is read, and small requests always fit. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { after, before, mock, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Budget, BudgetSpent } from '@dhp/budget';
import { openAdmission, type Room } from '../src/http/admission.ts';
import { createWeightedSemaphore } from '../src/http/turns.ts';
import { patient, startServer, type TestServer } from './environment.ts';

const mebibyte = 1024 ** 2;
let server: TestServer;
let token: string;
before(async () => {
  server = await startServer({ bodyLimit: 2 * mebibyte, bytesInFlight: 4 * mebibyte, validation: { level: 'off' } });
  token = await server.sso.token();
});
after(() => server.close());

/** Returns a Patient whose JSON has this number of bytes. */
function large(bytes: number): Buffer {
  const start = JSON.stringify(patient()).slice(0, -1);
  const rest = bytes - start.length - ',"implicitRules":"urn:"}'.length;
  return Buffer.from(`${start},"implicitRules":"urn:${'x'.repeat(rest)}"}`);
}

interface Upload {
  readonly sent: ClientRequest;
  readonly answer: Promise<{ status: number; retryAfter: string | undefined; text: string }>;
}

/** Sends the head of a create, and nothing of its body yet. */
function upload(headers: Record<string, string | number>, authorization = `Bearer ${token}`): Upload {
  const sent = httpRequest(`${server.url}/Patient`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/fhir+json', ...headers },
    agent: false,
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  }).then(async (response) => {
    let text = '';
    for await (const part of response) text += String(part);
    sent.destroy();
    return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text };
  });
  answer.catch(() => undefined);
  sent.flushHeaders();
  return { sent, answer };
}

/** A create that is refused for want of room, until it is not. */
async function eventually(make: () => Upload, body: Buffer): Promise<number> {
  for (let n = 0; n < 200; n += 1) {
    const { sent, answer } = make();
    sent.end(body);
    const { status } = await answer;
    if (status !== 503) return status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return 503;
}

test('a second large body is refused before it is read, small requests are served, and it is taken when there is room', async () => {
  const body = large(1.5 * mebibyte);
  const lengthOf = { 'content-length': body.length };
  const first = upload(lengthOf);
  first.sent.write(body.subarray(0, 1000));
  // The first request has room once a request after it is refused.
  let refused = await upload(lengthOf).answer;
  assert.equal(refused.status, 503, refused.text.slice(0, 300));
  assert.ok(Number(refused.retryAfter) > 0);
  assert.match(refused.text, /"server-full"/);
  assert.equal((await server.write('POST', '/Patient', patient())).status, 201);
  assert.equal((await server.request('GET', '/Patient?_count=1')).status, 200);
  assert.equal((await server.request('GET', '/healthz', { token: null })).status, 200);

  const gzipped = upload({ 'content-encoding': 'gzip' });
  gzipped.sent.end(gzipSync(body));
  refused = await gzipped.answer;
  assert.equal(refused.status, 503, 'compressed bytes count as what they become');
  const chunked = upload({ 'transfer-encoding': 'chunked' });
  chunked.sent.end(body);
  refused = await chunked.answer;
  assert.equal(refused.status, 503, 'a body of unknown length counts while it comes');

  first.sent.end(body.subarray(1000));
  assert.equal((await first.answer).status, 201);
  assert.equal(await eventually(() => upload(lengthOf), body), 201);
  assert.equal(await eventually(() => upload({ 'content-encoding': 'gzip' }), gzipSync(body)), 201);
});

test('whoever goes away gives the room back', async () => {
  const body = large(1.5 * mebibyte);
  const first = upload({ 'content-length': body.length });
  first.sent.write(body.subarray(0, 1000));
  assert.equal((await upload({ 'content-length': body.length }).answer).status, 503);
  first.sent.destroy();
  assert.equal(await eventually(() => upload({ 'content-length': body.length }), body), 201);
});

test('whoever goes away while the body is decompressed gives the room back', async () => {
  const packed = gzipSync(large(1.5 * mebibyte));
  for (let n = 0; n < 30; n += 1) {
    const { sent, answer } = upload({ 'content-encoding': 'gzip', 'content-length': packed.length });
    sent.end(packed, () => setTimeout(() => sent.destroy(), n % 6));
    await answer.catch(() => undefined);
  }
  assert.equal(await eventually(() => upload({ 'content-encoding': 'gzip' }), packed), 201);
});

test('nobody without a token takes room', async () => {
  const body = large(1.5 * mebibyte);
  const nobody = upload({ 'content-length': body.length }, 'Bearer nothing');
  assert.equal((await nobody.answer).status, 401);
  assert.equal(await eventually(() => upload({ 'content-length': body.length }), body), 201);
});

/** A waiting place for a request that is driven by events alone. */
function roomOf(
  admission: ReturnType<typeof openAdmission>,
  { closed = false } = {},
): {
  room: Room;
  close: () => void;
  isCutOff: () => boolean;
} {
  const raw = Object.assign(new EventEmitter(), {
    complete: false,
    destroyed: false,
    destroy: () => (raw.destroyed = true),
  });
  const reply = { raw: Object.assign(new EventEmitter(), { closed }) };
  const room = admission.open({ raw } as never, reply as never);
  return { room, close: () => void reply.raw.emit('close'), isCutOff: () => raw.destroyed };
}

test('large bodies take a quarter of the room at most, and all of it comes back', () => {
  const admission = openAdmission(16 * mebibyte, 2 * mebibyte);
  const larges = [1, 2].map(() => roomOf(admission));
  for (const { room } of larges) room.hold(2 * mebibyte);
  const third = roomOf(admission);
  assert.throws(() => {
    third.room.hold(2 * mebibyte);
  }, /server goes over its limit of bytes/);
  const smalls = Array.from({ length: 12 }, () => roomOf(admission));
  for (const { room } of smalls) room.hold(mebibyte);
  assert.throws(() => {
    roomOf(admission).room.hold(1);
  }, /server goes over its limit of bytes/);
  for (const { close } of [...larges, ...smalls, third]) close();
  assert.equal(admission.whole.used.bytes, 0);
});

test('who has gone before there is room for the body leaves none behind', async () => {
  const admission = openAdmission(8 * mebibyte, 2 * mebibyte);
  const { room } = roomOf(admission, { closed: true });
  room.hold(2 * mebibyte);
  const working = roomOf(admission, { closed: true }).room;
  const budget = new Budget({}, 'request', admission.whole);
  const work = Promise.withResolvers<undefined>();
  working.give(budget);
  working.keep(work.promise);
  budget.hold(mebibyte);
  await new Promise(setImmediate);
  assert.equal(admission.whole.used.bytes, mebibyte, 'of the work that goes on');
  work.resolve(undefined);
  await new Promise(setImmediate);
  assert.equal(admission.whole.used.bytes, 0);
});

test('the room is kept as long as work goes on for a caller who has gone, and is then given back for good', async () => {
  const admission = openAdmission(8 * mebibyte, 2 * mebibyte);
  const { room, close } = roomOf(admission);
  const budget = new Budget({}, 'request', admission.whole);
  const work = Promise.withResolvers<undefined>();
  room.hold(2 * mebibyte);
  room.give(budget);
  room.keep(work.promise);
  close();
  budget.hold(1000);
  assert.equal(admission.whole.used.bytes, 2 * mebibyte + 1000, 'the memory is in use');
  work.resolve(undefined);
  await work.promise;
  assert.equal(admission.whole.used.bytes, 0);
  assert.throws(() => budget.hold(1), BudgetSpent, 'an answer that is still being written');
  assert.throws(() => room.hold(1), BudgetSpent, 'a body that is still being decompressed');
  const late = new Budget({}, 'request', admission.whole);
  room.give(late);
  assert.throws(() => late.hold(1), BudgetSpent, 'a request that begins only now');
  assert.equal(admission.whole.used.bytes, 0);
});

test('a body that comes too slowly is cut off, one that comes fast enough is not', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const slow = roomOf(openAdmission(8 * mebibyte, 2 * mebibyte));
    slow.room.hold(mebibyte);
    for (let second = 0; second < 13; second += 1) mock.timers.tick(1_000);
    assert.equal(slow.isCutOff(), false);
    for (let second = 0; second < 2; second += 1) mock.timers.tick(1_000);
    assert.equal(slow.isCutOff(), true);
  } finally {
    mock.timers.reset();
  }
});

test('a gate lets in what fits, in the order of arrival, and what is heavier than it alone', async () => {
  const gate = createWeightedSemaphore(10);
  const inside: string[] = [];
  const order: string[] = [];
  const ends = new Map<string, () => void>();
  const enter = (name: string, weight: number): Promise<void> =>
    gate(weight, async () => {
      inside.push(name);
      order.push(name);
      await new Promise<void>((end) => ends.set(name, end));
      inside.splice(inside.indexOf(name), 1);
    });
  const all = [enter('a', 6), enter('b', 4), enter('c', 99), enter('d', 1)];
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  await turn();
  assert.deepEqual(inside, ['a', 'b']);
  ends.get('a')?.();
  await turn();
  assert.deepEqual(inside, ['b'], 'what is behind does not overtake');
  ends.get('b')?.();
  await turn();
  assert.deepEqual(inside, ['c']);
  ends.get('c')?.();
  await turn();
  assert.deepEqual(inside, ['d']);
  ends.get('d')?.();
  await Promise.all(all);
  assert.deepEqual(order, ['a', 'b', 'c', 'd']);
});
