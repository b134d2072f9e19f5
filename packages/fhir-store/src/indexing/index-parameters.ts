/**
 * Indexes the resources that were stored before one of the environment's own search parameters was defined.
 * docs/decisions/0009-own-search-parameters.md
 */
import { setTimeout as delay } from 'node:timers/promises';
import { typeNumber } from '@dhp/fhir-model';
import { type OwnDefinition, typesOf } from '@dhp/fhir-search/parameters';
import { containsKey } from '@dhp/search-index/keys';
import type { Sql } from '@dhp/postgres';
import {
  readAgain,
  readContainerTypes,
  readOf,
  rowName,
  type Unindexed,
  type Which,
} from '../statements/index-anew.ts';
import { readProgress } from '../statements/index-jobs.ts';
import { noteOwnParameters, readOwnParameters, type OwnParameterRow } from '../statements/own-parameters.ts';
import { awaitWriters } from '../await-writers.ts';
import type { PlacedDefinition } from '../statements/index-definition.ts';
import type { IndexState } from './index-progress.ts';
import { chunks, indexChunk, type Reindexing } from './index-rows.ts';
import type { Page } from './share-job.ts';

/** Milliseconds before locked resources are tried again. */
const patience = 20;

/** Returns the progress of the parameters that are not complete; undefined when all are. */
export async function parameterProgress(sql: Sql): Promise<Omit<IndexState, 'version'> | undefined> {
  const { rows, end } = await readOwnParameters(sql);
  if (rows.every(({ complete }) => complete)) return undefined;
  return { complete: false, done: Math.min(end, await readProgress(sql, 'parameters')), total: end };
}

/**
 * Returns a function that indexes the next resources by the incomplete parameters of a generation. Once this promise has resolved, no
 * writer stores rows without the values of these parameters.
 * @param pageCount resources read in one statement
 */
export async function parameterWork(
  options: Reindexing,
  generation: number,
  { stopped, pageCount }: { stopped: () => boolean; pageCount: number },
): Promise<(from: number, behind: number) => Promise<Page>> {
  const { sql, parameters } = options;
  await parameters.refresh();
  await awaitWriters(sql, stopped);
  const { rows } = await readOwnParameters(sql);
  const which = await resourcesOf(
    options,
    rows.filter(({ complete, since }) => !complete && since <= generation),
  );
  return async (from, behind) => {
    const { last, rows } = await readOf(sql, parameters.stored(), which, { from, behind, limit: pageCount });
    await indexAll(options, rows);
    return { last, found: rows.length };
  };
}

/** Notes how far the parameters of a generation are, for the refusals of searches by them. */
export async function noteParameters(sql: Sql, generation: number): Promise<void> {
  await noteOwnParameters(sql, generation, await readProgress(sql, 'parameters'));
}

/**
 * Indexes every row, in all definitions or in one, including deleted resources: a transaction that has locked or is changing a resource may
 * store its rows, or nothing at all, so such resources are tried again.
 */
export async function indexAll(
  options: Reindexing,
  rows: readonly Unindexed[],
  only?: PlacedDefinition,
): Promise<void> {
  for (let left = rows; ;) {
    const undone: Unindexed[] = [];
    for (const chunk of chunks(left)) {
      const done = await indexChunk(options, chunk, only);
      undone.push(...chunk.filter((row) => !done.has(rowName(row))));
    }
    if (undone.length === 0) return;
    await delay(patience);
    left = await readAgain(options.sql, undone, only !== undefined);
  }
}

/**
 * Returns the resources that have values of the parameters: those of their types, those that contain such a resource, and documents, which
 * have the values of their first resource, whatever its type.
 */
async function resourcesOf(
  { sql, parameters: { stored } }: Reindexing,
  parameters: readonly OwnParameterRow[],
): Promise<Which> {
  const names = [
    ...new Set(
      parameters.flatMap(({ definition }) => typesOf(JSON.parse(definition) as OwnDefinition).map(([, type]) => type)),
    ),
  ];
  const numbersOf = (types: readonly string[]): number[] => [...new Set(types.map((type) => typeNumber(type)!))];
  return {
    types: numbersOf([...names, 'Bundle']),
    within: await readContainerTypes(sql, stored(), numbersOf(names)),
    containing: names.map(containsKey),
  };
}
