/**
 * Reads, creates and updates at the store's door: `node packages/fhir-store/bench/store.ts [database URL] [seconds]`.
 * Prints operations a second and the CPU of this process and of PostgreSQL for each operation (Linux). Without a URL it
 * starts an embedded server, durable as always.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { scanJson } from '@dhp/fhir-model';
import { ensureDatabase, connect, migrate } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { migrations, openStore, type FhirStore, type NewVersion } from '../src/index.ts';

const url = await ensureDatabase(process.argv[2] ?? (await testServer()), 'dhp_store_bench');
const seconds = Number(process.argv[3] ?? 3);
const sql = connect(url, { max: 1 });
await sql.unsafe('drop schema if exists fhir cascade');
await migrate(sql, migrations);
const store = await openStore({ url, timeZone: 'Asia/Tashkent' });

/** A Patient of about 2 kB; `n` changes its text, and with `length` also how long it is. */
function patient(n: number, length = n % 7): NewVersion {
  const name = (use: string): object => ({
    use,
    family: `Каримов${n}`,
    given: ['Aziz', "Ulug'bek"],
    text: 'x'.repeat(length),
  });
  const resource = {
    resourceType: 'Patient',
    identifier: Array.from({ length: 6 }, (_, i) => ({
      use: 'official',
      system: `https://example.org/ids/${i}`,
      value: `${n}-${i}`,
    })),
    active: true,
    name: ['official', 'usual', 'nickname'].map(name),
    telecom: Array.from({ length: 4 }, (_, i) => ({
      system: 'phone',
      value: `+99890${1_000_000 + i}`,
      use: 'home',
      rank: i + 1,
    })),
    gender: 'male',
    birthDate: '1990-04-17',
    address: Array.from({ length: 10 }, (_, i) => ({
      use: 'home',
      line: [`Amir Temur ko'chasi ${i}`],
      city: 'Toshkent',
      country: 'UZ',
    })),
  };
  return { type: 'Patient', source: scanJson(JSON.stringify(resource)), resource };
}

const ids: string[] = [];
const versions = new Map<string, number>();
// Made before the clock runs: parsing is not the store's work.
const bodies = Array.from({ length: 500 }, (_, n) => patient(n));
const body = (): NewVersion => bodies[Math.floor(Math.random() * bodies.length)]!;

type Operation = (store: FhirStore, client: number, clients: number) => Promise<unknown>;
const operations: Record<string, Operation> = {
  async create() {
    const outcome = await store.create(body());
    if (outcome.kind !== 'created') throw new Error(outcome.kind);
    ids.push(outcome.version.id);
  },
  async read() {
    const version = await store.read('Patient', ids[Math.floor(Math.random() * ids.length)]!);
    if (version === undefined) throw new Error('lost');
  },
  async update(_, client, clients) {
    const own = Math.floor((Math.random() * (ids.length - clients)) / clients) * clients + client;
    const id = ids[own]!;
    const ifMatch = versions.get(id) ?? 1;
    const outcome = await store.update({ ...body(), id, ifMatch: [ifMatch], requireMatch: true, createAllowed: false });
    if (outcome.kind !== 'updated' && outcome.kind !== 'unchanged') throw new Error(outcome.kind);
    versions.set(id, outcome.version.versionId);
  },
};

const [{ pid: postmaster }] = (await sql`
  select split_part(pg_read_file('postmaster.pid'), e'\n', 1)::int as pid`) as unknown as [{ pid: number }];

/** CPU of this cluster's processes, also of those that have ended, in ticks of 10 ms. */
function postgresTicks(): number {
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [, parent, ...fields] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      if (parent !== postmaster && Number(pid) !== postmaster) continue;
      for (const field of fields.slice(9, 13)) ticks += field;
    } catch {
      // it ended meanwhile
    }
  }
  return ticks;
}

async function measure(name: string, clients: number): Promise<void> {
  const ticks = postgresTicks();
  const cpu = process.cpuUsage();
  const start = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (performance.now() - start < seconds * 1000) {
        await operations[name]!(store, client, clients);
        count += 1;
      }
    }),
  );
  const elapsed = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const node = (used.user + used.system) / count;
  const postgres = ((postgresTicks() - ticks) * 10_000) / count;
  const perCpuSecond = Math.round(1e6 / (node + postgres));
  process.stdout.write(
    `${name.padEnd(8)} ${String(clients).padStart(3)} clients ${String(Math.round(count / elapsed)).padStart(7)}/s` +
      `  node ${node.toFixed(1).padStart(6)} µs  postgres ${postgres.toFixed(1).padStart(6)} µs` +
      `  ${String(perCpuSecond).padStart(6)} per CPU-second\n`,
  );
}

process.stdout.write(`bodies of about ${Buffer.byteLength(bodies[0]!.source.text)} bytes\n`);
for (const clients of [1, 16, 64]) await measure('create', clients);
await sql.unsafe('vacuum analyze');
for (const name of ['read', 'update']) for (const clients of [1, 16, 64]) await measure(name, clients);

const many = 30_000;
const ticks = postgresTicks();
const cpu = process.cpuUsage();
const start = performance.now();
await store.bulkInsert(
  (async function* () {
    for (let n = 0; n < many; n += 1) yield { ...body(), id: `bulk-${n}` };
  })(),
);
const used = process.cpuUsage(cpu);
process.stdout.write(
  `bulk     ${String(Math.round((many * 1000) / (performance.now() - start))).padStart(19)}/s` +
    `  node ${((used.user + used.system) / many).toFixed(1).padStart(6)} µs` +
    `  postgres ${(((postgresTicks() - ticks) * 10_000) / many).toFixed(1).padStart(6)} µs\n`,
);
await store.close();
await sql.end();
