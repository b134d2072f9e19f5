/** Measures the REST API beyond single reads and writes: transactions, `$everything`, resources with many versions. */
import { fhirAt, hasStatus, type Ask } from '../tests/fhir.ts';
import type { Progress } from '../apps/dhp/src/progress.ts';
import { measureParts } from './first-byte.ts';
import type { Load, Run } from './load/measure.ts';
import type { Job } from './load/workloads.ts';
import { observation } from './observation.ts';
import { patient } from './patient.ts';
import type { Subject } from './subject.ts';

export interface RestMeasured {
  readonly name: string;
  readonly connections: number;
  /** Resources per request, if they are counted instead of requests. */
  readonly resources?: number;
  /** Resources of that kind, or otherwise requests, per second of CPU; or maximum milliseconds of the median or the 99th percentile. */
  readonly bar?: { readonly least: number; readonly unit: '/CPU-s' | 'ms'; readonly of?: 'p99' };
  /** The name of the line of the same requests without narrowing, and the percent of CPU that this one may take more. */
  readonly besides?: { readonly name: string; readonly percent: number };
  readonly runs: Run[];
}

export const oldRead = 'read of a resource with 1,000 versions';
export const youngRead = 'read of a resource with 1 version';

const everyName = '$everything of 1,000 resources';
const bundle = 1_000;
const versions = 1_000;
const record = 1_000;
/** Milliseconds. */
const warmUp = 500;
/** Seconds: of bundles that take a part of a second each, few end within one. */
const leastForBundles = 3;

/** A place for each line of the report, in its order. */
export function restLines(): RestMeasured[] {
  const line = (name: string, connections: number, more: Partial<RestMeasured> = {}): RestMeasured => ({
    ...{ name, connections, ...more, runs: [] },
  });
  const pair = { bar: { least: 800, unit: '/CPU-s' } } as const;
  const many = { resources: bundle, bar: { least: 2_500, unit: '/CPU-s' } } as const;
  return [
    ...[1, 16, 64].map((connections) => line('transaction of 2', connections, connections > 1 ? pair : {})),
    ...[1, 2].map((connections) => line('resources in bundles of 1,000', connections, many)),
    line(`${everyName}, first byte`, 1, { bar: { least: 15, unit: 'ms' } }),
    line(`${everyName}, whole`, 1),
    line(oldRead, 1),
    line(youngRead, 1),
  ];
}

/** Creates the required data, and measures every line in each round. */
export async function measureRest(
  subject: Subject,
  load: Load,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
  progress: Progress,
): Promise<RestMeasured[]> {
  const { platform, token, watched } = subject;
  const url = new URL(platform.urls.playground);
  const at = { host: '127.0.0.1', port: Number(url.port) };
  const making = progress.step('a long record, and a resource of many versions');
  const ask = fhirAt(platform.urls.playground, token);
  await makeRecord(ask);
  await makeVersions(ask);
  making.done();

  const lines = restLines();
  const step = progress.step('measuring transactions and records');
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, line] of lines.entries()) {
      const { name, connections } = line;
      step.update(round * lines.length + index, rounds * lines.length, `· round ${round + 1}, ${name}`);
      const common = { ...at, connections, warmUp, token };
      const run = async (job: Job): Promise<number> => line.runs.push((await load.run(job, watched)).run);
      const duration = seconds * 1000;
      if (name.startsWith(everyName)) {
        // Both lines are measured by the same requests.
        if (line.runs.length > round) continue;
        const path = `${url.pathname}/Patient/bench-record/$everything`;
        const { first, whole } = await measureParts({ port: at.port, path, token, warmUp, duration }, watched);
        line.runs.push(first);
        lines[index + 1]!.runs.push(whole);
      } else if (name === oldRead || name === youngRead) {
        const id = name === oldRead ? 'bench-old' : 'bench-young';
        await run({ ...common, duration, kind: 'get', paths: [`${url.pathname}/Patient/${id}`] });
      } else {
        const resources = line.resources ?? 2;
        const long = line.resources === undefined ? duration : Math.max(seconds, leastForBundles) * 1000;
        await run({ ...common, duration: long, kind: 'transaction', path: url.pathname, resources, serial: serial() });
      }
    }
  }
  step.done(`${lines.length} lines`);
  return lines;
}

let last = 500_000_000_000;

/** The first serial of a round, so that no identifier is used twice. */
function serial(): number {
  return (last += 1_000_000_000);
}

/** A Patient whose record has a thousand resources, including the Patient. */
async function makeRecord(ask: Ask): Promise<void> {
  const id = 'bench-record';
  const put = (name: string, resource: string): string =>
    `{"resource":${resource},"request":{"method":"PUT","url":"${name}"}}`;
  const entries = [put(`Patient/${id}`, patient(1, 0, id))];
  for (let n = 1; n < record; n += 1) {
    const own = `bench-record-${n}`;
    const resource = observation(n, `Patient/${id}`).replace('"meta"', `"id":"${own}","meta"`);
    entries.push(put(`Observation/${own}`, resource));
  }
  const body = `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(',')}]}`;
  hasStatus(await ask('POST', '', body), 200);
}

async function makeVersions(ask: Ask): Promise<void> {
  hasStatus(await ask('PUT', 'Patient/bench-young', patient(2, 0, 'bench-young')), 201);
  hasStatus(await ask('PUT', 'Patient/bench-old', patient(3, 0, 'bench-old')), 201);
  for (let version = 1; version < versions; version += 1) {
    const headers = { 'if-match': `W/"${version}"` };
    hasStatus(await ask('PUT', 'Patient/bench-old', patient(3, version, 'bench-old'), headers), 200);
  }
}
