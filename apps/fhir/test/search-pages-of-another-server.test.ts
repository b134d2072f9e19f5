/**
 * Links to pages after the database was restarted, restored or replaced by a standby. A page shows what the first one could see, which is told by
 * numbers of transactions; another server gives the same numbers to others. Here the server only says that it is another one:
 * `packages/fhir-store/test/page-links-over-restarts.test.ts` starts and kills a real one, `failover.test.ts` has a real pair.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Sql } from '@dhp/postgres';
import { patient, startServer, type TestServer } from './environment.ts';
import { idsOf, linkTo, put, search } from './searches.ts';

let server: TestServer;
let sql: Sql;

before(async () => {
  server = await startServer({ requireIfMatch: false });
  sql = connect(server.ownerUrl, { max: 1 });
  await put(server, ...Array.from({ length: 6 }, (_, n) => patient({ id: `p${n}` })));
  const [code, subject] = [{ text: 'x' }, { reference: 'Patient/p0' }];
  await put(
    server,
    ...Array.from({ length: 6 }, (_, n) => ({
      resourceType: 'Observation',
      id: `o${n}`,
      status: 'final',
      code,
      subject,
    })),
  );
});
after(async () => {
  await sql.end();
  await server.close();
});

let servers = 0;
const says = (name: string, text: string) =>
  sql.unsafe(
    `create or replace function fhir.${name}() returns text language sql stable as $$ select '${text} ${servers}' $$`,
  );
/**
 * As by a restart. No transaction outlives one, and those of other suites, which use the same PostgreSQL, do not know that it was started: the links are
 * asked when all that were open have ended.
 */
async function startAgain(): Promise<void> {
  const [now] = await sql<{ next: string }[]>`select pg_snapshot_xmax(pg_current_snapshot())::text as next`;
  for (;;) {
    const [row] = await sql<{ ended: boolean }[]>`
      select pg_snapshot_xmin(pg_current_snapshot()) >= ${now!.next}::xid8 as ended`;
    if (row!.ended) break;
    await delay(20);
  }
  servers += 1;
  await says('server_name', 'server');
}
/** As by a promotion or a restore. */
async function becomeAnother(): Promise<void> {
  await startAgain();
  await says('server_history', 'history');
}

const searches = [
  '/Patient?_count=2',
  '/Patient?_count=2&_sort=-_lastUpdated',
  '/Patient?_count=2&_sort=_id',
  '/Patient?_count=2&_lastUpdated=ge2020-01-01&_sort=_lastUpdated',
  '/?_type=Patient,Observation&_count=2',
  '/Patient/p0/Observation?_count=2',
  '/Patient/p0/$everything?_count=2',
];

for (const path of searches) {
  test(`${path}: links go on over a restart, and end with the history of the database`, async () => {
    const first = await search(server, path);
    const second = await search(server, linkTo(first, 'next')!);
    const links = [linkTo(first, 'next')!, linkTo(second, 'next')!, linkTo(second, 'previous')!];
    const before = await Promise.all(links.map((link) => search(server, link)));
    await startAgain();
    for (const [n, link] of links.entries()) assert.deepEqual(idsOf(await search(server, link)), idsOf(before[n]!));
    await becomeAnother();
    for (const link of links) {
      const reply = await server.request('GET', link);
      assert.deepEqual([reply.status, reply.code], [410, 'page-link-expired'], reply.text);
      assert.match(reply.diagnostics, /replaced, restored or lost .* Begin again/);
    }
    const again = await search(server, path);
    const next = await search(server, linkTo(again, 'next')!);
    assert.deepEqual([idsOf(again), idsOf(next)], [idsOf(first), idsOf(second)]);
  });
}

test('a link to a page that is empty now has ended too', async () => {
  const path = '/Patient?_count=5&_sort=_id';
  const link = linkTo(await search(server, path), 'next')!;
  await server.request('DELETE', '/Patient/p5');
  await becomeAnother();
  assert.equal((await server.request('GET', link)).status, 410);
});

test('a link of the release before, which names no server, is good', async () => {
  const page = await server.store.search({
    query: { branches: [{ type: 'Patient', where: { op: 'all', of: [] } }], sort: [], includes: [] },
    access: () => true,
    count: 2,
  });
  const [seen, ...position] = JSON.parse(Buffer.from(page.next!, 'base64url').toString()) as [string, ...unknown[]];
  assert.match(seen, /^\d+:\d+:[\d,]*@server \d+$/);
  const cursor = Buffer.from(JSON.stringify([seen.split('@')[0], ...position])).toString('base64url');
  const next = await server.store.search({
    query: { branches: [{ type: 'Patient', where: { op: 'all', of: [] } }], sort: [], includes: [] },
    access: () => true,
    ...{ count: 2, cursor },
  });
  assert.equal(next.matches.length, 2);
});

test('a history goes on: its pages end before the time of what is shown', async () => {
  const first = await server.request('GET', '/Patient/_history?_count=2');
  await becomeAnother();
  await put(server, patient({ id: 'later' }));
  const next = await server.request('GET', linkTo(first, 'next')!);
  assert.equal(next.status, 200, next.text);
  assert.ok(!next.text.includes('Patient/later'));
});
