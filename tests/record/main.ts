/** `npm run record`: the answers of the servers to many requests, so that a change of the code can be shown to change none. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { progressOn } from '../../apps/dhp/src/progress.ts';
import { atRevision, commitOf } from './at-revision.ts';
import { compare, type Comparison, type Difference } from './compare.ts';
import { record, type Recorded } from './record.ts';
import { recordSso } from './sso/record.ts';

const defaultSeed = 20_261_128;
const defaultRequests = 21_500;

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
an answer counts: status, headers and body, and of 2,000 searches the SQL statements with their values.
`;

const root = fileURLToPath(new URL('../..', import.meta.url));

async function main(words: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      at: { type: 'string' },
      requests: { type: 'string' },
      seed: { type: 'string' },
      sso: { type: 'boolean', default: false },
      compare: { type: 'boolean', default: false },
      first: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (values.compare) {
    const [first, second, ...more] = positionals;
    if (first === undefined || second === undefined || more.length > 0) throw new Error('--compare wants two files.');
    return report(await compare(first, second), wholeNumber('first', values.first, 10));
  }
  if (values.out === undefined || positionals.length > 0)
    throw new Error('wants --out FILE or --compare FILE FILE; --help says more.');
  const { out } = values;
  const requests = wholeNumber('requests', values.requests, defaultRequests);
  const seed = wholeNumber('seed', values.seed, defaultSeed);
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
  const recorded = await (sso ? recordSso : record)({
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

function wholeNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} ${text}: wants a whole number.`);
  return Number(text);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`record: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
