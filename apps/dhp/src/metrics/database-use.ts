/** How a process uses the database: its pools of connections, and the batches in which it reads and writes. */
import type { subscribe as Subscribe } from 'node:diagnostics_channel';
import { Gauge, type Registry } from 'prom-client';
import {
  batchChannel,
  poolChannel,
  type MeasuredBatch,
  type MeasuredPool,
  type PoolState,
} from '@dhp/postgres/measured';
import { kept, TalliedHistogram } from './tallies.ts';

export function measureDatabase(registry: Registry, subscribe: typeof Subscribe): void {
  measureBatches(registry, subscribe);
  measurePools(registry, subscribe);
}

function measureBatches(registry: Registry, subscribe: typeof Subscribe): void {
  const items = new TalliedHistogram({
    name: 'dhp_batch_items',
    help: 'Items of a batch that shared a statement or a commit, by what they are.',
    labelNames: ['batch'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers: [registry],
  });
  const waits = new TalliedHistogram({
    name: 'dhp_batch_wait_seconds',
    help: 'Seconds that the first item of a batch waited for its beginning.',
    labelNames: ['batch'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5],
    registers: [registry],
  });
  const ofBatch = kept((batch) => ({ items: items.series({ batch }), waits: waits.series({ batch }) }));
  subscribe(batchChannel, (message) => {
    const { name, items: count, waited } = message as MeasuredBatch;
    const series = ofBatch(name);
    series.items.observe(count);
    series.waits.observe(waited / 1000);
  });
}

/** The pools of one name are combined: their longest wait, and the sum of all other values. */
const gauges: readonly (readonly [string, string, (states: readonly PoolState[]) => number])[] = [
  ['dhp_pool_connections', 'Open connections to the database, by pool.', sumOf('open')],
  ['dhp_pool_busy_connections', 'Those with a statement or a transaction on its way.', sumOf('busy')],
  [
    'dhp_pool_given_up_connections',
    'Of these those whose statements were given up, as the disk of the database does not answer.',
    sumOf('abandoned'),
  ],
  ['dhp_pool_limit', 'Connections that the pool may open.', sumOf('max')],
  ['dhp_pool_waiting', 'Statements that wait for a connection.', sumOf('waiting')],
  [
    'dhp_pool_wait_seconds',
    'Seconds for which the oldest of them has waited.',
    (states) => Math.max(0, ...states.map(({ waitedFor }) => waitedFor / 1000)),
  ],
];

function sumOf(what: 'open' | 'busy' | 'abandoned' | 'max' | 'waiting'): (states: readonly PoolState[]) => number {
  return (states) => states.reduce((sum, state) => sum + state[what], 0);
}

function measurePools(registry: Registry, subscribe: typeof Subscribe): void {
  const open = new Set<MeasuredPool>();
  subscribe(poolChannel, (message) => {
    open.add(message as MeasuredPool);
  });
  const states = (): Map<string, PoolState[]> => {
    const byName = new Map<string, PoolState[]>();
    for (const pool of open) {
      const state = pool.state();
      if (state.hasEnded) open.delete(pool);
      else byName.set(pool.name, [...(byName.get(pool.name) ?? []), state]);
    }
    return byName;
  };
  for (const [name, help, valueOf] of gauges)
    new Gauge({
      ...{ name, help, labelNames: ['pool'], registers: [registry] },
      collect() {
        this.reset();
        for (const [pool, each] of states()) this.set({ pool }, valueOf(each));
      },
    });
}
