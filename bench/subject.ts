/** The measured platform, as a laptop or a small hospital runs it, with people in it, and the floors beside it. */
import { connect, databaseUrl, ensureDatabase, startEmbedded } from '@dhp/postgres';
import { join } from 'node:path';
import { fhirAt, hasStatus, type Ask } from '../tests/fhir.ts';
import { getToken, openHome, type Credentials, type Home, type Platform } from '../tests/platform.ts';
import { openDatabaseFloor, type DatabaseFloor } from './floor/database-floor.ts';
import { openHttpFloor, type HttpFloor } from './floor/http-floor.ts';
import type { Target } from './load/workloads.ts';
import { patient } from './patient.ts';
import type { Watched } from './cpu.ts';
import type { Progress } from '../apps/dhp/src/progress.ts';

/** One client sends from one address without rate limits. */
export const unlimited = {
  DHP_SSO_CLIENT_RATE: '0',
  DHP_SSO_ADDRESS_RATE: '0',
  DHP_FHIR_CLIENT_RATE: '0',
  DHP_FHIR_ADDRESS_RATE: '0',
};

/** Patients that are read, and the same number of rows of the baseline. */
const readCount = 1_000;
/** Patients that are updated: eight for each of 64 connections. */
const updateCount = 512;

export interface Subject {
  readonly home: Home;
  readonly platform: Platform;
  readonly client: Credentials;
  readonly token: string;
  readonly watched: Watched;
  /** Ids of the Patients to read. */
  readonly ids: readonly string[];
  targets: Target[];
  readonly databaseFloor: DatabaseFloor;
  readonly httpFloor: HttpFloor;
  /** URL of a database of the cluster. */
  readonly databaseUrl: string;
  /** Bytes of a stored Patient in an answer. */
  readonly storedBytes: number;
  /**
   * Vacuums the database of the playground. A search reads the whole pending list of its GIN index, whose length at the start of a
   * measurement is random.
   */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface SubjectOptions {
  /** Options of Node for the server, such as `--inspect=127.0.0.1:0`. */
  readonly nodeOptions?: readonly string[];
  /** The folder of the measured source tree; default: this one. */
  readonly tree?: string;
  /** Settings of the platform in addition to those of every measurement. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Seeds, starts and fills a platform in a temporary folder. */
export async function openSubject(
  patients: number,
  progress: Progress,
  { nodeOptions = [], tree, settings = {} }: SubjectOptions = {},
): Promise<Subject> {
  const home = await openHome({ tree });
  const closers: (() => unknown)[] = [() => home.close()];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const seeding = progress.step(`${patients.toLocaleString('en')} synthetic patients`);
    const { code, stderr } = await home.run(['migrate']);
    if (code !== 0) throw new Error(`dhp migrate ended with ${String(code)}:\n${stderr}`);
    const { resources } = await home.json<{ resources: number }>(['seed', '--patients', String(patients)]);
    seeding.done(`${resources.toLocaleString('en')} resources`);

    const starting = progress.step('the platform');
    const platform = await home.start({ ...unlimited, ...settings }, nodeOptions);
    const client = await home.createClient();
    const token = await getToken(platform.urls.sso, client);
    const watched = { server: platform.pid, postmaster: await home.postmaster() };
    starting.done(platform.urls.playground);

    const filling = progress.step('the Patients that are measured');
    const ask = fhirAt(platform.urls.playground, token);
    const ids = await fill(ask, 'read', readCount);
    const targets = (await fill(ask, 'update', updateCount)).map((id) => ({ id, version: 1 }));
    const stored = hasStatus(await ask('GET', `Patient/${ids[0]!}`), 200).text;
    filling.done(`${(readCount + updateCount).toLocaleString('en')} of ${Buffer.byteLength(stored)} bytes`);

    const cluster = await startEmbedded({ directory: join(home.data, 'postgres'), attach: true });
    const url = await ensureDatabase(databaseUrl(cluster.url, 'postgres'), 'bench_floor');
    const databaseFloor = await openDatabaseFloor(url, stored, { postmaster: watched.postmaster });
    const httpFloor = await openHttpFloor(stored);
    closers.push(() => httpFloor.close());
    return {
      ...{ home, platform, client, token, watched, ids, targets, databaseFloor, httpFloor, close },
      databaseUrl: url,
      storedBytes: Buffer.byteLength(stored),
      settle: () => vacuum(databaseUrl(cluster.url, 'dhp_playground')),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function vacuum(url: string): Promise<void> {
  const sql = connect(url, { max: 1 });
  try {
    await sql.unsafe('vacuum (analyze)').simple();
  } finally {
    await sql.end();
  }
}

/** Writes Patients with ids of our own, sixteen at a time. */
async function fill(ask: Ask, name: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `bench-${name}-${String(index).padStart(4, '0')}`);
  const queue = ids.entries();
  const worker = async (): Promise<void> => {
    for (const [index, id] of queue) hasStatus(await ask('PUT', `Patient/${id}`, patient(index, 0, id)), 201);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return ids;
}
