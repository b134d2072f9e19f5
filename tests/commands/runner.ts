/**
 * Runs `dhp` again and again in one process. Prints its port, then serves until it is ended.
 *
 * A request has the locale (empty: that of the process), two folders and the words after `dhp`, each ended by a zero. The command runs in the first
 * folder, and what it says is written to the files `out` and `err` of the second. The answer is its exit code.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { evaluate } from './evaluate.ts';

let last = Promise.resolve();

const server = createServer((request, response) => {
  last = last.then(async () => {
    const [locale = '', cwd = '', place = '', ...words] = (await buffer(request)).toString().split('\0').slice(0, -1);
    response.end(String(await run(cwd, place, words, locale === '' ? {} : { LC_ALL: locale })));
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));

async function run(cwd: string, place: string, words: readonly string[], settings: Record<string, string>) {
  const text = { stdout: '', stderr: '' };
  const code = await evaluate({ words, cwd, settings, said: (stream, more) => void (text[stream] += more) });
  writeFileSync(`${place}/out`, text.stdout);
  writeFileSync(`${place}/err`, text.stderr);
  return code;
}
