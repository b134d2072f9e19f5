/** Metrics of one server's process. Loaded only if metrics are configured. docs/operations/metrics.md lists all. */
import { subscribe } from 'node:diagnostics_channel';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { SentMetrics } from '../processes/messages.ts';
import { measureBudgets } from './budgets.ts';
import { measureDatabase } from './database-use.ts';
import { measureEvents, measureMemory, measureRefusals, measureRequests, type RequestMeasures } from './requests.ts';
import { measureStore, measureStreams } from './store-gauges.ts';

export interface ProcessMetrics extends RequestMeasures {
  /** Measures the state of a FHIR server's store: one process does it for all processes of the server. */
  readonly watchStore: (store: Parameters<typeof measureStore>[1]) => void;
  /** Measures the memory that requests to a FHIR server hold. */
  readonly watchMemory: (held: Parameters<typeof measureMemory>[1]) => void;
  /** Measures the state of the streams to which changes are passed on. */
  readonly watchStreams: (store: Parameters<typeof measureStreams>[1], names: ReadonlyMap<string, string>) => void;
  read(): Promise<SentMetrics>;
}

/**
 * Starts measuring. It must come before the server opens its pools of connections.
 * @param labels of everything: the server, and the index of the process among those that serve together
 */
export function openProcessMetrics(labels: { readonly server: string; readonly process: string }): ProcessMetrics {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry });
  measureDatabase(registry, subscribe);
  if (labels.server === 'sso') measureEvents(registry);
  const isFhir = ['playground', 'production'].includes(labels.server);
  if (isFhir || labels.server === 'sso') measureRefusals(registry);
  if (isFhir) measureBudgets(registry);
  const requests = measureRequests(registry);
  return {
    ...requests,
    watchStore: (store) => measureStore(registry, store),
    watchMemory: (held) => measureMemory(registry, held),
    watchStreams: (store, names) => {
      measureStreams(registry, store, names);
    },
    read: () => sent(registry),
  };
}

/** JSON has no NaN, which a summary without samples has. */
export async function sent(registry: Registry): Promise<SentMetrics> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map((metric) => {
    const values = metric.values.filter(({ value }) => Number.isFinite(value));
    return { ...metric, values };
  });
}
