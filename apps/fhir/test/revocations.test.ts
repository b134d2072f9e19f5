/** A token ends early: with itself, its sign-in, its person or its client, within seconds and on every node. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openRevocations } from '../src/http/revocations.ts';
import { startServer, type Reply } from './environment.ts';
import { startSso } from './sso.ts';

/** Serves a feed until the test ends. @returns its address */
async function startFeed(t: TestContext, answer: RequestListener): Promise<string> {
  const feed = createServer(answer).listen(0, '127.0.0.1');
  await once(feed, 'listening');
  t.after(() => {
    feed.closeAllConnections();
    feed.close();
  });
  return `http://127.0.0.1:${String((feed.address() as AddressInfo).port)}/`;
}

test('INT-10 what the SSO revokes is refused within five seconds, and nothing else', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const { sso } = server;
  const read = (token: string): Promise<Reply> => server.request('GET', '/Patient/1', { token });
  const other = await sso.token({ sub: 'other', client_id: 'other', gid: 'other' });
  let taken = Infinity;
  // Other work on the machine can spoil an attempt.
  for (let attempt = 0; attempt < 10 && taken > 5_000; attempt += 1) {
    const tokens = {
      [`jti:${attempt}`]: await sso.token({ jti: String(attempt) }),
      [`grant:sign-in-${attempt}`]: await sso.token({ gid: `sign-in-${attempt}` }),
      [`sub:person-${attempt}`]: await sso.token({ sub: `person-${attempt}` }),
      [`client:laboratory-${attempt}`]: await sso.token({ client_id: `laboratory-${attempt}` }),
    };
    for (const token of [...Object.values(tokens), other])
      assert.equal((await read(token)).status, 404, 'known and good');
    sso.revoke(...Object.keys(tokens));
    const started = performance.now();
    for (const token of Object.values(tokens)) {
      while ((await read(token)).status === 404 && performance.now() - started < 60_000) await delay(50);
      taken = performance.now() - started;
      const reply = await read(token);
      assert.equal(reply.status, 401);
      assert.equal(reply.code, 'token-revoked');
      assert.match(reply.headers.get('www-authenticate')!, /error="invalid_token"/);
    }
    assert.equal((await read(other)).status, 404);
  }
  assert.ok(taken <= 5_000, `${String(taken)} ms`);
  const later = await sso.token({
    sub: 'person-0',
    iat: Math.floor(Date.now() / 1000) + 2,
    exp: Math.floor(Date.now() / 1000) + 60,
  });
  assert.equal((await read(later)).status, 404, 'what is issued afterwards counts');
});

test('a token that was issued after a revocation in the same second counts, one that was issued before it does not', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const { sso } = server;
  const revokedAt = sso.revoke('sub:person', 'sub:witness').getTime();
  const iat = Math.floor(revokedAt / 1000);
  const issued = (milliseconds?: number): Promise<string> =>
    sso.token({
      ...(milliseconds === undefined ? { iat } : { iat: Math.floor(milliseconds / 1000), iat_ms: milliseconds }),
      sub: 'person',
    });
  const status = async (token: string): Promise<number> =>
    (await server.request('GET', '/Patient/1', { token })).status;
  const witness = await sso.token({ sub: 'witness', iat });
  while ((await status(witness)) === 404) await delay(50);
  assert.equal(await status(await issued(revokedAt - 1)), 401);
  assert.equal(await status(await issued(revokedAt)), 401);
  assert.equal(await status(await issued(revokedAt + 1)), 404);
  assert.equal(await status(await issued()), 401, 'nobody can tell: refused');
});

test('an SSO that is silent for too long lets nobody in, and everybody again when it speaks', async (t) => {
  const sso = await startSso(() => 'https://fhir.example.uz');
  t.after(() => sso.close());
  const revocations = openRevocations(
    { uri: sso.revocationsUri, key: sso.revocationsKey, every: 20, patience: 500 },
    { issuer: sso.issuer, audience: 'https://fhir.example.uz' },
  );
  t.after(() => revocations.close());
  const token = { issuedAt: Date.now() - 5_000, subjects: ['jti:a', 'sub:b', 'client:c'].map(revocations.nameOf) };
  const becomes = async (code: string | undefined): Promise<void> => {
    // A machine that is busy for longer than the patience makes an SSO silent that is not: the next answer is soon there.
    const deadline = performance.now() + 30_000;
    let found = revocations.doubt(token)?.code;
    for (; found !== code && performance.now() < deadline; found = revocations.doubt(token)?.code) await delay(10);
    assert.equal(found, code);
  };
  await revocations.ready();
  await becomes(undefined);
  sso.break(true);
  await becomes('sso-unavailable');
  sso.break(false);
  await becomes(undefined);
  sso.revoke('sub:b');
  await becomes('token-revoked');
});

test('an answer that does not come keeps no later one waiting, and takes nothing back when it comes', async (t) => {
  const waiting: ServerResponse[] = [];
  const said = (subject: string): string =>
    JSON.stringify({
      now: new Date().toISOString(),
      revocations: [{ subject, revoked_at: new Date().toISOString() }],
    });
  let hangs = false;
  const uri = await startFeed(t, (_request, response) => {
    if (hangs && waiting.length === 0) waiting.push(response);
    else response.end(said('sub:b'));
  });
  const revocations = openRevocations(
    { uri, key: randomBytes(32), every: 20, patience: 2_000 },
    { issuer: uri, audience: uri },
  );
  t.after(() => revocations.close());
  await revocations.ready();
  hangs = true;
  const until = performance.now() + 2_500;
  while (performance.now() < until) {
    await delay(50);
    assert.equal(revocations.doubt({ issuedAt: Date.now(), subjects: [] }), undefined, 'others are answered');
  }
  assert.equal(waiting.length, 1);
  waiting[0]!.end(said('sub:late'));
  const old = { issuedAt: Date.now() - 60_000, subjects: ['sub:late'].map(revocations.nameOf) };
  while (revocations.doubt(old) === undefined && performance.now() < until + 30_000) await delay(20);
  assert.equal(revocations.doubt(old)?.code, 'token-revoked');
});

test('a feed of several pages is heard once the last one is there', async (t) => {
  let isLastAnswered = false;
  const uri = await startFeed(t, (request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://sso');
    const [after, now] = [Number(searchParams.get('after') ?? '0'), new Date().toISOString()];
    assert.match(searchParams.get('count') ?? '', /^\d+$/);
    if (after === 2 && !isLastAnswered) {
      response.statusCode = 503;
      response.end();
      return;
    }
    const revocations = [{ subject: `page-${String(after)}`, revoked_at: now }];
    response.end(JSON.stringify({ now, revocations, ...(after < 2 && { next: String(after + 1) }) }));
  });
  const revocations = openRevocations(
    { uri, key: randomBytes(32), every: 20, patience: 60_000 },
    { issuer: uri, audience: uri },
  );
  t.after(() => revocations.close());
  await revocations.ready();
  const doubtOf = (subject: string): string | undefined =>
    revocations.doubt({ issuedAt: Date.now() - 60_000, subjects: [subject] })?.code;
  assert.equal(doubtOf('nobody'), 'sso-unavailable', 'what is on the last page is not known');
  isLastAnswered = true;
  for (const until = performance.now() + 30_000; doubtOf('nobody') !== undefined && performance.now() < until;)
    await delay(10);
  assert.deepEqual(['nobody', 'page-0', 'page-1', 'page-2'].map(doubtOf), [
    undefined,
    'token-revoked',
    'token-revoked',
    'token-revoked',
  ]);
});
