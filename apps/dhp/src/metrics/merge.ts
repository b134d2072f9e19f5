/** Metrics of several processes as the text that Prometheus reads. https://prometheus.io/docs/instrumenting/exposition_formats/ */
import { AggregatorRegistry, Registry } from 'prom-client';
import type { SentMetrics } from '../processes/messages.ts';

export const contentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** Numbers that PostgreSQL counts are set here as a gauge is, and grow as those of a counter do. */
function typeOf({ name, type }: SentMetrics[number]): string {
  return name.startsWith('dhp_database_') && name.endsWith('_total') ? 'counter' : String(type);
}

/** Each process has labels of its own, so that nothing is added up that belongs to two. */
export function merged(all: readonly SentMetrics[]): Promise<string> {
  const given = all.map((metrics) => metrics.map((metric) => ({ ...metric, type: typeOf(metric), aggregator: 'sum' })));
  return AggregatorRegistry.aggregate(given).metrics();
}
