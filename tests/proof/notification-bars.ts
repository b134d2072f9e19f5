/** The four bars of notifications: what they cost, and how long they take. */
import { loadavg } from 'node:os';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { markdownTable } from '../markdown-table.ts';
import { measureCosts, type Costs, type CostSettings } from './notifications/costs.ts';
import { measureDeliveries, type DeliveryCosts, type DeliverySettings } from './notifications/deliveries.ts';
import { quantile } from './notifications/heard.ts';
import { measureLatency, quantiles, type Latency, type LatencySettings } from './notifications/latency.ts';
import type { Proof, Proven } from './proof.ts';

export const notificationBars: Proof = {
  name: 'notification-bars',
  claim:
    'On two cores a notification arrives within 100 ms of its commit half of the time, and within 1 s 99 times of 100, at 500 changes a second of which each is an event of one of 1,000 subscriptions; 10,000 subscriptions on one topic, of which one matches a write, cost it at most 20 % more CPU; $changes tells 20,000 changes a second or more; and a topic that does not fire costs a write less than 10 µs.',
  takes: 'some ten minutes',
  parts: ['latency', 'costs', 'deliveries'],
  settings: { subscriptions: 1_000, rate: 500, seconds: 60, many: 10_000, topics: 50, writes: 5_000, events: 10 },
  run: (progress, only, settings) => prove(progress, only, settings as unknown as Settings),
};

type Settings = LatencySettings & CostSettings & DeliverySettings;

interface Bar {
  readonly words: string;
  readonly found: string;
  readonly holds: boolean;
}

async function prove(
  progress: Progress,
  only: readonly string[] = ['latency', 'costs', 'deliveries'],
  settings: Settings,
): Promise<Proven> {
  const busy = loadavg()[0]!;
  const latency = only.includes('latency') ? await measureLatency(settings, progress) : undefined;
  const costs = only.includes('costs') ? await measureCosts(settings, progress) : undefined;
  const deliveries = only.includes('deliveries') ? await measureDeliveries(settings, progress) : undefined;
  const bars = [...(latency ? barsOfLatency(latency) : []), ...(costs ? barsOfCosts(costs, settings) : [])];
  const rows = bars.map(({ words, found, holds }) => [words, found, holds ? 'holds' : '**does not hold**']);
  const report = [
    markdownTable(['Bar', 'Measured', ''], rows),
    `Before it the load average of the machine was ${busy.toFixed(1)}: what is above 0 is work of others, which delays all that is measured in time, and less so what is measured in CPU time.`,
    ...(latency ? [sectionOfLatency(latency, settings)] : []),
    ...(costs ? [sectionOfCosts(costs, settings)] : []),
    ...(deliveries ? [sectionOfDeliveries(deliveries)] : []),
  ];
  const version = latency?.version ?? costs?.version ?? deliveries?.version;
  return {
    holds: bars.every(({ holds }) => holds) && (latency?.faults.length ?? 0) === 0,
    report: report.join('\n\n'),
    ...(version !== undefined && { versions: `PostgreSQL ${version}` }),
  };
}

function barsOfLatency({ whole }: Latency): Bar[] {
  const [half, most] = [0.5, 0.99].map((share) => quantile(whole, share)) as [number, number];
  return [
    { words: 'commit to arrival, p50 < 100 ms', found: `${String(Math.round(half))} ms`, holds: half < 100 },
    { words: 'commit to arrival, p99 < 1 s', found: `${String(Math.round(most))} ms`, holds: most < 1_000 },
  ];
}

/** Microseconds. */
const mostOfTopic = 10;
const mostMore = 0.2;
const leastChanges = 20_000;

function barsOfCosts(
  { many, silentOne, silentAll, changesPerSecond }: Costs,
  { many: count, topics }: CostSettings,
): Bar[] {
  const more = many.ratio - 1;
  const ofTopic = (silentAll.cost - silentAll.none - (silentOne.cost - silentOne.none)) / (topics - 1);
  return [
    {
      words: `${count.toLocaleString('en')} subscriptions, one of which matches: CPU of a write ≤ 20 % more than without one`,
      ...{ found: `${(100 * more).toFixed(1)} %`, holds: more <= mostMore },
    },
    {
      words: '`$changes` tells ≥ 20,000 changes a second',
      ...{ found: Math.round(changesPerSecond).toLocaleString('en'), holds: changesPerSecond >= leastChanges },
    },
    {
      words: 'a topic that does not fire, beside others: < 10 µs of CPU a write',
      ...{ found: `${ofTopic.toFixed(1)} µs`, holds: ofTopic < mostOfTopic },
    },
  ];
}

function sectionOfLatency(latency: Latency, { rate, subscriptions, seconds }: LatencySettings): string {
  const { whole, numbered, delivered, written, changes, stored, faults, cpu } = latency;
  const rows = [
    ['from `lastModified` to the arrival', ...quantiles(whole)],
    ['of it until the event has its number', ...quantiles(numbered)],
    ['of it from the number to the arrival', ...quantiles(delivered)],
    ['a transaction of ten changes, from its request to its answer', ...quantiles(written)],
  ];
  return [
    '## Latency',
    `${String(rate)} changes a second were asked for, as transactions of ten, for ${String(seconds)} s; ${stored.toFixed(0)} a second were stored. Each is an event of one of ${subscriptions.toLocaleString('en')} subscriptions of the channel \`rest-hook\`, with the whole resource; one node, PostgreSQL, the receiver and the writer shared the machine. ${changes.toLocaleString('en')} events were measured. The platform and PostgreSQL used ${cpu.toFixed(2)} ms of CPU for a change, from its write to the end of its delivery.`,
    markdownTable(['Milliseconds', 'p50', 'p90', 'p99', 'longest'], rows, [1, 2, 3, 4]),
    '`lastModified` is taken before the commit: the time from the commit is shorter.',
    faults.length === 0
      ? 'Every change came, once for each number and in order.'
      : faults
          .slice(0, 10)
          .map((one) => `- ${one}`)
          .join('\n'),
  ].join('\n\n');
}

function sectionOfDeliveries({ cpu, speed, notifications }: DeliveryCosts): string {
  const count = notifications.toLocaleString('en');
  return [
    '## Deliveries',
    `${count} events that had their numbers were sent to receivers of the same machine, each as a notification with the whole resource, and nothing was written meanwhile. The platform and PostgreSQL used ${cpu.toFixed(0)} µs of CPU for each, and ${speed.toFixed(0)} were taken a second.`,
  ].join('\n\n');
}

function sectionOfCosts(costs: Costs, { many, topics, writes }: CostSettings): string {
  const rows = [
    ['a topic that does not fire, with a subscription', costs.silentOne],
    [`${String(topics)} such topics, each with a subscription`, costs.silentAll],
    ['one subscription, which few writes match', costs.one],
    [`${many.toLocaleString('en')} subscriptions on one topic, of which each write matches one`, costs.many],
  ] as const;
  return [
    '## Costs',
    `CPU time of the platform and PostgreSQL together for a change, with all that it leads to until the reader of events is behind it: medians of five times ${writes.toLocaleString('en')} changes, as transactions of ten, at two platforms in turn, of which one has no subscription. Events have their numbers there, and are asked for with \`$events\`: nothing is sent.`,
    markdownTable(
      ['', 'µs', 'without a subscription, µs', 'more, round by round'],
      rows.map(([words, { cost, none, ratio }]) => [
        ...[words, String(Math.round(cost)), String(Math.round(none))],
        `${ratio >= 1 ? '+' : ''}${(100 * (ratio - 1)).toFixed(1)} %`,
      ]),
      [1, 2, 3],
    ),
    `The first topic of a type adds ${String(Math.round(costs.silentOne.cost - costs.silentOne.none))} µs: from then on changes of the type are read and made into what topics look at, once for all topics. It is not spent by the write, which does nothing for topics.`,
    `\`$changes\` was read from its beginning, ${costs.changes.toLocaleString('en')} changes, by one client, page after page of 1,000.`,
  ].join('\n\n');
}
