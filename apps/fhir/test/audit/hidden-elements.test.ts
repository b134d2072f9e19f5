/** The trail names the patients of the whole resource, even if access policies hide from the client whose it is. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Reply } from '../environment.ts';
import { activatePolicies } from '../policies.ts';
import { startAudited, type Audited } from './audited.ts';

let server: Audited;
let token: string;
before(async () => {
  server = await startAudited({ requireIfMatch: false });
  token = await server.sso.token({ scope: 'system/*.cruds', client_id: 'partly' });
  const types = ['Observation'];
  await activatePolicies(server, {
    others: 'as-scoped',
    rules: [{ name: 'x', effect: 'limit', who: { client: ['partly'] }, types, interactions: [], hide: ['subject'] }],
  });
  await put({ resourceType: 'Encounter', id: 'e', status: 'completed' });
  for (const id of ['a', 'b', 'c']) {
    await put({ resourceType: 'Patient', id });
    await put(observation(`of-${id}`, id));
  }
});
after(() => server.close());

const observation = (id: string, patient: string): Record<string, unknown> => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
  subject: { reference: `Patient/${patient}` },
  encounter: { reference: 'Encounter/e' },
});

async function put(resource: Record<string, unknown>): Promise<void> {
  const path = `/${String(resource['resourceType'])}/${String(resource['id'])}`;
  const reply = await server.write('PUT', path, resource);
  assert.equal(reply.status, 201, reply.text);
}

async function send(method: string, path: string, body?: unknown, headers = {}): Promise<Reply> {
  const type = method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json';
  const reply = await server.request(method, path, {
    token,
    headers: { 'content-type': type, ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  assert.ok(reply.status < 400, `${method} ${path}: ${reply.text}`);
  assert.ok(!/Patient\/[abc]/.test(reply.text), `${method} ${path} tells of the patient: ${reply.text}`);
  return reply;
}

/** Returns the patients in all records of the request, including those of its entries. */
async function recordedFor(reply: Reply): Promise<string[]> {
  const id = reply.headers.get('x-request-id');
  assert.ok(id !== null);
  const names = new Map(['a', 'b', 'c'].map((name) => [server.pseudonym(name), name]));
  const records = await server.of(id);
  return [...new Set(records.flatMap(({ patient }) => (patient === null ? [] : (names.get(patient) ?? '?'))))].sort();
}

const entry = (method: string, url: string, more: object = {}): object => ({ request: { method, url }, ...more });
const bundle = (type: string, ...entries: object[]): object => ({ resourceType: 'Bundle', type, entry: entries });

test('reads, searches, histories, streams and Bundles are recorded for the patients of whom they do not tell', async () => {
  const cases: readonly (readonly [patients: string[], reply: Reply])[] = [
    [['a'], await send('GET', '/Observation/of-a')],
    [['a'], await send('GET', '/Observation/of-a', undefined, { 'if-none-match': 'W/"1"' })],
    [['b'], await send('GET', '/Observation/of-b/_history/1')],
    [['a'], await send('GET', '/Observation/of-a/_history')],
    [['a', 'b', 'c'], await send('GET', '/Observation')],
    [['a', 'b', 'c'], await send('GET', '/Observation/_history')],
    [['a', 'b', 'c'], await send('GET', '/Encounter/e/$everything')],
    [['a', 'b', 'c'], await send('GET', '/Encounter/e/$everything?_format=xml')],
    [
      ['a', 'b'],
      await send('POST', '/', bundle('batch', entry('GET', 'Observation/of-a'), entry('GET', 'Observation/of-b'))),
    ],
    [
      ['b', 'c'],
      await send(
        'POST',
        '/',
        bundle('transaction', entry('GET', 'Observation/of-b'), entry('GET', 'Observation/of-c')),
      ),
    ],
  ];
  for (const [patients, reply] of cases) assert.deepEqual(await recordedFor(reply), patients, reply.text);
});

test('writes are recorded for the patient of what was there before', async () => {
  const patch = [{ op: 'add', path: '/language', value: 'uz' }];
  assert.deepEqual(await recordedFor(await send('PATCH', '/Observation/of-a', patch)), ['a']);
  const { json } = await send('GET', '/Observation/of-a');
  const etag = { 'if-match': 'W/"2"' };
  assert.deepEqual(await recordedFor(await send('PUT', '/Observation/of-a', { ...json, language: 'ru' }, etag)), ['a']);
  assert.deepEqual(await recordedFor(await send('DELETE', '/Observation/of-a')), ['a']);
  const both = bundle(
    'transaction',
    entry('DELETE', 'Observation/of-b'),
    entry('PATCH', 'Observation/of-c', {
      resource: {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'operation',
            part: [
              { name: 'type', valueCode: 'add' },
              { name: 'path', valueString: 'Observation' },
              { name: 'name', valueString: 'language' },
              { name: 'value', valueCode: 'uz' },
            ],
          },
        ],
      },
    }),
  );
  const reply = await send('POST', '/', both);
  assert.deepEqual(await recordedFor(reply), ['b', 'c']);
  const records = await server.of(reply.headers.get('x-request-id')!);
  const written = records.filter(
    ({ content }) => content['type'] === 'Observation' && content['version'] !== undefined,
  );
  const [b, c] = [server.pseudonym('b'), server.pseudonym('c')];
  const of = (id: string): unknown[] =>
    written.filter(({ sealed }) => sealed?.['id'] === id).map(({ patient }) => patient);
  assert.deepEqual([of('of-b'), of('of-c')], [[b], [c]], 'each write is about its own patient alone');
});
