// together.mjs MARKS FILE …: runs test files in sequence in this process, which loads shared modules only once. Each is a suite with the
// name of the file. The seconds of CPU time until the end of each are appended to the file MARKS. A file fails if it leaves something
// behind that could make later files pass or fail.
import { appendFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { resolve } from 'node:path';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { closeKept, keepForAll } from '../../tests/kept.ts';
import { cpuSecondsOf } from './cpu.mjs';
import { stateOfProcess, whatIsLeft } from './left-behind.mjs';

const [marks, ...files] = process.argv.slice(2);
// Node closes the report of all tests when nothing is open any more, for example between two files, or while a thread is awaited.
const alive = setInterval(() => {}, 2 ** 30);
// Files of these folders create databases.
const closeAdministrator = files.some((file) => /^(?:apps\/(?:fhir|sso)|packages\/fhir-store)\//.test(file))
  ? await (await import('@dhp/postgres/testing')).keepAdministrator()
  : undefined;
const before = stateOfProcess();
keepForAll();
for (const file of files) {
  await suite(file, () => import(pathToFileURL(resolve(file)).href));
  const left = await whatIsLeft(before);
  if (left.length > 0) await endWith(`${file} leaves something behind`, left.join('\n'));
  for (let turn = 0; turn < 5; turn += 1) await setImmediate(); // for the report, which the next file may hold up
  appendFileSync(marks, `${cpuSecondsOf(process.pid) ?? process.cpuUsage().user / 1e6}\n`);
}
// The time of shared resources counts for no file.
await closeKept();
await closeAdministrator?.();
clearInterval(alive);

/** Without a mark for the file the process counts as ended by it, and the files after it get another. */
async function endWith(name, reason) {
  await test(name, () => Promise.reject(new Error(reason)));
  await delay(100); // for the report of this test
  await closeKept();
  await closeAdministrator?.();
  process.exit(1);
}
