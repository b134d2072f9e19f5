/**
 * A client that polls for news misses no version, whichever common way it uses to choose the start of the next request: while commits are
 * delayed, the nodes' clocks are five seconds apart, and stamps are older than they should be when they reach the database.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { scanJson } from '@dhp/fhir-model';
import { openStore, type FhirStore } from '@dhp/fhir-store';
import { connect, type Sql } from '@dhp/postgres';
import { startServer, type TestServer } from './environment.ts';
import { linkTo } from './searches.ts';

let server: TestServer;
let owner: Sql;
const nodes: FhirStore[] = [];

/** Errors of the nodes' clocks in milliseconds, and the greatest lag of their stamps. */
const clocks = [
  { wrong: 0, lag: 0 },
  { wrong: -5_000, lag: 60 },
  { wrong: 5_000, lag: 25 },
  { wrong: 1_500, lag: 120 },
];

before(async () => {
  server = await startServer();
  owner = connect(server.ownerUrl, { max: 1 });
  for (const { wrong, lag } of clocks) {
    const machineClock = () => Date.now() + wrong - Math.floor(Math.random() * lag);
    nodes.push(await openStore({ url: server.ownerUrl, timeZone: 'Asia/Tashkent', machineClock }));
  }
  // Deferred: the statement has ended, and the commit waits.
  await owner.unsafe(`
    create function hold() returns trigger language plpgsql as $$ begin perform pg_sleep(0.4); return null; end $$;
    create constraint trigger hold after insert or update on fhir.resource deferrable initially deferred
    for each row when (new.content like '%held%') execute function hold()`);
});
after(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  await owner.end();
  await server.close();
});

interface Entry {
  fullUrl: string;
  resource: { id: string; meta: { versionId: string; lastUpdated: string } };
}
interface Bundle {
  timestamp?: string;
  entry?: Entry[];
}

/** Returns where the next request begins, from the first page of an answer and all of its entries; undefined: at the same place. */
type Next = (first: Bundle, entries: readonly Entry[]) => string | undefined;

const timesOf = (entries: readonly Entry[]) => entries.map(({ resource }) => resource.meta.lastUpdated);
const latest: Next = (_, entries) =>
  timesOf(entries).reduce((one, other) => (one > other ? one : other), '') || undefined;
const last: Next = (_, entries) => timesOf(entries).at(-1);

const ways: Record<string, { ask: (from: string) => string; next: Next }> = {
  'the timestamp of a history': {
    ask: (from) => `/Basic/_history?_since=${from}&_count=7`,
    next: (first) => first.timestamp,
  },
  'the latest version of a history': { ask: (from) => `/Basic/_history?_since=${from}&_count=7`, next: latest },
  'the latest version of the history of all types': {
    ask: (from) => `/_history?_since=${from}&_count=50`,
    next: latest,
  },
  'the last version of a history, the oldest first': {
    ask: (from) => `/Basic/_history?_since=${from}&_sort=_lastUpdated&_count=7`,
    next: last,
  },
  'a search behind the last one found': {
    ask: (from) => `/Basic?_lastUpdated=gt${from}&_sort=_lastUpdated&_count=7`,
    next: last,
  },
  'a search from the last one found': {
    ask: (from) => `/Basic?_lastUpdated=ge${from}&_sort=_lastUpdated&_count=50`,
    next: last,
  },
};

/** Requests all pages of what is new, again and again, until stopped. */
class Follower {
  readonly seen = new Set<string>();
  #from = '2020-01-01T00:00:00Z';
  readonly #way: (typeof ways)[string];

  constructor(way: (typeof ways)[string]) {
    this.#way = way;
  }

  async poll(): Promise<void> {
    const entries: Entry[] = [];
    let first: Bundle | undefined;
    for (let path: string | undefined = this.#way.ask(encodeURIComponent(this.#from)); path !== undefined;) {
      const reply = await server.request('GET', path);
      assert.equal(reply.status, 200, reply.text);
      const bundle = reply.json as Bundle;
      first ??= bundle;
      entries.push(...(bundle.entry ?? []));
      path = linkTo(reply, 'next');
    }
    for (const { resource } of entries) this.seen.add(`${resource.id}/${resource.meta.versionId}`);
    this.#from = this.#way.next(first!, entries) ?? this.#from;
  }
}

async function put(node: FhirStore, id: string, body: object): Promise<string> {
  const text = JSON.stringify({ resourceType: 'Basic', code: { text: 'x' }, ...body });
  const resource = JSON.parse(text) as { resourceType: string };
  const version = { type: 'Basic', source: scanJson(text), resource };
  const outcome = await node.update({ ...version, id, requireMatch: false, createAllowed: true });
  assert.ok('version' in outcome, outcome.kind);
  return `${id}/${outcome.version.versionId}`;
}

test('no version is missed by any way of asking again', async () => {
  const followers = Object.entries(ways).map(([name, way]) => ({ name, follower: new Follower(way) }));
  let isWriting = true;
  const following = followers.map(async ({ follower }) => {
    while (isWriting) {
      await follower.poll();
      await delay(3);
    }
  });
  const stored: string[] = [];
  // Each resource is written once, because a search shows only the latest version of a changed resource.
  const writing = nodes.flatMap((node, n) => [
    (async () => {
      for (let round = 0; round < 60; round += 1) {
        stored.push(await put(node, `quick-${n}-${round}`, { created: '2026-01-01' }));
        await delay(Math.random() * 15);
      }
    })(),
    (async () => {
      for (let round = 0; round < 3; round += 1)
        stored.push(await put(node, `held-${n}-${round}`, { language: 'held' }));
    })(),
  ]);
  await Promise.all(writing);
  isWriting = false;
  await Promise.all(following);
  for (const { name, follower } of followers) {
    await follower.poll();
    assert.deepEqual(
      stored.filter((version) => !follower.seen.has(version)),
      [],
      `missed by ${name}`,
    );
  }
});

test('stamps go on where the clock of the database is behind what was shown', async () => {
  const ahead = Date.now() + 3_000;
  await owner`select setval('fhir.settled', ${ahead})`;
  const stored = await put(nodes[0]!, 'after', {});
  const { lastUpdated } = (await nodes[0]!.read('Basic', 'after'))!;
  assert.equal(stored, 'after/1');
  assert.ok(lastUpdated.getTime() >= ahead, lastUpdated.toISOString());
  // Back by more than an error could be: the clock was set back, and writing continues.
  await owner`select setval('fhir.settled', ${Date.now() + 3_600_000})`;
  await put(nodes[1]!, 'after-the-clock-was-set-back', {});
  const version = (await nodes[1]!.read('Basic', 'after-the-clock-was-set-back'))!;
  assert.ok(version.lastUpdated.getTime() < Date.now() + 60_000);
});
