// `npm run check`: types, lint, module boundaries, dead code, migrations, messages, circles and sizes, format. All of them run, so that one
// run shows all failures.
import { spawn } from 'node:child_process';
import { availableParallelism, totalmem } from 'node:os';
import { readArguments } from './arguments.ts';

readArguments({
  command: 'npm run check',
  help: `Checks types, lint, module boundaries, dead code, migrations, circles and sizes, and format. Changes nothing.

Usage: npm run check

  --help   this text
`,
});

/** The longest first: it takes about as long as all others together. */
const checks = [
  // Without a cache: rules that use types depend on other files than the one they report.
  ['lint', 'eslint', '--max-warnings', '0', '.'],
  ['types', 'tsc', '--noEmit', '-p', 'tsconfig.json'],
  ['format', 'prettier', '--check', '--log-level', 'warn', '--cache', '.'],
  ['boundaries', 'depcruise', '--config', '.dependency-cruiser.mjs', 'apps', 'packages'],
  ['dead code', 'knip', '--no-config-hints'],
  ['migrations', process.execPath, 'scripts/check-migrations.mjs'],
  ['messages', process.execPath, 'scripts/messages.mjs'],
  ['house', process.execPath, 'scripts/check-house.mjs'],
];
/** More in parallel gain nothing while the longest runs, and each uses a gigabyte. */
const lanes = Math.min(2, availableParallelism());

/** The types of all files need more heap than Node's default. */
const heap = `--max-old-space-size=${Math.min(8192, Math.floor((totalmem() / 2 ** 20) * 0.7))}`;
const env = { ...process.env, NODE_OPTIONS: [process.env.NODE_OPTIONS, heap].join(' ').trim() };

/** Runs one tool and collects its output; resolves to its exit code and output. */
function run([name, command, ...args]) {
  const started = performance.now();
  return new Promise((resolve) => {
    const shell = process.platform === 'win32';
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], shell, env });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ name, code: 127, output: String(error), seconds: 0 }));
    child.on('close', (code) => resolve({ name, code, output, seconds: (performance.now() - started) / 1000 }));
  });
}

let failed = 0;
const waiting = checks.values();
await Promise.all(Array.from({ length: lanes }, work));

async function work() {
  for (const check of waiting) tell(await run(check));
}

function tell({ name, code, output, seconds }) {
  console.log(`${code === 0 ? '✔' : '✖'} ${name} (${seconds.toFixed(1)} s)`);
  if (code !== 0) failed += 1;
  // The table of the house check is also useful without failures.
  if (code !== 0 || name === 'house') console.log(output.trimEnd());
}
console.log(`checks: ${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
