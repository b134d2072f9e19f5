// One test file in a process of its own, with a limit to its time.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { descendantsOf } from './cpu.mjs';

const loaded = new URL('in-process.mjs', import.meta.url);

/**
 * @param {string} file
 * @param {{ limit: number, folder: string, number: number }} o `limit`: the seconds after which the file is ended; `folder`: for a
 *   file that its process writes; `number`: of this run in that folder
 * @returns {Promise<{ file: string, events: { type: string, data: object }[], seconds: number, cpu: number | undefined, isLate: boolean }>}
 */
export async function runFile(file, { limit, folder, number }) {
  const written = join(folder, String(number));
  const address = new URL(loaded);
  address.searchParams.set('to', written);
  const started = performance.now();
  const stream = run({ files: [file], concurrency: 1, execArgv: ['--import', address.href] });
  let ending;
  const timer = setTimeout(() => (ending = endProcess(written)), limit * 1000);
  const events = [];
  for await (const event of stream) events.push(event);
  clearTimeout(timer);
  await ending;
  const [, cpu] = read(written);
  rmSync(written, { force: true });
  return { file, events, seconds: (performance.now() - started) / 1000, cpu, isLate: ending !== undefined };
}

/** [process id, seconds of CPU time]; what was not written is undefined. */
function read(written) {
  try {
    return readFileSync(written, 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A process that does not listen, since it computes, gets no second chance; what it has started would outlive it. */
async function endProcess(written) {
  const [pid] = read(written);
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
