import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBatcher } from '../src/index.ts';
import { ConnectionError, PostgresError } from '../src/driver/errors.ts';

/** A `run` whose batches finish only when the test says so. */
function gatedRun() {
  const batches: { items: number[]; finish: () => void; fail: (error: unknown) => void }[] = [];
  const run = (items: number[]): Promise<number[]> => {
    const { promise, resolve, reject } = Promise.withResolvers<number[]>();
    batches.push({
      items,
      finish: () => {
        resolve(items.map((item) => item * 10));
      },
      fail: reject,
    });
    return promise;
  };
  return { batches, run };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('createBatcher', () => {
  it('runs a lone item at once, in the same turn', async () => {
    const { batches, run } = gatedRun();
    const batcher = createBatcher({ concurrency: 2, maxBatch: 10, run });
    const result = batcher.submit(1);
    assert.deepEqual(batches[0]?.items, [1]);
    batches[0].finish();
    assert.equal(await result, 10);
  });

  it('gathers what comes in one turn of the event loop, when asked to, and waits for it at the end', async () => {
    const { batches, run } = gatedRun();
    const batcher = createBatcher({ concurrency: 2, maxBatch: 3, gather: true, run });
    const results = [1, 2, 3, 4, 5, 6, 7].map((item) => batcher.submit(item));
    assert.equal(batches.length, 0);
    const closed = batcher.close();
    await nextTurn();
    assert.deepEqual(
      batches.map(({ items }) => items),
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    );
    assert.equal(await Promise.race([closed.then(() => 'closed'), nextTurn().then(() => 'open')]), 'open');
    for (const batch of batches) batch.finish();
    await nextTurn();
    batches[2]!.finish();
    assert.deepEqual(await Promise.all(results), [10, 20, 30, 40, 50, 60, 70]);
    await closed;
  });

  it('begins beside a batch only one that is as large, when it gathers', async () => {
    const { batches, run } = gatedRun();
    const batcher = createBatcher({ concurrency: 2, maxBatch: 3, gather: true, patience: 60_000, run });
    const results = [batcher.submit(1), batcher.submit(2)];
    await nextTurn();
    results.push(batcher.submit(3));
    await nextTurn();
    assert.equal(batches.length, 1);
    results.push(batcher.submit(4));
    await nextTurn();
    assert.deepEqual(batches[1]?.items, [3, 4]);
    results.push(batcher.submit(5));
    batches[0]!.finish();
    await nextTurn();
    assert.equal(batches.length, 2); // the other one, of two, still runs
    const closed = batcher.close();
    batches[1].finish();
    await nextTurn();
    assert.deepEqual(batches[2]?.items, [5]);
    batches[2].finish();
    assert.deepEqual(await Promise.all(results), [10, 20, 30, 40, 50]);
    await closed;
  });

  it('lets nobody wait for long beside a batch that takes its time', async () => {
    const { batches, run } = gatedRun();
    const batcher = createBatcher({ concurrency: 2, maxBatch: 3, gather: true, patience: 1, run });
    const large = [batcher.submit(1), batcher.submit(2)];
    await nextTurn();
    const small = batcher.submit(3);
    while (batches.length < 2) await nextTurn();
    assert.deepEqual(batches[1]?.items, [3]);
    batches[1].finish();
    assert.equal(await small, 30);
    batches[0]!.finish();
    assert.deepEqual(await Promise.all(large), [10, 20]);
    await batcher.close();
  });

  it('closes also when a busy runner has taken what was gathered, and has ended', async () => {
    const { batches, run } = gatedRun();
    const batcher = createBatcher({ concurrency: 2, maxBatch: 3, gather: true, run });
    const first = batcher.submit(1);
    await nextTurn();
    const second = batcher.submit(2);
    batches[0]!.finish();
    await first;
    while (batches.length < 2) await Promise.resolve();
    batches[1]!.finish();
    await second;
    for (let n = 0; n < 10; n += 1) await Promise.resolve(); // so that the runner has ended, in the same turn
    const ended = batcher.close().then(() => 'closed');
    assert.equal(await Promise.race([ended, nextTurn().then(() => 'open')]), 'closed');
  });

  it('queues while every runner is busy, then takes what waits as one batch of at most maxBatch, in order', async () => {
    const { batches, run } = gatedRun();
    const batcher = createBatcher({ concurrency: 2, maxBatch: 3, run });
    const results = [1, 2, 3, 4, 5, 6, 7].map((item) => batcher.submit(item));
    assert.deepEqual(
      batches.map((batch) => batch.items),
      [[1], [2]],
    );
    assert.equal(batcher.waiting, 5);
    batches[1]!.finish();
    await nextTurn();
    assert.deepEqual(batches[2]?.items, [3, 4, 5]);
    batches[0]!.finish();
    await nextTurn();
    assert.deepEqual(batches[3]?.items, [6, 7]);
    batches[2].finish();
    batches[3].finish();
    assert.deepEqual(await Promise.all(results), [10, 20, 30, 40, 50, 60, 70]);
  });

  it('never runs more batches at once than concurrency', async () => {
    let running = 0;
    let most = 0;
    const batcher = createBatcher({
      concurrency: 3,
      maxBatch: 4,
      run: async (items: number[]) => {
        running += 1;
        most = Math.max(most, running);
        await nextTurn();
        running -= 1;
        return items;
      },
    });
    const items = Array.from({ length: 200 }, (_, index) => index);
    assert.deepEqual(await Promise.all(items.map((item) => batcher.submit(item))), items);
    assert.equal(most, 3);
  });

  it('runs a failed batch again item by item: only the bad item fails', async () => {
    const batches: number[][] = [];
    const batcher = createBatcher({
      concurrency: 1,
      maxBatch: 100,
      run: async (items: number[]) => {
        batches.push(items);
        await nextTurn();
        if (items.includes(3)) throw new Error(`bad item among ${items.join()}`);
        return items.map((item) => item * 10);
      },
    });
    const results = await Promise.allSettled([1, 2, 3, 4].map((item) => batcher.submit(item)));
    assert.deepEqual(
      results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as Error).message)),
      [10, 20, 'bad item among 3', 40],
    );
    assert.deepEqual(batches, [[1], [2, 3, 4], [2], [3], [4]]);
  });

  it('does not run again what may have been committed: all fail when the connection breaks', async () => {
    const { batches, run } = gatedRun();
    const batcher = createBatcher({ concurrency: 1, maxBatch: 100, run });
    const first = batcher.submit(1);
    const others = Promise.allSettled([batcher.submit(2), batcher.submit(3)]);
    batches[0]!.finish();
    await first;
    await nextTurn();
    batches[1]!.fail(new ConnectionError('CONNECTION_CLOSED', 'the connection is closed', 'unknown'));
    assert.deepEqual(
      (await others).map((result) => result.status),
      ['rejected', 'rejected'],
    );
    assert.equal(batches.length, 2);
  });

  it('does not run again item by item what the server refused a session for: each would wait for an attempt of its own', async () => {
    for (const [code, text] of [
      ['3D000', 'database "gone" does not exist'],
      ['53300', 'sorry, too many clients already'],
      ['28P01', 'password authentication failed'],
    ] as const) {
      const { batches, run } = gatedRun();
      const batcher = createBatcher({ concurrency: 1, maxBatch: 100, run });
      const first = batcher.submit(1);
      const others = Promise.allSettled([batcher.submit(2), batcher.submit(3)]);
      batches[0]!.finish();
      await first;
      await nextTurn();
      const fields = { S: 'FATAL', V: 'FATAL', C: code, M: text };
      batches[1]!.fail(new PostgresError(new Map(Object.entries(fields))));
      assert.deepEqual(
        (await others).map((result) => (result.status === 'rejected' ? String(result.reason) : 'done')),
        [`PostgresError: ${text}`, `PostgresError: ${text}`],
      );
      assert.equal(batches.length, 2, code);
    }
  });

  it('fails the whole batch with onError fail', async () => {
    const { batches, run } = gatedRun();
    const batcher = createBatcher({ concurrency: 1, maxBatch: 100, run, onError: 'fail' });
    const first = batcher.submit(1);
    const others = Promise.allSettled([batcher.submit(2), batcher.submit(3)]);
    batches[0]!.finish();
    await first;
    await nextTurn();
    batches[1]!.fail(new Error('no'));
    assert.deepEqual(
      (await others).map((result) => result.status),
      ['rejected', 'rejected'],
    );
    assert.equal(batches.length, 2);
  });

  it('reports a wrong number of results, without running the batch again', async () => {
    let runs = 0;
    const batcher = createBatcher({
      concurrency: 1,
      maxBatch: 10,
      run: async (items: number[]) => {
        runs += 1;
        await nextTurn();
        return items.length === 1 ? items : [0];
      },
    });
    const [, second, third] = await Promise.allSettled([1, 2, 3].map((item) => batcher.submit(item)));
    assert.match(String(second?.status === 'rejected' && second.reason), /2 items returned 1 results/);
    assert.equal(third?.status, 'rejected');
    assert.equal(runs, 2);
  });

  it('goes on after a failure, also when run throws at once', async () => {
    let fail = true;
    const batcher = createBatcher({
      concurrency: 1,
      maxBatch: 10,
      run: (items: number[]) => {
        if (fail) throw new Error('at once');
        return Promise.resolve(items);
      },
    });
    await assert.rejects(batcher.submit(1), /at once/);
    fail = false;
    assert.equal(await batcher.submit(2), 2);
  });

  it('drains on close, and takes nothing new', async () => {
    const { batches, run } = gatedRun();
    const batcher = createBatcher({ concurrency: 1, maxBatch: 2, run });
    const results = Promise.all([1, 2, 3, 4].map((item) => batcher.submit(item)));
    let drained = false;
    const closing = batcher.close().then(() => (drained = true));
    await assert.rejects(batcher.submit(9), /closed/);
    for (let index = 0; index < 3; index++) {
      await nextTurn();
      assert.equal(drained, false);
      batches[index]!.finish();
    }
    await closing;
    assert.deepEqual(await results, [10, 20, 30, 40]);
    await batcher.close();
  });

  it('closes at once when idle', async () => {
    await createBatcher({ concurrency: 1, maxBatch: 1, run: async (items: number[]) => items }).close();
  });

  it('refuses limits that make no sense', () => {
    const run = async (items: number[]): Promise<number[]> => items;
    assert.throws(() => createBatcher({ concurrency: 0, maxBatch: 1, run }), /concurrency/);
    assert.throws(() => createBatcher({ concurrency: 1, maxBatch: 1.5, run }), /maxBatch/);
  });
});
