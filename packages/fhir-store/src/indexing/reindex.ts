import { readUnindexed } from '../statements/index-anew.ts';
import { ownDefinition, type IndexDefinitions } from '../statements/index-definition.ts';
import { clearStaleGaps, haveGaps, readGapsToTry } from '../statements/index-gaps.ts';
import { beginDefinition, beginParameters, IndexOfNewerProgram, readParametersJob } from '../statements/index-jobs.ts';
import { giveUpNext } from '../statements/index-next.ts';
import { readIndexState } from '../statements/index-state.ts';
import { basisOf } from '../writes/write-batch.ts';
import { buildNext } from './build-next.ts';
import { noteParameters, parameterProgress, parameterWork } from './index-parameters.ts';
import { stateOfIndex, type IndexState } from './index-progress.ts';
import { chunks, indexChunk, type Reindexing } from './index-rows.ts';
import { shareJob, type Course, type Page } from './share-job.ts';

export interface ReindexOptions {
  /** Called after each step, and now and then while other servers do the work. */
  onProgress?: (state: IndexState) => void;
  /** Ends it early; finished work is kept, and the next call continues from there. */
  signal?: AbortSignal;
  /** Share of the time in which it works, above 0 and up to 1 (default), so that a serving process has the rest for requests. */
  share?: number;
  /** Resources that a server takes upon itself at a time (default 5,000). */
  stretch?: number;
  /** Milliseconds after which others take over from a server that gives no sign of life (default 30,000). */
  lease?: number;
  /**
   * Instead, discards the definition that is built beside the active one, which is unchanged. Servers that make the discarded one would
   * begin again, so they must be stopped before.
   */
  giveUp?: boolean;
}

/** Pages of a stretch: after each stretch, the progress is reported. */
const pages = 5;

/**
 * Makes the index complete: goes through all resources and indexes those whose rows are missing or of another version, until a full pass
 * has found none; then those that lack values of new search parameters. The second pass finds what a server without this index, or with an
 * older one, has written behind the first. All servers that call it share the work, and all return when it is done.
 * @returns the number of resources that this server has indexed
 * @throws IndexOfNewerProgram
 */
export async function reindex(
  options: Reindexing & { readonly definitions: IndexDefinitions },
  reindexing: ReindexOptions,
): Promise<number> {
  const { onProgress, signal, share = 1, stretch = 5000, lease = 30_000, giveUp = false } = reindexing;
  const report = async (): Promise<void> => onProgress?.(await stateOf(options));
  const course: Course = {
    ...{ report, share, stretch, lease },
    server: () => basisOf(options).server,
    stopped: () => signal?.aborted === true,
  };
  const pageCount = Math.ceil(stretch / pages);
  if (giveUp) {
    await giveUpNext(options.sql);
    return 0;
  }
  const own = ownDefinition(options.definitions).version;
  let total = await buildNext(options, course, pageCount);
  while (!course.stopped()) {
    const { version, complete } = await readIndexState(options.sql);
    if (complete && options.definitions.some((one) => one.version === version)) break;
    if (version > own) throw new IndexOfNewerProgram(version, own);
    await beginDefinition(options.sql, own);
    await options.parameters.refresh(); // with the generation from which on only rows of this definition are stored
    total += await shareJob(options.sql, { kind: 'definition' }, byDefinition(options, pageCount), course);
  }
  while (!course.stopped()) {
    await beginParameters(options.sql);
    const generation = await readParametersJob(options.sql);
    if (generation === undefined) break;
    const work = await parameterWork(options, generation, { stopped: course.stopped, pageCount });
    const noting = async (): Promise<void> => noteParameters(options.sql, generation).then(report);
    total += await shareJob(options.sql, { kind: 'parameters' }, work, { ...course, report: noting });
    await options.parameters.refresh();
  }
  total += await tryGapsAgain(options, course.stopped);
  await report();
  return total;
}

/** Returns the progress of the definition; when that is complete, of new search parameters. */
async function stateOf({
  sql,
  definitions,
}: Reindexing & { readonly definitions: IndexDefinitions }): Promise<IndexState> {
  const whole = await stateOfIndex(sql, definitions);
  if (!whole.complete) return whole;
  if (whole.next !== undefined) return { ...whole, done: whole.next.done };
  return { ...whole, ...(await parameterProgress(sql)) };
}

/**
 * Indexes resources by a definition. Locked and changing resources are left for the next pass, because the other transaction may have
 * stored their rows, or nothing.
 */
function byDefinition(options: Reindexing, pageCount: number): (from: number, behind: number) => Promise<Page> {
  return async (from, behind) => {
    const { last, rows } = await readUnindexed(options.sql, options.parameters.stored().active, {
      from,
      behind,
      limit: pageCount,
    });
    for (const chunk of chunks(rows)) await indexChunk(options, chunk);
    return { last, found: rows.length };
  };
}

/** Retries gaps of single resources, in case the limit of work was raised or the search parameters have changed. */
async function tryGapsAgain(options: Reindexing, stopped: () => boolean): Promise<number> {
  if (!(await haveGaps(options.sql))) return 0;
  await clearStaleGaps(options.sql);
  await options.parameters.refresh();
  const { generation } = options.parameters.known();
  let total = 0;
  for (let behind = -1; !stopped();) {
    const rows = await readGapsToTry(options.sql, { behind, work: options.work, generation, limit: 100 });
    if (rows.length === 0) break;
    for (const chunk of chunks(rows)) total += (await indexChunk(options, chunk)).size;
    behind = rows.at(-1)!.rid;
  }
  return total;
}
