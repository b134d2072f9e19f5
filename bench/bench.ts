/** Measures the platform and compares it with the limits of the machine; docs/reports/benchmark.md is one run of it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { progressOn, type Progress } from '../apps/dhp/src/progress.ts';
import { fhirAt, hasStatus } from '../tests/fhir.ts';
import type { Platform } from '../tests/platform.ts';
import { measureAtScale } from './at-scale/at-scale.ts';
import { scaleReport } from './at-scale/report.ts';
import { measureBundleMemory } from './bundle-memory.ts';
import { comparison, compareWith } from './compare.ts';
import type { Arguments } from './arguments.ts';
import { openLoad, type Load } from './load/measure.ts';
import { machineFacts } from './machine.ts';
import { patientBytes } from './patient.ts';
import { memoryOf } from './cpu.ts';
import { connectionCounts, measure, order } from './points.ts';
import { measurePeople, peopleLines } from './sign-ins.ts';
import { profileReport } from './profile.ts';
import { markdownReport, terminalReport } from './report.ts';
import { find, points, type Measured, type Results } from './results.ts';
import { measureRest, restLines } from './rest.ts';
import { measureSearches } from './searches.ts';
import { openSubject, type Subject } from './subject.ts';
import { measureSso, ssoLines } from './sso.ts';
import { measureSize } from './terminology-size.ts';
import { measureTerminology, terminologyLines } from './terminology.ts';
import { measureWorkers, workersTable } from './workers.ts';

const reportFile = fileURLToPath(new URL('../docs/reports/benchmark.md', import.meta.url));
const scaleReportFile = fileURLToPath(new URL('../docs/reports/searches-at-scale.md', import.meta.url));
const resultsFolder = new URL('results/', import.meta.url);

async function bench(options: Arguments, progress: Progress): Promise<Results> {
  const [otherLoad = 0] = loadavg();
  const subject = await openSubject(options.patients, progress);
  try {
    const facts = await machineFacts(subject.databaseUrl, subject.home.data, otherLoad);
    const { measured, rest, searches, sizes, bundles, people } = await measureAll(subject, options, progress);
    const { seconds, rounds, patients } = options;
    return {
      facts,
      settings: { seconds, rounds, patients },
      bytes: { sent: patientBytes, stored: subject.storedBytes },
      floorTool: subject.databaseFloor.tool,
      measured,
      rest,
      searches,
      bundles,
      sizes,
      people,
      restarts: await restart(subject, progress),
    };
  } catch (error) {
    throw new Error(await accountOf(subject.platform, error), { cause: error });
  } finally {
    await subject.close();
  }
}

/** A failure together with the state of the server: its last output explains most failures. */
async function accountOf(platform: Platform, error: unknown): Promise<string> {
  const end = await Promise.race([platform.ended, delay(1_000)]);
  const state = end ? `the server ended with ${String(end.code ?? end.signal)}` : 'the server runs';
  return `${error instanceof Error ? error.message : String(error)}; ${state}\n${platform.said().slice(-3_000)}`;
}

async function measureAll(
  subject: Subject,
  { rounds, seconds, only }: Arguments,
  progress: Progress,
): Promise<Pick<Results, 'measured' | 'rest' | 'searches' | 'sizes' | 'bundles' | 'people'>> {
  const load = openLoad();
  try {
    const length = { rounds, seconds };
    const wants = (part: Arguments['only']): boolean => only === undefined || only === part;
    return {
      measured: only === undefined ? await measurePoints(subject, load, length, progress) : points(),
      rest: [
        ...(wants('rest') ? await measureRest(subject, load, length, progress) : restLines()),
        ...(wants('sso') ? await measureSso(subject, load, length, progress) : ssoLines()),
        ...(wants('terminology') ? await measureTerminology(subject, load, length, progress) : terminologyLines()),
      ],
      searches: wants('search') ? await measureSearches(subject, load, length, progress) : [],
      sizes: wants('terminology') ? [measureSize(100_000)] : [],
      people: wants('people') ? await measurePeople(subject, length, progress) : peopleLines(),
      // Last, because they fill the database.
      bundles: wants('rest') ? await measureBundleMemory(subject, progress) : [],
    };
  } finally {
    load.close();
  }
}

async function measurePoints(
  subject: Subject,
  load: Load,
  { rounds, seconds }: Pick<Arguments, 'rounds' | 'seconds'>,
  progress: Progress,
): Promise<Measured[]> {
  const measured = points();
  const step = progress.step('measuring');
  const total = rounds * measured.length;
  let done = 0;
  for (let round = 1; round <= rounds; round += 1) {
    for (const connections of connectionCounts) {
      for (const operation of order) {
        step.update(done, total, `· round ${round}, ${operation}, ${connections} connections`);
        const point = find(measured, operation, connections);
        point.runs.push(await measure(subject, load, point, seconds));
        done += 1;
      }
    }
  }
  step.done(`${total} points`);
  return measured;
}

/** Stops and starts three times, with all the data of the run; the previous token stays good. */
async function restart(subject: Subject, progress: Progress): Promise<Results['restarts']> {
  const step = progress.step('restarts');
  const restarts: { ready: number; firstAnswer: number }[] = [];
  let { platform } = subject;
  for (let count = 1; count <= 3; count += 1) {
    await platform.end('SIGTERM');
    const started = performance.now();
    platform = await subject.home.start();
    const ready = (performance.now() - started) / 1000;
    hasStatus(await fhirAt(platform.urls.playground, subject.token)('GET', `Patient/${subject.ids[0]!}`), 200);
    restarts.push({ ready, firstAnswer: (performance.now() - started) / 1000 });
    step.update(count, 3);
  }
  const memory = await memoryOf(platform.pid);
  const ready = Math.min(...restarts.map((one) => one.ready)).toFixed(1);
  step.done(
    `ready in ${ready} s${memory === undefined ? '' : `, ${Math.round(memory / 2 ** 20)} MiB beside PostgreSQL`}`,
  );
  return restarts;
}

async function benchAtScale(options: Arguments, observations: number, progress: Progress): Promise<number> {
  const results = await measureAtScale({ ...options, observations }, progress);
  const json = `${JSON.stringify(results, null, 2)}\n`;
  if (options.json === '-') process.stdout.write(json);
  else console.log(`\n${scaleReport(results)}`);
  if (options.json !== undefined && options.json !== '-') await write(options.json, json);
  if (options.write) await write(scaleReportFile, scaleReport(results));
  return results.stages.some(({ searches }) => searches.some(({ runs }) => runs.some(({ errors }) => errors > 0)))
    ? 1
    : 0;
}

async function benchInTurn(options: Arguments, revision: string, progress: Progress): Promise<number> {
  const compared = await compareWith(revision, options, progress);
  console.log(`\n${comparison(compared)}`);
  if (options.json !== undefined && options.json !== '-') await write(options.json, JSON.stringify(compared));
  return compared.some(({ before, now }) => [...before, ...now].some(({ errors }) => errors > 0)) ? 1 : 0;
}

async function benchWorkers(options: Arguments, counts: readonly number[], progress: Progress): Promise<number> {
  const measured = await measureWorkers(counts, options, progress);
  console.log(`\n${workersTable(measured)}`);
  return measured.kinds.some(({ runs }) => [...runs.values()].flat().some(({ errors }) => errors > 0)) ? 1 : 0;
}

async function write(file: string | URL, text: string): Promise<void> {
  await mkdir(dirname(file instanceof URL ? fileURLToPath(file) : file), { recursive: true });
  await writeFile(file, text);
}

/** @returns the exit code: 1 if a request of a measurement failed */
export async function run(options: Arguments): Promise<number> {
  const progress = progressOn(process.stderr);
  if (options.profile) {
    console.log(await profileReport(options, progress));
    return 0;
  }
  if (options.compare !== undefined) return benchInTurn(options, options.compare, progress);
  if (options.workers !== undefined) return benchWorkers(options, options.workers, progress);
  if (options.observations !== undefined) return benchAtScale(options, options.observations, progress);
  const results = await bench(options, progress);
  const json = `${JSON.stringify(results, null, 2)}\n`;
  if (options.json === '-') process.stdout.write(json);
  else console.log(`\n${terminalReport(results)}`);
  if (options.json !== undefined && options.json !== '-') await write(options.json, json);
  await write(new URL(`${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.json`, resultsFolder), json);
  if (options.write) await write(reportFile, markdownReport(results));
  return [...results.measured, ...results.rest, ...results.searches].some(({ runs }) =>
    runs.some((run) => run.errors > 0),
  )
    ? 1
    : 0;
}
