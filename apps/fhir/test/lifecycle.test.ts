import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import Fastify from 'fastify';
import { ownParameters } from '@dhp/fhir-search/parameters';
import type { FhirStore } from '@dhp/fhir-store';
import { fhirPlugin } from '../src/index.ts';
import { routes } from '../src/routes.ts';
import { baseUrl, patient, startServer } from './environment.ts';

test('/healthz and /readyz say how it is', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const health = await server.request('GET', '/healthz', { token: null });
  assert.deepEqual([health.status, health.json], [200, { status: 'ok' }]);
  const ready = await server.request('GET', '/readyz', { token: null });
  assert.deepEqual(
    [ready.status, ready.json],
    [200, { status: 'ready', checks: { store: 'ok', commits: 'ok', schema: 'ok', keys: 'ok', index: 'ok' } }],
  );
});

test('not ready while the keys of the SSO are missing', async (t) => {
  const server = await startServer({ jwksUri: 'http://127.0.0.1:9/jwks' });
  t.after(() => server.close());
  const ready = await server.request('GET', '/readyz', { token: null });
  assert.equal(ready.status, 503);
  assert.deepEqual(ready.json['checks'], { store: 'ok', commits: 'ok', schema: 'ok', keys: 'not loaded', index: 'ok' });
});

test('close lets requests under way finish, and says so to who asks meanwhile', async () => {
  let release = (): void => undefined;
  let entered = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const inside = new Promise<void>((resolve) => (entered = resolve));
  const slow = {
    async read(_type: string, id: string) {
      // The probe of /readyz: it is under way too, so both may finish.
      if (id === 'readyz') release();
      entered();
      await gate;
      return undefined;
    },
    memory: <Value>(_name: string, empty: () => Value) => empty,
    accessPolicies: () => Promise.resolve({ generation: 0, version: undefined, text: undefined }),
    durable: () => Promise.resolve('confirmed'),
    schemaState: () => Promise.resolve({ kind: 'current' }),
    indexState: () => Promise.resolve({ complete: true, done: 0, total: 0 }),
  } as unknown as FhirStore;
  const server = await startServer({ store: slow });
  const token = await server.sso.token();
  let answers = '';
  const socket = connect(server.port, '127.0.0.1');
  socket.on('data', (data) => (answers += data.toString()));
  const ended = once(socket, 'close');
  socket.write(`GET /fhir/Patient/1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
  await inside;
  const closed = server.close();
  socket.write('GET /fhir/readyz HTTP/1.1\r\nhost: x\r\n\r\n');
  await ended;
  await closed;
  assert.match(answers, /^HTTP\/1\.1 404 Not Found[^]*"resource-not-found"/);
  assert.match(answers, /HTTP\/1\.1 503 Service Unavailable[^]*"status":"closing"/);
  await assert.rejects(server.request('GET', '/healthz'));
});

test('at the root of its address, as in production', async (t) => {
  const server = await startServer({ environment: 'production', baseUrl: 'https://fhir.test' });
  t.after(() => server.close());
  const created = await server.write('POST', '/Patient', patient());
  assert.equal(created.status, 201);
  assert.ok(created.headers.get('location')?.startsWith('https://fhir.test/Patient/'));
  assert.equal((await server.request('GET', '/metadata', { token: null })).status, 200);
  const root = await server.request('GET', '/', { token: null });
  assert.deepEqual([root.status, root.code], [401, 'token-missing']);
  const foreign = await server.sso.token({ aud: baseUrl });
  assert.equal((await server.request('GET', '/Patient/1', { token: foreign })).code, 'token-foreign-audience');
});

const options = {
  environment: 'playground',
  baseUrl,
  issuer: 'https://sso.test',
  jwksUri: 'http://127.0.0.1:9/jwks',
  ssoEndpoints: { authorize: 'https://sso.test/a', token: 'https://sso.test/t', jwks: 'https://sso.test/j' },
  store: {
    memory: (_: string, empty: () => unknown) => empty,
    knownSearchParameters: () => ownParameters(0, []),
    definitions: { known: () => undefined, current: () => Promise.reject(new Error('there is no database')) },
    terminology: { known: () => undefined, ask: () => Promise.reject(new Error('there is no database')) },
  } as unknown as FhirStore,
  timeZone: 'Asia/Tashkent',
  defaultLanguage: 'uz',
  bodyLimit: 1000,
  requireIfMatch: true,
} as const;

test('beside other pages on one instance it keeps to its own path', async (t) => {
  const app = Fastify();
  t.after(() => app.close());
  app.get('/', () => 'portal');
  app.post('/form', (request) => request.body);
  await app.register(fhirPlugin(options));
  assert.equal((await app.inject('/')).body, 'portal');
  assert.equal((await app.inject({ method: 'POST', url: '/form', payload: { a: 1 } })).body, '{"a":1}');
  assert.doesNotMatch((await app.inject('/nothing')).body, /OperationOutcome/);
  assert.match((await app.inject('/fhir/nothing')).body, /OperationOutcome/);
  assert.equal((await app.inject('/fhir/metadata')).statusCode, 200);
});

test('a route that does not say who may use it stops the start', () => {
  const { permission: _, ...undeclared } = routes[5] ?? assert.fail();
  assert.throws(() => fhirPlugin(options, [undeclared as (typeof routes)[number]]), /declares no permission/);
});

test('a base URL that cannot be one stops the start', () => {
  for (const wrong of ['https://fhir.test/', 'https://fhir.test/fhir/', 'https://fhir.test/fhir?x=1', 'fhir']) {
    assert.throws(() => fhirPlugin({ ...options, baseUrl: wrong }), TypeError, wrong);
  }
});
