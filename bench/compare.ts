/**
 * `npm run bench -- --compare REV`: runs the platform of another commit and that of this tree, and sends the same few requests to them
 * alternately. Other load on the machine never makes a request cheaper, so the cheapest rounds are the most reliable.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../apps/dhp/src/progress.ts';
import { fhirAt } from '../tests/fhir.ts';
import { markdownTable } from '../tests/markdown-table.ts';
import { servers } from '../tests/processes.ts';
import { atRevision } from '../tests/record/at-revision.ts';
import { openLoad, type Load, type Run } from './load/measure.ts';
import type { Job } from './load/workloads.ts';
import { median } from './results.ts';
import { barShapes, broadShapes, mixedPaths, readPools } from './search-shapes.ts';
import { mixName } from './searches.ts';
import { makeClients } from './sso.ts';
import { openSubject, type Subject } from './subject.ts';

export interface Compared {
  readonly name: string;
  readonly before: readonly Run[];
  readonly now: readonly Run[];
}

interface Options {
  readonly rounds: number;
  readonly patients: number;
  /** Words to select kinds by their names (default: all kinds). */
  readonly kinds?: readonly string[] | undefined;
}

/** A kind of request, and the number of requests per round. */
interface Kind {
  readonly name: string;
  readonly requests: number;
  readonly connections: number;
  readonly server?: 'playground' | 'sso';
  readonly job: (subject: Subject, common: Common) => Job | Promise<Job>;
}

interface Common {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly requests: number;
  readonly warmUp: number;
  readonly duration: number;
  readonly token: string;
  /** Of the base URL. */
  readonly path: string;
}

const root = fileURLToPath(new URL('../', import.meta.url));
const usual = 16;
/** Rounds before the counted ones: code that is not compiled yet distorts the result. */
const warmUps = 15;
/** The share of cheapest rounds; the most expensive of these is reported. */
const cheap = 0.1;

const kinds: readonly Kind[] = [
  kind('read', 400, ({ ids }, common) => ({
    ...common,
    kind: 'get',
    paths: ids.map((id) => `${common.path}/Patient/${id}`),
  })),
  search('Patient by identifier', 120),
  search('patient + code, newest 20', 80),
  search('code + quantity > x', 32),
  search('_has by code of Observations', 8),
  search('_has by code of Conditions', 8),
  search('quantity range, wide', 24),
  search('quantity range, narrow', 24),
  search('quantity of a unit, high', 24),
  search('quantity that is another', 24),
  search('total of a type', 16),
  search('total of those without a code', 16),
  search('total of those without a value', 8),
  search('a word that many have', 4),
  search('sorted by date and code', 4),
  search('sorted by name and birth', 8),
  search('chained name', 16),
  search(mixName, 150),
  kind('create', 96, (_, common) => ({ ...common, kind: 'create', path: `${common.path}/Patient`, serial: next() })),
  kind('update', 96, ({ targets }, common) => ({
    ...common,
    kind: 'update',
    path: `${common.path}/Patient`,
    targets,
  })),
  kind('transaction of 2', 64, (_, common) => ({ ...common, kind: 'transaction', resources: 2, serial: next() })),
  kind('batch of 10', 16, (_, common) => ({ ...common, kind: 'batch', resources: 10, serial: next() })),
  {
    ...kind('bundle of 1,000', 1, (_, common) => ({
      ...common,
      kind: 'transaction',
      resources: 1_000,
      serial: next(),
    })),
    connections: 1,
  },
  kind('$validate', 96, (_, common) => ({
    ...{ ...common, kind: 'validate', path: `${common.path}/Patient/$validate`, serial: next() },
  })),
  tokens('token of a client, 16 connections', 16),
  tokens('token of a client, 64 connections', 64),
];

/**
 * Measures both, kind by kind.
 * @param revision a commit, which is installed in a temporary worktree; or the folder of an installed source tree
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

async function compareTrees(
  tree: string,
  { rounds, patients, kinds: words }: Options,
  progress: Progress,
): Promise<Compared[]> {
  const load = openLoad();
  const subjects: Subject[] = [];
  try {
    const before = await openSubject(patients, progress, { tree });
    subjects.push(before);
    const now = await openSubject(patients, progress);
    subjects.push(now);
    const chosen = kinds.filter(({ name }) => words?.some((word) => name.includes(word)) !== false);
    return await inTurn({ before, now }, { load, rounds, chosen }, progress);
  } finally {
    load.close();
    for (const subject of subjects) await subject.close();
  }
}

async function inTurn(
  subjects: { readonly before: Subject; readonly now: Subject },
  { load, rounds, chosen }: { readonly load: Load; readonly rounds: number; readonly chosen: readonly Kind[] },
  progress: Progress,
): Promise<Compared[]> {
  const step = progress.step('measuring in turn');
  const compared: Compared[] = [];
  for (const [index, each] of chosen.entries()) {
    const runs = { before: [] as Run[], now: [] as Run[] };
    for (const subject of [subjects.before, subjects.now]) await subject.settle();
    for (let round = -warmUps; round < rounds; round += 1) {
      step.update(index * rounds + Math.max(0, round), chosen.length * rounds, `· ${each.name}`);
      const order = round % 2 === 0 ? (['before', 'now'] as const) : (['now', 'before'] as const);
      for (const side of order) {
        const run = await runOnce(subjects[side], load, each);
        if (round >= 0 || run.errors > 0) runs[side].push(run);
      }
    }
    compared.push({ name: each.name, ...runs });
  }
  step.done(`${chosen.length} kinds of requests`);
  return compared;
}

async function runOnce(
  subject: Subject,
  load: Load,
  { requests, connections, job, server: name = 'playground' }: Kind,
): Promise<Run> {
  const { platform, token } = subject;
  // The other servers do other work meanwhile, which belongs to no request.
  const [server] = (await servers(platform.pid)).get(name) ?? [];
  const watched = { ...subject.watched, server };
  const { port, pathname: path } = new URL(platform.urls[name]);
  const common = { host: '127.0.0.1', port: Number(port), connections, requests, warmUp: 0, duration: 0, token, path };
  const { run, targets } = await load.count({ ...(await job(subject, common)), requests }, watched);
  if (targets !== undefined) subject.targets = targets;
  return run;
}

function kind(name: string, requests: number, job: Kind['job']): Kind {
  return { name, requests, connections: usual, job };
}

function search(name: string, requests: number): Kind {
  const known = new Map<Subject, readonly string[]>();
  return kind(name, requests, async (subject, common) => {
    let paths = known.get(subject);
    if (paths === undefined) {
      const pools = await readPools(fhirAt(subject.platform.urls.playground, subject.token));
      const shapes = [...barShapes(pools), ...broadShapes(pools), { name: mixName, paths: mixedPaths(pools) }];
      known.set(subject, (paths = shapes.find((shape) => shape.name === name)!.paths));
    }
    return { ...common, kind: 'get', paths: paths.map((each) => `${common.path}/${each}`) };
  });
}

/** Token requests with the secrets of many clients. */
function tokens(name: string, connections: number): Kind {
  const known = new Map<Subject, readonly string[]>();
  const job: Kind['job'] = async (subject, common) => {
    let forms = known.get(subject);
    if (forms === undefined) known.set(subject, (forms = await makeClients(subject, 100)));
    return { ...common, kind: 'token', path: '/oauth/token', forms };
  };
  return { name, requests: 320, connections, server: 'sso', job };
}

let serial = 700_000_000_000;

/** The first serial of a round, so that no identifier is used twice. */
function next(): number {
  return (serial += 1_000_000);
}

/**
 * A table: microseconds of CPU a request, of the server and of PostgreSQL, before → now, of the cheap rounds; and the median of the ratios of
 * all rounds.
 */
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
  const least = [cheapOf(old!), cheapOf(own!)] as const;
  const ratios = own!.map((value, round) => value / old![round]!);
  return [
    least.map((value) => value.toFixed(0)).join(' → '),
    (least[1] / least[0]).toFixed(3),
    median(ratios)!.toFixed(3),
  ];
}

function cheapOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * cheap)]!;
}
