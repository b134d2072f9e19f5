/** Sends requests made of published examples, bent in many ways, to a server; reports every answer that is a fault of the server. */
import { startServer } from '../environment.ts';
import { count, from, parallel, seed, token, url } from './arguments.ts';
import { clientOf } from './client.ts';
import { examples } from './examples.ts';
import { fuzz, reproduction } from './run.ts';

// Reads the examples before the server starts: it takes long, and this process is also the SSO that informs the server of revocations.
const made = examples(1);
const own = url === undefined ? await startServer({ requireIfMatch: false, corsOrigins: '*' }) : undefined;
const client = clientOf(own?.url ?? url ?? '', token ?? (await own?.sso.token({ exp: inADay() })) ?? '', parallel);
const begin = performance.now();
try {
  const { statuses, faults } = await fuzz({
    client,
    examples: made,
    seed,
    from,
    count,
    parallel,
    onProgress,
    onFault: (fault) => print(`\n${reproduction(seed, fault)}`),
  });
  const seconds = (performance.now() - begin) / 1000;
  print(`\n${count.toLocaleString('en')} requests in ${seconds.toFixed(0)} s, seed ${seed}\n`);
  for (const [status, times] of [...statuses].sort(([a], [b]) => a - b)) {
    print(`  ${status}  ${times.toLocaleString('en').padStart(9)}\n`);
  }
  print(faults.length === 0 ? 'no fault\n' : `\n${faults.length} faults\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  client.close();
  await own?.close();
}

function onProgress(done: number, faults: number): void {
  if (done % 500 !== 0) return;
  const rate = done / ((performance.now() - begin) / 1000);
  const memory = Math.round(process.memoryUsage.rss() / 1024 ** 2);
  const line = `${done.toLocaleString('en')} of ${count.toLocaleString('en')}, ${rate.toFixed(0)} a second, ${faults} faults, ${memory} MiB`;
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
  else if (done % 5_000 === 0) process.stderr.write(`${line}\n`);
}

function print(text: string): void {
  process.stdout.write(text);
}

function inADay(): number {
  return Math.floor(Date.now() / 1000) + 24 * 3600;
}
