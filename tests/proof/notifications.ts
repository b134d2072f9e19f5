/** Servers and PostgreSQL are killed while others write: each change is one event, in the order of commits, and what bad receivers do delays no other one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { fhirAt, type Ask } from '../fhir.ts';
import { markdownTable } from '../markdown-table.ts';
import { inNamespaces, missing } from './failover/hosts.ts';
import { proveBeside, type BesideSettings } from './notifications/beside.ts';
import { openGround, type Ground, type Victim } from './notifications/ground.ts';
import { delays, judge, quantile, type Heard, type Verdict } from './notifications/heard.ts';
import { expectedEvents, readHistory, type Version } from './notifications/oracle.ts';
import { patients, startWriters, type Writers } from './notifications/writers.ts';
import type { Proof, Proven } from './proof.ts';

export const notifications: Proof = {
  name: 'notifications',
  claim:
    'Whatever is killed, and whenever: each change that a topic names is one event, with the next number in the order of commits, and is received; and receivers that are slow, hang or lie delay no others.',
  takes: 'two hours with 100,000 events in each of kills and failover; twenty minutes with 10,000',
  parts: ['beside', 'kills', 'failover'],
  settings: { events: 100_000, kills: 20, seconds: 30, rest: 50, receivers: 1_000, rate: 200 },
  run: (progress, only, settings) => runParts(progress, only, settings as unknown as Settings),
};

export interface Settings extends BesideSettings {
  /** Received at good addresses. */
  readonly events: number;
  readonly kills: number;
  /** Milliseconds that each of four writers rests between two requests while processes are killed. */
  readonly rest: number;
}

const topic = 'http://example.org/topics/proof';
const victims: readonly Victim[] = ['first node', 'PostgreSQL', 'worker', 'second node'];
/** Two of everything, and one of each patient. */
const good = ['good-0', 'good-1', ...Array.from({ length: patients }, (_, n) => `good-${String(n + 2)}`)];
const patientOf = (name: string): string | undefined => {
  const n = Number(/^good-(\d+)$/.exec(name)?.[1] ?? 0);
  return n < 2 ? undefined : `Patient/p${String(n - 2)}`;
};
const bad = ['slow', 'hangs', 'resets', 'refuses', 'garbage', 'redirects', 'endless', 'flaps'];
/** Milliseconds that a writer rests between two requests while delays are measured. */
const calm = 400;
/** Milliseconds for which nothing may come before it is said that nothing will. */
const patience = 90_000;

/** A thousand receivers beside bad ones; one PostgreSQL; and a pair under Patroni of which the primary is lost once, in the middle of the kills. */
async function runParts(
  progress: Progress,
  only: readonly string[] = ['beside', 'kills', 'failover'],
  settings: Settings,
): Promise<Proven> {
  const found: Proven[] = [];
  if (only.includes('beside')) found.push(await proveBeside(settings, progress));
  if (only.includes('kills')) found.push(await prove(progress, settings, openGround));
  if (only.includes('failover')) {
    const lacking = await missing();
    const report = `## Failover\n\nNot tried: ${String(lacking)}.`;
    if (lacking === undefined) found.push(await proveInside(settings));
    else found.push({ holds: only.length > 1, report });
  }
  const versions = [...new Set(found.flatMap((one) => one.versions ?? []))].join('; ');
  return {
    holds: found.every(({ holds }) => holds),
    report: found.map(({ report }) => report).join('\n\n'),
    ...(versions !== '' && { versions }),
  };
}

/** In namespaces of its own, where machines can be lost. */
async function proveInside(settings: Settings): Promise<Proven> {
  const program = fileURLToPath(new URL('notifications/pair.ts', import.meta.url));
  const [command, ...words] = inNamespaces;
  const given = [...process.execArgv, program, JSON.stringify(settings)];
  const child = spawn(command, [...words, process.execPath, ...given], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`the proof of a pair ended with ${String(code)} before its end`);
  return JSON.parse(text) as Proven;
}

export async function prove(progress: Progress, settings: Settings, open: () => Promise<Ground>): Promise<Proven> {
  const starting = progress.step('starting two nodes, PostgreSQL and a receiver');
  const ground = await open();
  try {
    await begin(ground);
    await subscribe(ground, good);
    starting.done();
    const writers = startWriters(ground.nodes, ground.token, calm);
    const times = await measureDelays(ground, settings, progress);
    writers.rest = settings.rest;
    const killed = await killInTurn(ground, settings, progress);
    await writers.stop();
    const history = await readHistory(await ground.database());
    const heard = await drained(ground, history, progress);
    return conclude({ settings, ground, writers, times, killed, history, heard });
  } finally {
    await ground.close();
  }
}

async function begin({ nodes, token }: Ground): Promise<void> {
  const ask = fhirAt(nodes[0]!, token());
  for (let n = 0; n < patients; n += 1)
    await stored(ask, { resourceType: 'Patient', id: `p${String(n)}`, name: [{ family: 'Proof' }] });
  await stored(ask, {
    ...{ resourceType: 'SubscriptionTopic', id: 'proof', url: topic, status: 'active' },
    resourceTrigger: [
      {
        ...{ resource: 'Observation', supportedInteraction: ['create', 'update'] },
        queryCriteria: {
          ...{
            previous: 'status:not=final',
            resultForCreate: 'test-passes',
            current: 'status=final',
            requireBoth: true,
          },
        },
      },
      { resource: 'Observation', supportedInteraction: ['delete'] },
    ],
    canFilterBy: [{ resource: 'Observation', filterParameter: 'patient' }],
  });
}

async function stored(ask: Ask, resource: Readonly<Record<string, unknown>>): Promise<void> {
  const answer = await ask('PUT', `${String(resource['resourceType'])}/${String(resource['id'])}`, resource);
  assert.ok(answer.status < 300, `${String(answer.status)} ${answer.text}`);
}

/** Asks for notifications at these addresses, and waits until they are active. */
async function subscribe({ nodes, token, receiver }: Ground, names: readonly string[]): Promise<void> {
  const ask = fhirAt(nodes[1]!, token());
  for (const [n, name] of names.entries()) {
    const patient = patientOf(name);
    await stored(ask, {
      ...{ resourceType: 'Subscription', id: name, status: 'requested', topic },
      channelType: { system: 'http://terminology.hl7.org/CodeSystem/subscription-channel-type', code: 'rest-hook' },
      ...{ endpoint: receiver.url(name), content: 'full-resource', timeout: 5, maxCount: n % 2 === 0 ? 100 : 20 },
      ...(patient !== undefined && { filterBy: [{ filterParameter: 'patient', value: patient }] }),
    });
  }
  for (const name of names)
    await within(patience, `${name} is not active`, async () => {
      const answer = await ask('GET', `Subscription/${name}`);
      return answer.status === 200 && answer.json()['status'] === 'active';
    });
}

async function within(milliseconds: number, otherwise: string, look: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await look().catch(() => false))) {
    if (performance.now() > end) throw new Error(otherwise);
    await delay(100);
  }
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

async function measureDelays(ground: Ground, { seconds }: Settings, progress: Progress): Promise<[Stretch, Stretch]> {
  const stretch = async (title: string): Promise<Stretch> => {
    const step = progress.step(title);
    await delay(3_000);
    const from = Date.now();
    for (let n = 0; n < seconds; n += 1) {
      step.update(n, seconds);
      await delay(1_000);
    }
    step.done();
    return { from, to: Date.now() };
  };
  const alone = await stretch('good receivers alone');
  await subscribe(ground, bad);
  return [alone, await stretch('bad receivers beside them')];
}

interface Kill {
  readonly victim: Victim;
  /** Milliseconds from the kill until an event of a change that was stored after it has come. */
  readonly back: number;
}

async function killInTurn(ground: Ground, { kills, events }: Settings, progress: Progress): Promise<Kill[]> {
  const { receiver } = ground;
  const step = progress.step(
    `${String(kills)} kills, ${String(events)} events${ground.hasPair ? ', and a failover' : ''}`,
  );
  const done: Kill[] = [];
  const before = (await receiver.progress()).events;
  for (let n = 0; n <= kills; n += 1) {
    // Kills are spread over the events that are still to come.
    const due = before + ((events - before) * (n + 1)) / (kills + 1);
    let seen = -1;
    let at = performance.now();
    for (;;) {
      const { events: now } = await receiver.progress();
      step.update(now, events, `${String(done.length)} kills`);
      if (now >= due) break;
      if (now > seen) [seen, at] = [now, performance.now()];
      if (performance.now() - at > patience) throw new Error(`nothing came for ${String(patience / 1000)} s`);
      await delay(100);
    }
    if (ground.hasPair && n === kills >> 1) done.push(await killOne(ground, 'primary'));
    if (n < kills) done.push(await killOne(ground, victims[n % victims.length]!));
  }
  step.done();
  return done;
}

async function killOne(ground: Ground, victim: Victim): Promise<Kill> {
  const at = Date.now();
  await ground.kill(victim);
  // The clock of a time of storing has no finer unit.
  await within(patience, `nothing came after a kill of ${victim}`, async () => {
    return (await ground.receiver.progress()).latest > at + 1;
  });
  return { victim, back: Date.now() - at };
}

/** Waits for what is still to come: until all is there, or nothing more comes. */
async function drained({ receiver }: Ground, history: readonly Version[], progress: Progress): Promise<Heard> {
  const due = good.map((name) => expectedEvents(history, patientOf(name)).length).reduce((a, b) => a + b, 0);
  const step = progress.step('waiting for the last events');
  let heard: Heard = {};
  let seen = -1;
  for (let at = performance.now(); performance.now() - at < patience;) {
    heard = await receiver.heard();
    const now = good.reduce((sum, name) => sum + Math.max(0, ...(heard[name]?.slice(-1) ?? []).map(([n]) => n)), 0);
    step.update(now, due);
    if (now >= due) break;
    if (now > seen) [seen, at] = [now, performance.now()];
    await delay(500);
  }
  // Repeats of the last ones come now.
  await delay(3_000);
  step.done();
  return receiver.heard();
}

interface Found {
  readonly settings: Settings;
  readonly ground: Ground;
  readonly writers: Writers;
  readonly times: readonly [Stretch, Stretch];
  readonly killed: readonly Kill[];
  readonly history: readonly Version[];
  readonly heard: Heard;
}

/** Milliseconds that bad receivers may add to the delays of good ones: half of them, and one in a hundred. */
const mostAdded = { p50: 100, p99: 500 };

function conclude({ settings, ground, writers, times, killed, history, heard }: Found): Proven {
  const verdicts = [...good, ...bad].map((name) => {
    const expected = expectedEvents(history, patientOf(name));
    // Bad addresses asked for notifications later: their first event is a later one of all.
    const first = heard[name]?.[0]?.[1];
    const due = good.includes(name) ? expected : first === undefined ? [] : expected.slice(expected.indexOf(first));
    return { name, expected: due.length, verdict: judge(heard[name] ?? [], due, good.includes(name)) };
  });
  const there = new Set(history.map(({ id, ver }) => `${id} W/"${String(ver)}"`));
  const lost = [...writers.acknowledged].filter((one) => !there.has(one));
  const [alone, beside] = times.map(({ from, to }) => delays(heard, from, to)) as [number[], number[]];
  const added = (share: number): number => quantile(beside, share) - quantile(alone, share);
  const isSwift = added(0.5) <= mostAdded.p50 && added(0.99) <= mostAdded.p99;
  const events = sum(verdicts.filter(({ name }) => good.includes(name)).map(({ verdict }) => verdict.events));
  const holds =
    verdicts.every(({ verdict }) => verdict.faults.length === 0) &&
    lost.length === 0 &&
    isSwift &&
    killed.length === settings.kills + (ground.hasPair ? 1 : 0) &&
    events >= settings.events;
  const level = ground.hasPair ? '###' : '##';
  const report = [
    ...(ground.hasPair ? ['## Failover', ''] : []),
    sizeOf({ events, killed, history, writers, lost, hasPair: ground.hasPair }),
    ...['', `${level} Delays`, '', delaysTable(alone, beside), ''],
    `Milliseconds from \`lastModified\` of a change to its arrival, for ${String(settings.seconds)} s each. Bad receivers may add ${String(mostAdded.p50)} ms to the p50 and ${String(mostAdded.p99)} ms to the p99.`,
    ...['', `${level} Received`, '', receivedTable(verdicts), ''],
    'Good addresses must have all that is expected, bad ones a beginning of it: `garbage` answers 200, and so has all; what answers late or not at all is tried again later and later.',
    ...['', `${level} Kills`, '', killsTable(killed), ''],
    'Seconds from `kill -9` until an event of a change that was stored after it has come. A lane of a killed holder is free after 10 s, the reading of the feed after 15 s; so some wait for that.',
    ...verdicts.flatMap(({ name, verdict }) => verdict.faults.map((fault) => `- ${name}: ${fault}`)),
    ...lost.slice(0, 5).map((one) => `- acknowledged and not there: ${one}`),
  ];
  return { holds, report: report.join('\n'), versions: `PostgreSQL ${ground.version}` };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const count = (n: number): string => Math.round(n).toLocaleString('en');

function sizeOf(o: {
  readonly events: number;
  readonly killed: readonly Kill[];
  readonly history: readonly Version[];
  readonly writers: Writers;
  readonly lost: readonly string[];
  readonly hasPair: boolean;
}): string {
  const { events, killed, history, writers, lost, hasPair } = o;
  const over = hasPair
    ? 'a pair of PostgreSQL servers under Patroni, of which the machine of the primary was lost in the middle'
    : 'one PostgreSQL';
  return (
    `Two nodes of the platform, processes of their own over ${over}, ${count(good.length)} good receivers and ${count(bad.length)} bad ones. Four writers sent transactions to both nodes: ` +
    `${count(history.length)} versions were stored, ${count(writers.acknowledged.size)} of them acknowledged, of which ${count(lost.length)} are lost; ${count(writers.failed())} requests failed. ` +
    `Meanwhile ${count(killed.length)} times a process was killed (\`kill -9\`). **${count(events)} events** came at good receivers. Expected is what a fold over the history of versions says, in the order of commits.`
  );
}

function delaysTable(alone: readonly number[], beside: readonly number[]): string {
  const row = (title: string, all: readonly number[]): string[] => [
    title,
    count(all.length),
    ...[0.5, 0.99, 1].map((share) => count(quantile(all, share))),
  ];
  const rows = [row('good receivers alone', alone), row('bad ones beside them', beside)];
  return markdownTable(['Of good receivers', 'Events', 'p50', 'p99', 'longest'], rows, [1, 2, 3, 4]);
}

function receivedTable(
  verdicts: readonly { readonly name: string; readonly expected: number; readonly verdict: Verdict }[],
): string {
  const rows = verdicts.map(({ name, expected, verdict: { events, repeats, faults } }) => {
    return [name, count(expected), count(events), count(repeats), faults.length === 0 ? 'none' : 'below'];
  });
  return markdownTable(['Address', 'Expected', 'Received', 'Repeated', 'Faults'], rows, [1, 2, 3]);
}

function killsTable(killed: readonly Kill[]): string {
  const all = [...victims, 'primary' as const].filter((victim) => killed.some((one) => one.victim === victim));
  const rows = all.map((victim) => {
    const backs = killed.filter((one) => one.victim === victim).map(({ back }) => back / 1000);
    const sorted = backs.sort((a, b) => a - b);
    return [victim, count(backs.length), quantile(sorted, 0.5).toFixed(1), quantile(sorted, 1).toFixed(1)];
  });
  return markdownTable(['Killed', 'Times', 'Half within', 'All within'], rows, [1, 2, 3]);
}
