/** CPU time that subscriptions and topics add to a write, and the speed of the feed of changes. */
import type { Progress } from '../../../apps/dhp/src/progress.ts';
import { hasStatus } from '../../fhir.ts';
import {
  observation,
  openNode,
  perClient,
  store,
  subscriptionTo,
  topicOf,
  untilActive,
  untilRead,
} from './one-node.ts';
import type { OneNode } from './one-node.ts';

export interface CostSettings {
  /** On one topic. */
  readonly many: number;
  /** Topics that do not fire. */
  readonly topics: number;
  /** Changes of each measurement. */
  readonly writes: number;
}

/** Of changes at two platforms in turn, so that the work of others on the machine is in both: medians of the rounds. */
interface Beside {
  /** Microseconds of CPU a change, of all that it leads to; and the same without a subscription. */
  readonly cost: number;
  readonly none: number;
  /** `cost` by `none`, round by round. */
  readonly ratio: number;
}

export interface Costs {
  readonly one: Beside;
  readonly many: Beside;
  /** With a topic that does not fire, and with all of them. */
  readonly silentOne: Beside;
  readonly silentAll: Beside;
  /** Of `$changes`, read from its beginning by one who asks for page after page. */
  readonly changesPerSecond: number;
  readonly changes: number;
  readonly version: string;
}

const rounds = 5;

export async function measureCosts(settings: CostSettings, progress: Progress): Promise<Costs> {
  const [node, plain] = [await openNode(), await openNode()];
  try {
    const { topics } = settings;
    for (const each of [node, plain]) await warm(each, settings);
    const measured = async (title: string): Promise<Beside> => {
      const step = progress.step(title);
      const found: (readonly [cost: number, none: number])[] = [];
      for (let n = 0; n < rounds; n += 1) {
        const none = await costOf(plain, settings, false);
        found.push([await costOf(node, settings, true), none]);
        step.update(n + 1, rounds);
      }
      step.done();
      return {
        cost: median(found.map(([cost]) => cost)),
        none: median(found.map(([, none]) => none)),
        ratio: median(found.map(([cost, none]) => cost / none)),
      };
    };
    await store(node.ask, [topicOf('silent-0', 'never-0')]);
    await store(node.ask, [subscriptionTo('silent-0', 'silent-0', undefined)]);
    await untilActive(node, 1);
    const silentOne = await measured('one topic that does not fire');
    const names = Array.from({ length: topics - 1 }, (_, n) => `silent-${String(n + 1)}`);
    await store(
      node.ask,
      names.map((name, n) => topicOf(name, `never-${String(n + 1)}`)),
    );
    await store(
      node.ask,
      names.map((name) => subscriptionTo(name, name, undefined)),
    );
    await untilActive(node, topics);
    const silentAll = await measured(`${String(topics)} topics that do not fire`);
    await end(node, ['silent-0', ...names]);
    await store(node.ask, [topicOf('bars')]);
    await store(node.ask, [subscriptionTo('bars', 'one', undefined, 'k0')]);
    await untilActive(node, 1);
    const one = await measured('one subscription');
    await subscribeMany(node, settings, progress);
    const many = await measured(`${String(settings.many)} subscriptions`);
    const speed = await speedOfChanges(node, progress);
    return { one, many, silentOne, silentAll, ...speed, version: node.version };
  } finally {
    await node.close();
    await plain.close();
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

let written = 0;

/** Some thousand writes, so that code is compiled and plans are made. */
async function warm(node: OneNode, { writes }: CostSettings): Promise<void> {
  await write(node, Math.min(writes, 3_000));
}

/** Writes, one transaction behind the other. @returns the id of the last resource */
async function write(node: OneNode, count: number): Promise<string> {
  const resources = Array.from({ length: count }, () => {
    written += 1;
    return observation(`c${String(written)}`, `k${String(written % 10_000)}`);
  });
  await store(node.ask, resources, 10);
  return `c${String(written)}`;
}

async function costOf(node: OneNode, { writes }: CostSettings, isRead: boolean): Promise<number> {
  const before = await node.cpu();
  const last = await write(node, writes);
  if (isRead) await untilRead(node, last);
  return (1_000 * ((await node.cpu()) - before)) / writes;
}

async function end({ ask }: OneNode, names: readonly string[]): Promise<void> {
  for (const name of names) hasStatus(await ask('DELETE', `Subscription/${name}`), 200);
}

/** Of each code one; the code of the one that is there has no other. */
async function subscribeMany(node: OneNode, { many }: CostSettings, progress: Progress): Promise<void> {
  const step = progress.step(`making ${String(many)} subscriptions`);
  const clients = await node.clients(Math.ceil(many / perClient));
  for (const [n, ask] of clients.entries()) {
    const own = Array.from({ length: Math.min(perClient, many - n * perClient) }, (_, k) => n * perClient + k);
    await store(
      ask,
      own.map((k) => subscriptionTo('bars', `many-${String(k)}`, undefined, k === 0 ? 'nobody' : `k${String(k)}`)),
    );
    step.update((n + 1) * perClient, many);
  }
  await untilActive(node, many);
  step.done();
}

async function speedOfChanges(
  { ask, base }: OneNode,
  progress: Progress,
): Promise<{ changesPerSecond: number; changes: number }> {
  const step = progress.step('reading $changes');
  let path: string | undefined = '$changes?_count=1000&_type=Observation';
  let changes = 0;
  const began = performance.now();
  while (path !== undefined) {
    const answer = hasStatus(await ask('GET', path), 200);
    // Counted as a reader would that does nothing with them.
    const { entry = [], link } = answer.json() as { entry?: unknown[]; link: { relation: string; url: string }[] };
    changes += entry.length;
    const next = link.find(({ relation }) => relation === 'next')!.url;
    path = entry.length === 0 ? undefined : next.slice(base.length + 1);
    step.update(Math.min(changes, written), written);
  }
  step.done();
  return { changesPerSecond: (1_000 * changes) / (performance.now() - began), changes };
}
