/**
 * `npm run bench -- --workers 1,2,3`: platforms with these numbers of processes per server (`DHP_WORKERS`), all running, receive the same
 * requests to the FHIR server and the SSO in turn. Other load on the machine affects all of them alike, so ratios within one round are the
 * most reliable.
 */
import type { Progress } from '../apps/dhp/src/progress.ts';
import { getToken } from '../tests/platform.ts';
import { markdownTable } from '../tests/markdown-table.ts';
import { memoryOf } from './cpu.ts';
import { openLoad, type Load, type Run } from './load/measure.ts';
import type { Job } from './load/workloads.ts';
import { median } from './results.ts';
import { openSubject, type Subject } from './subject.ts';

/** One kind of request: the runs of each number of workers, round by round. */
export interface OfWorkers {
  readonly name: string;
  readonly runs: ReadonlyMap<number, readonly Run[]>;
}

export interface WorkersMeasured {
  readonly kinds: readonly OfWorkers[];
  /** Bytes beside PostgreSQL, behind the last round. */
  readonly memory: ReadonlyMap<number, number | undefined>;
}

interface Kind {
  readonly name: string;
  readonly requests: number;
  readonly job: (subject: Subject, common: Common) => Job | Promise<Job>;
}

interface Common {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly requests: number;
  readonly warmUp: number;
  readonly duration: number;
}

/** Enough connections to keep three processes busy. */
const connections = 32;
/** Rounds before the counted ones: code that is not compiled yet distorts the result. */
const warmUps = 5;
const clients = 20;

let serial = 800_000_000_000;

const kinds: readonly Kind[] = [
  {
    ...{ name: 'FHIR: read', requests: 1_600 },
    job: (subject, common) => ({
      ...fhir(subject, common),
      kind: 'get',
      paths: pathsOf(subject, (id) => `Patient/${id}`),
    }),
  },
  {
    ...{ name: 'FHIR: search by id', requests: 800 },
    job: (subject, common) => ({
      ...fhir(subject, common),
      kind: 'get',
      paths: pathsOf(subject, (id) => `Patient?_id=${id}`),
    }),
  },
  {
    ...{ name: 'FHIR: create', requests: 320 },
    job: (subject, common) => ({
      ...fhir(subject, common),
      ...{ kind: 'create', path: `${basePath(subject)}/Patient`, serial: (serial += 1_000_000) },
    }),
  },
  {
    ...{ name: 'FHIR: update', requests: 320 },
    job: (subject, common) => ({
      ...fhir(subject, common),
      ...{ kind: 'update', path: `${basePath(subject)}/Patient`, targets: subject.targets },
    }),
  },
  {
    ...{ name: 'SSO: client_credentials', requests: 480 },
    job: async (subject, common) => ({
      ...{ ...common, port: Number(new URL(subject.platform.urls.sso).port) },
      ...{ kind: 'token', path: '/oauth/token', forms: await formsOf(subject) },
    }),
  },
  {
    ...{ name: 'SSO: keys of tokens', requests: 1_600 },
    job: (subject, common) => ({
      ...{ ...common, port: Number(new URL(subject.platform.urls.sso).port) },
      ...{ kind: 'get', paths: ['/oauth/jwks'] },
    }),
  },
];

const basePath = ({ platform }: Subject): string => new URL(platform.urls.playground).pathname;
const pathsOf = (subject: Subject, of: (id: string) => string): string[] =>
  subject.ids.map((id) => `${basePath(subject)}/${of(id)}`);
const fhir = ({ platform, token }: Subject, common: Common) => ({
  ...{ ...common, port: Number(new URL(platform.urls.playground).port), token },
});

const forms = new Map<Subject, Promise<readonly string[]>>();

/** Token requests of clients that are registered once. */
function formsOf(subject: Subject): Promise<readonly string[]> {
  let known = forms.get(subject);
  if (known === undefined) forms.set(subject, (known = register(subject)));
  return known;
}

async function register({ home, platform }: Subject): Promise<readonly string[]> {
  const made: string[] = [];
  for (let n = 0; n < clients; n += 1) {
    const client = await home.createClient();
    await getToken(platform.urls.sso, client); // This verifies that it is valid.
    made.push(new URLSearchParams({ grant_type: 'client_credentials', ...client }).toString());
  }
  return made;
}

/** Measures all numbers of workers, kind by kind. */
export async function measureWorkers(
  counts: readonly number[],
  { rounds, patients }: { readonly rounds: number; readonly patients: number },
  progress: Progress,
): Promise<WorkersMeasured> {
  const load = openLoad();
  const subjects = new Map<number, Subject>();
  try {
    for (const count of counts) {
      subjects.set(count, await openSubject(patients, progress, { settings: { DHP_WORKERS: String(count) } }));
    }
    const measured = await inTurn(subjects, load, rounds, progress);
    const memory = new Map<number, number | undefined>();
    for (const [count, { platform }] of subjects) memory.set(count, await memoryOf(platform.pid));
    return { kinds: measured, memory };
  } finally {
    load.close();
    for (const subject of subjects.values()) await subject.close();
  }
}

async function inTurn(
  subjects: ReadonlyMap<number, Subject>,
  load: Load,
  rounds: number,
  progress: Progress,
): Promise<OfWorkers[]> {
  const step = progress.step('measuring in turn');
  const measured: OfWorkers[] = [];
  for (const [index, each] of kinds.entries()) {
    const runs = new Map<number, Run[]>([...subjects.keys()].map((count) => [count, []]));
    for (const subject of subjects.values()) await subject.settle();
    for (let round = -warmUps; round < rounds; round += 1) {
      step.update(index * rounds + Math.max(0, round), kinds.length * rounds, `· ${each.name}`);
      const order = [...subjects];
      // Each of them is first in some rounds.
      for (const [count, subject] of [
        ...order.slice(Math.abs(round) % order.length),
        ...order.slice(0, Math.abs(round) % order.length),
      ]) {
        const run = await runOnce(subject, load, each);
        if (round >= 0 || run.errors > 0) runs.get(count)!.push(run);
      }
    }
    measured.push({ name: each.name, runs });
  }
  step.done(`${kinds.length} kinds of requests`);
  return measured;
}

async function runOnce(subject: Subject, load: Load, { requests, job }: Kind): Promise<Run> {
  const common = { host: '127.0.0.1', port: 0, connections, requests, warmUp: 0, duration: 0 };
  const { run, targets } = await load.count({ ...(await job(subject, common)), requests }, subject.watched);
  if (targets !== undefined) subject.targets = targets;
  return run;
}

/** A table: requests a CPU-second, requests a second and p99, medians of all rounds; and the ratios to the first number in the same rounds. */
export function workersTable({ kinds: measured, memory }: WorkersMeasured): string {
  const head = ['Request', 'Workers', '/CPU-s', 'ratio', '/s', 'ratio', 'p99 ms', 'ratio', 'Errors'];
  const rows = measured.flatMap(({ name, runs }) => {
    const first = [...runs.values()][0]!;
    return [...runs].map(([count, own]) => [
      ...[name, String(count)],
      ...pair(first, own, (run) => run.perCpuSecond, 0),
      ...pair(first, own, (run) => run.perSecond, 0),
      ...pair(first, own, (run) => run.p99, 1),
      String(own.reduce((sum, { errors }) => sum + errors, 0)),
    ]);
  });
  const held = [...memory].map(
    ([count, bytes]) => `${count}: ${bytes === undefined ? '–' : `${Math.round(bytes / 2 ** 20)} MiB`}`,
  );
  return `${markdownTable(head, rows, [1, 2, 3, 4, 5, 6, 7, 8])}\n\nMemory beside PostgreSQL, by workers: ${held.join(', ')}.`;
}

function pair(
  first: readonly Run[],
  own: readonly Run[],
  of: (run: Run) => number | undefined,
  digits: number,
): [string, string] {
  const values = own.map(of).filter((value) => value !== undefined);
  const before = first.map(of).filter((value) => value !== undefined);
  if (values.length < own.length || before.length < own.length) return ['–', '–'];
  const ratios = values.map((value, round) => value / before[round]!);
  return [median(values)!.toFixed(digits), median(ratios)!.toFixed(2)];
}
