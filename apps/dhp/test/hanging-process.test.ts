/** A server process that hangs: it blocks no callers beyond its own connections, and does not hang forever. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createPools } from '@dhp/rate-limit';
import { startProcess } from '../src/processes/server-process.ts';
import { silent } from '../src/progress.ts';

const skip = process.platform === 'win32' ? 'Windows stops no processes' : false;

test('whoever waits for a process that hangs goes to another, and it is killed in the end', { skip }, async () => {
  const front = createServer({ pauseOnConnect: true });
  await once(front.listen(0, '127.0.0.1'), 'listening');
  const clients: Socket[] = [];
  async function accepted(): Promise<Socket> {
    const socket = once(front, 'connection');
    const client = connect((front.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined);
    clients.push(client.resume());
    return ((await socket) as [Socket])[0];
  }
  const steps: string[] = [];
  const again: Socket[] = [];
  const hanging = startProcess({
    ...{ server: 'portal', progress: silent, pools: createPools(1) },
    again: (socket) => void again.push(socket),
    hangs: (step) => void steps.push(step),
    patience: { spared: 2_000, killed: 1_000 },
  });
  try {
    // It serves nothing yet, and closes accepted connections.
    hanging.accept(await accepted());
    await once(clients[0]!, 'close');
    while (hanging.waiting > 0) await delay(10);
    steps.splice(0);

    process.kill(hanging.pid, 'SIGSTOP');
    const sockets = [await accepted(), await accepted(), await accepted()];
    for (const socket of sockets) hanging.accept(socket);
    while (steps.length === 0) await delay(10);
    assert.deepEqual(steps, ['spared']);
    assert.deepEqual(again, sockets.slice(1), 'the first one may be read already when it goes on');
    process.kill(hanging.pid, 'SIGCONT');
    await once(clients[1]!, 'close');
    await delay(1_500);
    assert.deepEqual(steps, ['spared'], 'it goes on, and is not killed');

    process.kill(hanging.pid, 'SIGSTOP');
    hanging.accept(await accepted());
    assert.equal((await hanging.ended).how, 'SIGKILL');
    assert.deepEqual(steps, ['spared', 'spared', 'killed']);
  } finally {
    hanging.kill();
    for (const socket of [...clients, ...again]) socket.destroy();
    front.close();
  }
});
