import { fork, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, type Sql } from '@dhp/postgres';
import { startServer, type TestServer } from '../../apps/fhir/test/environment.ts';
import { activateLabels, activatePolicies } from '../../apps/fhir/test/policies.ts';
import { postgresCpu } from '../../packages/fhir-store/bench/postgres-cpu.ts';
import { progressOn } from '../../apps/dhp/src/progress.ts';
import { markdownTable } from '../../tests/markdown-table.ts';
import type { AccessArguments } from './arguments.ts';
import { catching, decisionCost, situations, type DecisionCost } from './decision.ts';
import type { Load } from './load.ts';
import { slowestChange } from './policy-change.ts';
import { trailBars, type Bar } from './trail-bars.ts';
import { documents, kindNames, kinds, patientsOf, requests, world, type Kind } from './world.ts';

/** Microseconds of CPU for a request. */
interface Cost {
  readonly server: number;
  readonly postgres: number;
}
type Costs = Map<string, Cost>;

/**
 * Measures and prints a report, which is also written to a file if requested. @throws Error if a request is not answered by 200, or the
 * system does not report CPU time
 */
export async function run(asked: AccessArguments): Promise<void> {
  const { consents, requests: count, rounds, plans, write, records } = asked;
  const progress = progressOn(process.stderr);
  const before = loadavg()[0]!;
  const { caught, rule } = catching('clinic');
  const accessRules = { read: [rule] };
  const server = await startServer({ validation: { level: 'off' }, requireIfMatch: false, accessRules });
  const sql = connect(server.ownerUrl, { max: 1 });
  const client = fork(fileURLToPath(new URL('load.ts', import.meta.url)));
  try {
    const loading = progress.step('records and Consents');
    await server.store.bulkInsert(world(consents));
    await server.store.buildConsents();
    await sql`analyze`;
    loading.done(`${consents.toLocaleString('en')} Consents of others`);
    const costs: Costs = new Map();
    const decisions: Decisions = new Map();
    const token = await server.sso.token({
      scope: 'system/*.rs',
      client_id: 'clinic',
      organization: 'Organization/clinic',
    });
    const measuring = progress.step('rounds');
    const all = rounds * Object.keys(documents).length;
    let done = 0;
    // In turn: the machine is not as busy from one minute to the next.
    for (let round = 0; round < rounds; round += 1)
      for (const [name, document] of Object.entries(documents)) {
        await (document.labels === undefined ? activatePolicies(server, document) : activateLabels(server, document));
        await atRest();
        await measureAll(name, { server, sql, client, token, count }, costs);
        for (const kind of kindNames)
          for (const situation of situations) {
            const ids = patientsOf(kind).map((patient) => `${patient}-7`);
            const cost = await decisionCost({ server, sql, caught, ids }, situation);
            keepLeast(decisions, nameOf(situation, kind, name), cost);
          }
        measuring.update((done += 1), all, name);
      }
    measuring.done(`${String(rounds)} rounds`);
    const path = requests['a read']!(patientsOf('no consent')[0]!);
    const closed = { ...documents['consents']!, others: 'nothing' } as const;
    const change = await slowestChange({ server, sql, token }, { path, open: documents['consents']!, closed });
    const trailing = progress.step('records of a trail');
    const trail = records === 0 ? [] : await trailBars(records);
    trailing.done(`${records.toLocaleString('en')} records`);
    const report = reportOf({ costs, decisions, change, trail, consents, load: before });
    process.stdout.write(report);
    if (write !== '-') await writeFile(write, report);
    if (plans) process.stdout.write(await planOf(server));
  } finally {
    client.kill();
    await sql.end({ timeout: 5 });
    await server.close();
  }
}

/** Waits until the background work that an activation starts, such as relabelling, has ended: its CPU belongs to no request. */
async function atRest(): Promise<void> {
  for (let idle = 0, looks = 0; idle < 5 && looks < 300; looks += 1) {
    const before = process.cpuUsage();
    await delay(100);
    const { user, system } = process.cpuUsage(before);
    idle = user + system < 10_000 ? idle + 1 : 0;
  }
}

type Decisions = Map<string, DecisionCost>;

function keepLeast(costs: Map<string, Cost>, name: string, cost: Cost): void {
  const least = costs.get(name);
  if (least === undefined || totalOf(cost) < totalOf(least)) costs.set(name, cost);
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
      keepLeast(costs, nameOf(request, kind, document), await measure(instruments, paths));
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
  const theirs = await postgresOf(sql); // This query takes CPU of this process, too.
  const own = process.cpuUsage();
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

interface Measured {
  readonly costs: Costs;
  readonly decisions: Decisions;
  /** Milliseconds. */
  readonly change: number;
  readonly trail: readonly Bar[];
  readonly consents: number;
  readonly load: number;
}

/** Bars: microseconds per decision with cached data, share of a page, and milliseconds until a change takes effect. */
const bars = { known: 8, first: 60, share: 0.1, change: 1_000 };

const verdict = (measured: number, bar: number): string => (measured <= bar ? 'reached' : 'not reached');

function reportOf({ costs, decisions, change, trail, consents, load }: Measured): string {
  const names = Object.keys(documents);
  const rows = situations.flatMap((situation) =>
    kindNames.map((kind) => [
      situation,
      kind,
      ...names.map((name) => {
        const { server, postgres } = decisions.get(nameOf(situation, kind, name))!;
        return `${server.toFixed(1)} + ${postgres.toFixed(1)}`;
      }),
    ]),
  );
  const dearest = (situation: string, name: string): number =>
    Math.max(...kindNames.map((kind) => totalOf(decisions.get(nameOf(situation, kind, name))!)));
  const shares = Object.keys(requests)
    .filter((request) => request.startsWith('a page'))
    .flatMap((request) => kindNames.map((kind) => ({ request, kind })));
  const shareOf = (name: string): number =>
    Math.max(
      ...shares.map(({ request, kind }) => {
        const [own, without] = [costs.get(nameOf(request, kind, name))!, costs.get(nameOf(request, kind, names[0]!))!];
        return 1 - totalOf(without) / totalOf(own);
      }),
    );
  const verdicts = names.flatMap((name) => [
    ...situations.map((situation) => {
      const bar = situation === 'the first request of a token' ? bars.first : bars.known;
      const cost = dearest(situation, name);
      return [name, situation, `${cost.toFixed(1)} µs`, `at most ${String(bar)} µs`, verdict(cost, bar)];
    }),
    ...(name === names[0]
      ? []
      : [
          [
            ...[name, 'a page of a search', `${(100 * shareOf(name)).toFixed(0)} % of it`],
            ...[`at most ${String(bars.share * 100)} %`, verdict(shareOf(name), bars.share)],
          ],
        ]),
  ]);
  const changed = ['any', 'a change of the policies', `${change.toFixed(0)} ms`, 'under 1,000 ms'];
  return [
    '# Cost of decisions about access',
    '',
    `Made by \`npm run bench:access\` on ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, on ${String(cpus().length)} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}. ` +
      `Before it began ${load.toFixed(1)} processes wanted a core. ${consents.toLocaleString('en')} Consents of others are stored.`,
    '',
    '## Bars',
    '',
    'The dearest of the kinds of patients below.',
    '',
    markdownTable(
      ['In force', 'Of', 'Measured', 'Bar', 'Verdict'],
      [...verdicts, [...changed, verdict(change, bars.change)], ...trail],
      [2],
    ),
    '',
    '## A decision by itself',
    '',
    'CPU of the server + of PostgreSQL for the decision about one read, in microseconds, beyond that of the read: one after the other, so that no statement is shared. ' +
      'That of the server is measured over a store that answers at once; what the question costs the driver is added to it.',
    '',
    markdownTable(['What is at hand', 'The patient has', ...names], rows, [2, 3, 4]),
    '',
    '## Whole requests',
    '',
    tableOf(costs),
    '',
  ].join('\n');
}

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
  return `${title}\n\n${markdownTable(['Request', 'The patient has', ...shown], rows, [2, 3, 4])}`;
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
