// Runs one test file in a separate process, with a time limit.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, readNumbers, startProcess } from './run-process.mjs';

/**
 * @typedef {{ file: string, events: { type: string, data: object }[], seconds: number, cpu: number | undefined, isLate: boolean }} Ended
 *   `isLate`: it was ended because it took too long
 */

/**
 * @param {string} file
 * @param {{ limit: number, folder: string, number: number }} o `limit`: the seconds after which the file is ended; `folder`: for a
 *   file that its process writes; `number`: of this run in that folder
 * @returns {Promise<Ended>}
 */
export async function runFile(file, { limit, folder, number }) {
  const written = join(folder, String(number));
  const started = performance.now();
  const stream = startProcess({ entry: file, written });
  let ending;
  const timer = setTimeout(() => (ending = endProcess(written)), limit * 1000);
  const events = [];
  for await (const event of stream) events.push(event);
  clearTimeout(timer);
  await ending;
  const [, cpu] = readNumbers(written);
  rmSync(written, { force: true });
  return { file, events, seconds: (performance.now() - started) / 1000, cpu, isLate: ending !== undefined };
}
