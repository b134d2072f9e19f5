/** A terminated command or test leaves no platform and no PostgreSQL behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { it } from 'node:test';
import { gone } from './processes.ts';

const script = `
  const { openHome } = await import(${JSON.stringify(new URL('platform.ts', import.meta.url).href)});
  const home = await openHome({ begins: 'migrated' });
  const { pid } = await home.start();
  console.log(JSON.stringify([pid, await home.postmaster(), home.data]));
  setInterval(() => undefined, 1_000);`;

it('what a process started ends with it, by SIGTERM', async () => {
  const args = [
    ...process.execArgv.filter((one) => !one.startsWith('--test')),
    '--input-type=module',
    '--eval',
    script,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    const line = await Promise.race([
      once(createInterface(child.stdout), 'line').then(([text]) => String(text)),
      ended.then(() => assert.fail('it ended before the platform was ready')),
    ]);
    const [platform, postmaster, data] = JSON.parse(line) as [number, number, string];
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [null, 'SIGTERM']);
    await Promise.all([gone(platform, 30_000), gone(postmaster, 30_000)]);
    assert.equal(existsSync(data), false, 'the data directory is there');
  } finally {
    child.kill('SIGKILL');
  }
});
