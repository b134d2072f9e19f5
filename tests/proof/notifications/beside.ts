/** A thousand good receivers, first alone and then with bad ones beside them that are to be told of each change: what the bad ones do delays the good ones by little. */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@dhp/postgres/testing';
import type { Progress } from '../../../apps/dhp/src/progress.ts';
import { markdownTable } from '../../markdown-table.ts';
import { delays, judge, quantile } from './heard.ts';
import {
  observation,
  type OneNode,
  openNode,
  patience,
  store,
  subscriptionTo,
  topicOf,
  transactionOf,
  untilActive,
} from './one-node.ts';

export interface BesideSettings {
  /** Good receivers, each told of changes of a code of its own. */
  readonly receivers: number;
  /** Changes a second. */
  readonly rate: number;
  /** For which delays are measured, without bad receivers and beside them. */
  readonly seconds: number;
}

const bad = ['slow', 'hangs', 'resets', 'refuses', 'garbage', 'redirects', 'endless', 'flaps'];
const ofTransaction = 10;
/** Seconds before those that are measured. */
const warmUp = 5;
/** Milliseconds that bad receivers may add. */
const mostAdded = { p50: 100, p99: 500 };

/** A part of what a proof finds. */
interface Found {
  readonly holds: boolean;
  readonly report: string;
  readonly versions: string;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

export async function proveBeside(settings: BesideSettings, progress: Progress): Promise<Found> {
  const { receivers } = settings;
  const node = await openNode();
  try {
    const starting = progress.step(`${String(receivers)} good receivers`);
    const names = Array.from({ length: receivers }, (_, n) => `good-${String(n)}`);
    await store(node.ask, [topicOf('beside')]);
    for (const [n, ask] of (await node.clients(Math.ceil(receivers / 100))).entries()) {
      const own = names.slice(100 * n, 100 * (n + 1));
      await store(
        ask,
        own.map((name) => subscriptionTo('beside', name, node.receiver.url(name), name)),
      );
      starting.update(100 * n, receivers);
    }
    await untilActive(node, receivers);
    starting.done();
    const expected = new Map(names.map((name) => [name, [] as string[]]));
    const alone = await load(node, expected, settings, progress, 'good receivers alone');
    const all = bad.map((name) => ({ ...subscriptionTo('beside', name, node.receiver.url(name)), timeout: 5 }));
    await store(
      node.ask,
      all.map((one) => ({ ...one, maxCount: 20 })),
    );
    await untilActive(node, receivers + bad.length);
    const beside = await load(node, expected, settings, progress, `${String(bad.length)} bad receivers beside them`);
    return await concluded(node, expected, [alone, beside]);
  } finally {
    await node.close();
  }
}

let written = 0;

/** Writes at a rate, each change for another receiver in turn, and notes what each has to hear. */
async function load(
  { ask }: OneNode,
  expected: ReadonlyMap<string, string[]>,
  { rate, seconds }: BesideSettings,
  progress: Progress,
  title: string,
): Promise<Stretch> {
  const step = progress.step(title);
  const names = [...expected.keys()];
  const every = (1_000 * ofTransaction) / rate;
  const count = Math.round(((warmUp + seconds) * 1_000) / every);
  const began = performance.now();
  let from = 0;
  for (let n = 0; n < count; n += 1) {
    await delay(Math.max(0, began + n * every - performance.now()));
    if (from === 0 && performance.now() - began > 1_000 * warmUp) from = Date.now();
    const resources = Array.from({ length: ofTransaction }, () => {
      const name = names[(written * 7) % names.length]!;
      written += 1;
      expected.get(name)!.push(`b${String(written)} W/"1"`);
      return observation(`b${String(written)}`, name);
    });
    const answer = await ask('POST', '', transactionOf(resources));
    if (answer.status !== 200) throw new Error(answer.text);
    step.update(n, count);
  }
  step.done();
  return { from, to: Date.now() };
}

async function concluded(
  { receiver, version }: OneNode,
  expected: ReadonlyMap<string, readonly string[]>,
  stretches: readonly [Stretch, Stretch],
): Promise<Found> {
  await until(
    'all events have come',
    async () => {
      const heard = await receiver.heard();
      return [...expected].every(([name, due]) => (heard[name]?.at(-1)?.[0] ?? 0) >= due.length);
    },
    patience,
  );
  const heard = await receiver.heard();
  const faults = [...expected].flatMap(([name, due]) =>
    judge(heard[name] ?? [], due, true).faults.map((fault) => `- ${name}: ${fault}`),
  );
  // Of bad ones what came is in order and has no gap.
  for (const name of bad) {
    const came = (heard[name] ?? []).map(([number]) => number);
    const gap = came.findIndex((number, n) => number > Math.max(0, ...came.slice(Math.max(0, n - 200), n)) + 1);
    if (gap >= 0) faults.push(`- ${name}: ${String(came[gap])} came too early`);
  }
  const [alone, beside] = stretches.map(({ from, to }) => delays(heard, from, to)) as [number[], number[]];
  const added = (share: number): number => quantile(beside, share) - quantile(alone, share);
  const row = (title: string, all: readonly number[]): string[] => [
    ...[title, all.length.toLocaleString('en')],
    ...[0.5, 0.99, 1].map((share) => Math.round(quantile(all, share)).toLocaleString('en')),
  ];
  const rows = [row('alone', alone), row(`${String(bad.length)} bad ones beside them`, beside)];
  const report = [
    '## A thousand beside bad ones',
    '',
    `${expected.size.toLocaleString('en')} good receivers, each told of changes of its own, and from a moment on ${bad.join(', ')}, each to be told of every change. ${written.toLocaleString('en')} changes were written, each of which came at its receiver, in order. Milliseconds from \`lastModified\` to the arrival; bad receivers may add ${String(mostAdded.p50)} ms to the p50 and ${String(mostAdded.p99)} ms to the p99.`,
    '',
    markdownTable(['Good receivers', 'Events', 'p50', 'p99', 'longest'], rows, [1, 2, 3, 4]),
    '',
    ...faults.slice(0, 10),
  ];
  return {
    holds: faults.length === 0 && added(0.5) <= mostAdded.p50 && added(0.99) <= mostAdded.p99,
    report: report.join('\n').trimEnd(),
    versions: `PostgreSQL ${version}`,
  };
}
