/** Keeping requests beside their answers: bounded in memory, and never a reason to fail. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keepRequestLog, QuestionError, readQuestion, type LoggedRequest, type RequestLogStore } from '../src/index.ts';

const request = (client: string, n: number): LoggedRequest => ({
  ...{ time: n, client, method: 'GET', path: `/${String(n)}`, query: undefined, status: 200 },
  ...{ milliseconds: 1, requestId: String(n), issues: [] },
});

interface Stored {
  readonly requests: LoggedRequest[];
  readonly dropped: Map<string, number>;
}

function fakeStore(fault?: () => Promise<void>): RequestLogStore & { stored: Stored[] } {
  const stored: Stored[] = [];
  return {
    stored,
    prepare: () => Promise.resolve(),
    async store(requests, dropped) {
      await fault?.();
      stored.push({ requests: [...requests], dropped: new Map(dropped) });
    },
    trim: () => Promise.resolve(0),
    read: () => Promise.reject(new Error('not asked')),
  };
}

const never = (error: unknown): void => assert.fail(String(error));

describe('requests that wait to be stored', () => {
  it('are stored together, each once', async () => {
    const store = fakeStore();
    const log = keepRequestLog({ store, onError: never });
    for (let n = 0; n < 10; n += 1) log.note(request('a', n));
    await log.flush();
    log.note(request('a', 10));
    await log.close();
    assert.deepEqual(
      store.stored.map(({ requests }) => requests.length),
      [10, 1],
    );
  });

  it('of one client push out the oldest of that client and nobody else’s', async () => {
    const store = fakeStore();
    const log = keepRequestLog({ store, onError: never, waiting: { all: 100, ofClient: 5 } });
    log.note(request('quiet', 0));
    for (let n = 1; n <= 20; n += 1) log.note(request('busy', n));
    await log.close();
    const [{ requests, dropped }] = store.stored as [Stored];
    assert.deepEqual(
      requests.map(({ time }) => time),
      [0, 16, 17, 18, 19, 20],
    );
    assert.deepEqual([...dropped], [['busy', 15]]);
  });

  it('are a share of those of a busy client, and the refused ones of it have another', async () => {
    const store = fakeStore();
    const log = keepRequestLog({ store, onError: never, share: { atOnce: 3, perSecond: 1 } });
    for (let n = 0; n < 5_000; n += 1) log.note(request('busy', n));
    log.note({ ...request('busy', 5_000), status: 404 });
    log.note({ ...request('busy', 5_000), status: undefined });
    log.note(request('quiet', 5_000));
    await log.close();
    const [{ requests, dropped }] = store.stored as [Stored];
    assert.deepEqual(
      requests.map(({ client, status, time }) => [client, status, time]),
      [
        ...[0, 1, 2, 1_000, 2_000, 3_000, 4_000].map((time) => ['busy', 200, time]),
        ...[
          ['busy', 404, 5_000],
          ['busy', undefined, 5_000],
          ['quiet', 200, 5_000],
        ],
      ],
    );
    assert.deepEqual([...dropped], [['busy', 4_993]]);
  });

  it('are bounded in all, however many clients there are', async () => {
    const store = fakeStore();
    const log = keepRequestLog({ store, onError: never, waiting: { all: 50, ofClient: 5 } });
    for (let n = 0; n < 1000; n += 1) log.note(request(`client-${String(n)}`, n));
    await log.close();
    const [{ requests, dropped }] = store.stored as [Stored];
    assert.equal(requests.length, 50);
    assert.ok(dropped.size <= 50);
  });

  it('are let go where they cannot be stored, which is told once and fails nobody', async () => {
    const told: unknown[] = [];
    const store = fakeStore(() => Promise.reject(new Error('the database is away')));
    const log = keepRequestLog({ store, onError: (error) => told.push(error) });
    for (let n = 0; n < 3; n += 1) {
      log.note(request('a', n));
      await log.flush();
    }
    await log.close();
    assert.equal(told.length, 1);
  });

  it('are counted where the database did not take them, with the next that it takes', async () => {
    let isAway = true;
    const store = fakeStore(() => (isAway ? Promise.reject(new Error('away')) : Promise.resolve()));
    const log = keepRequestLog({ store, onError: () => undefined, waiting: { all: 3, ofClient: 2 } });
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 3; n += 1) log.note(request('a', n));
      log.note(request('b', 3));
      await log.flush();
    }
    for (const client of ['c', 'd']) log.note(request(client, 4));
    await log.flush();
    isAway = false;
    log.note(request('a', 5));
    await log.close();
    const [{ requests, dropped }] = store.stored as [Stored];
    assert.deepEqual(
      requests.map(({ client }) => client),
      ['a'],
    );
    // Of as many clients as may wait.
    assert.deepEqual(
      [...dropped],
      [
        ['a', 6],
        ['b', 2],
        ['c', 1],
      ],
    );
  });

  it('are counted as stored where only the trimming behind it failed', async () => {
    const store = { ...fakeStore(), trim: () => Promise.reject(new Error('away')) };
    const log = keepRequestLog({ store, onError: never });
    log.note(request('a', 1));
    await log.close();
    assert.deepEqual(
      store.stored.map(({ dropped }) => dropped.size),
      [0],
    );
  });

  it('wait while a writing takes long, and no second one begins', async () => {
    const held = Promise.withResolvers<undefined>();
    const store = fakeStore(() => held.promise);
    const log = keepRequestLog({ store, onError: never });
    log.note(request('a', 1));
    const first = log.flush();
    log.note(request('a', 2));
    const second = log.flush();
    assert.equal(store.stored.length, 0);
    held.resolve(undefined);
    await Promise.all([first, second]);
    assert.deepEqual(
      store.stored.map(({ requests }) => requests.map(({ time }) => time)),
      [[1], [2]],
    );
    await log.close();
    log.note(request('a', 3));
    await log.flush();
    assert.equal(store.stored.flatMap(({ requests }) => requests).length, 2, 'a closed one takes nothing');
  });
});

describe('a question', () => {
  const now = Date.UTC(2026, 10, 29);

  it('has the last day where it says nothing, and all that it says', () => {
    const usual = readQuestion('a', {}, now);
    assert.deepEqual([usual.from, usual.to, usual.limit, usual.classes], [now - 86_400_000, now, 50, []]);
    const asked = { from: String(now - 1000), to: now, status: '450', path: 'Patient', request_id: 'r', limit: '7' };
    const read = readQuestion('a', { ...asked, before: `${String(now)}-12` }, now);
    assert.deepEqual([read.classes, read.limit, read.before], [[4, 5, 0], 7, { time: now, tie: '12' }]);
    assert.equal(read.from, now - 1000);
  });

  it('goes no further back than requests are kept, and has so many columns at most', () => {
    const { from, to, stretch } = readQuestion('a', { from: 0 }, now);
    assert.ok(now - from <= 8 * 86_400_000);
    assert.ok((to - from) / stretch <= 60);
  });

  for (const wrong of [
    { from: 'yesterday' },
    { from: now, to: now - 1 },
    { status: '9' },
    { status: 4 },
    { path: 'x'.repeat(201) },
    { path: ['a'] },
    { path: 'a\0' },
    { path: '\ud800' },
    { request_id: {} },
    { before: '1; drop' },
    { before: '99999999999999-1' },
    { limit: Infinity },
    { from: -1 },
    { to: 1e300 },
  ])
    it(`is refused: ${JSON.stringify(wrong)}`, () => {
      assert.throws(() => readQuestion('a', wrong, now), QuestionError);
    });
});
