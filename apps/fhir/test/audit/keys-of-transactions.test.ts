/** All records of a transaction about one patient have the same key, whatever the outcome of the transaction and its parts. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { patient } from '../environment.ts';
import { startAudited, type Audited, type Opened } from './audited.ts';

let server: Audited;
before(async () => {
  server = await startAudited();
});
after(() => server.close());

type Entry = Readonly<Record<string, unknown>>;

const put = (id: string, members: object = {}, request: object = {}): Entry => ({
  ...{ resource: patient({ id, ...members }), request: { method: 'PUT', url: `Patient/${id}`, ...request } },
});
const post = (subject: string): Entry => ({
  resource: { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: subject } },
  request: { method: 'POST', url: 'Observation' },
});

function send(entry: readonly Entry[], requestId: string): ReturnType<Audited['write']> {
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry };
  return server.write('POST', '/', bundle, { 'x-request-id': requestId });
}

async function keysOf(id: string): Promise<number> {
  const [row] = await server.owner<{ count: number }[]>`
    select count(*)::int as count from fhir.audit_key where encode(patient, 'hex') = ${server.pseudonym(id)}`;
  return row!.count;
}

function requireReadable(records: readonly Opened[], least: number): void {
  assert.ok(records.length >= least, `${String(records.length)} records`);
  for (const { id, sealed } of records) assert.ok(sealed !== undefined, `record ${id} has no key`);
}

it('is stored once, and serves what is written of the patient next', async () => {
  const entries = [put('one'), ...Array.from({ length: 5 }, () => post('Patient/one'))];
  assert.equal((await send(entries, 'first')).status, 200);
  requireReadable(await server.of('first'), 6);
  assert.equal(await keysOf('one'), 1);
  assert.equal((await send([post('Patient/one')], 'second')).status, 200);
  requireReadable(await server.of('second'), 1);
  assert.equal(await keysOf('one'), 1);
});

it('is stored with none of them where the transaction is refused, and with all of the next', async () => {
  const refused = [put('two'), put('one', {}, { ifMatch: 'W/"77"' })];
  assert.equal((await send(refused, 'refused')).status, 412);
  assert.equal(await keysOf('two'), 0);
  assert.equal((await send([put('two'), post('Patient/two')], 'accepted')).status, 200);
  requireReadable(await server.of('accepted'), 2);
  assert.equal(await keysOf('two'), 1);
});

it('is stored where the first of them, which came with it, stores nothing', async () => {
  assert.equal((await server.write('PUT', '/Patient/three', patient({ id: 'three' }))).status, 201);
  const other = await startAudited({ store: server.store }); // knows no key
  try {
    const entry = [put('three', {}, { ifMatch: 'W/"1"' }), post('Patient/three'), post('Patient/three')];
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry };
    const { status, json } = await other.write('POST', '/', bundle, { 'x-request-id': 'unchanged' });
    assert.equal(status, 200);
    assert.match(JSON.stringify(json), /"etag":"W\/\\"1\\""/, 'the first one changes nothing');
    requireReadable(
      (await server.of('unchanged')).filter(({ content }) => content['version'] === 1),
      2,
    );
  } finally {
    await other.close();
  }
});

it('is that of all that is stored, whoever is faster', async () => {
  assert.equal((await send([put('four')], 'begin')).status, 200);
  const patch = (n: number): Entry => ({
    resource: {
      resourceType: 'Binary',
      contentType: 'application/json-patch+json',
      data: Buffer.from(JSON.stringify([{ op: 'add', path: '/language', value: `x-${String(n)}` }])).toString('base64'),
    },
    request: { method: 'PATCH', url: 'Patient/four' },
  });
  const fresh = Array.from({ length: 8 }, (_, n) => `fresh-${String(n)}`);
  const answers = await Promise.all(
    fresh.map((id, n) => send([patch(n), put(id), post(`Patient/${id}`), post('Patient/four')], `race-${String(n)}`)),
  );
  for (const { status, text } of answers) assert.equal(status, 200, text);
  for (const [n, id] of fresh.entries()) {
    requireReadable(await server.of(`race-${String(n)}`), 4);
    assert.equal(await keysOf(id), 1, id);
  }
  await server.cover();
  const { whole, broken } = await server.verify();
  assert.ok(whole, JSON.stringify(broken));
});
