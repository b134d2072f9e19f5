import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { it } from 'node:test';

const program = fileURLToPath(new URL('./test-process.ts', import.meta.url));

for (const end of ['SIGKILL', 'exit'] as const) {
  it(`the server of a test process goes with it, files too (${end})`, { timeout: 60_000 }, async () => {
    const env = { ...process.env };
    delete env['DHP_TEST_DATABASE_URL'];
    const child = fork(program, { execPath: process.execPath, env });
    const [directory] = (await once(child, 'message')) as [string];
    assert.ok((await stat(directory)).isDirectory());
    if (end === 'SIGKILL') child.kill(end);
    else child.send('exit');
    await once(child, 'exit');
    const limit = Date.now() + 30_000;
    const exists = (): Promise<boolean> =>
      stat(directory).then(
        () => true,
        () => false,
      );
    while (await exists()) {
      assert.ok(Date.now() < limit, 'the directory is removed');
      await delay(10);
    }
  });
}
