/**
 * `npm run bench -- --compare REV`: the platform of another commit and that of this tree, both running, asked in turn in short rounds. Other
 * work on the machine makes both slower and neither cheaper, so that the least CPU of all rounds says most; the median stands beside it.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../apps/dhp/src/progress.ts';
import { fhirAt } from '../tests/fhir.ts';
import { markdownTable } from '../tests/markdown-table.ts';
import { atRevision } from '../tests/record/at-revision.ts';
import { openLoad, type Load, type Run } from './load/measure.ts';
import type { Job } from './load/workloads.ts';
import { measure, type Operation } from './points.ts';
import { median } from './results.ts';
import { barShapes, readPools } from './search-shapes.ts';
import { openSubject, type Subject } from './subject.ts';

export interface Compared {
  readonly name: string;
  readonly before: readonly Run[];
  readonly now: readonly Run[];
}

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly patients: number;
}

/** One kind of request: how a subject is asked by it for so many seconds. */
interface Kind {
  readonly name: string;
  readonly run: (subject: Subject, load: Load, seconds: number) => Promise<Run>;
}

const root = fileURLToPath(new URL('../', import.meta.url));
const connections = 16;
/** Milliseconds before each count. */
const warmUp = 300;
/** Of both before the first round, in seconds a kind: code that is not compiled yet says nothing. */
const firstWarmUp = 2;
const leastForBundles = 3;

const kinds: readonly Kind[] = [
  point('read'),
  search('Patient by identifier'),
  search('patient + code, newest 20'),
  point('create'),
  point('update'),
  bundle('transaction of 2', { kind: 'transaction', resources: 2, connections }),
  bundle('batch of 10', { kind: 'batch', resources: 10, connections }),
  bundle('bundle of 1,000', { kind: 'transaction', resources: 1_000, connections: 1 }),
];

/**
 * Measures both, kind by kind.
 * @param revision a commit, which is installed in a worktree for as long; or the folder of a source tree that is installed
 */
export async function compareWith(revision: string, options: Options, progress: Progress): Promise<Compared[]> {
  const isTree = await stat(join(revision, 'package.json')).then(
    () => true,
    () => false,
  );
  if (isTree) return compareTrees(revision, options, progress);
  const step = progress.step(`a worktree of ${revision}`);
  return atRevision(root, revision, (tree) => {
    step.done();
    return compareTrees(tree, options, progress);
  });
}

async function compareTrees(tree: string, options: Options, progress: Progress): Promise<Compared[]> {
  const load = openLoad();
  const subjects: Subject[] = [];
  try {
    subjects.push(
      await openSubject(options.patients, progress, { tree }),
      await openSubject(options.patients, progress),
    );
    const [before, now] = subjects as [Subject, Subject];
    return await inTurn({ before, now }, load, options, progress);
  } finally {
    load.close();
    for (const subject of subjects) await subject.close();
  }
}

async function inTurn(
  subjects: { readonly before: Subject; readonly now: Subject },
  load: Load,
  { rounds, seconds }: Options,
  progress: Progress,
): Promise<Compared[]> {
  const step = progress.step('measuring in turn');
  const compared: Compared[] = [];
  for (const [index, { name, run }] of kinds.entries()) {
    const runs = { before: [] as Run[], now: [] as Run[] };
    for (const side of ['before', 'now'] as const) await run(subjects[side], load, firstWarmUp);
    for (let round = 0; round < rounds; round += 1) {
      step.update(index * rounds + round, kinds.length * rounds, `· ${name}, round ${round + 1}`);
      const order = round % 2 === 0 ? (['before', 'now'] as const) : (['now', 'before'] as const);
      for (const side of order) runs[side].push(await run(subjects[side], load, seconds));
    }
    compared.push({ name, ...runs });
  }
  step.done(`${kinds.length} kinds of requests`);
  return compared;
}

function point(operation: Operation): Kind {
  return {
    name: operation,
    run: (subject, load, seconds) => measure(subject, load, { operation, connections }, seconds),
  };
}

function search(name: string): Kind {
  return {
    name,
    async run(subject, load, seconds) {
      const { url, at } = addressOf(subject);
      const pools = await readPools(fhirAt(url.href, subject.token));
      const paths = barShapes(pools)
        .find((shape) => shape.name === name)!
        .paths.map((path) => `${url.pathname}/${path}`);
      const job: Job = { ...at, connections, warmUp, duration: seconds * 1000, kind: 'get', paths };
      return (await load.run(job, subject.watched)).run;
    },
  };
}

let serial = 700_000_000_000;

function bundle(
  name: string,
  about: Pick<Job & { kind: 'batch' }, 'resources' | 'connections'> & { kind: 'transaction' | 'batch' },
): Kind {
  return {
    name,
    async run(subject, load, seconds) {
      const { url, at } = addressOf(subject);
      const duration = 1000 * (about.resources < 1_000 ? seconds : Math.max(seconds, leastForBundles));
      // No bundle carries an identifier of another.
      const job: Job = { ...at, ...about, warmUp, duration, path: url.pathname, serial: (serial += 1_000_000_000) };
      return (await load.run(job, subject.watched)).run;
    },
  };
}

function addressOf({ platform, token }: Subject): {
  url: URL;
  at: { host: string; port: number; token: string };
} {
  const url = new URL(platform.urls.playground);
  return { url, at: { host: '127.0.0.1', port: Number(url.port), token } };
}

/** A table: microseconds of CPU a request, of the server and of PostgreSQL, before → now; of each the least, and the median ratio. */
export function comparison(compared: readonly Compared[]): string {
  const head = ['Request', 'server µs', 'ratio', 'median', 'PostgreSQL µs', 'ratio', 'median', 'Errors'];
  const rows = compared.map(({ name, before, now }) => [
    name,
    ...columns(before, now, (run) => run.serverMicroseconds),
    ...columns(before, now, (run) => run.postgresMicroseconds),
    String([...before, ...now].reduce((sum, { errors }) => sum + errors, 0)),
  ]);
  return markdownTable(head, rows, [1, 2, 3, 4, 5, 6, 7]);
}

function columns(before: readonly Run[], now: readonly Run[], of: (run: Run) => number | undefined): string[] {
  const [old, own] = [before, now].map((runs) => runs.map(of).filter((value) => value !== undefined));
  if (old!.length < before.length || own!.length < now.length) return ['–', '–', '–'];
  const least = [Math.min(...old!), Math.min(...own!)] as const;
  const rounds = own!.map((value, round) => value / old![round]!);
  return [
    least.map((value) => value.toFixed(0)).join(' → '),
    (least[1] / least[0]).toFixed(3),
    median(rounds)!.toFixed(3),
  ];
}
