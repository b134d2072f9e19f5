/** Searches over 10,000 patients, measured with a fifth of the Observations and with all of them. */
import { indexVersion } from '@dhp/search-index/rows';
import { openStore, type FhirStore } from '@dhp/fhir-store';
import { connect, databaseUrl, ensureDatabase, startEmbedded } from '@dhp/postgres';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { fhirAt, type Ask } from '../../tests/fhir.ts';
import { getToken, openHome, type Platform } from '../../tests/platform.ts';
import type { Watched } from '../cpu.ts';
import { openLoad } from '../load/measure.ts';
import { machineFacts, type Facts } from '../machine.ts';
import { measurePlan, type Planned, type SearchMeasured } from '../searches.ts';
import { unlimited } from '../subject.ts';
import { patients, records, type Part } from './records.ts';
import { countOfPages, pagedShapes, shapesAtScale } from './shapes.ts';
import { readSizes, type Sizes } from './sizes.ts';

/** Measurements at one number of Observations. */
export interface Stage {
  readonly observations: number;
  readonly load: Loaded;
  readonly searches: readonly SearchMeasured[];
  readonly sizes: Sizes;
}

interface Loaded {
  readonly resources: number;
  readonly seconds: number;
}

export interface AtScale {
  readonly facts: Facts;
  readonly settings: { readonly seconds: number; readonly rounds: number; readonly patients: number };
  /** The smaller first. */
  readonly stages: readonly Stage[];
}

interface Options {
  readonly observations: number;
  readonly seconds: number;
  readonly rounds: number;
  /** A folder for the data, which stays and is used again; a temporary one if undefined. */
  readonly data: string | undefined;
}

/** A platform with so many Observations. */
interface Sized {
  readonly observations: number;
  readonly load: Loaded;
  readonly platform: Platform;
  readonly token: string;
  readonly watched: Watched;
  readonly ask: Ask;
  readonly url: string;
  readonly folder: string;
  close(): Promise<void>;
}

/**
 * Two platforms, measured alternately, so that temporary load on the machine slows both.
 * @throws Error if there are too few Observations for the measured pages
 */
export async function measureAtScale(options: Options, progress: Progress): Promise<AtScale> {
  const { observations, seconds, rounds } = options;
  const [otherLoad = 0] = loadavg();
  const load = openLoad();
  const opened: Sized[] = [];
  try {
    const each = Math.ceil(observations / patients);
    for (const count of [Math.max(1, Math.floor(each / 5)), each])
      opened.push(await openSized(count, options.data, progress));
    const [small] = opened;
    const facts = {
      ...(await machineFacts(small!.url, small!.folder, otherLoad)),
      'Search index': `definition ${indexVersion}`,
    };
    const shapes = await shapesAtScale(small!.ask);
    const pageSize = await countOfPages(small!.ask);
    const plans = await Promise.all(
      opened.map(async ({ ask }) =>
        [...shapes, ...(await pagedShapes(ask, pageSize))].map((shape): Planned => ({
          ...shape,
          connections: 1,
          duration: seconds * 1000,
        })),
      ),
    );
    const searches: SearchMeasured[][] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      for (const [n, subject] of opened.entries()) {
        const once = await measurePlan(subject, load, plans[n]!, { rounds: 1, progress });
        for (const [index, one] of once.entries()) {
          const known = searches[n]![index];
          if (known === undefined) searches[n]!.push(one);
          else known.runs.push(...one.runs);
        }
      }
    }
    const stages: Stage[] = [];
    for (const [n, sized] of opened.entries()) {
      const { observations: count, load: loaded } = sized;
      stages.push({ observations: count, load: loaded, searches: searches[n]!, sizes: await sizesOf(sized.url) });
    }
    return { facts, settings: { seconds, rounds, patients }, stages };
  } finally {
    load.close();
    for (const each of opened) await each.close();
  }
}

/** Starts a platform and loads it, if it is not loaded yet. */
async function openSized(each: number, data: string | undefined, progress: Progress): Promise<Sized> {
  const observations = each * patients;
  const kept = data === undefined ? undefined : join(data, String(observations));
  if (kept !== undefined) await mkdir(kept, { recursive: true });
  const home = await openHome(kept === undefined ? {} : { kept });
  try {
    const platform = await home.start(unlimited);
    const token = await getToken(platform.urls.sso, await home.createClient());
    const watched = { server: platform.pid, postmaster: await home.postmaster() };
    const cluster = await startEmbedded({ directory: join(home.data, 'postgres'), attach: true });
    const url = await ensureDatabase(databaseUrl(cluster.url, 'postgres'), 'dhp_playground');
    const note = join(home.data, 'loaded.json');
    const known = await readFile(note, 'utf8').catch(() => undefined);
    const load =
      known === undefined
        ? await loadPart(url, platform.urls.playground, { from: 0, to: each }, progress)
        : (JSON.parse(known) as Loaded);
    await writeFile(note, JSON.stringify(load));
    const ask = fhirAt(platform.urls.playground, token);
    return {
      ...{ observations, load, platform, token, watched, ask, url },
      folder: home.data,
      close: () => home.close(),
    };
  } catch (error) {
    await home.close();
    throw error;
  }
}

/** Stores a part through the store's interface for bulk loads; PostgreSQL then does its pending maintenance. */
async function loadPart(url: string, base: string, part: Part, progress: Progress): Promise<Loaded> {
  const store = await openStore({ url, timeZone: 'Asia/Tashkent', ownBases: [base] });
  try {
    const loaded = await insert(store, part, progress);
    const sql = connect(url, { max: 1 });
    const step = progress.step('vacuum and statistics');
    await sql.unsafe('vacuum (analyze)').simple();
    await sql.unsafe('checkpoint').simple();
    await sql.end();
    step.done();
    return loaded;
  } finally {
    await store.close();
  }
}

async function insert(store: FhirStore, part: Part, progress: Progress): Promise<Loaded> {
  const each = part.to - part.from;
  const expected = patients * each + (part.from === 0 ? patients * (1 + encountersEach) : 0);
  const step = progress.step(`${(patients * each).toLocaleString('en')} Observations`);
  const begun = performance.now();
  const resources = await store.bulkInsert(records(part), {
    onProgress(stored) {
      const seconds = (performance.now() - begun) / 1000;
      const left = Math.max(0, expected - stored) * (seconds / stored);
      step.update(
        stored,
        expected,
        `· ${Math.round(stored / seconds).toLocaleString('en')} a second, ${left.toFixed(0)} s left`,
      );
    },
  });
  const seconds = (performance.now() - begun) / 1000;
  step.done(
    `${resources.toLocaleString('en')} resources, ${Math.round(resources / seconds).toLocaleString('en')} a second`,
  );
  return { resources, seconds };
}

/** About as many as a record has. */
const encountersEach = 6.5;

async function sizesOf(url: string): Promise<Sizes> {
  const sql = connect(url, { max: 1 });
  try {
    return await readSizes(sql);
  } finally {
    await sql.end();
  }
}
