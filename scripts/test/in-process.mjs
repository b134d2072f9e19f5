// Loaded into the process of each test file before the file: writes down the process id, and at the end the seconds of CPU time.
// The address that it is imported by names the file to write to: `in-process.mjs?to=…`.
import '../../apps/dhp/src/module-paths.ts';
import { appendFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { cpuSecondsOf } from './cpu.mjs';

if (process.env.DHP_TEST_ODD_VALUES !== undefined) await import('./odd-values.mjs');
if (isMainThread) await import('./test-scopes.mjs');

const to = new URL(import.meta.url).searchParams.get('to');
if (isMainThread && isFirst()) {
  process.on('exit', () => appendFileSync(to, `${cpuSecondsOf(process.pid) ?? process.cpuUsage().user / 1e6}\n`));
  // A process that is terminated at its time limit reports the running test and ends the processes that it started.
  process.once('SIGTERM', () => process.exit(143));
}

/** Threads and forks receive the same Node arguments. */
function isFirst() {
  try {
    writeFileSync(to, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}
