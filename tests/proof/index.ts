/** Servers are killed while they build the next definition of the search index: it is completed, and no search is refused or wrong. */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@dhp/postgres/testing';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { migrations, openStore } from '../../packages/fhir-store/src/index.ts';
import { assertIndexWhole } from '../../packages/fhir-store/test/index-wholeness.ts';
import { put } from '../../packages/fhir-store/test/search-world.ts';
import { definitionsOf, firstVersion } from '../../packages/fhir-store/test/side-by-side/definitions.ts';
import { startNode, type Node } from '../../packages/fhir-store/test/side-by-side/fleet.ts';
import { amounts, load, version, type Load } from '../../packages/fhir-store/test/side-by-side/load.ts';
import { createOracle } from '../../packages/fhir-store/test/side-by-side/oracle.ts';
import { randomFrom } from '../../packages/fhir-store/test/side-by-side/random.ts';
import { testDatabase, type TestDatabase } from '../../packages/postgres/src/testing.ts';
import { markdownTable } from '../markdown-table.ts';
import type { Proof, Proven } from './proof.ts';

const stages = ['fill', 'filled', 'bound'] as const;
type Stage = (typeof stages)[number];

export interface IndexSettings {
  /** Definitions that follow on one another. */
  readonly rounds: number;
  readonly servers: number;
  /** Resources beside those that are written and searched, so that a pass takes a while. */
  readonly others: number;
  /** Share of the time in which a server indexes. */
  readonly share: number;
  /** Milliseconds for which a server that is killed counts as alive. */
  readonly lease: number;
  readonly seed: number;
  /** Milliseconds between the requests of each of those who write and search. */
  readonly pause: number;
}

export interface IndexMeasured {
  readonly kills: Readonly<Record<Stage, number>>;
  /** Milliseconds from the start of the first server of each definition until it took over. */
  readonly took: readonly number[];
  readonly searches: number;
  readonly writes: number;
  readonly faults: readonly string[];
  readonly refused: readonly string[];
  /** How the rows at the end differ from those that the bodies should have; undefined if they do not. */
  readonly unlike: string | undefined;
}

const usual: IndexSettings = {
  rounds: 5,
  servers: 3,
  others: 4_000,
  share: 0.3,
  lease: 60_000,
  seed: 20_261_128,
  pause: 2,
};
export const index: Proof = {
  name: 'index',
  claim:
    'While the next definition of the search index is built by three servers under load, and one of them is killed (SIGKILL) in each stage of each of five builds, every definition takes over, no search is refused or wrong, no write is refused, and the rows at the end are those of the bodies.',
  takes: 'some five minutes',
  run: async (progress) => proven(await measureIndex(usual, progress)),
};

/** Builds one definition after the other on a database of its own. Rejects where a stage is never reached. */
export async function measureIndex(settings: IndexSettings, progress: Progress): Promise<IndexMeasured> {
  const database = await testDatabase({ name: 'proof_index', migrations: [migrations] });
  const fleet: Node[] = [];
  let used: Load | undefined;
  try {
    const random = randomFrom(settings.seed);
    const oracle = createOracle();
    await fill(database, settings, oracle, random);
    const kills = { fill: 0, filled: 0, bound: 0 };
    const took: number[] = [];
    for (let n = 0; n < settings.servers; n += 1)
      fleet.push(await startNode(database.url, [firstVersion], settings.share, settings.lease));
    used = load(() => fleet, oracle, { random, pause: settings.pause });
    // Every second definition has the tags, which the load searches by.
    for (let round = 1; round <= settings.rounds; round += 1) {
      const [searched, built] = [Math.max(firstVersion, firstVersion + 2 * round - 3), firstVersion + 2 * round - 1];
      const step = progress.step(`definition ${round} of ${settings.rounds}`);
      took.push(await build(database, fleet, { searched, built, kills, ...settings, random }));
      if (round === 1) used.tagsAreThere();
      step.done();
    }
    const from = used.judged.searches;
    await until('searches behind the last definition', () => Promise.resolve(used!.judged.searches >= from + 200));
    await used.stop();
    const { searches, writes, faults, refused } = used.judged;
    await Promise.all(fleet.map((node) => node.end()));
    const unlike = await assertIndexWhole(database.url).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    return { kills, took, searches, writes, faults, refused, unlike };
  } finally {
    await used?.stop();
    await Promise.all(fleet.map((node) => node.end()));
    await database.drop();
  }
}

async function fill(
  { url }: TestDatabase,
  { others }: IndexSettings,
  oracle: ReturnType<typeof createOracle>,
  random: () => number,
): Promise<void> {
  const store = await openStore({ url, timeZone: 'Asia/Tashkent', definitions: definitionsOf([firstVersion]) });
  try {
    const names = [
      ...Array.from({ length: amounts.patients }, (_, n) => `Patient/p${n}`),
      ...Array.from({ length: amounts.observations }, (_, n) => `Observation/o${n}`),
    ];
    for (const name of names) {
      const resource = version(name, random);
      oracle.begins([name]);
      await put(store, resource);
      oracle.ends(name, resource);
    }
    const ids = Array.from({ length: others }, (_, n) => n);
    for (let from = 0; from < others; from += 50) {
      await Promise.all(
        ids
          .slice(from, from + 50)
          .map((n) => put(store, { resourceType: 'Basic', id: `b${n}`, code: { text: `t${n}` } })),
      );
    }
  } finally {
    await store.close();
  }
}

interface Build {
  /** The definitions, by number. */
  readonly searched: number;
  readonly built: number;
  readonly kills: Record<Stage, number>;
  readonly share: number;
  readonly lease: number;
  readonly random: () => number;
}

/** Replaces the servers by those of the next release, kills one in each stage, and waits until its definition takes over. */
async function build({ sql, url }: TestDatabase, fleet: Node[], { searched, built, ...by }: Build): Promise<number> {
  const began = performance.now();
  const start = async (): Promise<void> => void fleet.push(await startNode(url, [searched, built], by.share, by.lease));
  const stage = async (): Promise<string | undefined> =>
    (await sql<{ stage: string }[]>`select stage from fhir.index_next where version = ${built}`)[0]?.stage;
  const isOver = async (): Promise<boolean> =>
    (await sql<{ version: number }[]>`select version from fhir.index_state`)[0]?.version === built;
  const killOne = async (from: number, of: Stage): Promise<void> => {
    const [one] = fleet.splice(from + Math.floor(by.random() * (fleet.length - from)), 1);
    await delay(by.random() * 30);
    await one!.kill();
    by.kills[of] += 1;
    await start();
  };
  // The first of the fleet is of the release before until the last pass is to begin: without its end nothing is bound.
  for (let n = fleet.length - 1; n > 0; n -= 1) {
    await start();
    await fleet.splice(1, 1)[0]!.end();
  }
  await until('the build begins', async () => (await stage()) !== undefined);
  if ((await stage()) === 'fill') await killOne(1, 'fill');
  await until('all rows are filled', async () => (await stage()) === 'filled');
  await killOne(1, 'filled');
  await start();
  await fleet.shift()!.end();
  await until('the definition is bound', async () => (await stage()) === 'bound' || (await isOver()));
  if ((await stage()) === 'bound') await killOne(0, 'bound');
  await until('the definition takes over', isOver);
  return performance.now() - began;
}

function proven({ kills, took, searches, writes, faults, refused, unlike }: IndexMeasured): Proven {
  const killed = stages.every((stage) => kills[stage] > 0);
  const right = faults.length + refused.length === 0 && unlike === undefined;
  const table = markdownTable(
    ['Stage', 'Servers killed in it'],
    stages.map((stage) => [`\`${stage}\``, String(kills[stage])]),
  );
  const lines = [
    table,
    `${took.length} definitions took over, ${took.map((ms) => `${(ms / 1000).toFixed(0)} s`).join(', ')} after their first server started. ` +
      `${searches.toLocaleString('en')} searches were judged by what had been acknowledged, beside ${writes.toLocaleString('en')} writes: ` +
      `${faults.length} wrong or refused searches, ${refused.length} refused writes.`,
    unlike === undefined ? 'The rows at the end are those of the bodies.' : `The rows at the end differ: ${unlike}`,
    ...[...faults, ...refused].slice(0, 10).map((one) => `- ${one}`),
  ];
  return { holds: killed && right, report: lines.join('\n\n') };
}
