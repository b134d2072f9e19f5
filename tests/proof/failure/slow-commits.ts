/** Commits that take ten seconds, on two nodes whose clocks differ by five: whoever follows a history misses none of it. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, databaseUrl } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { fhirAt, hasStatus, versionOf, type Ask } from '../../fhir.ts';
import { getToken, type Home } from '../../platform.ts';
import { Follower } from './follower.ts';
import { inSeconds, type Outcome, type Scenario } from './scenario.ts';
import { noFakeClock, startNodes, type Node } from './two-clocks.ts';

/** Seconds for which a slow commit is held, by which the clock of the second node is ahead, and for which is written. */
const held = 10;
const ahead = 5;
const lasting = 25;

export const slowCommits: Scenario = {
  name: 'slow-commits',
  fault: `commits are held for ${String(held)} s, and the clocks of two nodes differ by ${String(ahead)} s`,
  claim:
    'Whoever follows a history, on either node, by the timestamp of the answer before or by the second before the latest version seen, misses no version.',
  missing: noFakeClock,
  async run(): Promise<Outcome> {
    const server = await testServer();
    const database = `dhp_proof_${randomBytes(8).toString('hex')}`;
    const homes: Home[] = [];
    try {
      const bases = await startNodes({ server, database, clock: { FAKETIME: `+${String(ahead)}s` } }, homes);
      return await follow(
        bases,
        await clientOf(homes[0]!, bases[0]!.sso),
        databaseUrl(server, `${database}_playground`),
      );
    } finally {
      await Promise.all(homes.map((home) => home.close()));
    }
  },
};

async function clientOf(home: Home, sso: string): Promise<string> {
  return getToken(sso, await home.createClient());
}

async function follow(nodes: readonly Node[], token: string, database: string): Promise<Outcome> {
  const apart = await clocksApart(nodes);
  const admin = connect(database, { max: 1 });
  // Deferred: the statement has ended, and the commit waits.
  await admin.unsafe(`
    create function public.hold() returns trigger language plpgsql as $$ begin perform pg_sleep(${String(held)}); return null; end $$;
    create constraint trigger hold after insert or update on fhir.resource deferrable initially deferred
    for each row when (new.content like '%slow%') execute function public.hold()`);
  await admin.end();

  const asks = nodes.map(({ fhir }) => fhirAt(fhir, token));
  const followers = asks.flatMap((ask) => [new Follower(ask, 'timestamp'), new Follower(ask, 'latest')]);
  let isOver = false;
  const following = followers.map(async (follower) => {
    while (!isOver) {
      await follower.look();
      await delay(50);
    }
  });
  for (const one of following) one.catch(() => undefined); // told when all have ended
  const stored: string[] = [];
  let slowest = 0;
  const end = performance.now() + lasting * 1000;
  const write = async (ask: Ask, name: string, kind: 'slow' | 'quick'): Promise<void> => {
    for (let round = 0; performance.now() < end; round += 1) {
      const id = `${name}-${String(round)}`;
      const began = performance.now();
      const answer = await ask('PUT', `Basic/${id}`, { resourceType: 'Basic', id, code: { text: name } });
      stored.push(`${id}/${String(versionOf(hasStatus(answer, 201)))}`);
      if (kind === 'slow') slowest = Math.max(slowest, performance.now() - began);
      else await delay(30);
    }
  };
  const writers = asks.flatMap((ask, n) => [
    write(ask, `slow-${String(n)}`, 'slow'),
    ...[0, 1, 2].map((m) => write(ask, `quick-${String(n)}-${String(m)}`, 'quick')),
  ]);
  await Promise.all(writers);
  isOver = true;
  await Promise.all(following);
  await Promise.all(followers.map((follower) => follower.look()));
  const missed = followers.map(({ seen }) => stored.filter((name) => !seen.has(name)).length);
  return {
    holds: missed.every((n) => n === 0) && slowest >= held * 1000 && apart >= ahead - 1.5,
    said:
      `${String(stored.length)} acknowledged versions, the slowest after ${inSeconds(slowest)}, on nodes whose clocks were ${inSeconds(apart * 1000)} apart; ` +
      `${String(followers.length)} followers asked ${String(followers.reduce((sum, { asked }) => sum + asked, 0))} times and missed ${missed.join(', ')} of them.`,
  };
}

/** Seconds, by the field Date of answers. */
async function clocksApart(nodes: readonly Node[]): Promise<number> {
  const times = await Promise.all(
    nodes.map(async ({ sso }) => Date.parse((await fetch(`${sso}/healthz`)).headers.get('date') ?? '')),
  );
  return Math.abs(times[0]! - times[1]!) / 1000;
}
