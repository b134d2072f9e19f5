import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

const program = `
  import { outliveReaders } from ${JSON.stringify(new URL('../src/logging.ts', import.meta.url).href)};
  outliveReaders();
  process.stdin.once('data', () => {
    for (const stream of [process.stdout, process.stderr]) stream.write('x'.repeat(200_000));
    setTimeout(() => {
      process.stderr.write('once more');
      setTimeout(() => process.exit(7), 50);
    }, 50);
  });`;

test('a program that serves goes on when nobody reads its output any more', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  const ended = once(child, 'exit');
  child.stdout.destroy();
  child.stderr.destroy();
  child.stdin.end('go');
  assert.deepEqual(await ended, [7, null]);
});
