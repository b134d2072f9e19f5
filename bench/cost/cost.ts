/** Measures what one request of each shape costs at n, 2n and 4n; writes docs/reports/cost-<day>.md. */
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
  const results = await openResults(values.results);
  const home = await openHome();
  try {
    const teller = await openTeller(home.data);
    const platform = await home.start(
      { ...unlimited, ...teller.environment, DHP_REFERENCE_INTEGRITY: 'enforce' },
      teller.nodeOptions,
    );
    await measureAll(results, home, platform, teller);
    const facts = await factsOf(home, otherLoad);
    const day = new Date().toISOString().slice(0, 10);
    const file = values.write ?? (values.only === undefined ? reportFile(day) : '-');
    if (file !== '-') await writeFile(file, costReport(inOrder(results.rows), all.length, facts, day));
    judge(results.rows);
  } finally {
    await home.close();
  }
}

/** Prints the rows that fail, and all where some were asked for by name. */
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

async function measureAll(results: Results, home: Home, platform: Platform, teller: Teller): Promise<void> {
  const postmaster = await home.postmaster();
  const instruments: Instruments = {
    ...{ world: await worldOf(home, platform), pace: measurePace },
    ...{ named: teller.named, spent: teller.spent, cpu: () => cpuTimesOf(platform.pid, postmaster) },
  };
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
      await results.add(await measureShape(area, shape, instruments));
    } catch (error) {
      process.stderr.write(`${area}, ${shape.name}: ${String(error)}\n${platform.said().slice(-2_000)}\n`);
      process.exitCode = 1;
    }
  }
  step.done(`${results.rows.length} of ${all.length} measured`);
}

async function worldOf(home: Home, { urls }: Platform): Promise<World> {
  const credentials = await home.createClient();
  const desk = await home.createClient('playground', adminScopes.join(' '));
  // A token is good for an hour.
  let [ask, since] = [fhirAt(urls.playground, await getToken(urls.sso, credentials)), performance.now()];
  return openCostWorld({
    sso: { url: urls.sso, issuer: urls.sso },
    client: { id: credentials.client_id, secret: credentials.client_secret },
    desk: { id: desk.client_id, secret: desk.client_secret },
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

function reportFile(day: string): string {
  return fileURLToPath(new URL(`../../docs/reports/cost-${day}.md`, import.meta.url));
}
