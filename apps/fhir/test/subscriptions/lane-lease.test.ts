/** Lanes in the hands of a process, without a database: what it could not give back is free when its lease has ended, whatever else it works on. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Lane } from '@dhp/fhir-store/subscriptions';
import { until } from '@dhp/postgres/testing';
import { openDeliverer } from '../../src/subscriptions/deliverer.ts';

const pace = { look: 20, listening: 20, laneLease: 200, lanes: 8, failing: 4 };

it('is taken again although it could not be given back, while another one hangs', async () => {
  const hanging = Promise.withResolvers<undefined>();
  const leases = new Map([
    ['lost', 0],
    ['hangs', 0],
  ]);
  const taken: string[] = [];
  const away = (): Promise<never> => Promise.reject(new Error('the database is away'));
  const lane = (subscription: string): Lane => ({
    ...{ subscription, holder: 'h', epoch: '1', acknowledged: 0, numbered: 1, woken: '1', tries: 0, failing: null },
    ...{ request: null, status: 'active' },
  });
  const store = {
    listenForLanes: () => ({ isListening: true, close: () => undefined }),
    nextLaneDue: () => Promise.resolve(0),
    tellLanes: () => Promise.resolve(),
    failLane: away,
    passLane: away,
    leaveLane: away,
    async claimLanes(_: string, __: object, lease: number) {
      await delay(1);
      const free = [...leases].filter(([, ends]) => ends < performance.now()).map(([name]) => name);
      for (const name of free) leases.set(name, performance.now() + lease);
      taken.push(...free);
      return free.map(lane);
    },
    keepLanes(lanes: readonly Lane[], lease: number) {
      for (const { subscription } of lanes) leases.set(subscription, performance.now() + lease);
      return Promise.resolve();
    },
  };
  const read = (_: string, id: string): Promise<undefined> => (id === 'hangs' ? hanging.promise : away());
  const means = { store, unguarded: { read }, kept: new Map(), onError: () => undefined };
  const deliverer = openDeliverer(means as unknown as Parameters<typeof openDeliverer>[0], pace);
  try {
    await until('it is taken again', () => taken.filter((name) => name === 'lost').length >= 2);
    assert.equal(taken.filter((name) => name === 'hangs').length, 1, 'the other one is kept');
  } finally {
    hanging.resolve(undefined);
    await deliverer.close();
  }
});
