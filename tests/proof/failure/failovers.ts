/** The database's primary dies while clients write, and its standby takes over at the same address. */
import { setTimeout as delay } from 'node:timers/promises';
import { startPair, startWire } from '@dhp/postgres/testing';
import { fhirAt } from '../../fhir.ts';
import { inSeconds, outage, platformOn, startWriting, type Outcome, type Scenario } from './scenario.ts';

/** Milliseconds of writing before and after the failover. */
const before = 6_000;
const after = 4_000;

export const synchronousFailover: Scenario = {
  name: 'failover',
  fault: 'kill -9 of the primary with a synchronous standby, which is promoted',
  claim: 'No acknowledged write is lost, and the nodes that stay up write again within 15 s of the promotion.',
  run: () => withPair(failOver),
};

export const standbyAway: Scenario = {
  name: 'standby-away',
  fault: 'the synchronous standby is away for 40 s',
  claim:
    'No write waits longer than 45 s, each is answered by 503, and what was acknowledged is there; reads go on, and no node is taken out of service.',
  run: () => withPair(loseStandby),
};

interface Parts {
  readonly pair: Awaited<ReturnType<typeof startPair>>;
  readonly wire: Awaited<ReturnType<typeof startWire>>;
  readonly base: string;
  readonly token: string;
  readonly readyz: string;
}

async function withPair(work: (parts: Parts) => Promise<Outcome>): Promise<Outcome> {
  const pair = await startPair();
  try {
    const wire = await startWire(pair.primary);
    const { home, platform, token } = await platformOn(wire.through(pair.primary));
    try {
      await pair.synchronous(true);
      const base = platform.urls.playground;
      return await work({ pair, wire, base, token, readyz: `${base}/readyz` });
    } finally {
      await home.close();
      await wire.close();
    }
  } finally {
    await pair.close();
  }
}

async function failOver({ pair, wire, base, token }: Parts): Promise<Outcome> {
  const writing = startWriting(base, token);
  await delay(before);
  const atKill = writing.acknowledged();
  await pair.killPrimary();
  await pair.promote();
  wire.leadTo(pair.standby);
  await wire.cut();
  await wire.restore();
  const promoted = performance.now();
  while (writing.acknowledged() < atKill + 200 && performance.now() - promoted < 60_000) await delay(20);
  const recovered = performance.now() - promoted;
  await delay(after);
  const refused = await writing.stop();
  const { resources, unacknowledged } = await writing.check(fhirAt(base, token));
  return {
    holds: recovered < 15_000 && atKill > 500,
    said:
      `${writing.acknowledged()} acknowledged writes of ${resources} resources (${atKill} before the kill) are all there, with every version; ` +
      `writing again ${inSeconds(recovered)} after the promotion, outage ${inSeconds(outage(refused))}, ${refused.length} requests failed, ` +
      `${unacknowledged} of them had been committed.`,
  };
}

async function loseStandby({ pair, base, token, readyz }: Parts): Promise<Outcome> {
  const writing = startWriting(base, token);
  await delay(before);
  const atKill = writing.acknowledged();
  await pair.killStandby();
  const ask = fhirAt(base, token);
  const away = performance.now();
  const reads = { all: 0, bad: 0, longest: 0 };
  const readiness = new Set<string>();
  // Longer than a FHIR server accepts tokens without hearing from the SSO what was revoked.
  while (performance.now() - away < 40_000) {
    const began = performance.now();
    const answers = [await ask('GET', 'Basic/w0-0'), await ask('GET', 'Basic?_id=w0-0')];
    reads.all += answers.length;
    reads.bad += answers.filter(({ status }) => status !== 200).length;
    reads.longest = Math.max(reads.longest, performance.now() - began);
    const ready = await fetch(readyz);
    readiness.add(`${String(ready.status)} ${((await ready.json()) as { status: string }).status}`);
    await delay(100);
  }
  await pair.startStandby();
  const started = performance.now();
  const meanwhile = writing.acknowledged();
  while (writing.acknowledged() < meanwhile + 200 && performance.now() - started < 60_000) await delay(20);
  const recovered = performance.now() - started;
  const refused = await writing.stop();
  const { resources, unacknowledged } = await writing.check(fhirAt(base, token));
  const longest = Math.max(0, ...refused.map(({ took }) => took));
  const statuses = [...new Set(refused.map(({ status }) => status ?? 'no answer'))].join(', ');
  return {
    holds:
      longest < 45_000 &&
      refused.every(({ status }) => status === 503) &&
      recovered < 30_000 &&
      reads.bad === 0 &&
      [...readiness].every((one) => one.startsWith('200 ')) &&
      readiness.has('200 degraded'),
    said:
      `${writing.acknowledged()} acknowledged writes of ${resources} resources (${atKill} before) are all there; ${refused.length} requests failed ` +
      `(status ${statuses || 'none'}), the longest after ${inSeconds(longest)}; ${unacknowledged} of them had been committed; ${reads.all - reads.bad} of ${reads.all} reads were answered, a pair in ${inSeconds(reads.longest)} at most; /readyz said ${[...readiness].join(', ')}; ` +
      `writing again ${inSeconds(recovered)} after the standby came back.`,
  };
}
