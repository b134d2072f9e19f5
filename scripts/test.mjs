// `npm test`: every test against real PostgreSQL, real HTTP and a real browser. `npm test -- path …` runs some of them.
// One PostgreSQL serves the whole run (DHP_TEST_DATABASE_URL names another); each file gets fresh databases from it.
// DHP_TEST_CONCURRENCY: how many files run at a time.
import { glob } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { availableParallelism } from 'node:os';
import { testServer } from '@dhp/postgres/testing';

const patterns = process.argv.slice(2).length
  ? process.argv.slice(2)
  : ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'tests/**/*.test.ts'];

/**
 * The longest first, so that at the end no long one runs alone while a core is idle: those against whole platforms, then those
 * against one server, then packages, most of which take a second. These take half a minute although they stand further back.
 */
const long = [
  'packages/fhir-xml/test/examples.test.ts',
  'packages/fhir-store/test/reindex.test.ts',
  'packages/fhirpath/test/agreement.test.ts',
  'packages/fhir-store/test/search-random.test.ts',
  'apps/sso/test/operate-pages.test.ts',
  'apps/sso/test/leaving-and-devices.test.ts',
  'apps/portal/test/browser.test.ts',
];
const rankOf = (file) => (long.includes(file) ? 1 : 1 + ['tests', 'apps', 'packages'].indexOf(file.split(sep)[0]));

const files = [];
for await (const file of glob(patterns)) files.push(file);
files.sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
if (files.length === 0) {
  console.error(`no test file matches ${patterns.join(' ')}`);
  process.exit(1);
}

process.env.DHP_TEST_DATABASE_URL ??= await testServer();

const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];
const failures = [];
// Half as many again as there are cores: files wait now and then for a browser, or for a process that starts or ends.
const usual = Math.max(3, Math.ceil(availableParallelism() * 1.5));
const concurrency = Number(process.env.DHP_TEST_CONCURRENCY ?? usual);
const stream = run({ files, concurrency, timeout: 900_000 });

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
  const { cause, message } = event.details?.error ?? {};
  const reason = String(cause?.stack ?? message ?? '')
    .split('\n')
    .slice(0, 12)
    .join('\n    ');
  failures.push(`${event.file ?? ''} ${event.name}\n    ${reason}`);
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
