import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from './environment.ts';

test('META-14 a new key of the SSO is found at its first use, and a retired one is forgotten', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const read = async (token: string): Promise<number> => (await server.request('GET', '/Patient/1', { token })).status;
  const old = await server.sso.token();
  assert.equal(await read(old), 404);
  await server.sso.rotate();
  // The keys were fetched a moment ago; an unknown one is looked for again as soon as the cooldown allows.
  const renewed = await server.sso.token();
  const deadline = Date.now() + 30_000;
  let status = await read(renewed);
  while (status === 401 && Date.now() < deadline) status = await read(renewed);
  assert.equal(status, 404);
  assert.equal(await read(old), 401, 'the old key is no longer published');
});

test('bad tokens cannot drive requests to the SSO', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  await server.request('GET', '/Patient/1');
  const before = server.sso.fetches();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const token = await server.sso.token({}, { kid: `unknown-${i}` });
      assert.equal((await server.request('GET', '/Patient/1', { token })).code, 'token-key-unknown');
      const foreign = await server.sso.token({ iss: 'https://evil.test' }, { kid: `foreign-${i}` });
      assert.equal((await server.request('GET', '/Patient/1', { token: foreign })).code, 'token-foreign-issuer');
    }),
  );
  // They are a second apart, however long a busy machine takes over the requests.
  const most = 1 + Math.floor((performance.now() - began) / 1000);
  assert.ok(server.sso.fetches() - before <= most, `${server.sso.fetches() - before} fetches, ${most} allowed`);
});

test('an SSO that is away is 503, neither a bad token nor an open door', async (t) => {
  const server = await startServer({ jwksUri: 'http://127.0.0.1:9/jwks' });
  t.after(() => server.close());
  const reply = await server.request('GET', '/Patient/1');
  assert.equal(reply.status, 503);
  assert.equal(reply.code, 'sso-unavailable');
  assert.equal(reply.headers.get('retry-after'), '5');
  assert.equal(reply.headers.get('www-authenticate'), null);
  assert.equal((await server.request('GET', '/Patient/1', { token: null })).status, 401);
});

test('known keys outlive an SSO that goes away', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  assert.equal((await server.request('GET', '/readyz')).status, 200);
  server.sso.break(true);
  const token = await server.sso.token();
  assert.equal((await server.request('GET', '/Patient/1', { token })).status, 404);
});
