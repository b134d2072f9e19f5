/** From a commit to the arrival at the receiver, stage by stage, under a load of changes of which each is one event of one subscription. */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@dhp/postgres/testing';
import type { Progress } from '../../../apps/dhp/src/progress.ts';
import { quantile } from './heard.ts';
import {
  observation,
  openNode,
  patience,
  store,
  subscriptionTo,
  topicOf,
  transactionOf,
  untilActive,
} from './one-node.ts';
import type { OneNode } from './one-node.ts';

export interface LatencySettings {
  /** Subscriptions, each of another code. */
  readonly subscriptions: number;
  /** Changes a second. */
  readonly rate: number;
  /** For which is measured, behind some that are not. */
  readonly seconds: number;
}

export interface Latency {
  /** Milliseconds, sorted: from `lastModified`, which is before the commit, to the arrival; to the number; and from there. */
  readonly whole: readonly number[];
  readonly numbered: readonly number[];
  readonly delivered: readonly number[];
  /** From the request of a transaction to its answer. */
  readonly written: readonly number[];
  readonly changes: number;
  /** Changes a second that were stored. */
  readonly stored: number;
  /** Events that did not come, or came in another order. */
  readonly faults: readonly string[];
  /** Milliseconds of CPU of the platform and PostgreSQL for a change, from its write to the end of its delivery. */
  readonly cpu: number;
  readonly version: string;
}

/** Seconds before the measured ones: connections are made, and code is compiled. */
const warmUp = 10;
const ofTransaction = 10;

export async function measureLatency(settings: LatencySettings, progress: Progress): Promise<Latency> {
  const starting = progress.step(`${String(settings.subscriptions)} subscriptions`);
  const node = await openNode();
  try {
    await store(node.ask, [topicOf('bars')]);
    const clients = await node.clients(Math.ceil(settings.subscriptions / 100));
    const names = Array.from({ length: settings.subscriptions }, (_, n) => `good-${String(n)}`);
    for (const [n, ask] of clients.entries()) {
      const own = names.slice(100 * n, 100 * (n + 1));
      await store(
        ask,
        own.map((name) => subscriptionTo('bars', name, node.receiver.url(name), name)),
      );
    }
    await untilActive(node, names.length);
    starting.done();
    return await underLoad(node, names, settings, progress);
  } finally {
    await node.close();
  }
}

async function underLoad(
  node: OneNode,
  names: readonly string[],
  { rate, seconds }: LatencySettings,
  progress: Progress,
): Promise<Latency> {
  const step = progress.step(`${String(rate)} changes a second`);
  const written: number[] = [];
  const open = new Set<Promise<void>>();
  const every = (1_000 * ofTransaction) / rate;
  const count = Math.round(((warmUp + seconds) * 1_000) / every);
  const began = performance.now();
  const cpu = await node.cpu();
  let from = 0;
  for (let n = 0; n < count; n += 1) {
    const wait = began + n * every - performance.now();
    if (wait > 0) await delay(wait);
    if (from === 0 && performance.now() - began > 1_000 * warmUp) from = Date.now();
    const resources = Array.from({ length: ofTransaction }, (_, k) => {
      const nth = n * ofTransaction + k;
      return observation(`w${String(nth)}`, names[(nth * 7) % names.length]!);
    });
    const at = performance.now();
    const sent: Promise<void> = node.ask('POST', '', transactionOf(resources)).then((answer) => {
      open.delete(sent);
      if (answer.status !== 200) throw new Error(answer.text);
      if (from > 0) written.push(performance.now() - at);
    });
    open.add(sent);
    // More than that wait for one another alone: then fewer are stored than are requested, which the result tells.
    if (open.size >= 64) await Promise.race(open);
    step.update(n, count);
  }
  await Promise.all(open);
  const to = Date.now();
  step.done();
  const changes = count * ofTransaction;
  const stages = await stagesOf(node, { from, to, count: changes });
  return { ...stages, written: sorted(written), cpu: ((await node.cpu()) - cpu) / changes };
}

const sorted = (all: number[]): number[] => all.sort((a, b) => a - b);

async function stagesOf(
  { receiver, sql, version }: OneNode,
  { from, to, count }: { readonly from: number; readonly to: number; readonly count: number },
): Promise<Omit<Latency, 'written' | 'cpu'>> {
  await until(
    'all events have come',
    async () => {
      const heard = await receiver.heard();
      return (
        Object.values(heard).reduce((sum, came) => sum + Math.max(0, ...came.slice(-1).map(([n]) => n)), 0) >= count
      );
    },
    patience,
  );
  const heard = await receiver.heard();
  const rows = await sql<{ subscription: string; number: string; stored: Date }[]>`
    select subscription, number::text, stored from fhir.event`;
  const numbers = new Map(rows.map((row) => [`${row.subscription} ${row.number}`, row.stored.getTime()]));
  const [whole, numbered, delivered]: [number[], number[], number[]] = [[], [], []];
  const faults: string[] = [];
  let changes = 0;
  for (const [name, came] of Object.entries(heard)) {
    let last = 0;
    for (const [number, , stored, at] of came) {
      if (number > last + 1) faults.push(`${name}: ${String(number)} came after ${String(last)}`);
      if (number === last + 1 && stored >= from && stored < to) {
        const given = numbers.get(`${name} ${String(number)}`)!;
        whole.push(at - stored);
        numbered.push(given - stored);
        delivered.push(at - given);
        changes += 1;
      }
      last = Math.max(last, number);
    }
  }
  if (numbers.size !== count) faults.push(`${String(numbers.size)} events have a number, of ${String(count)}`);
  const stored = (1_000 * changes) / (to - from);
  return {
    whole: sorted(whole),
    numbered: sorted(numbered),
    delivered: sorted(delivered),
    changes,
    stored,
    faults,
    version,
  };
}

export function quantiles(all: readonly number[]): string[] {
  return [0.5, 0.9, 0.99, 1].map((share) => Math.round(quantile(all, share)).toLocaleString('en'));
}
