/**
 * Requests beyond the concurrency limit wait briefly and are then refused. Callers below their share go first, and slow uploads block
 * nobody.
 */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { startAudited, type Audited } from './audit/audited.ts';
import { patient, type Reply } from './environment.ts';

let server: Audited;
before(async () => {
  server = await startAudited({ concurrency: 4 });
});
after(() => server.close());

/** Holds up all writes until it is ended. */
async function held(): Promise<() => Promise<void>> {
  const hold = Promise.withResolvers<undefined>();
  const isHeld = Promise.withResolvers<undefined>();
  const over = server.owner.begin(async (tx) => {
    await tx`lock table fhir.resource in exclusive mode`;
    isHeld.resolve(undefined);
    await hold.promise;
  });
  await isHeld.promise;
  return async () => {
    hold.resolve(undefined);
    await over;
  };
}

/** Whether a write waits for the lock. */
async function isWaitedFor(): Promise<boolean> {
  const [row] = await server.owner<{ is: boolean }[]>`
    select exists (select 1 from pg_locks where not granted and relation = 'fhir.resource'::regclass) as is`;
  return row!.is;
}

const clientToken = (client: string): Promise<string> =>
  server.sso.token({ client_id: client, sub: client, scope: 'system/*.cruds' });

const write = (token: string, headers: Record<string, string> = {}): Promise<Reply> =>
  server.request('POST', '/Patient', {
    token,
    headers: { 'content-type': 'application/fhir+json', ...headers },
    body: JSON.stringify(patient()),
  });

const countPatients = async (): Promise<number> =>
  ((await server.request('GET', '/Patient?_summary=count')).json as { total: number }).total;

test('what is too much is refused with a time to come again, in the language of the caller; reads go on', async () => {
  const [greedy, modest] = [await clientToken('greedy'), await clientToken('modest')];
  const before = await countPatients();
  const end = await held();
  let refused = 0;
  const many = Array.from({ length: 40 }, async (_, n) => {
    const reply = await write(greedy, { 'accept-language': ['uz', 'ru', 'en'][n % 3]! });
    if (reply.status === 503) refused += 1;
    return reply;
  });
  // All except the three in progress, with one place left for the next caller.
  while (refused < 37) await new Promise((resolve) => setTimeout(resolve, 10));
  const own = write(modest);
  assert.equal((await server.request('GET', '/Patient?_count=1')).status, 200);
  assert.equal((await server.request('POST', '/Patient/_search', { headers: form, body: '_count=1' })).status, 200);
  assert.equal((await server.request('GET', '/metadata', { token: null })).status, 200);
  await end();
  assert.equal((await own).status, 201);
  const all = await Promise.all(many);
  const busy = all.filter(({ status }) => status === 503);
  assert.deepEqual([all.filter(({ status }) => status === 201).length, busy.length], [3, 37]);
  for (const { code, headers } of busy)
    assert.deepEqual([code, /^[123]$/.test(headers.get('retry-after') ?? '')], ['server-busy', true]);
  assert.equal(new Set(busy.map(({ sentence }) => sentence)).size, 3);
  assert.equal(await countPatients(), before + 4, 'nothing was done of what was refused');
  const reasons = (await server.records()).map(({ content }) => content['reason']);
  assert.ok(!reasons.includes('server-busy'), 'a flood does not become one of records');
});

const form = { 'content-type': 'application/x-www-form-urlencoded' };

test('whoever sends a body slowly, or goes away while it waits, keeps no place', async () => {
  const token = await clientToken('slow');
  const { port } = server;
  const slow = Array.from({ length: 8 }, () => {
    const sent = httpRequest(`${server.url}/Patient`, {
      ...{ port, method: 'POST', agent: false },
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', 'content-length': 1000 },
    });
    sent.on('error', () => undefined);
    sent.write('{');
    return sent;
  });
  assert.equal((await write(token)).status, 201);
  for (const each of slow) each.destroy();
  assert.equal((await write(token)).status, 201);
});

const json = { 'content-type': 'application/fhir+json' };
/** Ways for a request to end, by the status of its answer. */
const ends: Readonly<
  Record<string, readonly [status: number, method: string, path: string, headers?: object, body?: string]>
> = {
  'a read': [200, 'GET', '/Patient?_count=1'],
  'a head': [200, 'HEAD', '/Patient?_count=1'],
  'nothing there': [404, 'GET', '/Patient/none'],
  'no such type': [404, 'GET', '/Nothing/1'],
  'no such method': [405, 'PUT', '/Patient/none/_history'],
  'an unknown parameter': [400, 'GET', '/Patient?nothing=1'],
  'no syntax': [400, 'POST', '/Patient', json, '{'],
  'no format': [415, 'POST', '/Patient', { 'content-type': 'text/csv' }, 'a,b'],
  'no answer of that kind': [406, 'GET', '/Patient?_count=1', { accept: 'image/png' }],
  'what is invalid': [422, 'POST', '/Patient', json, JSON.stringify({ ...patient(), birthDate: 'x' })],
  'a version that is another one': [
    412,
    'PUT',
    '/Patient/none',
    { ...json, 'if-match': 'W/"7"' },
    '{"resourceType":"Patient","id":"none"}',
  ],
  'too deep a body': [
    400,
    'POST',
    '/Patient',
    json,
    `{"resourceType":"Patient","extension":${'['.repeat(2_000)}${']'.repeat(2_000)}}`,
  ],
  'a batch': [
    200,
    'POST',
    '/',
    json,
    JSON.stringify({
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: 'Patient/none' } }],
    }),
  ],
  'a history': [200, 'GET', '/_history?_count=1'],
};

test('however a request ends, it gives its place back', async () => {
  const token = await clientToken('ending');
  for (const [how, [status, method, path, headers = {}, body]] of Object.entries(ends))
    for (let n = 0; n < 6; n += 1) {
      const reply = await server.request(method, path, {
        token,
        headers: { ...headers },
        ...(body !== undefined && { body }),
      });
      assert.equal(reply.status, status, `${how}, ${String(n)}: ${reply.text.slice(0, 300)}`);
    }
  assert.equal((await write(token)).status, 201);
});

test('whoever goes away while the request is worked on gives its place back', async () => {
  const token = await clientToken('leaving');
  const end = await held();
  const { port } = server;
  const left = Array.from({ length: 3 }, () => {
    const text = JSON.stringify(patient());
    const sent = httpRequest(`${server.url}/Patient`, {
      ...{ port, method: 'POST', agent: false },
      headers: { authorization: `Bearer ${token}`, ...json, 'content-length': text.length },
    });
    sent.on('error', () => undefined);
    sent.end(text);
    return sent;
  });
  while (!(await isWaitedFor())) await new Promise((resolve) => setTimeout(resolve, 10));
  for (const each of left) each.destroy();
  await end();
  for (let n = 0; n < 4; n += 1) assert.equal((await write(token)).status, 201);
});
