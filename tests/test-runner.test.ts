/** `npm test` itself, on files made for it: which files it runs, its output, and its exit code. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { gone, launch, type EnvironmentVariables } from './processes.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const place = await mkdtemp(join(tmpdir(), 'dhp-runner-'));
after(() => rm(place, { recursive: true }));

const passing = (name: string): string => `import { test } from 'node:test';\ntest('${name}', () => {});\n`;
const child = join(place, 'child');
const keptChildren = join(place, 'kept');
const files: Record<string, string> = {
  'good/one.test.ts': passing('the first'),
  'good/below/two.test.ts': passing('the second'),
  'good/no-test.ts': `throw new Error('it is not a test');\n`,
  'empty/readme.txt': 'nothing\n',
  'bad/fails.test.ts': `import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
describe('a suite', () => it('fails', () => assert.equal(1, 2, 'one is not two')));
test('passes');
test('is skipped', { skip: 'for a reason' }, () => {});
`,
  'throws/throws.test.ts': `throw new Error('before the first test');\n`,
  'hangs/hangs.test.ts': `import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
test('waits for ever', async () => {
  const one = spawn('sleep', ['600']);
  writeFileSync(${JSON.stringify(child)}, String(one.pid));
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});
`,
  'hangs/quick.test.ts': passing('the quick one'),
  'late/late.test.ts': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from ${JSON.stringify(join(root, 'packages/postgres/src/index.ts'))};
test('is late', async () => {
  const [first, second] = [1, 2].map(() => connect(process.env.DHP_TEST_DATABASE_URL, { max: 1 }));
  await Promise.all([first, second].map((sql) => sql\`select 1\`));
  let overtaken = 0;
  const inOrder = [];
  for (let n = 0; n < 60; n += 1) {
    const ended = [];
    const ask = async (sql, name) => void ended.push((await sql\`select \${name}::text as name\`)[0].name);
    const asked = [ask(first, 'a'), ask(first, 'b')];
    await new Promise((resolve) => setTimeout(resolve, 10));
    await Promise.all([...asked, ask(second, 'c')]);
    inOrder.push(ended.indexOf('a') < ended.indexOf('b'));
    if (ended[0] === 'c') overtaken += 1;
  }
  await Promise.all([first.end(), second.end()]);
  assert.ok(!inOrder.includes(false));
  assert.ok(overtaken > 1, String(overtaken));
});
`,
  'shared/test/a.test.ts': `import { test } from 'node:test';
Reflect.set(globalThis, 'seen', (Reflect.get(globalThis, 'seen') ?? 0) + 1);
test('a of ' + process.pid, () => {});
`,
  'shared/test/below/b.test.ts': `import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
let isReady = false;
before(() => (isReady = true));
after(() => console.log('b is closed'));
describe('b of ' + process.pid, () => {
  it('finds what its hook has made', () => assert.ok(isReady));
  it('fails', () => assert.equal(1, 2, 'in b'));
  it('is skipped', { skip: 'in b' }, () => {});
});
`,
  'shared/test/c.test.ts': `throw new Error('before the first test of c');\n`,
  'shared/test/d.test.ts': passing('the last of four'),
  'leaves/test/a.test.ts': `import { createServer } from 'node:net';
import { test } from 'node:test';
test('opens a server', (t, done) => void createServer().listen(0, '127.0.0.1', done));
`,
  'leaves/test/b.test.ts': `import { test } from 'node:test';\ntest('names a setting', () => void (process.env.DHP_OF_B = '1'));\n`,
  'leaves/test/c.test.ts': `import { test } from 'node:test';
test('throws late', () => void setTimeout(() => { throw new Error('late') }, 50));
`,
  'leaves/test/d.test.ts': passing('the one that leaves nothing'),
  'keeps/test/child.ts': `import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { keep } from ${JSON.stringify(new URL('kept.ts', import.meta.url).href)};
async function open() {
  const one = spawn('sleep', ['600']);
  appendFileSync(${JSON.stringify(keptChildren)}, String(one.pid) + '\\n');
  return { close: async () => void (one.kill(), await once(one, 'exit')) };
}
export const child = () => keep('child', open);
`,
  ...Object.fromEntries(
    ['a', 'b'].map((name) => [
      `keeps/test/${name}.test.ts`,
      `import { after, test } from 'node:test';
import { letGo } from ${JSON.stringify(new URL('kept.ts', import.meta.url).href)};
import { child } from './child.ts';
after(letGo);
test('${name} uses the child', () => child());
`,
    ]),
  ),
  'keeps/test/c.test.ts': `import { createServer } from 'node:net';
import { test } from 'node:test';
test('opens a server beside the child', (t, done) => void createServer().listen(0, '127.0.0.1', done));
`,
  'waits/test/a.test.ts': `import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
test('waits with nothing open', () => delay(50, undefined, { ref: false }));
`,
  'waits/test/b.test.ts': passing('the one after it'),
  'waits/test/c.test.ts': `export {};\n`,
  'waits/test/promise.ts': `let made: Promise<number> | undefined;
export const cached = (): Promise<number> => (made ??= new Promise((resolve) => setTimeout(resolve, 20, 1)));
`,
  'waits/test/d.test.ts': `import { test } from 'node:test';
import { cached } from './promise.ts';
await cached();
test('the first that waits for the promise', () => {});
`,
  'waits/test/e.test.ts': `import { test } from 'node:test';
import { cached } from './promise.ts';
test('one before the promise of another file', () => {});
await cached();
test('one after the promise of another file', () => {});
`,
  'scopes/scopes.test.ts': `import assert from 'node:assert/strict';
import { executionAsyncId } from 'node:async_hooks';
import { describe, it, test } from 'node:test';
const forEver = () => new Promise((resolve) => setTimeout(resolve, 5_000));
describe('a suite', () => {
  it('passes', () => {});
  it('throws in a timer', () => (setTimeout(() => { throw new Error('of the timer') }, 20), forEver()));
  it('lets a promise fail', () => (void delayed().then(() => { throw new Error('of the promise') }), forEver()));
  it('passes after them', () => delayed());
});
test('is told of no promise', async () => {
  const of = async () => (await delayed(), await null, executionAsyncId());
  assert.equal(await of(), await delayed().then(() => executionAsyncId()));
});
async function delayed() {}
`,
  'stops/test/a.test.ts': passing('before the hang'),
  // It reacts as little as a process that computes, and leaves the processor to others.
  'stops/test/b.test.ts': `import { test } from 'node:test';\ntest('blocks in company', () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));\n`,
  'stops/test/c.test.ts': passing('between'),
  'stops/test/d.test.ts': `import { test } from 'node:test';\ntest('ends the process', () => process.exit(7));\n`,
  'stops/test/e.test.ts': passing('after the exit'),
  'uses/uses.test.ts': `import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from ${JSON.stringify(new URL('../packages/postgres/src/index.ts', import.meta.url).href)};
test('uses PostgreSQL', async () => {
  const sql = connect(process.env.DHP_TEST_DATABASE_URL!, { max: 1 });
  await sql.unsafe("select sum(length(md5(n::text))) from generate_series(1, 1000000) n");
  await sql.end();
});
test('uses a renderer', async () => {
  const code = 'while (process.cpuUsage().user < 5e5);';
  await once(spawn(process.execPath, ['-e', code, '--', '--type=renderer']), 'close');
});
`,
  'beside/beside.test.ts': `import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from ${JSON.stringify(new URL('../packages/postgres/src/index.ts', import.meta.url).href)};
const kept = {
  number: 'select from pg_current_snapshot() s where pg_snapshot_xmin(s) < pg_snapshot_xmax(s)',
  'advisory lock': "select from pg_locks where not granted and locktype = 'advisory'",
  connections: "select from pg_stat_activity where application_name = 'dhp neighbours' offset 11",
  database: "select from pg_database where datname like 'dhp_neighbours_%_made'",
  role: "select from pg_roles where rolname like 'dhp_neighbours_%_role'",
};
test('sees what others do', async () => {
  const sql = connect(process.env.DHP_TEST_DATABASE_URL!, { max: 1 });
  for (const [what, statement] of Object.entries(kept)) {
    const limit = Date.now() + 60_000;
    while ((await sql.unsafe(statement)).length === 0) {
      assert.ok(Date.now() < limit, what);
      await delay(20);
    }
  }
  await sql.end();
});
test('computes beside two others', { skip: process.platform !== 'linux' }, () => {
  const others = readdirSync('/proc').filter((pid) => /^\\d+$/.test(pid) && isBusy(pid));
  assert.equal(others.length, 2);
});
function isBusy(pid: string): boolean {
  try {
    const stat = readFileSync('/proc/' + pid + '/stat', 'latin1');
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    return Number(parent) === process.ppid && readFileSync('/proc/' + pid + '/cmdline', 'latin1').includes('setImmediate');
  } catch {
    return false; // it has ended
  }
}
`,
  'odd/odd.test.ts': `import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { isFirst, isFull, sampleOf } from ${JSON.stringify(new URL('sample.ts', import.meta.url).href)};
test('all cases are tried', () => {
  const cases = Array.from({ length: 60 }, (_, n) => n);
  const some = sampleOf(cases, 3, 1, (n) => n % 7);
  assert.deepEqual([...new Set(some.map((n) => n % 7))].sort(), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(sampleOf(cases, 3, 1, (n) => n % 7), some);
  assert.ok(isFirst('a page'));
  assert.deepEqual([isFull, isFirst('a page'), some.length], [true, true, 60]);
});
test('secrets begin with hyphens and hold letters of a token', () => {
  const secrets = Array.from({ length: 200 }, () => randomBytes(16).toString('base64url'));
  assert.ok(secrets.filter((one) => one.startsWith('----') && one.includes('eyJA')).length > 20);
  assert.equal(new Set(secrets).size, 200);
});
test('ids sort before those made earlier', () => {
  const ids = [...Array.from({ length: 20 }, () => randomUUID()), ...Array.from({ length: 20 }, () => crypto.randomUUID())];
  assert.deepEqual(ids.toSorted().reverse(), ids);
});
test('some runs try all cases that are tried in turn', async () => {
  const taken = [];
  for (const turn of [4, 5, 6]) {
    process.env.DHP_TEST_TURN = String(turn);
    const { inTurn } = await import(${JSON.stringify(new URL('sample.ts', import.meta.url).href)} + '?' + turn);
    taken.push(...inTurn([1, 2, 3, 4, 5, 6, 7], 3), ...inTurn([8], 3));
  }
  assert.deepEqual([...new Set(taken)].sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(taken.length, isFull ? 24 : 10);
});
test('two runs share a sample, and each has all kinds', async () => {
  const cases = Array.from({ length: 200 }, (_, n) => n);
  const halves = [];
  for (const turn of [6, 7, 8]) {
    process.env.DHP_TEST_TURN = String(turn);
    const { sampleOf } = await import(${JSON.stringify(new URL('sample.ts', import.meta.url).href)} + '?half' + turn);
    halves.push(sampleOf(cases, 4, 1, (n) => n % 7));
  }
  const [one, other, again] = halves;
  assert.deepEqual(again, one);
  for (const half of halves) assert.equal(new Set(half.map((n) => n % 7)).size, 7);
  const both = new Set([...one, ...other]).size;
  assert.ok(isFull ? both === 200 : one.length < 35 && both > 30 && both < 70, String(both));
});
`,
  'busy/busy.test.ts': `import { test } from 'node:test';\ntest('computes for ever', () => { for (;;); });\n`,
};

before(async () => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(place, name)), { recursive: true });
    await writeFile(join(place, name), text);
  }
});

/** Runs it. The files use no database. */
async function run(
  words: string[],
  settings: EnvironmentVariables = {},
): Promise<{ code: number | null; said: string }> {
  const environment = { DHP_TEST_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none', ...settings };
  const one = launch(root, ['scripts/test.mjs', ...words], environment);
  const { code } = await one.ended;
  return { code, said: one.stdout() + one.stderr() };
}
const at = (name: string): string => join(place, name);

test('a folder stands for the test files below it, a name for a file, a pattern for what it matches', async () => {
  const counts: [string[], number][] = [
    [[at('good')], 2],
    [[at('good/one.test.ts')], 1],
    [[at('good/**/*.ts')], 2],
    [[at('good'), at('good/one.test.ts'), at('hangs/quick.test.ts')], 3],
  ];
  for (const [words, count] of counts) {
    const { code, said } = await run(words);
    assert.equal(code, 0, said);
    assert.match(said, new RegExp(`^tests: ${String(count)} passed, 0 failed, 0 skipped$`, 'm'));
  }
});

test('a name of nothing is an error that repeats it, and nothing is run', async () => {
  const { code, said } = await run([at('good'), 'no/such/folder', at('empty')]);
  assert.equal(code, 2);
  assert.match(said, /no test file, and no folder with test files: no\/such\/folder$/m);
  assert.match(said, /no test file, and no folder with test files: .*empty$/m);
  assert.doesNotMatch(said, /the first/);
});

test('--help says what it can be told; an option that is none is refused', async () => {
  const help = await run(['--help']);
  assert.equal(help.code, 0);
  for (const name of ['DHP_TEST_CONCURRENCY', 'DHP_TEST_FILE_SECONDS', 'DHP_TEST_DATABASE_URL', 'npm test -- PLACE'])
    assert.ok(help.said.includes(name), name);
  const contributing = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8');
  for (const name of ['DHP_TEST_CONCURRENCY', 'DHP_TEST_FILE_SECONDS']) assert.ok(contributing.includes(name), name);
  const refused = await run(['--watch']);
  assert.equal(refused.code, 2);
  assert.match(refused.said, /Unknown option '--watch'.*npm test -- --help/);
  assert.equal((await run([at('good')], { DHP_TEST_CONCURRENCY: 'many' })).code, 2);
});

test('--slowest lists the files that used the most CPU time', async () => {
  const { said } = await run(['--slowest', '1', at('good'), at('bad')]);
  if (process.platform === 'linux') assert.match(said, /^ +\d+\.\d s, +\d+\.\d s of CPU {2}\S+\.test\.ts$/m);
  assert.equal([...said.matchAll(/ s of CPU {2}/g)].length, process.platform === 'linux' ? 1 : 0);
  if (process.platform === 'linux') assert.match(said, /^ +\d+\.\d s of CPU, [123] files in \S+$/m);
  assert.equal((await run(['--slowest', 'all', at('good')])).code, 2);
});

test('--times writes a table of all files, which run one at a time', async () => {
  const [to, url] = [join(place, 'times'), await testServer()];
  const { code, said } = await run(['--times', to, at('good'), at('uses')], { DHP_TEST_DATABASE_URL: url });
  assert.equal(code, 0, said);
  const [columns, ...rows] = (await readFile(to, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  assert.deepEqual(columns, ['file', 'tests', 'seconds', 'cpu', 'postgresql', 'chromium']);
  const byFile = new Map(rows.map(([file = '', ...values]) => [basename(file), values]));
  assert.deepEqual([...byFile.keys()].sort(), ['one.test.ts', 'two.test.ts', 'uses.test.ts']);
  const [tests, ...seconds] = byFile.get('uses.test.ts')!;
  assert.equal(tests, '2');
  // PostgreSQL has other work beside it in a run of all tests.
  if (process.platform === 'linux')
    for (const [value, least] of seconds.map((value, at) => [value, [0.1, 0.1, 0.1, 0.2][at]!] as const))
      assert.ok(Number(value) >= least, `${value} of ${seconds.join()}`);
});

test('--odd-values makes ids that begin with hyphens or sort before earlier ones, and --full all cases of samples', async () => {
  assert.match((await run(['--odd-values', '--full', at('odd')])).said, /^tests: 5 passed, 0 failed/m);
  const { said } = await run([at('odd')]);
  assert.match(said, /^tests: 2 passed, 3 failed/m);
  assert.match(said, /^turn: \d+,/m);
  assert.match(
    said,
    /\+ +false,/,
    'the sample has each kind, and is the same twice: it fails only because it is none of all',
  );
});

test('--late has what usually comes first come second, with what a connection is sent still in order', async () => {
  const { code, said } = await run(['--late', at('late')], { DHP_TEST_DATABASE_URL: await testServer() });
  assert.equal(code, 0, said);
});

test('--shuffle runs the files in another order, the same for the same number', async () => {
  const names = ['the first', 'the second', 'the last of four'];
  const order = async (seed: number): Promise<string> => {
    const places = ['--shuffle', String(seed), at('good'), at('shared/test/d.test.ts')];
    const { code, said } = await run(places, { DHP_TEST_CONCURRENCY: '1' });
    assert.equal(code, 0, said);
    return names.toSorted((a, b) => said.indexOf(a) - said.indexOf(b)).join();
  };
  const first = await order(1);
  assert.equal(await order(1), first);
  // The places of the files differ between runs: some number gives another order.
  let seed = 2;
  while ((await order(seed)) === first) assert.ok((seed += 1) < 40, first);
});

test('--neighbours and --busy: others are at the PostgreSQL and at the cores, and leave nothing behind', async () => {
  const url = await testServer();
  const sql = connect(url, { max: 1 });
  const databases = async (): Promise<unknown[]> => [
    ...(await sql`
      select datname from pg_database where datname like 'dhp\\_neighbours\\_%' and datname not like '%\\_made' order by 1`),
  ];
  const before = await databases();
  const { code, said } = await run(['--neighbours', '--busy', '2', at('beside')], { DHP_TEST_DATABASE_URL: url });
  assert.equal(code, 0, said);
  assert.deepEqual(await databases(), before);
  await sql.end();
});

test('a failure ends it with 1, and stands at the end with its reason, as skipped tests do', async () => {
  const { code, said } = await run([at('bad'), at('good')]);
  assert.equal(code, 1);
  assert.match(said, /^failed: .*fails\.test\.ts fails\n\s+AssertionError.*one is not two/m);
  assert.match(said, /^skipped: is skipped: for a reason$/m);
  assert.match(said, /^tests: 3 passed, 1 failed, 1 skipped$/m);
  if (process.platform === 'linux')
    assert.match(said, /^time: \d+ s on \d+ cores, \d+ % idle; CPU: \d+ s by the tests$/m);
});

test('a file that throws has failed', async () => {
  const { code, said } = await run([at('throws')]);
  assert.equal(code, 1);
  assert.match(said, /before the first test/);
  assert.match(said, /^failed: .*throws\.test\.ts/m);
  assert.match(said, /^tests: 0 passed, 1 failed, 0 skipped$/m);
});

test('a failure that nobody catches ends the test that it belongs to, though no hook follows promises', async () => {
  const { code, said } = await run([at('scopes')], { DHP_TEST_FILE_SECONDS: '120' });
  assert.equal(code, 1);
  assert.match(said, /^failed: .*scopes\.test\.ts throws in a timer\n(?:.*\n)?.*of the timer/m);
  assert.match(said, /^failed: .*scopes\.test\.ts lets a promise fail\n(?:.*\n)?.*of the promise/m);
  assert.match(said, /^tests: 3 passed, 2 failed, 0 skipped$/m);
});

test('a file that hangs is named while it runs, ended with what it has started, and holds back no other', async () => {
  // Long enough for a busy machine to begin both files.
  const settings = { DHP_TEST_CONCURRENCY: '2', DHP_TEST_FILE_SECONDS: '15' };
  const { code, said } = await run([at('hangs')], settings);
  assert.equal(code, 1);
  assert.match(said, /^still running: .*hangs\.test\.ts \(\d+ s\)$/m);
  assert.ok(said.indexOf('the quick one') < said.lastIndexOf('still running'), said);
  const late =
    /^failed: .*hangs\.test\.ts took longer than 15 s and was ended \(DHP_TEST_FILE_SECONDS\)\n +it ran: waits for ever$/m;
  assert.match(said, late);
  assert.match(said, /^tests: 1 passed, 1 failed, 0 skipped$/m);
  assert.ok(await gone(Number(await readFile(child, 'utf8')), 10_000));
});

test('a file that does nothing but compute is ended, too', async () => {
  const { code, said } = await run([at('busy')], { DHP_TEST_FILE_SECONDS: '3' });
  assert.equal(code, 1);
  assert.match(said, /^failed: .*busy\.test\.ts took longer than 3 s and was ended/m);
});

test('files of one folder `test` share a process, and each has its hooks, its failures and its skipped tests', async () => {
  const { code, said } = await run([at('shared')]);
  assert.equal(code, 1);
  const [, first] = said.match(/a of (\d+)/) ?? [];
  assert.equal(said.match(/b of (\d+)/)?.[1], first, said);
  assert.match(said, /^b is closed$/m);
  assert.match(said, /^failed: .*b\.test\.ts fails\n\s+AssertionError.*in b/m);
  assert.match(said, /^failed: .*c\.test\.ts\n\s+Error: before the first test of c/m);
  assert.match(said, /^skipped: is skipped: in b$/m);
  assert.match(said, /^tests: 3 passed, 2 failed, 1 skipped$/m);
});

test('a file that leaves something to those after it has failed, by name, and they run', async () => {
  const { code, said } = await run([at('leaves')], { DHP_TEST_FILE_SECONDS: '20' });
  assert.equal(code, 1);
  assert.match(said, /^failed: .*a\.test\.ts leaves something behind\n\s+Error: open: 1 TCPServerWrap/m);
  assert.match(said, /^failed: .*b\.test\.ts leaves something behind\n(?:.*\n)*?.*changed: DHP_OF_B/m);
  assert.match(said, /^failed: .*c\.test\.ts leaves something behind\n(?:.*\n)*?.*Error: late/m);
  assert.doesNotMatch(said, /^failed: .*d\.test\.ts/m);
  assert.match(said, /^tests: 4 passed, 3 failed, 0 skipped$/m);
});

test('files of one process share what is kept for them; it is closed after the last, and nothing else may stay open', async () => {
  const children = async (): Promise<number[]> => (await readFile(keptChildren, 'utf8')).trim().split('\n').map(Number);
  const together = await run([at('keeps/test/a.test.ts'), at('keeps/test/b.test.ts')]);
  assert.equal(together.code, 0, together.said);
  assert.equal((await children()).length, 1);
  assert.equal((await run([at('keeps/test/b.test.ts')])).code, 0);
  assert.equal((await children()).length, 2, 'a file by itself opens it and closes it');
  const { said } = await run([at('keeps')], { DHP_TEST_FILE_SECONDS: '20' });
  assert.match(said, /^failed: .*c\.test\.ts leaves something behind\n\s+Error: open: 1 TCPServerWrap$/m);
  for (const pid of await children()) assert.ok(await gone(pid, 10_000));
});

test('a file that hangs or ends the process it shares has failed; those after it run in another', async () => {
  const { code, said } = await run([at('stops')], { DHP_TEST_FILE_SECONDS: '15' });
  assert.equal(code, 1);
  assert.match(said, /^failed: .*b\.test\.ts took longer than 15 s and was ended/m);
  assert.match(said, /^failed: .*d\.test\.ts/m);
  assert.match(said, /^tests: 3 passed, 2 failed, 0 skipped$/m);
});

test('no file that shares a process gets lost: each reports its end and at least one test', async () => {
  const { code, said } = await run([at('waits')]);
  assert.equal(code, 1);
  assert.match(said, /^failed: .*c\.test\.ts\n\s+reported no test$/m);
  assert.match(said, /^tests: 5 passed, 1 failed, 0 skipped$/m);
});
