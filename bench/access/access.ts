import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connect, type Sql } from '@dhp/postgres';
import { startServer, type TestServer } from '../../apps/fhir/test/environment.ts';
import { activateLabels, activatePolicies } from '../../apps/fhir/test/policies.ts';
import { postgresCpu } from '../../packages/fhir-store/bench/postgres-cpu.ts';
import { progressOn } from '../../apps/dhp/src/progress.ts';
import { markdownTable } from '../../tests/markdown-table.ts';
import type { AccessArguments } from './arguments.ts';
import type { Load } from './load.ts';
import { documents, kindNames, kinds, patientsOf, requests, world, type Kind } from './world.ts';

/** Microseconds of CPU for a request. */
interface Cost {
  readonly server: number;
  readonly postgres: number;
}
type Costs = Map<string, Cost>;

/** Measures, and prints a table. @throws Error when a request is not answered by 200, or the system does not tell of CPU */
export async function run({ consents, requests: count, rounds, plans }: AccessArguments): Promise<void> {
  const progress = progressOn(process.stderr);
  const server = await startServer({ validation: { level: 'off' }, requireIfMatch: false });
  const sql = connect(server.ownerUrl, { max: 1 });
  const client = fork(fileURLToPath(new URL('load.ts', import.meta.url)));
  try {
    const loading = progress.step('records and Consents');
    await server.store.bulkInsert(world(consents));
    await server.store.buildConsents();
    await sql`analyze`;
    loading.done(`${consents.toLocaleString('en')} Consents of others`);
    const costs: Costs = new Map();
    const token = await server.sso.token({
      scope: 'system/*.rs',
      client_id: 'clinic',
      organization: 'Organization/clinic',
    });
    const measuring = progress.step('rounds');
    const all = rounds * Object.keys(documents).length;
    let done = 0;
    for (let round = 0; round < rounds; round += 1)
      for (const [name, document] of Object.entries(documents)) {
        await (document.labels === undefined ? activatePolicies(server, document) : activateLabels(server, document));
        await measureAll(name, { server, sql, client, token, count }, costs);
        measuring.update((done += 1), all, name);
      }
    measuring.done(`${String(rounds)} rounds`);
    process.stdout.write(tableOf(costs));
    if (plans) process.stdout.write(await planOf(server));
  } finally {
    client.kill();
    await sql.end({ timeout: 5 });
    await server.close();
  }
}

interface Instruments {
  readonly server: TestServer;
  readonly sql: Sql;
  readonly client: ChildProcess;
  readonly token: string;
  readonly count: number;
}

async function measureAll(document: string, instruments: Instruments, costs: Costs): Promise<void> {
  for (const [request, pathOf] of Object.entries(requests))
    for (const kind of kindNames) {
      const paths = patientsOf(kind).map((patient) => new URL(instruments.server.url).pathname + pathOf(patient));
      const cost = await measure(instruments, paths);
      const name = nameOf(request, kind, document);
      const least = costs.get(name);
      if (least === undefined || totalOf(cost) < totalOf(least)) costs.set(name, cost);
    }
}

/** The CPU of so many requests, after some that prepare statements and rules. */
async function measure({ server, sql, client, token, count }: Instruments, paths: readonly string[]): Promise<Cost> {
  const load = async (times: number): Promise<void> => {
    const sent: Load = { port: server.port, token, count: times, paths };
    client.send(sent);
    const [answer] = (await once(client, 'message')) as [{ failed?: string }];
    if (answer.failed !== undefined) throw new Error(answer.failed);
  };
  await load(Math.max(20, Math.ceil(count / 5)));
  const [own, theirs] = [process.cpuUsage(), await postgresOf(sql)];
  await load(count);
  const { user, system } = process.cpuUsage(own);
  return { server: (user + system) / count, postgres: ((await postgresOf(sql)) - theirs) * (1_000 / count) };
}

async function postgresOf(sql: Sql): Promise<number> {
  const cpu = await postgresCpu(sql);
  if (cpu === undefined) throw new Error('The system does not tell of the CPU of PostgreSQL.');
  return cpu;
}

const nameOf = (request: string, kind: Kind, document: string): string => [request, kind, document].join('\n');
const totalOf = ({ server, postgres }: Cost): number => server + postgres;

function tableOf(costs: Costs): string {
  const shown = Object.keys(documents);
  const rows = Object.keys(requests).flatMap((request) =>
    kindNames.map((kind) => {
      const without = costs.get(nameOf(request, kind, shown[0]!))!;
      const cells = shown.map((document) => {
        const cost = costs.get(nameOf(request, kind, document))!;
        const more = totalOf(cost) - totalOf(without);
        const share = cost === without ? '' : ` (${more > 0 ? '+' : ''}${((100 * more) / totalOf(cost)).toFixed(0)} %)`;
        return `${cost.server.toFixed(0)} + ${cost.postgres.toFixed(0)}${share}`;
      });
      return [request, kind, ...cells];
    }),
  );
  const title =
    'CPU of the server + of PostgreSQL for a request, in microseconds; the share of the decision in brackets.';
  return `\n${title}\n\n${markdownTable(['Request', 'The patient has', ...shown], rows, [2, 3, 4])}\n`;
}

/** The plan of a page of a patient with provisions, by the parameters that the server binds. */
async function planOf(server: TestServer): Promise<string> {
  const patient = patientsOf('ten provisions')[0]!;
  const token = await server.sso.token({
    scope: 'system/*.rs dhp.explain',
    client_id: 'clinic',
    organization: 'Organization/clinic',
  });
  const path = `${requests['a page of 20']!(patient)}&_explain=true`;
  const { text } = await server.request('GET', path, { token });
  return `\nPlan of ${path}, ${JSON.stringify(kinds['ten provisions'])}:\n\n${text}\n`;
}
