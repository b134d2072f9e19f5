/** Indexes what was stored before a search parameter of the environment's own was there. docs/decisions/0009-own-search-parameters.md */
import { setTimeout as delay } from 'node:timers/promises';
import { typeNumber } from '@dhp/fhir-model';
import { containsKey, typesOf, type OwnDefinition } from '@dhp/fhir-search';
import type { Sql } from '@dhp/postgres';
import { readContainerTypes, readOf, type Unindexed, type Which } from '../statements/index-anew.ts';
import {
  completeOwnParameters,
  noteOwnParameters,
  readIndexWriters,
  readOwnParameters,
  type OwnParameterRow,
} from '../statements/own-parameters.ts';
import type { Basis } from '../statements/server.ts';
import type { IndexState } from './index-progress.ts';

export interface ParameterIndexing {
  readonly sql: Sql;
  /** So that the rows made from now on have their values. */
  readonly refresh: () => Promise<void>;
  readonly basis: () => Basis;
  /** Makes the rows of these resources anew. Resolves to false when it was stopped first. */
  readonly index: (rows: readonly Unindexed[]) => Promise<boolean>;
  readonly report: () => Promise<unknown>;
  readonly stopped: () => boolean;
  /** Share of the time in which it works. */
  readonly share: number;
}

/** Resources that are looked at in one statement. */
const pageCount = 1000;
/** Milliseconds between two looks at who still writes by what was known before. */
const patience = 20;

/** How far the parameters are that are not complete; undefined when all are. */
export async function parameterProgress(sql: Sql): Promise<IndexState | undefined> {
  const { rows, end } = await readOwnParameters(sql);
  const pending = rows.filter(({ complete }) => !complete);
  if (pending.length === 0) return undefined;
  return { complete: false, done: Math.min(end, ...pending.map(({ next }) => next)), total: end };
}

/**
 * Passes over all resources until there is no parameter left that does not have them. One pass serves all parameters that were
 * there when it began, and goes on where the last one has ended. @returns how many resources were indexed
 */
export async function indexParameters(options: ParameterIndexing): Promise<number> {
  let total = 0;
  while (!options.stopped()) {
    const pending = (await readOwnParameters(options.sql)).rows.filter(({ complete }) => !complete);
    if (pending.length === 0) return total;
    await options.refresh();
    await awaitWriters(options);
    total += await pass(options, pending);
  }
  return total;
}

/** From now on nobody stores rows without the values of the parameters that are there. */
async function awaitWriters({ sql, stopped }: ParameterIndexing): Promise<void> {
  let writers = await readIndexWriters(sql);
  while (writers.length > 0 && !stopped()) {
    await delay(patience);
    const left = new Set(await readIndexWriters(sql));
    writers = writers.filter((writer) => left.has(writer));
  }
}

async function pass(options: ParameterIndexing, pending: readonly OwnParameterRow[]): Promise<number> {
  const { sql, index, report, stopped, share } = options;
  const basis = options.basis();
  const which = await resourcesOf(sql, pending);
  let total = 0;
  let from = Math.min(...pending.map(({ next }) => next));
  while (!stopped()) {
    const began = performance.now();
    const { last, rows } = await readOf(sql, which, from, pageCount);
    if (last === undefined) {
      await completeOwnParameters(sql, pending, basis);
      await options.refresh();
      await report();
      return total;
    }
    if (!(await index(rows))) break;
    total += rows.length;
    from = last + 1;
    await noteOwnParameters(sql, pending, from, basis);
    await report();
    const pause = (performance.now() - began) * (1 / share - 1);
    if (pause > 0) await delay(pause, undefined, { ref: false });
  }
  return total;
}

/**
 * What has the values of the parameters: resources of their types, those that contain one, and documents, which have those of their
 * first resource, whatever type that is of.
 */
async function resourcesOf(sql: Sql, parameters: readonly OwnParameterRow[]): Promise<Which> {
  const names = [
    ...new Set(
      parameters.flatMap(({ definition }) => typesOf(JSON.parse(definition) as OwnDefinition).map(([, type]) => type)),
    ),
  ];
  const numbersOf = (types: readonly string[]): number[] => [...new Set(types.map((type) => typeNumber(type)!))];
  return {
    types: numbersOf([...names, 'Bundle']),
    within: await readContainerTypes(sql, numbersOf(names)),
    containing: names.map(containsKey),
  };
}
