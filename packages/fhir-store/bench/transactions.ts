/**
 * Transactions at the store's door: `node packages/fhir-store/bench/transactions.ts [database URL] [seconds]`. Prints the transactions for
 * each CPU-second of this process and PostgreSQL (Linux). Without a URL it starts an embedded server.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { scanJson, uuidv7 } from '@dhp/fhir-model';
import { ensureDatabase, connect, migrate } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { migrations, openStore, type NewVersion, type TransactionWrite } from '../src/index.ts';

const url = await ensureDatabase(process.argv[2] ?? (await testServer()), 'dhp_transactions_bench');
const seconds = Number(process.argv[3] ?? 3);
const sql = connect(url, { max: 1 });
await sql.unsafe('drop schema if exists fhir cascade');
await migrate(sql, migrations);
const store = await openStore({ url, timeZone: 'Asia/Tashkent' });

function version(resource: Record<string, unknown> & { resourceType: string }, length: number): NewVersion {
  const text = (n: number): string => JSON.stringify({ ...resource, language: 'x'.repeat(n) });
  const padded = text(length - text(0).length);
  return { type: resource.resourceType, source: scanJson(padded), resource: JSON.parse(padded) as typeof resource };
}

const size = 1900;
const patients = Array.from({ length: 1000 }, (_, n) => version({ resourceType: 'Patient', n }, size));

/** A laboratory result with the usual elements, so with some forty keys and a dozen rows in the index. */
function observation(n: number): NewVersion {
  const coding = (system: string, code: string): object => ({
    coding: [{ system, code, display: `Display of ${code}` }],
  });
  return version(
    {
      resourceType: 'Observation',
      identifier: [{ system: 'urn:ids', value: `${n}` }],
      status: n % 9 === 0 ? 'preliminary' : 'final',
      category: [coding('http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory')],
      code: coding('http://loinc.org', `${1000 + (n % 200)}-${n % 10}`),
      subject: { reference: `Patient/${n % 100}` },
      encounter: { reference: `Encounter/${n % 300}` },
      effectiveDateTime: `2026-0${1 + (n % 9)}-1${n % 10}T08:30:00+05:00`,
      performer: [{ reference: `Practitioner/${n % 40}` }, { reference: `Organization/${n % 7}` }],
      valueQuantity: { value: (n % 500) / 10, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
    },
    size,
  );
}
const observations = Array.from({ length: 1000 }, (_, n) => observation(n));
const create = (each: NewVersion): TransactionWrite => ({ kind: 'create', id: uuidv7(), ...each });
const putIds = Array.from({ length: 1000 }, (_, n) => `put-${n}`);
let puts = 0;

const cases: [name: string, clients: number, resources: number, writes: () => TransactionWrite[]][] = [
  ['pair', 1, 2, () => [create(patients[0]!), create(observations[puts++ % 1000]!)]],
  ['pair', 16, 2, () => [create(patients[0]!), create(observations[puts++ % 1000]!)]],
  ['1000 creates', 1, 1000, () => observations.map(create)],
  ['1000 creates', 2, 1000, () => observations.map(create)],
  [
    '1000 updates',
    1,
    1000,
    () => {
      puts += 1;
      const body = (n: number): NewVersion => observations[(n + puts) % observations.length]!;
      return putIds.map((id, n) => ({ kind: 'update', id, ...body(n), requireMatch: false, createAllowed: true }));
    },
  ],
];

const [{ pid: postmaster }] = (await sql`
  select split_part(pg_read_file('postmaster.pid'), e'\n', 1)::int as pid`) as unknown as [{ pid: number }];

/** CPU of this cluster's processes, also of those that have ended, in ticks of 10 ms. */
function postgresTicks(): number {
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[1]) !== postmaster && Number(pid) !== postmaster) continue;
      for (const field of fields.slice(11, 15)) ticks += Number(field);
    } catch {
      // it ended meanwhile
    }
  }
  return ticks;
}

for (const [name, clients, resources, writes] of cases) {
  const ticks = postgresTicks();
  const cpu = process.cpuUsage();
  const start = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() - start < seconds * 1000) {
        const outcome = await store.transaction(writes());
        if (outcome.kind !== 'committed') throw new Error(JSON.stringify(outcome));
        count += 1;
      }
    }),
  );
  const elapsed = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const node = (used.user + used.system) / count;
  const postgres = ((postgresTicks() - ticks) * 10_000) / count;
  const perCpuSecond = 1e6 / (node + postgres);
  process.stdout.write(
    `${name.padEnd(13)} ${String(clients).padStart(2)} clients ${(count / elapsed).toFixed(1).padStart(7)}/s` +
      `  node ${node.toFixed(0).padStart(6)} µs  postgres ${postgres.toFixed(0).padStart(6)} µs` +
      `  per CPU-second ${perCpuSecond.toFixed(0)} transactions, ${(perCpuSecond * resources).toFixed(0)} resources\n`,
  );
}
await store.close();
await sql.end();
