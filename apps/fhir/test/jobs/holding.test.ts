/** The pauses of a job: for its share of the time, and for others who wait for a processor. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Holding, restFor, type Pace } from '../../src/jobs/holding.ts';
import { fast } from './pace.ts';

type Store = ConstructorParameters<typeof Holding>[0];
type Job = ConstructorParameters<typeof Holding>[1];
const attempt = { id: 'job', attempt: 1, holder: 'holder' };

/** Returns the milliseconds of pause after some work. @param waited milliseconds that others waited for a processor */
async function restOf(pace: Pace, worked: number, waited: number): Promise<number> {
  let clock = 5_000;
  const holding = new Holding({} as Store, {} as Job, attempt, { ...pace, waited: () => clock }, () => 1);
  try {
    await delay(worked);
    clock += waited;
    const begun = performance.now();
    await holding.made(0);
    return performance.now() - begun;
  } finally {
    holding.close();
  }
}

test('a job rests twice as long as it has waited for a processor, twice as long as it has worked, or five seconds', async () => {
  assert.equal(restFor(50, 100), 100);
  assert.equal(restFor(100, 20), 40);
  assert.equal(restFor(3_600_000, 3_600_000), 5_000);
  assert.ok((await restOf(fast, 100, 50)) >= 99);
});

test('a job that did not wait rests for its share alone', async () => {
  assert.ok((await restOf(fast, 400, 0)) < 400);
  assert.ok((await restOf({ ...fast, share: 0.5 }, 50, 0)) >= 49);
});
