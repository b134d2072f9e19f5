/** The search of an owner's own Subscriptions, of more than it looks through. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownSearch } from '../../src/access/own-subscriptions.ts';
import { Failure } from '../../src/http/errors.ts';

test('a search among more Subscriptions than are looked through is refused, not answered with a part', async () => {
  const searched = (count: number) => {
    const ids = Array.from({ length: count }, (_, n) => `s${String(n)}`);
    const subscriptions = {
      ownerOf: () => 'client:c',
      store: { owned: async (_owner: string, most: number) => ids.slice(0, most) },
    };
    const own = { hidden: { ofOwn: {} } };
    const services = { subscriptions } as unknown as Parameters<typeof ownSearch>[0];
    return ownSearch(services, {} as never, { of: 'Subscription', names: ['url:below'], own: own as never });
  };
  const found = await searched(500);
  assert.deepEqual(found?.condition.op === 'id' && found.condition.any.length, 500);
  await assert.rejects(searched(501), (error) => {
    assert.ok(error instanceof Failure);
    assert.match(JSON.stringify(error), /operation-too-costly/);
    return true;
  });
});
