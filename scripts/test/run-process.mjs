// A process that runs test files, and its termination if it takes too long.
import { readFileSync } from 'node:fs';
import { run } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { descendantsOf } from './cpu.mjs';

const loaded = new URL('in-process.mjs', import.meta.url);

/** @returns the events of the process. `entry`: the file it loads; `argv`: its arguments; `written`: the file that it writes. */
export function startProcess({ entry, argv = [], written }) {
  const address = new URL(loaded);
  address.searchParams.set('to', written);
  return run({ files: [entry], argv, concurrency: 1, execArgv: ['--import', address.href] });
}

/** Numbers that the process has written so far: its id, then seconds of CPU time. */
export function readNumbers(written) {
  try {
    return readFileSync(written, 'utf8').split('\n').slice(0, -1).map(Number);
  } catch {
    return [];
  }
}

/** A process that computes and does not react gets no second chance; the processes that it started would outlive it. */
export async function endProcess(written) {
  const [pid] = readNumbers(written);
  if (pid === undefined) return;
  const others = descendantsOf(pid);
  kill(pid, 'SIGTERM');
  await delay(2_000);
  for (const one of [pid, ...others]) kill(one, 'SIGKILL');
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
