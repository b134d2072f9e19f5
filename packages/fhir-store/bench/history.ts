/**
 * Histories of a type and of all among many resources, and reads of a resource with 1,000 versions:
 * `node packages/fhir-store/bench/history.ts [database URL] [resources]`. Prints the median time of 50 calls.
 */
import { scanJson } from '@dhp/fhir-model';
import { ensureDatabase, connect, migrate } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { migrations, openStore, type NewVersion } from '../src/index.ts';

const url = await ensureDatabase(process.argv[2] ?? (await testServer()), 'dhp_history_bench');
const resources = Number(process.argv[3] ?? 100_000);
const sql = connect(url, { max: 1 });
await sql.unsafe('drop schema if exists fhir cascade');
await migrate(sql, migrations);
const store = await openStore({ url, timeZone: 'Asia/Tashkent' });

function version(type: string, n: number): NewVersion {
  const resource = { resourceType: type, n, language: 'x'.repeat(1800) };
  return { type, source: scanJson(JSON.stringify(resource)), resource };
}

async function time(name: string, run: () => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (let n = 0; n < 50; n += 1) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  const median = times.sort((a, b) => a - b)[25]!;
  process.stdout.write(`${name.padEnd(44)} ${median.toFixed(2).padStart(8)} ms\n`);
}

await store.bulkInsert(
  (async function* () {
    for (let n = 0; n < resources; n += 1) {
      const type = n % 3 === 0 ? 'Patient' : 'Observation';
      yield { ...version(type, n), id: `r-${n}` };
    }
  })(),
);
const middle = new Date();
const change = { requireMatch: false, createAllowed: true };
await time('read', () => store.read('Patient', 'r-0'));
for (let n = 0; n < 1000; n += 1) await store.update({ ...version('Patient', n + 7), id: 'r-0', ...change });
await time('read, of 1,000 versions', () => store.read('Patient', 'r-0'));
await time('newest 20 of 1,000 versions', () => store.history('Patient', 'r-0', { count: 20 }));
const rest = Array.from({ length: 5000 }, (_, n) => n * 3);
await store.transaction(rest.map((n) => ({ kind: 'update', id: `r-${n}`, ...version('Patient', -n), ...change })));

for (const analyzed of [false, true]) {
  if (analyzed) await sql.unsafe('vacuum analyze');
  process.stdout.write(analyzed ? 'after vacuum analyze\n' : 'without statistics\n');
  for (const [name, type] of [
    ['all', {}],
    ['Patient', { type: 'Patient' }],
    ['a type without resources', { type: 'Flag' }],
  ] as const) {
    const first = await store.historyOf({ ...type, count: 20 });
    const cursor = first.next === undefined ? {} : { cursor: first.next };
    await time(`20 of ${name}`, () => store.historyOf({ ...type, count: 20 }));
    await time(`20 of ${name}, next page`, () => store.historyOf({ ...type, count: 20, ...cursor }));
    await time(`20 of ${name} since`, () => store.historyOf({ ...type, count: 20, since: middle }));
    await time(`20 of ${name} since, nothing`, () => store.historyOf({ ...type, count: 20, since: new Date() }));
    await time(`20 of ${name} at`, () => store.historyOf({ ...type, count: 20, at: [middle] }));
  }
}
await store.close();
await sql.end();
