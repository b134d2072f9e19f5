/** A token ends early: with itself, its sign-in, its person or its client, within seconds and on every node. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openRevocations } from '../src/http/revocations.ts';
import { startServer, type Reply } from './environment.ts';
import { startSso } from './sso.ts';

test('INT-10 what the SSO revokes is refused within five seconds, and nothing else', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const { sso } = server;
  const read = (token: string): Promise<Reply> => server.request('GET', '/Patient/1', { token });
  const tokens = {
    'jti:one': await sso.token({ jti: 'one' }),
    'grant:sign-in': await sso.token({ gid: 'sign-in' }),
    'sub:person': await sso.token({ sub: 'person' }),
    'client:laboratory': await sso.token({ client_id: 'laboratory' }),
  };
  const other = await sso.token({ sub: 'other', client_id: 'other', gid: 'other' });
  for (const token of [...Object.values(tokens), other])
    assert.equal((await read(token)).status, 404, 'known and good');
  sso.revoke(...Object.keys(tokens));
  const started = performance.now();
  for (const token of Object.values(tokens)) {
    while ((await read(token)).status === 404 && performance.now() - started < 5_000) await delay(50);
    const reply = await read(token);
    assert.equal(reply.status, 401);
    assert.equal(reply.code, 'token-revoked');
    assert.match(reply.headers.get('www-authenticate')!, /error="invalid_token"/);
  }
  assert.equal((await read(other)).status, 404);
  const later = await sso.token({
    sub: 'person',
    iat: Math.floor(Date.now() / 1000) + 2,
    exp: Math.floor(Date.now() / 1000) + 60,
  });
  assert.equal((await read(later)).status, 404, 'what is issued afterwards counts');
});

test('an SSO that is silent for too long lets nobody in, and everybody again when it speaks', async (t) => {
  const sso = await startSso(() => 'https://fhir.example.uz');
  t.after(() => sso.close());
  const revocations = openRevocations({ uri: sso.revocationsUri, every: 20, patience: 200 });
  t.after(() => revocations.close());
  const token = { issuedAt: Date.now() - 5_000, subjects: ['jti:a', 'sub:b', 'client:c'] };
  const becomes = async (code: string | undefined): Promise<void> => {
    const deadline = performance.now() + 3_000;
    while (revocations.doubt(token)?.code !== code && performance.now() < deadline) await delay(10);
    assert.equal(revocations.doubt(token)?.code, code);
  };
  await revocations.ready();
  assert.equal(revocations.doubt(token), undefined);
  sso.break(true);
  await becomes('sso-unavailable');
  sso.break(false);
  await becomes(undefined);
  sso.revoke('sub:b');
  await becomes('token-revoked');
});
