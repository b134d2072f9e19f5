/** `npm run record`: the answers of the servers to many requests, so that a change of the code can be shown to change none. */
import { fileURLToPath } from 'node:url';
import { progressOn } from '../../apps/dhp/src/progress.ts';
import { readArguments, refuse, wholeNumber } from '../../scripts/arguments.ts';
import { atRevision, commitOf } from './at-revision.ts';
import type { Comparison, Difference } from './compare.ts';
import type { Recorded } from './record.ts';

const command = 'npm run record';
const defaultSeed = 20_261_128;
const defaultRequests = 24_000;

const help = `Records the answers of the servers to requests of all kinds, and compares two recordings.

Usage: npm run record -- --out FILE [OPTIONS]
       npm run record -- --compare FILE FILE [--first N]

  --out FILE     starts servers on a fresh database, sends the requests, and writes each with its answer to FILE
                 (one JSON object a line, gzip)
  --at REV       of the servers of that commit, in a worktree that is made, installed and removed; the requests are
                 those of this tree. Default: the servers of this tree
  --sso          the SSO instead of the FHIR servers: always the same requests of programs, people at browsers in three
                 languages, operators and the administration
  --requests N   about how many; default ${defaultRequests.toLocaleString('en')}
  --seed N       the same seed makes the same requests; default ${defaultSeed}
  --compare A B  shows what differs between two recordings; ends with 1 where something does
  --first N      how many differences are shown in full; default 10
  --help         this text

Ids that the servers assign, times of now, cursors of pages, signatures and ports are normalised; everything else of
an answer counts: status, headers and body, and of 4,300 searches the SQL statements with their values.
`;

const root = fileURLToPath(new URL('../..', import.meta.url));

const { values, positionals } = readArguments({
  command,
  help,
  options: {
    out: { type: 'string' },
    at: { type: 'string' },
    requests: { type: 'string' },
    seed: { type: 'string' },
    sso: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
    first: { type: 'string' },
  },
  words: 'FILE',
});

async function main(): Promise<number> {
  const first = wholeNumber(command, 'first', values.first, 10, 0);
  const requests = wholeNumber(command, 'requests', values.requests, defaultRequests);
  const seed = wholeNumber(command, 'seed', values.seed, defaultSeed, 0);
  if (values.compare) {
    const [one, other, ...more] = positionals;
    if (one === undefined || other === undefined || more.length > 0) refuse(command, '--compare wants two files.');
    const { compare } = await import('./compare.ts');
    return report(await compare(one, other), first);
  }
  if (values.out === undefined || positionals.length > 0)
    refuse(command, `It wants --out FILE or --compare FILE FILE, not "${positionals.join(' ')}".`);
  const { out } = values;
  const options = { out, requests, seed, sso: values.sso };
  const made = await (values.at === undefined
    ? recordTree(root, options)
    : atNamed(values.at, (tree) => recordTree(tree, options)));
  summary(made, out);
  return 0;
}

async function atNamed(revision: string, work: (tree: string) => Promise<Recorded>): Promise<Recorded> {
  const step = progressOn(process.stderr).step(`a worktree of ${revision}`);
  return atRevision(root, revision, (tree) => {
    step.done();
    return work(tree);
  });
}

async function recordTree(
  tree: string,
  { sso, ...options }: { out: string; requests: number; seed: number; sso: boolean },
): Promise<Recorded> {
  const step = progressOn(process.stderr).step('requests');
  const commit = await commitOf(tree);
  const record = sso ? (await import('./sso/record.ts')).recordSso : (await import('./record.ts')).record;
  const recorded = await record({
    ...options,
    root: tree,
    commit,
    onProgress: (done, total) => step.update(done, total),
  });
  step.done();
  return recorded;
}

function summary({ kinds, statements, seconds }: Recorded, out: string): void {
  const total = [...kinds.values()].reduce((sum, count) => sum + count, 0);
  for (const [kind, count] of [...kinds].sort()) console.log(`${count.toLocaleString('en').padStart(7)}  ${kind}`);
  console.log(
    `${total.toLocaleString('en')} requests, ${statements.toLocaleString('en')} statements in ${seconds.toFixed(0)} s: ${out}`,
  );
}

function report({ heads, compared, differences }: Comparison, first: number): number {
  const [a, b] = heads;
  if (a.seed !== b.seed || a.requests !== b.requests) {
    throw new Error(
      `recordings of other requests: seed ${a.seed} and ${b.seed}, ${a.requests} and ${b.requests} requests`,
    );
  }
  for (const { report: text } of differences.slice(0, first)) console.log(`${text}\n`);
  count('by kind', differences, ({ kind }) => [kind]);
  count('by route', differences, ({ route }) => [route]);
  count('by part', differences, ({ parts }) => parts);
  console.log(
    `${a.commit} and ${b.commit}: ${compared.toLocaleString('en')} requests compared, ${differences.length.toLocaleString('en')} differ`,
  );
  return differences.length === 0 ? 0 : 1;
}

function count(
  title: string,
  differences: readonly Difference[],
  keysOf: (one: Difference) => readonly string[],
): void {
  const counts = new Map<string, number>();
  for (const key of differences.flatMap(keysOf)) counts.set(key, (counts.get(key) ?? 0) + 1);
  if (counts.size > 0) console.log(`${title}:`);
  for (const [key, times] of [...counts].sort(([, x], [, y]) => y - x))
    console.log(`${String(times).padStart(7)}  ${key}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`record: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
