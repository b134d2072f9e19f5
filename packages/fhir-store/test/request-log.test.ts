/** The table of requests, with the rights of a server: written, read by pages, trimmed, and ended by days. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readQuestion, type LoggedRequest, type RequestLogStore } from '@dhp/request-log';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { migrations, openStore, type FhirStore } from '../src/index.ts';
import { deleteLogged } from '../src/statements/purge-requests.ts';

let database: TestDatabase;
let store: FhirStore;
let log: RequestLogStore;
before(async () => {
  database = await testDatabase({ name: 'request_log', migrations: [migrations] });
  store = await openStore({ url: database.url, timeZone: 'Asia/Tashkent' });
  log = store.requestLog;
});
after(async () => {
  await store.close();
  await database.drop();
});

const now = Date.now();
const none = new Map<string, number>();
const request = (more: Partial<LoggedRequest> = {}): LoggedRequest => ({
  ...{ time: now, client: 'a', method: 'GET', path: '/Patient', query: 'name=…', status: 200, milliseconds: 4.25 },
  ...{ requestId: 'r-1', issues: [], ...more },
});
const read = (client: string, asked: Record<string, unknown> = {}): ReturnType<RequestLogStore['read']> =>
  log.read(readQuestion(client, { to: now + 60_000, ...asked }, now));

describe('requests that are stored', () => {
  it('are read as they were, by their client alone', async () => {
    const issue = {
      severity: 'error',
      code: 'invalid',
      error: 'parameter-unknown',
      text: 'Quoted "…"',
      expression: 'http.x',
    };
    const refused = request({ status: 400, issues: [issue], entry: 3, client: 'own' });
    await log.store([refused, request({ client: 'other' })], none);
    const { requests, next, dropped } = await read('own');
    assert.deepEqual(requests, [refused]);
    assert.deepEqual([next, dropped], [null, 0]);
    assert.deepEqual((await read('own; drop table fhir.request_log')).requests, []);
  });

  it('are found by time, status, path and request id', async () => {
    const client = 'found';
    await log.store(
      [
        request({ client, requestId: 'one', status: 200, time: now - 10_000 }),
        request({ client, requestId: 'two', status: 404, path: '/Observation/7', time: now - 7_200_000 }),
        request({ client, requestId: 'three', status: 503 }),
        request({ client, requestId: 'four', status: undefined, milliseconds: undefined }),
      ],
      none,
    );
    const ids = async (asked: Record<string, unknown>): Promise<string> =>
      (await read(client, asked)).requests
        .map(({ requestId }) => requestId)
        .sort()
        .join();
    assert.equal(await ids({}), 'four,one,three,two');
    assert.equal(await ids({ status: '2' }), 'one');
    assert.equal(await ids({ status: '50' }), 'four,three');
    assert.equal(await ids({ path: 'observation' }), 'two');
    assert.equal(await ids({ path: '%' }), '');
    assert.equal(await ids({ request_id: 'three' }), 'three');
    assert.equal(await ids({ from: now - 3_600_000 }), 'four,one,three');
    const { buckets } = await read(client);
    const sums = buckets.reduce(
      (sum, { fine, refused, failed }) => [sum[0]! + fine, sum[1]! + refused, sum[2]! + failed],
      [0, 0, 0],
    );
    assert.deepEqual(sums, [1, 1, 2]);
    assert.ok(buckets.every(({ half, most }) => (half ?? 0) <= (most ?? 0)));
  });

  it('are read page by page, each once, also those of one moment', async () => {
    const client = 'paged';
    const all = Array.from({ length: 25 }, (_, n) => request({ client, requestId: String(n), time: now - (n % 3) }));
    await log.store(all, none);
    const seen: (string | undefined)[] = [];
    let before: string | null = '';
    while (before !== null) {
      const page: Awaited<ReturnType<typeof read>> = await read(client, { limit: 4, before });
      seen.push(...page.requests.map(({ requestId }) => requestId));
      before = page.next;
    }
    assert.equal(seen.length, 25);
    assert.equal(new Set(seen).size, 25);
  });

  it('may have any text', async () => {
    const hostile = ['\0', '\ud800', "'; drop table x --", '\\', '{}', 'x'.repeat(5_000), '<script>'].join('|');
    await log.store(
      [
        request({
          client: 'hostile',
          path: hostile,
          query: hostile,
          requestId: hostile,
          issues: [{ severity: hostile, code: hostile, text: hostile }],
        }),
      ],
      none,
    );
    const { requests } = await read('hostile');
    assert.equal(requests.length, 1);
    assert.ok(requests[0]!.path.length <= 1_000);
  });

  it('that name a resource are removed with it, and no others', async () => {
    const client = 'erased';
    const issue = (text: string) => ({ severity: 'error', code: 'invalid', text });
    const naming: Partial<LoggedRequest>[] = [
      { path: '/Patient/p.7' },
      { path: '/Patient/p.7/_history/1' },
      { query: 'subject=Patient%2Fp.7&_count=1' },
      { issues: [issue('There is no Patient/p.7.')] },
    ];
    const others: Partial<LoggedRequest>[] = [
      ...['/Patient/p.77', '/Patient/p-7', '/Patient/a.p.7', '/Patient/p.7.1', '/Patient/P.7'].map((path) => ({
        path,
      })),
      { query: 'subject=Patient%2Fp.71' },
    ];
    const name = (one: Partial<LoggedRequest>): string => JSON.stringify(one);
    const all = [...naming, ...others];
    await log.store(
      all.map((one) => request({ client, requestId: name(one).slice(0, 60), ...one })),
      none,
    );
    await deleteLogged(database.sql, 'p.7');
    const left = (await read(client, { limit: 100 })).requests.map(({ requestId }) => requestId).sort();
    assert.deepEqual(left, others.map((one) => name(one).slice(0, 60)).sort());
  });

  it('of a client beyond its number are removed, the oldest first, and counted', async () => {
    const client = 'many';
    const all = Array.from({ length: 120 }, (_, n) => request({ client, requestId: String(n), time: now - 1000 + n }));
    await log.store(all, new Map([[client, 5]]));
    await log.store([request({ client: 'few' })], none);
    const removed = await Promise.all([log.trim(100), log.trim(100)]);
    assert.equal(removed[0] + removed[1], 20);
    const { requests, dropped } = await read(client, { limit: 100 });
    assert.equal(dropped, 25);
    assert.equal(requests.length, 100);
    assert.equal(requests.at(-1)!.requestId, '20');
    assert.equal((await read('few')).requests.length, 1);
    assert.equal(await log.trim(100), 0);
  });
});

describe('parts of the table', () => {
  it('are made ahead, and end after seven days', async () => {
    const day = 86_400_000;
    const nameOf = (time: number): string =>
      `request_log_${new Date(time).toISOString().slice(0, 10).replaceAll('-', '')}`;
    for (const age of [7, 8, 20]) {
      const first = new Date(Math.floor((now - age * day) / day) * day);
      await database.sql.unsafe(
        `create unlogged table fhir_log.${nameOf(+first)} partition of fhir.request_log
         for values from ('${first.toISOString()}') to ('${new Date(+first + day).toISOString()}')`,
      );
    }
    await log.store(
      [request({ client: 'old', time: now - 8 * day }), request({ client: 'old', time: now - 7 * day })],
      none,
    );
    await Promise.all([log.prepare(), log.prepare()]);
    const parts = await database.sql<{ relname: string; relpersistence: string }[]>`
      select relname, relpersistence::text from pg_class where relnamespace = 'fhir_log'::regnamespace and relkind = 'r' order by 1`;
    assert.deepEqual(
      parts.map(({ relname }) => relname),
      [-7, -1, 0, 1].map((days) => nameOf(now + days * day)),
    );
    assert.ok(parts.every(({ relpersistence }) => relpersistence === 'u'));
    assert.equal((await read('old', { from: 0 })).requests.length, 1);
    assert.equal((await database.sql`select from fhir.request_log_day where client = 'old'`).length, 1);
  });

  it('has no counts of rows that a crash of the database has taken', async () => {
    const tables = await database.sql<{ persistence: string; count: number }[]>`
      select c.relpersistence::text as persistence, count(*)::int as count from pg_class c
      where c.relkind = 'r' and (c.relnamespace = 'fhir_log'::regnamespace or c.oid = 'fhir.request_log_day'::regclass)
      group by 1`;
    assert.deepEqual(
      tables.map(({ persistence }) => persistence),
      ['u'],
      'rows and counts are emptied together',
    );
    assert.ok(tables[0]!.count > 1);
  });
});
