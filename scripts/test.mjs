// `npm test`: every test against real PostgreSQL, real HTTP and a real browser. `npm test -- --help` lists its options. One PostgreSQL
// serves the whole run; each file gets fresh databases. Files that start the same servers share processes.
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { spec as Spec } from 'node:test/reporters';
import { testServer } from '@dhp/postgres/testing';
import { connect } from '@dhp/postgres';
import { readArguments, refuse, wholeNumber } from './arguments.ts';
import { cpuSecondsOf, nameOf, parentOf } from './test/cpu.mjs';
import { makeRunFolder } from './test/run-folder.mjs';
import { findFiles, isQuiet } from './test/find-files.mjs';
import { idleShare } from './test/idle.mjs';
import { keepBusy, startNeighbours } from './test/neighbours.mjs';
import { inProcesses, shuffled } from './test/plan.mjs';
import { Results } from './test/results.mjs';
import { runFile } from './test/run-file.mjs';
import { runTogether } from './test/run-together.mjs';
import { keepTimes } from './test/times.mjs';

// One and a half files per core: files sometimes wait for a browser, or for a process that starts or ends. With two per core no core is
// ever idle, and each test takes longer and more CPU.
const usualConcurrency = Math.max(3, Math.ceil(availableParallelism() * 1.5));
const mostGuests = 3;
const usualLimit = 600;

const help = `npm test                     all tests
npm test -- PLACE …          those of folders, files or glob patterns, as in: npm test -- apps/fhir/test tests/start.test.ts

  --slowest N                 lists at the end the N files that used the most CPU time, with their seconds, and the seconds of each
                              workspace; without it a run of 20 files or more lists the 20 that took longest; 0 for none
  --times FILE                writes a table of all files with their seconds, and the seconds of CPU time of their processes, of PostgreSQL and of
                              Chromium; they run one at a time for it
  --shuffle SEED              in another order, the same for the same number: files that share a process come after others
  --neighbours                beside others in the same PostgreSQL who always have transactions, locks and connections open, and make databases
  --busy N                    beside N processes that compute all the time
  --full                      with all cases of the tests that try a sample of them otherwise: all published examples, all faulty variants
  --late                      with writes to PostgreSQL that go out late now and then, so that races end otherwise than usual
  --overtaken                 where PostgreSQL ends now and then what a server writes as a deadlock, as it does when two meet: whoever is answered otherwise
                              than usual has found a write that is not tried again
  --packed                    with versions of the past that are stored packed, each as soon as it is replaced
  --odd-values                with random values that are rare: ids that begin with hyphens or sort before earlier ones, secrets with letters of a token

The output of a file is shown when the file has ended. The exit code is 0 when all tests have passed, and at least one has; 2 when a PLACE has none.

Environment:
  DHP_TEST_CONCURRENCY    how many files run at a time; without it ${usualConcurrency} on this machine, one beside them that mostly waits, and up to ${mostGuests} more while cores are idle
  DHP_TEST_FILE_SECONDS   a file that takes longer is ended, and has failed; ${usualLimit}
  DHP_TEST_TURN           which of the cases that are tried in turn this run takes: the number that a run says at its end takes the same again
  DHP_TEST_DATABASE_URL   a PostgreSQL server, as a user who may create databases and roles; without it one is started
  DHP_TEST_PARTITIONS     the store's tables of every test database are divided by shard into so many, 2 to 64; without it they are whole
  DHP_TEST_CITUS          the folder of the programs of a PostgreSQL with the extension Citus, for tests/distributed; without it they are skipped`;

const command = 'npm test';
const { positionals: words, values } = readArguments({
  command,
  help,
  words: 'PLACE',
  options: {
    slowest: { type: 'string' },
    times: { type: 'string' },
    shuffle: { type: 'string' },
    neighbours: { type: 'boolean' },
    busy: { type: 'string' },
    late: { type: 'boolean' },
    overtaken: { type: 'boolean' },
    packed: { type: 'boolean' },
    'odd-values': { type: 'boolean' },
    full: { type: 'boolean' },
  },
});
const slowest = wholeNumber(command, 'slowest', values.slowest, undefined, 0);
const seed = wholeNumber(command, 'shuffle', values.shuffle, undefined, 0);
const busy = wholeNumber(command, 'busy', values.busy, 0);

const concurrency = positive('DHP_TEST_CONCURRENCY', usualConcurrency);
const limit = positive('DHP_TEST_FILE_SECONDS', usualLimit);
const { files, unknown } = await findFiles(words);
for (const word of unknown) console.error(`no test file, and no folder with test files: ${word}`);
if (unknown.length > 0) process.exit(2);

const started = performance.now();
const idleSinceStart = idleShare();
const hasOwnServer = process.env.DHP_TEST_DATABASE_URL === undefined;
const folder = makeRunFolder();
process.env.DHP_TEST_DATABASE_URL ??= await testServer(dirname(folder));
process.env.DHP_TEST_FOLDER = folder;
process.env.DHP_TEST_HOMES = await mkdtemp(join(folder, 'homes-'));
if (values.full) process.env.DHP_TEST_FULL = 'yes';
process.env.DHP_TEST_TURN ??= String(randomInt(1_000_000));
// In every process, including those of servers.
if (values.late) {
  const module = new URL('test/late-writes.mjs', import.meta.url).href;
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=${module}`.trim();
}
if (values.overtaken) process.env.DHP_TEST_OVERTAKEN = 'yes';
if (values.packed) process.env.DHP_TEST_PACKED = 'yes';
if (values['odd-values']) process.env.DHP_TEST_ODD_VALUES = 'yes';
const endNeighbours = values.neighbours ? await startNeighbours(process.env.DHP_TEST_DATABASE_URL) : undefined;
const endBusy = keepBusy(busy);
const results = new Results(slowest);
const times =
  values.times === undefined ? undefined : keepTimes(values.times, await postmaster().catch(() => undefined));
const printed = new Spec();
printed.pipe(process.stdout);
const running = new Map();
let lastEnd = performance.now();
const silence = setInterval(tellWhatRuns, 1000);

const waiting = [...inProcesses(seed === undefined ? files : shuffled(files, seed)).entries()];
const guests = new Set();
const share = idleShare();
// With a fixed number of concurrent files, no further files run beside them.
const isFree = process.env.DHP_TEST_CONCURRENCY === undefined && times === undefined;
const looks = isFree ? setInterval(() => useIdleCores(share()), 1000) : undefined;
const lanes = Array.from({ length: times === undefined ? Math.min(concurrency, files.length) : 1 }, () =>
  work(isFree ? next : first),
);
await Promise.all(isFree ? [work(nextQuiet), ...lanes] : lanes);
clearInterval(looks);
await Promise.all(guests);

clearInterval(silence);
times?.end();
endBusy();
// Without them the run would not be the one requested.
await endNeighbours?.();
await rm(folder, { recursive: true, force: true });
printed.end();
await new Promise((resolve) => printed.once('end', resolve));
const which = `turn: ${process.env.DHP_TEST_TURN}, by which DHP_TEST_TURN tries the same cases again`;
for (const line of [...(await timeUsed()), which, ...results.lines()]) console.log(line);
process.exit(results.isGood ? 0 : 1);

/** @param {() => [number, string[]] | undefined} take takes one of those that wait; undefined when there is none */
async function work(take) {
  for (let one = take(); one !== undefined; one = take()) await runOne(one);
}

function first(suits = () => true) {
  const at = waiting.findIndex(([, [file]]) => suits(file));
  return at < 0 ? undefined : waiting.splice(at, 1)[0];
}

function nextQuiet() {
  return first(isQuiet);
}

function next() {
  return first((file) => !isQuiet(file)) ?? first();
}

async function runOne([number, files]) {
  const onBegin = (file) => running.set(number, { file, since: performance.now() });
  const options = { limit, folder, number };
  onBegin(files[0]);
  if (files.length > 1) await runTogether(files, { ...options, onBegin, onEnd });
  else onEnd(await runFile(files[0], options));
  running.delete(number);
}

function onEnd(ended) {
  lastEnd = performance.now();
  results.add(ended, limit);
  times?.add(ended);
  for (const event of ended.events) if (!isOfWholeRun(event)) printed.write(event);
}

/** Some files wait most of their time. While more than an eighth of the machine is idle, another file runs beside them. */
function useIdleCores(idle) {
  if (idle < 0.125 || guests.size >= mostGuests || waiting.length === 0) return;
  const guest = runOne(next()).finally(() => guests.delete(guest));
  guests.add(guest);
}

/** The counts that Node reports per file. */
function isOfWholeRun({ type, data }) {
  return type === 'test:summary' || (type === 'test:diagnostic' && data.nesting === 0 && data.file === undefined);
}

/** Shows which files take so long. */
function tellWhatRuns() {
  const now = performance.now();
  if (now - lastEnd < Math.min(60, limit / 2) * 1000) return;
  lastEnd = now;
  const named = [...running.values()].map(({ file, since }) => `${file} (${((now - since) / 1000).toFixed(0)} s)`);
  console.log(`still running: ${named.join(', ')}`);
}

async function timeUsed() {
  const ofTests = cpuSecondsOf(process.pid);
  if (ofTests === undefined) return [];
  // PostgreSQL may have ended: the CPU time is then unknown, and the results are still reported.
  const ofServer = await cpuOfServer().catch(() => undefined);
  const wall = ((performance.now() - started) / 1000).toFixed(0);
  const cores = `${availableParallelism()} cores, ${(idleSinceStart() * 100).toFixed(0)} % idle`;
  const server = ofServer === undefined ? '' : `, ${ofServer.toFixed(0)} s by PostgreSQL`;
  return [`time: ${wall} s on ${cores}; CPU: ${ofTests.toFixed(0)} s by the tests${server}`];
}

/** CPU time of the process that is the parent of all backends. */
async function cpuOfServer() {
  return hasOwnServer ? cpuSecondsOf(await postmaster()) : undefined;
}

/** @returns {Promise<number | undefined>} the process id of PostgreSQL; undefined if it is not on this machine */
async function postmaster() {
  const sql = connect(process.env.DHP_TEST_DATABASE_URL, { max: 1 });
  const [{ pid }] = await sql`select pg_backend_pid() as pid`;
  // The parent of its backend is read while the backend exists.
  const found = nameOf(pid) === 'postgres' ? parentOf(pid) : undefined;
  await sql.end();
  return found;
}

function positive(name, usual) {
  const given = process.env[name];
  if (given === undefined) return usual;
  if (!(Number(given) > 0)) refuse(command, `${name} must be a number above 0, not "${given}".`);
  return Number(given);
}
