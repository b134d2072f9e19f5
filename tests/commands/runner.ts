/**
 * Runs `dhp` again and again in one process: each time its entry is evaluated anew, as if it had been started, with the servers and tables
 * that it imports loaded once. Prints its port, then serves until it is ended.
 *
 * A request has the locale (empty: that of the process), two folders and the words after `dhp`, each ended by a zero. The command runs in the first
 * folder, and what it says is written to the files `out` and `err` of the second. The answer is its exit code.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';

const entry = new URL('../../apps/dhp/src/main.ts', import.meta.url).href;
const own = process.env['LC_ALL'];
let count = 0;
let last = Promise.resolve();

const server = createServer((request, response) => {
  last = last.then(async () => {
    const [locale = '', cwd = '', place = '', ...words] = (await buffer(request)).toString().split('\0').slice(0, -1);
    speak(locale === '' ? own : locale);
    response.end(String(await run(cwd, place, words)));
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));

function speak(locale: string | undefined): void {
  if (locale === undefined) delete process.env['LC_ALL'];
  else process.env['LC_ALL'] = locale;
}

async function run(cwd: string, place: string, words: readonly string[]): Promise<number> {
  const { stdout, stderr } = process;
  const said = { out: '', err: '' };
  stdout.write = (text: string | Uint8Array) => ((said.out += String(text)), true);
  stderr.write = (text: string | Uint8Array) => ((said.err += String(text)), true);
  process.chdir(cwd);
  process.argv = [process.execPath, 'dhp', ...words];
  process.exitCode = 0;
  try {
    await import(`${entry}?${(count += 1)}`);
  } finally {
    // Behind what was set here is the method of the stream.
    for (const stream of [stdout, stderr]) Reflect.deleteProperty(stream, 'write');
  }
  for (const name of ['out', 'err'] as const) writeFileSync(`${place}/${name}`, said[name]);
  return process.exitCode;
}
