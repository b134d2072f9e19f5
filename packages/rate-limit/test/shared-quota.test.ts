/** A quota that several processes share: never more than one process would grant, and not much less. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPools, createQuota, createSharedQuota, type Quota } from '../src/index.ts';

const second = 1_000;

/** @returns the parts of so many processes, over one pool that answers before the next request */
function shared(
  requests: number,
  processes: number,
): { quotas: Quota[]; loans: () => number; tick: (now: number) => void } {
  const pools = createPools(processes);
  let loans = 0;
  let now = 0;
  const borrow = (loan: Parameters<typeof pools.lend>[0]): Promise<ReturnType<typeof pools.lend>> => {
    loans += 1;
    return Promise.resolve(pools.lend(loan, now));
  };
  const options = { name: 'client', requests, seconds: 60 };
  const quotas = Array.from({ length: processes }, () => createSharedQuota(options, { processes, borrow }));
  return { quotas, loans: () => loans, tick: (at) => (now = at) };
}

/** Sends requests as `choose` spreads them. @returns how many are granted */
async function granted(
  { quotas, tick }: ReturnType<typeof shared>,
  o: { times: readonly number[]; choose: (n: number) => number; caller?: (n: number) => string },
): Promise<number> {
  let count = 0;
  for (const [n, now] of o.times.entries()) {
    tick(now);
    if (quotas[o.choose(n)]!.take(o.caller?.(n) ?? 'a', now).isGranted) count += 1;
    await Promise.resolve();
  }
  return count;
}

const atOnce = (count: number): number[] => Array.from({ length: count }, () => second);
const over = (count: number, seconds: number): number[] =>
  Array.from({ length: count }, (_, n) => second + (n * seconds * second) / count);

/** Deterministic, and spread unevenly. */
const uneven =
  (processes: number) =>
  (n: number): number =>
    (n * n * 7 + n) % 5 === 0 ? n % processes : 0;

for (const processes of [2, 4, 16]) {
  for (const requests of [1, 3, 10, 100, 3_000]) {
    describe(`${String(requests)} requests, ${String(processes)} processes`, () => {
      const most = Math.max(requests, processes);
      const spreads: [string, (n: number) => number][] = [
        ['all to one', () => 0],
        ['in turn', (n) => n % processes],
        ['unevenly', uneven(processes)],
      ];
      for (const [spread, choose] of spreads) {
        test(`at once, ${spread}`, async () => {
          const count = await granted(shared(requests, processes), { times: atOnce(4 * most), choose });
          assert.ok(count <= most, `${String(count)} granted`);
          if (requests >= 4 * processes) assert.ok(count >= requests / 2, `only ${String(count)} granted`);
        });
      }

      test('over two minutes, far too many: as many as come back, and what is borrowed for a second', async () => {
        const times = over(8 * most, 120);
        const one = createQuota({ name: 'client', requests, seconds: 60 });
        const alone = times.filter((now) => one.take('a', now).isGranted).length;
        const count = await granted(shared(requests, processes), { times, choose: (n) => n % processes });
        assert.ok(
          count <= Math.max(alone, 3 * processes) * 1.05 + processes,
          `${String(count)}, alone ${String(alone)}`,
        );
        if (requests >= 20 * processes) assert.ok(count >= alone * 0.85, `${String(count)}, alone ${String(alone)}`);
      });
    });
  }
}

test('a caller who stays below a process’ part costs no message', async () => {
  const all = shared(3_000, 4);
  await granted(all, { times: atOnce(400), choose: (n) => n % 4, caller: (n) => String(n % 40) });
  assert.equal(all.loans(), 0);
});

test('an empty pool is not asked for each request that is refused', async () => {
  const all = shared(100, 2);
  await granted(all, { times: over(10_000, 1), choose: (n) => n % 2 });
  assert.ok(all.loans() < 60, String(all.loans()));
});

test('callers are told how much is left of the whole', () => {
  const { quotas } = shared(3_000, 4);
  const { remaining, quota } = quotas[0]!.take('a', second);
  assert.equal(quota.requests, 3_000);
  assert.ok(remaining > 2_000 && remaining < 3_000, String(remaining));
});
