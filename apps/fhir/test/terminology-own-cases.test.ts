import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from './environment.ts';
import { runOwnCases } from './terminology-cases/own/run.ts';

test('the own cases of $subsumes, $closure, $translate, filters, supplements and batches', async () => {
  const server = await startServer();
  try {
    const wrong = (await runOwnCases(server)).filter(({ fault }) => fault !== undefined);
    assert.deepEqual(wrong, []);
  } finally {
    await server.close();
  }
});
