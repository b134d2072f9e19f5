/**
 * Records of the trail at the store's door: `node packages/fhir-store/bench/trail.ts [records] [database URL]`. Prints what a durable record
 * takes of CPU, of this process and of PostgreSQL, at 16 and 64 connections and in batches, and how long it takes to verify all of them. Without
 * a URL it starts an embedded server, durable as always.
 */
import { connect, databaseUrl, ensureDatabase, migrate } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { openSealer, trailKeys, type TrailRow } from '@dhp/trail';
import { migrations, openStore } from '../src/index.ts';
import { verifyTrail } from '../src/trail.ts';
import { postgresCpu } from './postgres-cpu.ts';

const server = process.argv[3] ?? (await testServer());
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

let made = 0;

/** So many callers, of whom each waits for its records before the next ones. */
async function measure(callers: number, size: number, count: number): Promise<void> {
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
  say(
    `${String(callers)} callers, ${String(size)} at a time: ${each}, ${rate}, ${(performance.now() - started).toFixed(0)} ms`,
  );
}

try {
  await store.trail.prepareTrail();
  await measure(16, 1, Math.min(2_000, records)); // warms up
  for (const callers of [16, 64]) await measure(callers, 1, Math.min(40_000, records));
  await measure(4, 500, Math.max(records - made, 500));
  await store.trail.coverTrail(keys, Date.now());
  const started = performance.now();
  const { whole, records: verified, waiting } = await verifyTrail(sql, keys);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  say(
    `verified ${String(verified)} records and ${String(waiting)} without a head in ${seconds} s: ${whole ? 'whole' : 'BROKEN'}`,
  );
} finally {
  await store.close();
  await sql.end({ timeout: 5 });
  const admin = connect(databaseUrl(server, 'postgres'), { max: 1 });
  await admin.unsafe(`drop database ${name} with (force)`);
  await admin.end({ timeout: 5 });
}
