/** Measures the cost of one request of each shape at n, 2n and 4n; writes docs/reports/cost-<day>.md. */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { databaseUrl, startEmbedded } from '@dhp/postgres';
import { progressOn } from '../../apps/dhp/src/progress.ts';
import { adminScopes } from '@dhp/clients/fields';
import type { Shape, World } from '../../tests/cost/shape.ts';
import { shapes } from '../../tests/cost/shapes.ts';
import { openCostWorld } from '../../tests/cost/world.ts';
import { fhirAt } from '../../tests/fhir.ts';
import { getToken, openHome, type Home, type Platform } from '../../tests/platform.ts';
import { refuse } from '../../scripts/arguments.ts';
import { machineFacts, type Facts } from '../machine.ts';
import { unlimited } from '../subject.ts';
import { command, values } from './arguments.ts';
import { cpuTimesOf } from './cpu.ts';
import { chargesOf } from './charge.ts';
import { isSteep, largestReport, measureLargest, rowOfLargest, type Largest } from './largest.ts';
import { measureShape, type Instruments, type Measured } from './measure.ts';
import { measurePace } from './pace.ts';
import { openResults, type Results } from './results.ts';
import { costReport, rowOf } from './report.ts';
import { openTeller, type Teller } from './spending.ts';

const all: (readonly [string, Shape])[] = Object.entries(shapes).flatMap(([area, of]) =>
  of.map((shape) => [area, shape] as const),
);
const wanted = all.filter(
  ([area, { name }]) => values.only?.some((words) => `${area} ${name}`.includes(words)) !== false,
);

if (values.list) for (const [area, { name }] of wanted) process.stdout.write(`${area}: ${name}\n`);
else if (process.platform !== 'linux')
  refuse(command, 'CPU times of processes are read from /proc, which Linux alone has.');
else if (wanted.length === 0)
  refuse(command, `No shape has the words ${values.only?.join(' or ') ?? ''}; --list names the shapes.`);
else await run();

async function run(): Promise<void> {
  const [otherLoad = 0] = loadavg();
  const home = await openHome();
  try {
    const teller = await openTeller(home.data);
    const platform = await home.start(
      { ...unlimited, ...teller.environment, DHP_REFERENCE_INTEGRITY: 'enforce', DHP_OUTBOUND_HOSTS: '127.0.0.1' },
      teller.nodeOptions,
    );
    const instruments = await instrumentsOf(home, platform, teller);
    const facts = (): Promise<Facts> => factsOf(home, otherLoad);
    await (values.largest ? runLargest(instruments, platform, facts) : runSizes(instruments, platform, facts));
  } finally {
    await home.close();
  }
}

/** Measures the shapes at n, 2n and 4n. */
async function runSizes(instruments: Instruments, platform: Platform, facts: () => Promise<Facts>): Promise<void> {
  const results = await openResults(values.results);
  await measureAll(results, platform, (area, shape) => measureShape(area, shape, instruments));
  const day = today();
  await report(`cost-${day}`, async () => costReport(inOrder(results.rows), all.length, await facts(), day));
  judge(results.rows);
}

/** Measures the shapes at the largest size that the limits allow. */
async function runLargest(instruments: Instruments, platform: Platform, facts: () => Promise<Facts>): Promise<void> {
  const results = await openResults<Largest>(values.results);
  await measureAll(results, platform, (area, shape) => measureLargest(area, shape, instruments));
  const day = today();
  await report(`cost-largest-${day}`, async () => largestReport(results.rows, all.length, await facts(), day));
  for (const row of results.rows) {
    if (isSteep(row) || values.only !== undefined) process.stdout.write(`${rowOfLargest(row).join(' | ')}\n`);
    if (isSteep(row)) process.exitCode = 1;
  }
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

async function report(name: string, text: () => Promise<string>): Promise<void> {
  const file = values.write ?? (values.only === undefined ? reportFile(name) : '-');
  if (file !== '-') await writeFile(file, await text());
}

/** Prints the rows that fail, and all rows if some were selected by name. */
function judge(rows: readonly Measured[]): void {
  for (const { measured, perUnit, most, isUndercharged } of chargesOf(rows)) {
    const fails = measured.verdict === 'too steep' || isUndercharged;
    const unit = perUnit === undefined ? '' : `, ${perUnit.toFixed(0)} ns a unit`;
    const told = `${rowOf(measured).join(' | ')}${unit}, at most ${most.toFixed(1)} s`;
    if (fails || values.only !== undefined) process.stdout.write(`${told}${isUndercharged ? ': UNDERCHARGED' : ''}\n`);
    if (fails) process.exitCode = 1;
  }
}

/** As the table of shapes has them. */
function inOrder(rows: readonly Measured[]): Measured[] {
  return all.flatMap(([area, { name }]) => rows.find((row) => row.area === area && row.name === name) ?? []);
}

async function instrumentsOf(home: Home, platform: Platform, teller: Teller): Promise<Instruments> {
  const postmaster = await home.postmaster();
  return {
    ...{ world: await worldOf(home, platform), pace: measurePace },
    ...{ named: teller.named, spent: teller.spent, cpu: () => cpuTimesOf(platform.pid, postmaster) },
  };
}

async function measureAll<Row extends { readonly area: string; readonly name: string }>(
  results: Results<Row>,
  platform: Platform,
  measure: (area: string, shape: Shape) => Promise<Row>,
): Promise<void> {
  const open = wanted.filter(([area, { name }]) => !results.rows.some((row) => row.area === area && row.name === name));
  const step = progressOn(process.stderr).step('shapes');
  const stop = new AbortController();
  process.once('SIGINT', () => {
    stop.abort();
  });
  for (const [n, [area, shape]] of open.entries()) {
    if (stop.signal.aborted) break;
    step.update(n, open.length, shape.name);
    if (!process.stderr.isTTY) process.stderr.write(`  ${n + 1} of ${open.length}: ${shape.name}\n`);
    try {
      await results.add(await measure(area, shape));
    } catch (error) {
      process.stderr.write(`${area}, ${shape.name}: ${String(error)}\n${platform.said().slice(-2_000)}\n`);
      process.exitCode = 1;
    }
  }
  step.done(`${results.rows.length} of ${all.length} measured`);
}

async function worldOf(home: Home, { urls }: Platform): Promise<World> {
  const credentials = await home.createClient();
  const operator = await home.createClient('playground', adminScopes.join(' '));
  // A token is valid for an hour.
  let [ask, since] = [fhirAt(urls.playground, await getToken(urls.sso, credentials)), performance.now()];
  return openCostWorld({
    sso: { url: urls.sso, issuer: urls.sso },
    client: { id: credentials.client_id, secret: credentials.client_secret },
    operator: { id: operator.client_id, secret: operator.client_secret },
    makeAdministrator: (username) => home.run(['user', 'make-administrator', username]),
    async askFhir(method, path, body, headers) {
      if (performance.now() - since > 1_800_000)
        [ask, since] = [fhirAt(urls.playground, await getToken(urls.sso, credentials)), performance.now()];
      return ask(method, path, body, headers);
    },
  });
}

async function factsOf(home: Home, otherLoad: number): Promise<Facts> {
  const { url } = await startEmbedded({ directory: join(home.data, 'postgres'), attach: true });
  return machineFacts(databaseUrl(url, 'postgres'), home.data, otherLoad);
}

function reportFile(name: string): string {
  return fileURLToPath(new URL(`../../docs/reports/${name}.md`, import.meta.url));
}
