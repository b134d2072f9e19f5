/** Requests in the name of a client without proof: limited for a client and day, whoever sends them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createStrangers } from '../src/log/strangers.ts';

const day = 86_400_000;

it('lets in so many of a client and day, and takes nothing from other clients or the next day', () => {
  const strangers = createStrangers();
  const admitted = (client: string, time: number): number =>
    Array.from({ length: 5_000 }, () => strangers.admit(client, time)).filter(Boolean).length;
  assert.equal(admitted('a', 10 * day), 2_000);
  assert.equal(admitted('a', 10 * day + 1), 0);
  assert.equal(admitted('b', 10 * day), 2_000);
  assert.equal(admitted('a', 11 * day), 2_000);
});

it('remembers so many clients', () => {
  const strangers = createStrangers();
  for (let n = 0; n < 100_000; n += 1) assert.equal(strangers.admit(`client-${String(n)}`, day), true);
  assert.equal(strangers.admit('one-more', day), false);
  assert.equal(strangers.admit('client-7', day), true);
});
