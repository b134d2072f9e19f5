/** The benchmark counts correctly and reports errors, and its arithmetic is right; no measured number is judged here. */
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test, type TestContext } from 'node:test';
import { connect, databaseUrl } from '@dhp/postgres';
import { comparison } from '../bench/compare.ts';
import { cpuTime } from '../bench/cpu.ts';
import { progressOn } from '../apps/dhp/src/progress.ts';
import { openSubject } from '../bench/subject.ts';
import { cpuOf, openLoad, type Run } from '../bench/load/measure.ts';
import { patient, patientBytes } from '../bench/patient.ts';
import { oldRead, youngRead } from '../bench/rest.ts';
import { linearity, type BundleMemory } from '../bench/bundle-memory.ts';
import { bars, median, points, share, type Results } from '../bench/results.ts';
import { batch, transaction } from '../bench/transactions.ts';
import { observationBytes } from '../bench/observation.ts';
import { measureParts } from '../bench/first-byte.ts';

const load = openLoad();
after(() => load.close());

async function serve(t: TestContext, listener: RequestListener): Promise<{ host: string; port: number }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const short = { connections: 4, warmUp: 50, duration: 200 };

test('reads are counted, also when an answer comes in pieces', async (t) => {
  const seen = new Set<string>();
  const at = await serve(t, (request, response) => {
    seen.add(`${request.url ?? ''} ${request.headers.authorization ?? ''}`);
    const body = 'x'.repeat(100_000);
    response.writeHead(200, { 'content-length': body.length });
    response.flushHeaders();
    response.write(body.slice(0, 10));
    setImmediate(() => response.end(body.slice(10)));
  });
  const { run } = await load.run(
    { ...short, ...at, kind: 'get', paths: ['/a', '/b'], token: 'T' },
    { server: process.pid },
  );
  assert.equal(run.errors, 0, run.firstError);
  assert.ok(run.perSecond > 10, String(run.perSecond));
  assert.ok(run.p50! > 0 && run.p50! <= run.p99!);
  assert.deepEqual([...seen].sort(), ['/a Bearer T', '/b Bearer T']);
  if (process.platform === 'linux') assert.ok(run.serverMicroseconds! > 0, 'this process served them');
});

test('of a job with a number of requests so many are sent, and their CPU is counted', async (t) => {
  let count = 0;
  const at = await serve(t, (_, response) => {
    count += 1;
    response.writeHead(200, { 'content-length': 0 }).end();
  });
  for (const requests of [50, 3]) {
    count = 0;
    const { run } = await load.count(
      { ...short, ...at, kind: 'get', paths: ['/a'], requests },
      { server: process.pid },
    );
    assert.deepEqual([run.errors, count], [0, requests], run.firstError);
    if (process.platform === 'linux') assert.ok(run.serverMicroseconds! > 0, 'this process served them');
  }
});

test('updates carry the version that they change, and know it afterwards', async (t) => {
  const versions = new Map<string, number>();
  const at = await serve(t, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const id = (JSON.parse(body) as { id: string }).id;
      const version = versions.get(id) ?? 1;
      const isRight = request.url === `/Patient/${id}` && request.headers['if-match'] === `W/"${version}"`;
      if (isRight) versions.set(id, version + 1);
      response.writeHead(isRight ? 200 : 412, { etag: `W/"${version + 1}"`, 'content-length': 0 }).end();
    });
  });
  const targets = Array.from({ length: 8 }, (_, index) => ({ id: `p${index}`, version: 1 }));
  const { run, targets: then } = await load.run(
    { ...short, ...at, kind: 'update', path: '/Patient', token: 'T', targets },
    {},
  );
  assert.equal(run.errors, 0, run.firstError);
  assert.deepEqual(Object.fromEntries(then!.map(({ id, version }) => [id, version])), Object.fromEntries(versions));
});

test('a wrong answer is an error and is shown', async (t) => {
  let count = 0;
  const at = await serve(t, (_, response) => {
    const status = (count += 1) % 2 === 0 ? 201 : 503;
    const body = status === 503 ? 'no database' : '';
    response.writeHead(status, { 'content-length': body.length }).end(body);
  });
  const { run } = await load.run({ ...short, ...at, kind: 'create', path: '/Patient', token: 'T', serial: 1 }, {});
  assert.ok(run.errors > 0);
  assert.match(run.firstError ?? '', /503 .*no database/s);
});

test('every measured Patient has its own identifiers and the same size', () => {
  assert.ok(patientBytes > 1_800 && patientBytes < 2_200, String(patientBytes));
  assert.equal(Buffer.byteLength(patient(7, 3)), patientBytes);
  assert.notEqual(patient(7, 3), patient(8, 3));
  assert.equal((JSON.parse(patient(7, 3, 'me')) as { id: string }).id, 'me');
});

test('a transaction is a Patient and results that refer to it, each with an identifier of its own', async (t) => {
  assert.ok(observationBytes > 1_500 && observationBytes < 2_200, String(observationBytes));
  const serials = new Set<string>();
  const at = await serve(t, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { entry } = JSON.parse(body) as {
        entry: { fullUrl?: string; resource: { subject?: { reference: string }; identifier: { value: string }[] } }[];
      };
      const values = entry.map(({ resource }) => resource.identifier[0]!.value);
      const isRight =
        entry.length === 3 &&
        values.every((value) => !serials.has(value)) &&
        entry.slice(1).every(({ resource }) => resource.subject?.reference === entry[0]!.fullUrl);
      for (const value of values) serials.add(value);
      response.writeHead(isRight ? 200 : 400, { 'content-length': 0 }).end();
    });
  });
  const job = { ...short, ...at, kind: 'transaction', path: '/', token: 'T', resources: 3, serial: 7 } as const;
  const { run } = await load.run(job, {});
  assert.equal(run.errors, 0, run.firstError);
  assert.ok(run.perSecond > 10);
  assert.equal((JSON.parse(transaction(1_000, 1)) as { entry: unknown[] }).entry.length, 1_000);
});

test('a batch is Patients, each with an identifier of its own', () => {
  const { type, entry } = JSON.parse(batch(3, 7)) as {
    type: string;
    entry: { resource: { identifier: { value: string }[] }; request: { method: string; url: string } }[];
  };
  assert.equal(type, 'batch');
  assert.equal(new Set(entry.map(({ resource }) => resource.identifier[0]!.value)).size, 3);
  assert.deepEqual(
    entry.map(({ request }) => `${request.method} ${request.url}`),
    ['POST Patient', 'POST Patient', 'POST Patient'],
  );
});

test('two trees are compared by the least of each and by the rounds', () => {
  const run = (serverMicroseconds: number, errors = 0): Run => ({
    ...{ perSecond: 1, errors, serverMicroseconds, postgresMicroseconds: 2 * serverMicroseconds },
  });
  const before = [run(100), run(300), run(200)];
  const now = [run(90), run(150), run(400, 3)];
  const [, , row] = comparison([{ name: 'read', before, now }]).split('\n');
  // Of the rounds 0.9, 0.5 and 2 the middle one is 0.9.
  assert.deepEqual(
    row!.split('|').map((cell) => cell.trim()),
    ['', 'read', '100 → 90', '0.900', '0.900', '200 → 180', '0.900', '0.900', '3', ''],
  );
  // Without CPU times of the system there is nothing to compare.
  const blank = comparison([
    { name: 'read', before: [{ perSecond: 1, errors: 0 }], now: [{ perSecond: 1, errors: 0 }] },
  ]);
  assert.match(blank, /\| read +\| +– \| +– \| +– \|/);
});

test('of an answer in parts both ends are measured, and a wrong one is an error', async (t) => {
  let status = 200;
  const { port } = await serve(t, (_, response) => {
    response.writeHead(status);
    response.write('first');
    // Long compared with the time in which a busy machine delivers the first part.
    setTimeout(() => response.end('last'), 500);
  });
  const asked = { port, path: '/', token: 'T', warmUp: 0, duration: 120 };
  const { first, whole } = await measureParts(asked, {});
  assert.ok(whole.p50! >= 495 && first.p50! < whole.p50! - 100, `${first.p50} ms, ${whole.p50} ms`);
  assert.equal(first.errors, 0);
  status = 503;
  const { first: failed } = await measureParts(asked, {});
  assert.ok(failed.errors > 0);
  assert.equal(failed.firstError, '503 firstlast');
});

test('medians, shares, CPU and bars', async () => {
  assert.deepEqual([median([3, 1, 2]), median([4, 1, undefined]), median([])], [2, 2.5, undefined]);
  assert.deepEqual(cpuOf(1_000, { server: 1, postgres: 2 }, { server: 1.25, postgres: 2.25 }).perCpuSecond, 2_000);
  assert.deepEqual(cpuOf(1_000, undefined, undefined), {});
  if (process.platform === 'linux') assert.ok((await cpuTime({ server: process.pid }))!.server! > 0);

  const run = (perSecond: number, perCpuSecond: number): Run => ({ perSecond, perCpuSecond, errors: 0 });
  const measured = points().map((point) => ({ ...point, runs: [run(100, 2_500), run(50, 2_500)] }));
  for (const point of measured) if (point.operation.startsWith('pgbench')) point.runs[0] = run(200, 1);
  assert.equal(share(measured, { operation: 'read', connections: 16 }), 0.75, 'the median of 50 % and 100 %');
  assert.equal(share(measured, { operation: 'token', connections: 16 }), undefined);
  const searches = [
    { name: 'quick', bar: 1, runs: [{ p50: 0.5 }, { p50: 0.9 }] },
    { name: 'slow', bar: 1, runs: [{ p50: 0.5 }, { p50: 1.9 }] },
    { name: 'unbound', runs: [{ p50: 9 }] },
  ];
  const line = (name: string, more: object, ...runs: object[]): object => ({ name, connections: 16, ...more, runs });
  const rest = [
    line('pairs', { bar: { least: 800, unit: '/CPU-s' } }, { perCpuSecond: 700 }),
    line('bundles', { resources: 1_000, bar: { least: 2_500, unit: '/CPU-s' } }, { perCpuSecond: 2.6 }),
    line('first', { bar: { least: 15, unit: 'ms' } }, { p50: 20 }),
    line(oldRead, {}, { p50: 1 }),
    line(youngRead, {}, { p50: 0.95 }),
  ];
  const sizes = [{ concepts: 100_000, bytes: 41e6, milliseconds: 900 }];
  const bundle = (resources: number, peak: number): BundleMemory => ({
    ...{ resources, sent: 0, before: 100, peak, took: 0, othersWaited: 0 },
  });
  const bundles = [bundle(1_000, 150), bundle(5_000, 200), bundle(20_000, 900)];
  const restarts = [{ ready: 1, firstAnswer: 3.5 }];
  const results = { measured, rest, searches, bundles, sizes, people: [], restarts } as unknown as Results;
  const verdicts = new Map(bars(results).map(({ name, isMet }) => [name, isMet]));
  assert.equal(verdicts.get('update, 64 connections'), true);
  assert.equal(verdicts.get('read, 64 connections'), false);
  assert.equal(verdicts.get('create of pgbench insert, 16 connections'), true);
  assert.equal(verdicts.get('pairs, 16 connections'), false);
  assert.equal(verdicts.get('bundles, 16 connections'), true);
  assert.equal(verdicts.get('first, p50'), false);
  assert.equal(verdicts.get(`${oldRead}, of that with 1`), true);
  assert.equal(verdicts.get('search: quick, p50'), true);
  assert.equal(verdicts.get('search: slow, p50'), false);
  assert.equal(verdicts.has('search: unbound, p50'), false);
  assert.equal(linearity(bundles), 50);
  assert.equal(verdicts.get('memory of a Bundle of 5,000 × 4, of that of 20,000'), false);
  assert.equal(verdicts.get('100,000 concepts in three languages: memory'), false);
  assert.equal(verdicts.get('100,000 concepts in three languages: CPU time to load'), true);
  assert.equal(verdicts.get('first answer after a restart'), false);
});

test('the platform that is measured is made and ready, and vacuumed when it is asked to be', async () => {
  const subject = await openSubject(1, progressOn(process.stderr));
  try {
    assert.ok(subject.storedBytes >= patientBytes);
    await subject.settle();
    const sql = connect(databaseUrl(subject.databaseUrl, 'dhp_playground'), { max: 1 });
    // Statistics appear with a delay.
    const isVacuumed = async (): Promise<boolean> => {
      const found =
        await sql`select from pg_stat_user_tables where schemaname = 'fhir' and relname = 'search' and last_vacuum is not null`;
      return found.length === 1;
    };
    const deadline = Date.now() + 30_000;
    while (!(await isVacuumed())) {
      assert.ok(Date.now() < deadline, 'fhir.search was not vacuumed');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await sql.end();
  } finally {
    await subject.close();
  }
});
