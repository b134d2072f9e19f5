/** Moving the database of an environment to several nodes: the plan, and carrying it out. docs/operations/distributed.md */
import { setTimeout as delay } from 'node:timers/promises';
import { connect, ensureDatabase, schemaState, type Sql } from '@dhp/postgres';
import { parseDatabaseUrl } from '@dhp/postgres/address';
import {
  addNode,
  bytesCopied,
  coordinatorFacts,
  distribute,
  isSpread,
  knowsPatientShards,
  makeExtension,
  movedTables,
  nameCoordinator,
  nodeSettings,
  type MovedTable,
  type Place,
} from '@dhp/fhir-store/placement';
import { schemaOf } from '../context.ts';
import type { EnvironmentName } from '../environment.ts';
import type { Progress } from '../progress.ts';
import { obstaclesOf, type AskedNode } from './obstacles.ts';
import { urlAt } from './places.ts';
import { said } from './said.ts';

export interface Wanted {
  readonly workers: readonly Place[];
  /** Address at which the workers reach the server of DATABASE_URL; undefined: as named there. */
  readonly coordinator: Place | undefined;
  readonly shards: number;
}

export interface MovePlan {
  readonly environment: EnvironmentName;
  readonly obstacles: readonly string[];
  /** Whether there is nothing left to do. */
  readonly isDone: boolean;
  readonly coordinator: Place;
  readonly workers: readonly Place[];
  readonly shards: number;
  readonly tables: readonly MovedTable[];
  /** Of the remaining tables, with their indexes. */
  readonly bytes: number;
  /** An estimate from measured runs. */
  readonly seconds: number;
}

/** Seconds for each table, and bytes a second with indexes, measured on one machine: docs/operations/distributed.md. */
const measured = { table: 0.3, bytes: 25 * 1024 ** 2 };

/** Checks all nodes, and changes nothing. @param url of the database, with the login of its owner */
export async function planMove(url: string, environment: EnvironmentName, wanted: Wanted): Promise<MovePlan> {
  const sql = connect(url, { max: 1, applicationName: 'dhp migrate', direct: true });
  try {
    const { host, port } = parseDatabaseUrl(url);
    const coordinatorPlace = wanted.coordinator ?? { host, port };
    const state = await schemaState(sql, schemaOf(environment));
    const isCurrent = state.kind === 'current';
    const known = isCurrent ? await knownWorkers(sql) : [];
    const workers = wanted.workers.length > 0 ? wanted.workers : known;
    const facts = isCurrent ? await coordinatorFacts(sql) : undefined;
    const tables = isCurrent ? await movedTables(sql) : [];
    const left = tables.filter(({ isMoved }) => !isMoved);
    const bytes = left.reduce((sum, table) => sum + table.bytes, 0);
    return {
      obstacles: obstaclesOf({
        ...{ environment, coordinator: facts, coordinatorPlace },
        schema: state.kind === 'current' ? undefined : state.sentence,
        workers: await Promise.all(workers.map((place) => ask(url, place))),
      }),
      isDone: isCurrent && left.length === 0 && (await isSpread(sql)) === true && (await knowsPatientShards(sql)),
      ...{ environment, coordinator: coordinatorPlace, workers, shards: wanted.shards, tables },
      bytes,
      seconds: Math.ceil(left.length * measured.table + bytes / measured.bytes),
    };
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** The workers of an interrupted move. */
async function knownWorkers(sql: Sql): Promise<Place[]> {
  const [there] = await sql<{ is: boolean }[]>`select to_regclass('pg_dist_node') is not null as is`;
  if (there?.is !== true) return [];
  return sql<
    Place[]
  >`select nodename as host, nodeport as port from pg_dist_node where noderole = 'primary' and groupid <> 0`;
}

/** Queries a server, whether or not it has the database yet. */
export async function ask(url: string, place: Place): Promise<AskedNode> {
  const at = urlAt(url, place);
  for (const each of [at, at.replace(/\/[^/?]*(\?|$)/, '/postgres$1')]) {
    const sql = connect(each, { max: 1, applicationName: 'dhp migrate', direct: true });
    try {
      return { place, said: await nodeSettings(sql) };
    } catch (error) {
      if ((error as { code?: unknown }).code !== '3D000' || each !== at)
        return { place, said: (error as Error).message };
    } finally {
      await sql.end({ timeout: 5 });
    }
  }
  return { place, said: '' };
}

/** Creates the database on a server, and the extension in it. */
export async function prepareServer(url: string): Promise<void> {
  await ensureDatabase(url, parseDatabaseUrl(url).database!);
  const sql = connect(url, { max: 1, applicationName: 'dhp migrate', direct: true });
  await makeExtension(sql).finally(() => sql.end({ timeout: 5 }));
}

/**
 * Moves it, resuming an interrupted run. There must be no obstacles.
 * @throws PostgresError if a node refuses or fails; the next run continues
 */
export async function move(url: string, plan: MovePlan, progress: Progress): Promise<void> {
  const nodes = progress.step(said().nodesStep);
  for (const place of plan.workers) await prepareServer(urlAt(url, place));
  await prepareServer(url);
  const sql = connect(url, { max: 1, applicationName: 'dhp migrate', direct: true });
  const watch = connect(url, { max: 1, applicationName: 'dhp migrate', direct: true });
  try {
    await nameCoordinator(sql, plan.coordinator);
    for (const place of plan.workers) await addNode(sql, place);
    nodes.done();
    const spreading = follow(watch, plan, progress);
    await distribute(sql, { shards: plan.shards, onTable: spreading.onTable, isAlone: true }).finally(spreading.end);
    spreading.done();
  } finally {
    await Promise.all([sql.end({ timeout: 5 }), watch.end({ timeout: 5 })]);
  }
}

const lookEvery = 500;
const mebibyte = 1024 ** 2;

interface Following {
  readonly onTable: (name: string | undefined) => void;
  /** Ends the looking. */
  readonly end: () => Promise<void>;
  readonly done: () => void;
}

/** Reports the progress: by the finished tables, and by the copied part of the current one. */
function follow(sql: Sql, { tables, bytes }: MovePlan, progress: Progress): Following {
  const step = progress.step(said().spreadStep);
  const began = performance.now();
  const over = new AbortController();
  let before = 0;
  let table: MovedTable | undefined;
  const look = async (): Promise<void> => {
    const copied = table === undefined ? 0 : await bytesCopied(sql).catch(() => 0);
    const done = before + Math.min(copied, table?.bytes ?? 0);
    const left = done > 0 ? ((performance.now() - began) * (bytes - done)) / done / 1000 : 0;
    const note = table === undefined ? '' : said().table({ table: table.name, seconds: String(Math.ceil(left)) });
    step.update(Math.round(done / mebibyte), Math.max(1, Math.round(bytes / mebibyte)), note);
  };
  const looking = (async () => {
    while (!over.signal.aborted) {
      await delay(lookEvery, undefined, { signal: over.signal }).catch(() => undefined);
      await look();
    }
  })();
  return {
    onTable: (name) => {
      if (table !== undefined && !table.isMoved) before += table.bytes;
      table = tables.find((each) => each.name === name);
    },
    end: () => {
      over.abort();
      return looking;
    },
    done: () => step.done(said().tables({ count: tables.filter(({ isMoved }) => !isMoved).length })),
  };
}
