/** A disk that is full, or nearly: writes say so, nothing of them is stored, and reads continue. docs/reliability.md */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
let hasRoom = true;
before(async () => {
  server = await startServer({ requireIfMatch: false }, undefined, { hasRoom: () => hasRoom });
  assert.equal((await server.write('PUT', '/Patient/p1', patient({ id: 'p1' }))).status, 201);
});
after(() => server.close());

const bundle = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [{ resource: patient({}), request: { method: 'POST', url: 'Patient' } }],
};
const writes: Readonly<Record<string, () => Promise<Reply>>> = {
  create: () => server.write('POST', '/Patient', patient({})),
  update: () => server.write('PUT', '/Patient/p1', patient({ id: 'p1', gender: 'male' })),
  'update that creates': () => server.write('PUT', '/Patient/p2', patient({ id: 'p2' })),
  patch: () =>
    server.request('PATCH', '/Patient/p1', {
      headers: { 'content-type': 'application/json-patch+json' },
      body: JSON.stringify([{ op: 'add', path: '/birthDate', value: '1990-01-01' }]),
    }),
  transaction: () => server.write('POST', '/', bundle),
  'conditional update': () => server.write('PUT', '/Patient?identifier=urn:x|1', patient({})),
  delete: () => server.request('DELETE', '/Patient/p1'),
};

async function refuseAll(): Promise<void> {
  for (const [name, write] of Object.entries(writes)) {
    const reply = await write();
    assert.deepEqual([reply.status, reply.code], [507, 'disk-full'], `${name}: ${reply.text}`);
    assert.equal(reply.headers.get('retry-after'), '60', name);
    assert.match(reply.text, /"no-store"/);
  }
  const batch = await server.write('POST', '/', { ...bundle, type: 'batch' });
  assert.equal(batch.status, 200);
  assert.match(batch.text, /"status":"507 /);
  const read = await server.request('GET', '/Patient/p1');
  assert.deepEqual([read.status, read.headers.get('etag')], [200, 'W/"1"']);
  const found = await server.request('GET', '/Patient?_summary=count');
  assert.deepEqual([found.status, found.json['total']], [200, 1]);
}

it('is kept for reads as long as there is little room; then writes are taken again', async () => {
  hasRoom = false;
  await refuseAll();
  hasRoom = true;
  assert.equal((await server.write('PUT', '/Patient/p3', patient({ id: 'p3' }))).status, 201);
  assert.equal((await server.request('DELETE', '/Patient/p3')).status, 200);
});

it('is told where the database itself says it', async () => {
  const owner = connect(server.ownerUrl, { max: 1, applicationName: 'dhp test disk' });
  try {
    await owner`
      create function public.full() returns trigger language plpgsql as $$
      begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`;
    for (const table of ['resource', 'history'])
      await owner.unsafe(
        `create trigger full_disk before insert or update on fhir.${table} for each row execute function public.full()`,
      );
    await refuseAll();
  } finally {
    await owner.end({ timeout: 5 });
  }
});
