import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

/** Like the supervisor, passes on the lines of a server that logs endlessly, while another listener is served. */
const program = `
  import { PassThrough } from 'node:stream';
  import { passLines } from ${JSON.stringify(new URL('../src/processes/output.ts', import.meta.url).href)};
  import { boundedOutput } from ${JSON.stringify(new URL('../src/processes/bounded-output.ts', import.meta.url).href)};
  const source = new PassThrough();
  const done = passLines(source, boundedOutput(process.stderr), 'sso');
  let sent = 0;
  for (let round = 0; round < 300; round += 1) {
    for (let n = 0; n < 100; n += 1) source.write(JSON.stringify({ n: (sent += 1), text: 'x'.repeat(1000) }) + '\\n');
    await new Promise(setImmediate);
  }
  process.stdout.write(JSON.stringify({ sent, waiting: process.stderr.writableLength }) + '\\n');
  process.stdin.once('data', () => source.end());
  await done;
  process.stdin.destroy();`;

test('output that nobody reads neither blocks the supervisor nor fills its memory, and is counted', async (t) => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  t.after(() => child.kill('SIGKILL'));
  child.stderr.pause();
  const [told] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { sent, waiting } = JSON.parse(told) as { sent: number; waiting: number };
  assert.equal(sent, 30_000);
  assert.ok(waiting >= 4 * 2 ** 20 && waiting < 4.1 * 2 ** 20, `${String(waiting)} bytes wait`);

  let last = 0;
  let leftOut = 0;
  const lines = createInterface(child.stderr);
  lines.on('line', (line) => {
    const missing = /^(\d+) lines of output were left out/.exec(line)?.[1];
    if (missing !== undefined) {
      leftOut += Number(missing);
      child.stdin.end('go');
    } else last += 1;
  });
  await once(lines, 'close');
  assert.ok(leftOut > 0);
  assert.equal(last + leftOut, sent);
});
