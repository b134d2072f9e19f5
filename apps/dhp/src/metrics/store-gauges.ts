/** The state of a FHIR store, as its process asks for it when the metrics are read. */
import { setTimeout as delay } from 'node:timers/promises';
import { Gauge, type Registry } from 'prom-client';
import type { StoreAdmin } from '@dhp/fhir-store';

/** Milliseconds for an answer: without one these gauges are absent, and all others are told. */
const patience = 1_000;

type State = Awaited<ReturnType<StoreAdmin['indexState']>>;

const gauges: readonly (readonly [string, string, (state: State) => number])[] = [
  ['dhp_index_complete', 'Whether searches find everything.', ({ complete }) => Number(complete)],
  [
    'dhp_index_progress_ratio',
    'Share of the resources whose index values are made, in numbers of rows.',
    ({ complete, done, total }) => (complete || total === 0 ? 1 : done / total),
  ],
  [
    'dhp_index_gap_resources',
    'Resources some of whose values are not indexed.',
    ({ gaps }) => (gaps === undefined ? 0 : gaps.resources),
  ],
];

export function measureStore(registry: Registry, store: Pick<StoreAdmin, 'indexState'>): void {
  let current: Promise<State | undefined> | undefined;
  /** One question for all gauges. */
  const state = (): Promise<State | undefined> => {
    current ??= Promise.race([store.indexState(), delay(patience, undefined, { ref: false })])
      .catch(() => undefined)
      .finally(() => (current = undefined));
    return current;
  };
  for (const [name, help, valueOf] of gauges)
    new Gauge({
      ...{ name, help, registers: [registry] },
      async collect() {
        const known = await state();
        this.reset();
        if (known === undefined) this.remove();
        else this.set(valueOf(known));
      },
    });
}
