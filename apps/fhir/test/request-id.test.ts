import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import type { FhirStore } from '@dhp/fhir-store';
import { get, send } from './bundles.ts';
import { patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ corsOrigins: '*' });
});
after(() => server.close());

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test('every answer names its request, errors and what is no resource too', async () => {
  const seen = new Set<string>();
  for (const [method, path, token] of [
    ['GET', '/metadata', null],
    ['GET', '/healthz', null],
    ['GET', '/Patient/1', undefined],
    ['GET', '/Patient/1', null],
    ['GET', '/Patient/%E0%A4%A', undefined],
    ['GET', `/Patient/${'a'.repeat(300)}`, undefined],
    ['GET', '/nothing/here/at/all', undefined],
    ['DELETE', '/metadata', undefined],
    ['OPTIONS', '/Patient/1', undefined],
    ['POST', '/Patient', undefined],
  ] as const) {
    const reply = await server.request(method, path, token === undefined ? {} : { token });
    const id = reply.headers.get('x-request-id') ?? '';
    assert.match(id, uuid, `${method} ${path}`);
    seen.add(id);
  }
  assert.equal(seen.size, 10, 'each has its own');
});

test('the name that the client gives is kept, one that is none is not', async () => {
  for (const id of ['order-4711', '019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55', 'a/b:c=d+e.f_g~h@i']) {
    const reply = await server.write('POST', '/Patient', patient(), { 'x-request-id': id });
    assert.deepEqual([reply.status, reply.headers.get('x-request-id')], [201, id]);
  }
  for (const id of ['', ' ', 'a b', 'x'.repeat(129), '<script>', '"']) {
    const reply = await server.request('GET', '/Patient/1', { headers: { 'x-request-id': id } });
    assert.match(reply.headers.get('x-request-id') ?? '', uuid, JSON.stringify(id));
  }
});

test('what is not HTTP is named as well', async () => {
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write('HELLO\r\n\r\n'));
    socket.on('data', (data) => (text += data.toString()));
    socket.on('close', () => {
      resolve(text);
    });
  });
  assert.match(answer, /\r\nx-request-id: [0-9a-f-]{36}\r\n/);
});

test('the log names the request of an incident, also of one in a batch', async () => {
  const lines: string[] = [];
  const broken = {
    memory: (_name, empty) => empty,
    accessPolicies: () => Promise.resolve({ generation: 0, version: undefined, text: undefined }),
    read: () => Promise.reject(new Error('a secret of the server')),
  } satisfies Partial<FhirStore> as unknown as FhirStore;
  const logger = { level: 'error', stream: { write: (line: string) => lines.push(line) } };
  const faulty = await startServer({ store: broken, logger });
  try {
    await faulty.request('GET', '/Patient/1', { headers: { 'x-request-id': 'one' } });
    await send(faulty, 'batch', [get('Patient/1')], { 'x-request-id': 'two' });
  } finally {
    await faulty.close();
  }
  const logged = lines.map((line) => JSON.parse(line) as { requestId?: string; msg: string });
  assert.deepEqual(
    logged.filter(({ msg }) => msg === 'incident').map(({ requestId }) => requestId),
    ['one', 'two'],
  );
});
