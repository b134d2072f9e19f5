/** Commits that take ten seconds, on two nodes whose clocks differ by five: whoever follows a history misses none of it. */
import { randomBytes } from 'node:crypto';
import { glob } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, databaseUrl } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { fhirAt, hasStatus, versionOf, type Ask } from '../../fhir.ts';
import { getToken, openHome, type Home } from '../../platform.ts';
import { freePort } from '../../processes.ts';
import { inSeconds, type Outcome, type Scenario } from './scenario.ts';

/** Seconds for which a slow commit is held, by which the clock of the second node is ahead, and for which is written. */
const held = 10;
const ahead = 5;
const lasting = 25;

export const slowCommits: Scenario = {
  name: 'slow-commits',
  fault: `commits are held for ${String(held)} s, and the clocks of two nodes differ by ${String(ahead)} s`,
  claim:
    'Whoever follows a history, on either node, by the timestamp of the answer before or by the second before the latest version seen, misses no version.',
  missing: async () =>
    (await fakeClock()) === undefined ? 'libfaketime is not installed (apt-get install libfaketime)' : undefined,
  async run(): Promise<Outcome> {
    const server = await testServer();
    const database = `dhp_proof_${randomBytes(8).toString('hex')}`;
    const homes: Home[] = [];
    try {
      const bases = await startNodes(server, database, homes);
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

interface Node {
  readonly sso: string;
  readonly fhir: string;
}

/** The library that moves the clock of a process. https://github.com/wolfcw/libfaketime */
async function fakeClock(): Promise<string | undefined> {
  for await (const file of glob('/usr/lib/{,*/}faketime/libfaketime.so.1')) return file;
  return undefined;
}

/** Two nodes over one database, of which the second has its clock ahead. */
async function startNodes(server: string, database: string, homes: Home[]): Promise<Node[]> {
  const admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  await admin.end();
  const ports = await Promise.all([0, 1].map(async () => ({ sso: await freePort(), web: await freePort() })));
  const [own] = ports;
  const shared = {
    DATABASE_URL: databaseUrl(server, database),
    DHP_SECRET_KEY: randomBytes(32).toString('base64'),
    DHP_SSO_URL: `http://localhost:${String(own!.sso)}`,
    DHP_PLAYGROUND_URL: `http://localhost:${String(own!.web)}/fhir`,
    DHP_PORTAL_URL: `http://localhost:${String(own!.web)}`,
  };
  const clock = {
    LD_PRELOAD: (await fakeClock()) ?? '',
    FAKETIME: `+${String(ahead)}s`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  for (const [n, { sso, web }] of ports.entries()) {
    const environment = { ...shared, DHP_SSO_PORT: String(sso), DHP_PORT: String(web), ...(n === 1 && clock) };
    const home = await openHome({ environment });
    homes.push(home);
    await home.start();
  }
  return ports.map(({ sso, web }) => ({
    sso: `http://localhost:${String(sso)}`,
    fhir: `http://localhost:${String(web)}/fhir`,
  }));
}

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
  const stored: string[] = [];
  let slowest = 0;
  const end = performance.now() + lasting * 1000;
  const write = async (ask: Ask, name: string, language: string): Promise<void> => {
    for (let round = 0; performance.now() < end; round += 1) {
      const id = `${name}-${String(round)}`;
      const began = performance.now();
      const answer = await ask('PUT', `Basic/${id}`, { resourceType: 'Basic', id, language, code: { text: name } });
      stored.push(`${id}/${String(versionOf(hasStatus(answer, 201)))}`);
      if (language === 'slow') slowest = Math.max(slowest, performance.now() - began);
      else await delay(30);
    }
  };
  const writers = asks.flatMap((ask, n) => [
    write(ask, `slow-${String(n)}`, 'slow'),
    ...[0, 1, 2].map((m) => write(ask, `quick-${String(n)}-${String(m)}`, 'en')),
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

interface HistoryPage {
  readonly timestamp: string;
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly { readonly resource: { id: string; meta: { versionId: string; lastUpdated: string } } }[];
}

/** Asks for all pages of what is new, and then from the next `_since` on. */
class Follower {
  readonly seen = new Set<string>();
  asked = 0;
  readonly #ask: Ask;
  readonly #by: 'timestamp' | 'latest';
  #since = new Date(0).toISOString();

  constructor(ask: Ask, by: 'timestamp' | 'latest') {
    this.#ask = ask;
    this.#by = by;
  }

  async look(): Promise<void> {
    const since = encodeURIComponent(this.#since);
    let timestamp: string | undefined;
    let latest = new Date(Date.parse(this.#since) + 1_000).toISOString();
    for (let path: string | undefined = `Basic/_history?_since=${since}&_count=200`; path !== undefined;) {
      const page: HistoryPage = hasStatus(await this.#ask('GET', path), 200).json() as unknown as HistoryPage;
      this.asked += 1;
      timestamp ??= page.timestamp;
      for (const { resource } of page.entry ?? []) {
        this.seen.add(`${resource.id}/${resource.meta.versionId}`);
        if (Date.parse(resource.meta.lastUpdated) > Date.parse(latest)) latest = resource.meta.lastUpdated;
      }
      const next = page.link?.find(({ relation }) => relation === 'next')?.url;
      // The public address is that of the first node.
      path = next?.slice(next.indexOf('/fhir/') + '/fhir/'.length);
    }
    // Versions of the same milliseconds have no order that a time could tell.
    this.#since = this.#by === 'timestamp' ? timestamp! : new Date(Date.parse(latest) - 1_000).toISOString();
  }
}
