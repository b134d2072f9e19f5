/**
 * Records of the trail at the store's door: `node packages/fhir-store/bench/trail.ts [records] [database URL]`. Prints what a durable record
 * takes of CPU, of this process and of PostgreSQL, at 16 and 64 connections and in batches, and how long it takes to verify all of them, each
 * against its bar, and the floor under it; it ends with 1 where one is not reached. Without a URL it starts an embedded server with the settings of every platform, so
 * that commits are durable. Reads with their records: `node apps/fhir/bench/audited-reads.ts`.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, databaseUrl, ensureDatabase, migrate, startEmbedded } from '@dhp/postgres';
import { openSealer, trailKeys, type TrailRow } from '@dhp/trail';
import { migrations, openStore } from '../src/index.ts';
import { verifyTrail } from '../src/trail.ts';
import { postgresCpu } from './postgres-cpu.ts';

const given = process.argv[3];
const directory = given === undefined ? await mkdtemp(join(tmpdir(), 'dhp-bench-trail-')) : undefined;
const embedded =
  directory === undefined ? undefined : await startEmbedded({ directory, name: 'the benchmark of the trail' });
const server = given ?? embedded!.url;
const records = Number(process.argv[2] ?? 1_000_000);
const name = `dhp_trail_bench_${String(process.pid)}`;
const url = await ensureDatabase(server, name);
const sql = connect(url, { max: 1 });
await migrate(sql, migrations);
const store = await openStore({ url, timeZone: 'Asia/Tashkent' });
const keys = trailKeys(Buffer.alloc(32, 5));
const sealer = openSealer(keys);
const patients = 5_000;

function row(n: number): TrailRow {
  const patient = `patient-${String((n * 7919) % patients)}`;
  const content = { request: `request-${String(n)}`, interaction: 'read', action: 'R', type: 'Patient', status: 200 };
  const who = { outcome: 'success', client: 'clinic', authority: 'user', person: `Practitioner/${String(n % 400)}` };
  return sealer.row({
    ...{ recorded: Date.now(), patient, content: { ...content, ...who } },
    sealed: { id: patient, patient, query: 'status=final', address: '192.0.2.1' },
  });
}

async function record(rows: readonly TrailRow[]): Promise<void> {
  await store.trail.record(rows);
  for (const one of rows) sealer.stored(one);
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}

/** Whether a number is within its bar, which is said in a line that `npm run bench:access` reads. */
function against(of: string, bar: string, measured: string, isMet: boolean): void {
  if (!isMet) process.exitCode = 1;
  say(`  bar: ${of}: ${bar}; measured ${measured}: ${isMet ? 'reached' : 'not reached'}`);
}

let made = 0;

interface Cost {
  /** Microseconds of CPU a record. */
  readonly node: number;
  readonly postgres: number;
}

/** This many callers, of whom each waits for its records before the next ones. */
async function measure(callers: number, size: number, count: number): Promise<Cost> {
  const [own, theirs] = [process.cpuUsage(), (await postgresCpu(sql)) ?? Number.NaN];
  const [started, end] = [performance.now(), made + count];
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (made < end) {
        const from = made;
        made += size;
        await record(Array.from({ length: size }, (_, n) => row(from + n)));
      }
    }),
  );
  const { user, system } = process.cpuUsage(own);
  const node = (user + system) / count;
  const postgres = (((await postgresCpu(sql)) ?? Number.NaN) - theirs) * (1_000 / count);
  const each = `Node ${node.toFixed(1)} us, PostgreSQL ${postgres.toFixed(1)} us of CPU a record`;
  const rate = `${String(Math.round(1e6 / (node + postgres)))} records a CPU-second`;
  const milliseconds = performance.now() - started;
  const [commits] = await sql<{ count: number }[]>`
    select count(distinct transaction_id)::int as count from (
      select transaction_id from fhir.audit_record order by transaction_id desc limit ${count}) r`;
  const shared = (count / commits!.count).toFixed(1);
  say(
    `${String(callers)} callers, ${String(size)} at a time: ${each}, ${rate}, ${shared} records a commit, ${milliseconds.toFixed(0)} ms`,
  );
  return { node, postgres };
}

/** Microseconds of CPU of this process and of one session of PostgreSQL, for each of so many. */
async function spent(pid: number, count: number, work: () => Promise<unknown>): Promise<number> {
  const session = async (): Promise<number> =>
    Number((await readFile(`/proc/${String(pid)}/schedstat`, 'latin1')).split(' ')[0]) / 1e3;
  const [own, theirs] = [process.cpuUsage(), await session()];
  await work();
  const { user, system } = process.cpuUsage(own);
  return (user + system + (await session()) - theirs) / count;
}

/** The least that a record can take: its bytes hashed and sealed, stored from a table beside it, and a commit of a row of three bytes. */
async function sayFloors(): Promise<void> {
  const [session] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const { pid } = session!;
  const [some, commits] = [20_000, 500];
  const sealed = await spent(pid, some, async () => {
    for (let n = 0; n < some; n += 1) row(n);
    await Promise.resolve();
  });
  await sql`create temp table stored as
    select recorded, patient, content, key_id, sealed, digest from fhir.audit_record limit ${some}`;
  const undone = new Error('undone');
  let inserted = Number.NaN;
  await sql
    .begin(async (one) => {
      inserted = await spent(
        pid,
        some,
        () =>
          one`insert into fhir.audit_record (recorded, patient, content, key_id, sealed, digest) select * from stored`,
      );
      throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
    });
  await sql`create table bench_commit (n int)`;
  const committed = await spent(pid, commits, async () => {
    for (let n = 0; n < commits; n += 1) await sql`insert into bench_commit values (${n})`;
  });
  say(
    `floor: ${sealed.toFixed(1)} us to make a record, ${inserted.toFixed(1)} us to insert it, ${committed.toFixed(0)} us for a commit by itself`,
  );
  for (const shared of [16, 64, 500])
    say(`  of ${String(shared)} in a commit: ${(sealed + inserted + committed / shared).toFixed(1)} us a record`);
}

/** The cheapest of three runs: other work on the machine only adds. */
async function least(callers: number, size: number, count: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run += 1) {
    const { node, postgres } = await measure(callers, size, Math.ceil(count / 3));
    best = Math.min(best, node + postgres);
  }
  return best;
}

try {
  const [durable] = await sql<{ durable: boolean }[]>`
    select current_setting('fsync') = 'on' and current_setting('synchronous_commit') = 'on' as durable`;
  say(
    durable?.durable === true ? 'commits are durable' : 'COMMITS ARE NOT DURABLE: figures of waiting are worth nothing',
  );
  await store.trail.prepareTrail();
  await measure(16, 1, Math.min(2_000, records)); // warms up
  for (const [callers, bar] of [
    [16, 60],
    [64, 25],
  ] as const) {
    const cost = await least(callers, 1, Math.min(40_000, records));
    const of = `CPU of a durable record at ${String(callers)} connections`;
    against(of, `at most ${String(bar)} µs`, `${cost.toFixed(1)} µs`, cost <= bar);
  }
  const batched = 1e6 / (await least(4, 500, Math.max(records - made, 1_500)));
  const rate = `${Math.round(batched).toLocaleString('en')} a second`;
  against('records in batches, by CPU', 'at least 40,000 a second', rate, batched >= 40_000);
  await sayFloors();
  await store.trail.coverTrail(keys, Date.now());
  const started = performance.now();
  const { whole, records: verified, waiting } = await verifyTrail(sql, keys);
  const seconds = (performance.now() - started) / 1_000;
  say(
    `verified ${String(verified)} records and ${String(waiting)} without a head in ${seconds.toFixed(1)} s: ${whole ? 'whole' : 'BROKEN'}`,
  );
  if (!whole) process.exitCode = 1;
  const million = (seconds * 1e6) / (verified + waiting);
  const of = `verifying a million records, by ${(verified + waiting).toLocaleString('en')}`;
  against(of, 'at most 30 s', `${million.toFixed(1)} s`, million <= 30);
} finally {
  await store.close();
  await sql.end({ timeout: 5 });
  const admin = connect(databaseUrl(server, 'postgres'), { max: 1 });
  await admin.unsafe(`drop database ${name} with (force)`);
  await admin.end({ timeout: 5 });
  await embedded?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
}
