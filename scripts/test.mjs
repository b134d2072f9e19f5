// `npm test`: every test against real PostgreSQL, real HTTP and a real browser. `npm test -- path …` runs some of them.
// One PostgreSQL serves the whole run (DHP_TEST_DATABASE_URL names another); each file gets fresh databases from it.
import { glob } from 'node:fs/promises';
import { relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { availableParallelism } from 'node:os';
import { testServer } from '@dhp/postgres/testing';

const patterns = process.argv.slice(2).length
  ? process.argv.slice(2)
  : ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'tests/**/*.test.ts'];

const files = [];
for await (const file of glob(patterns)) files.push(file);
files.sort();
if (files.length === 0) {
  console.error(`no test file matches ${patterns.join(' ')}`);
  process.exit(1);
}

process.env.DHP_TEST_DATABASE_URL ??= await testServer();

const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];
const failures = [];
const stream = run({ files, concurrency: Math.max(2, availableParallelism()), timeout: 900_000 });

/** Files and suites are reported as tests too; only leaves are counted. */
const isLeaf = (event) => event.details?.type !== 'suite' && event.name !== event.file && !files.includes(event.name);

stream.on('test:pass', (event) => {
  if (!isLeaf(event)) return;
  if (event.skip !== undefined) {
    counts.skipped += 1;
    skipped.push(`${event.name}${typeof event.skip === 'string' ? `: ${event.skip}` : ''}`);
  } else counts.passed += 1;
});
stream.on('test:fail', (event) => {
  if (event.details?.type === 'suite' && event.details.error?.failureType === 'subtestsFailed') return;
  counts.failed += 1;
  failures.push(`${event.file ?? ''} ${event.name}`);
});

/** Seconds of each file: what keeps the whole below its limit is to know where they go. */
const seconds = new Map();
stream.on('test:summary', ({ file, duration_ms: duration }) => {
  if (file !== undefined) seconds.set(relative(process.cwd(), file), duration / 1000);
});

const printed = stream.compose(new spec());
printed.pipe(process.stdout);
await new Promise((resolve) => printed.on('end', resolve));

const slowest = [...seconds].sort(([, a], [, b]) => b - a).slice(0, files.length < 20 ? 0 : 20);
for (const [file, spent] of slowest) console.log(`${spent.toFixed(0).padStart(4)} s  ${file}`);
for (const line of skipped) console.log(`skipped: ${line}`);
for (const line of failures) console.log(`failed: ${line}`);
console.log(`tests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
