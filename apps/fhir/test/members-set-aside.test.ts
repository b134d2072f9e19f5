/** One role, team or group whose links cannot be made again does not keep back those behind it. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { watchMembers } from '../src/access/watch-members.ts';

type Store = Parameters<typeof watchMembers>[0];
type Apply = Parameters<Store['follow']>[1];

/** The following, over a store that fails for some ids. */
function watching(failing: ReadonlySet<string>): {
  readonly changes: (ids: readonly string[]) => Promise<void>;
  readonly repaired: readonly string[];
  readonly told: readonly unknown[];
} {
  mock.timers.enable({ apis: ['setInterval'] });
  const repaired: string[] = [];
  const told: unknown[] = [];
  let apply: Apply | undefined;
  const store: Store = {
    follow(_types, each) {
      apply = each;
      return { caughtUp: Promise.resolve(), stop: () => Promise.resolve() };
    },
    repairMembers(named) {
      if (named.some(({ id }) => failing.has(id))) return Promise.reject(new Error('not in time'));
      repaired.push(...named.map(({ id }) => id));
      return Promise.resolve(named.length);
    },
  };
  const set = { consent: 'enforced' };
  watchMembers(store, { current: () => ({ set }) as never }, (error) => told.push(error));
  mock.timers.tick(1_000);
  mock.timers.reset();
  const changes = (ids: readonly string[]): Promise<void> =>
    apply!(ids.map((id) => ({ type: 'Group', id }) as Parameters<Apply>[0][number]));
  return { changes, repaired, told };
}

test('the others are made anew, it is told, and tried again later', async () => {
  const failing = new Set(['bad']);
  const { changes, repaired, told } = watching(failing);
  await changes(['one', 'bad', 'two']);
  assert.deepEqual(repaired, ['one', 'two']);
  assert.equal(told.length, 1);
  failing.clear();
  await changes(['three']);
  assert.deepEqual(repaired, ['one', 'two', 'three', 'bad']);
});

test('where all fail, all come again', async () => {
  const { changes, repaired } = watching(new Set(['one', 'two']));
  await assert.rejects(changes(['one', 'two']), /not in time/);
  assert.deepEqual(repaired, []);
});
