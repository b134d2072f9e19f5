/**
 * Searches at the store's door over 10,000 Patients and their Observations:
 * `node packages/fhir-store/bench/search.ts [Observations] [database URL] [--only shapes] [--explain shape]`.
 * Prints the milliseconds of one search at a time, parsing of the query included, and the milliseconds of CPU in it (of Node, and
 * of a PostgreSQL on this machine), which say more on a busy machine. `--only a,b` measures some shapes. Without a URL it starts an
 * embedded server.
 * A database that has the population already is used as it is.
 */
import { connect, ensureDatabase, migrate } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { understandSearch } from '@dhp/search-index';
import { migrations, openStore } from '../src/index.ts';
import type { SearchRequest } from '@dhp/search-index/search';
import { postgresCpu } from './postgres-cpu.ts';
import { codeOf, diagnosed, patients, population, random } from './search-population.ts';

const [given, address] = process.argv.slice(2).filter((argument) => /^\d+$|:/.test(argument));
const option = (name: string): string | undefined =>
  process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined;
const only = option('--explain');
const some = option('--only')?.split(',');
const indexTables = '{fhir.search,fhir.tok,fhir.num,fhir.date,fhir.str,fhir.word}';
const observations = Number(given ?? 100_000);
const url = await ensureDatabase(address ?? (await testServer()), `dhp_search_bench_${observations}`);
const sql = connect(url, { max: 1 });
await migrate(sql, migrations);
const store = await openStore({ url, timeZone: 'Asia/Tashkent' });
const next = random(2);
const say = (line: string): unknown => process.stdout.write(`${line}\n`);

const [filled] = await sql<{ n: number }[]>`select count(*)::int as n from (select from fhir.identity limit 1) i`;
if (filled!.n === 0) {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  await store.bulkInsert(population(observations));
  const spent = process.cpuUsage(cpu);
  const seconds = (performance.now() - begin) / 1000;
  say(
    `stored ${patients + observations} in ${seconds.toFixed(1)} s, ${((spent.user + spent.system) / 1e6).toFixed(1)} s of Node`,
  );
  await sql`vacuum analyze`;
}

const patient = (): string => `p${Math.floor(next() * patients)}`;
const code = (): string => `http://loinc.org|${codeOf(next())}`;
const identifier = (): string => `https://dhp.uz/fhir/core/sid/pid/uz/ni|${30_000_000 + Math.floor(next() * patients)}`;
const month = (): string => `date=2023-${String(1 + Math.floor(next() * 12)).padStart(2, '0')}`;

interface Shape {
  readonly type: string;
  readonly query: () => string;
  readonly count: number;
  /** Number of the measured page; the ones before are read first. */
  readonly page?: number;
  readonly total?: SearchRequest['total'];
}

const shapes: Record<string, Shape> = {
  identifier: { type: 'Patient', query: () => `identifier=${identifier()}`, count: 20 },
  'patient+code': { type: 'Observation', query: () => `patient=${patient()}&code=${code()}`, count: 20 },
  'code+month': { type: 'Observation', query: () => `code=${code()}&${month()}`, count: 50 },
  'code+month p3': { type: 'Observation', query: () => `code=http://loinc.org|1000-0&${month()}`, count: 50, page: 3 },
  'code+month p100': {
    type: 'Observation',
    query: () => `code=http://loinc.org|1000-0&${month()}`,
    count: Math.max(1, Math.min(50, Math.floor(observations / 25_000))),
    page: 100,
  },
  'code p100': { type: 'Observation', query: () => `code=http://loinc.org|1000-0`, count: 50, page: 100 },
  'patient+category': { type: 'Observation', query: () => `patient=${patient()}&category=laboratory`, count: 50 },
  chained: { type: 'Observation', query: () => `patient.identifier=${identifier()}`, count: 20 },
  'chained broad': { type: 'Observation', query: () => `patient.gender=male&code=${code()}`, count: 20 },
  'revinclude 20': {
    type: 'Patient',
    query: () => `_id=p${Math.floor(next() * diagnosed)}&_revinclude=Condition:patient`,
    count: 20,
  },
  'revinclude all': { type: 'Patient', query: () => `_id=${patient()}&_revinclude=Observation:patient`, count: 20 },
  'include 50': { type: 'Observation', query: () => `code=${code()}&_include=Observation:patient`, count: 50 },
  'name prefix': { type: 'Patient', query: () => `name=karimov${Math.floor(next() * 70)}`, count: 20 },
  'code+quantity': { type: 'Observation', query: () => `code=${code()}&value-quantity=gt180`, count: 20 },
  'quantity rare': { type: 'Observation', query: () => `value-quantity=gt199.9`, count: 20 },
  'code+category+status': {
    type: 'Observation',
    query: () => `code=${code()}&category=laboratory&status=amended`,
    count: 20,
  },
  'date only': { type: 'Observation', query: () => month(), count: 50 },
  listing: { type: 'Observation', query: () => '', count: 50 },
  encounter: { type: 'Observation', query: () => `encounter=e${Math.floor((next() * observations) / 5)}`, count: 20 },
  performer: { type: 'Observation', query: () => `performer=Practitioner/d${Math.floor(next() * 500)}`, count: 20 },
  'status only': { type: 'Observation', query: () => 'status=amended', count: 20 },
  'has code': { type: 'Patient', query: () => `_has:Observation:patient:code=1199-9`, count: 20 },
  'sort by name': { type: 'Patient', query: () => `gender=female&_sort=family`, count: 20 },
  'last updated': { type: 'Observation', query: () => `_sort=-_lastUpdated`, count: 50 },
  'total code': { type: 'Observation', query: () => `code=${code()}`, count: 1, total: 'accurate' },
  'total category': { type: 'Observation', query: () => `category=laboratory`, count: 1, total: 'estimate' },
};

function request({ type, query, count, total }: Shape): SearchRequest {
  const parameters = [...new URLSearchParams(query().replaceAll('+', '%2B'))];
  const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false };
  const parsed = understandSearch({ type }, parameters, options);
  return { query: parsed.query, access: () => true, count, ...(total === undefined ? {} : { total }) };
}

interface Measured {
  readonly took: number[];
  readonly found: number;
  readonly included: number;
  /** Milliseconds of CPU a search. */
  readonly node: number;
  readonly postgres: number | undefined;
}

async function measured(shape: Shape, times: number): Promise<Measured> {
  const took: number[] = [];
  let found = 0;
  let included = 0;
  const asking: SearchRequest[] = [];
  for (let n = 0; n < times; n += 1) {
    let asked = request(shape);
    for (let page = 1; page < (shape.page ?? 1); page += 1) {
      const { next: cursor } = await store.search(asked);
      if (cursor !== undefined) asked = { ...asked, cursor };
    }
    asking.push(asked);
  }
  const before = { node: process.cpuUsage(), postgres: await postgresCpu(sql) };
  for (const asked of asking) {
    const begin = performance.now();
    const parsing = request(shape);
    const page = await store.search({ ...asked, access: parsing.access });
    took.push(performance.now() - begin);
    found += page.matches.length;
    included += page.included.length;
  }
  const node = process.cpuUsage(before.node);
  const postgres = await postgresCpu(sql);
  return {
    took: took.toSorted((a, b) => a - b),
    found: found / times,
    included: included / times,
    node: (node.user + node.system) / 1000 / times,
    postgres:
      postgres === undefined || before.postgres === undefined ? undefined : (postgres - before.postgres) / times,
  };
}

const [size] = await sql<{ index: string; bodies: string; resources: string; tables: string }[]>`
  select (select sum(pg_total_relation_size(t)) from unnest(${indexTables}::regclass[]) t)::text as index,
         (select string_agg(t || ' ' || pg_size_pretty(pg_total_relation_size(t)), ', ') from unnest(${indexTables}::regclass[]) t) as tables,
         (select sum(octet_length(content)) from fhir.resource)::text as bodies,
         (select count(*) from fhir.resource)::text as resources`;
const perResource = (bytes: string): string => (Number(bytes) / Number(size!.resources)).toFixed(0);
say(
  `bytes a resource: bodies ${perResource(size!.bodies)}, index ${perResource(size!.index)} (${(Number(size!.index) / Number(size!.bodies)).toFixed(2)} of the bodies): ${size!.tables}`,
);

if (only !== undefined) {
  const shape = shapes[only]!;
  for (let n = 0; n < 3; n += 1) await store.search(request(shape));
  const { statements } = await store.explain(request(shape));
  say(JSON.stringify(statements, undefined, 1));
} else {
  say('shape                   p50 ms   p95 ms    max   node CPU   PG CPU   matches  included');
  for (const [name, shape] of Object.entries(shapes)) {
    if (some !== undefined && !some.includes(name)) continue;
    const times = shape.page === undefined ? 200 : shape.page > 10 ? 10 : 40;
    await measured(shape, Math.min(40, times));
    const { took, found, included, node, postgres } = await measured(shape, times);
    const at = (share: number): string => took[Math.min(took.length - 1, Math.floor(share * took.length))]!.toFixed(2);
    say(
      `${name.padEnd(22)} ${at(0.5).padStart(7)} ${at(0.95).padStart(8)} ${at(1).padStart(7)} ${node.toFixed(2).padStart(10)} ${(postgres?.toFixed(2) ?? '').padStart(8)} ${found.toFixed(1).padStart(8)} ${included.toFixed(1).padStart(8)}`,
    );
  }
}
await store.close();
await sql.end();
