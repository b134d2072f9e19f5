/** When ending months of the trail is tried again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Context } from '../src/context.ts';
import { keepRetention } from '../src/retention.ts';

test('an attempt that fails is told and made again after half a minute, later each time, up to an hour', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const warnings: string[] = [];
  let asked = 0;
  const context = {
    settings: { DHP_AUDIT: 'on', DHP_AUDIT_MONTHS: 3, DHP_SECRET_KEY: Buffer.alloc(32, 1) },
    warn: (text: string) => warnings.push(text),
  } as unknown as Context;
  const databases = {
    open: () => {
      asked += 1;
      return Promise.reject(new Error('the database is busy'));
    },
  };
  const end = keepRetention(context, databases, ['playground']);
  const settled = async (count: number): Promise<void> => {
    for (let turn = 0; turn < 1_000 && asked < count; turn += 1) await setImmediate();
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    assert.equal(asked, count);
  };
  await settled(1);
  let attempts = 1;
  for (const minutes of [0.5, 1, 2, 4, 8, 16, 32, 60, 60]) {
    t.mock.timers.tick(minutes * 60_000 - 1);
    await settled(attempts);
    t.mock.timers.tick(1);
    attempts += 1;
    await settled(attempts);
  }
  assert.equal(warnings.length, attempts);
  assert.match(warnings[0]!, /the database is busy/);
  await end();
  t.mock.timers.tick(3_600_000);
  await settled(attempts);
});
