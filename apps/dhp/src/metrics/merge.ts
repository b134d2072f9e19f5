/** Metrics of several processes as the text that Prometheus reads. https://prometheus.io/docs/instrumenting/exposition_formats/ */
import { AggregatorRegistry, Registry } from 'prom-client';
import type { SentMetrics } from '../processes/messages.ts';

export const contentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** Numbers that PostgreSQL counts are set here like gauges, but increase like counters. */
function typeOf({ name, type }: SentMetrics[number]): string {
  return name.startsWith('dhp_database_') && name.endsWith('_total') ? 'counter' : String(type);
}

/** Each process has separate labels, so that values of two processes are never added up. */
export function merged(all: readonly SentMetrics[]): Promise<string> {
  const given = all.map((metrics) => metrics.map((metric) => ({ ...metric, type: typeOf(metric), aggregator: 'sum' })));
  return AggregatorRegistry.aggregate(given).metrics();
}
