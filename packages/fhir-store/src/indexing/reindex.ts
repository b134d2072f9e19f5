import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { typeName } from '@dhp/fhir-model';
import { indexVersion, type JsonResource, type Word } from '@dhp/fhir-search';
import type { DatabaseMemory, Sql } from '@dhp/postgres';
import {
  indexAnew,
  readAgain,
  readContents,
  readUnindexed,
  type Indexing,
  type Unindexed,
} from '../statements/index-anew.ts';
import { beginIndex, noteIndexed, readIndexState } from '../statements/index-state.ts';
import { isOutdated } from '../statements/outdated.ts';
import { isOvertaken } from '../statements/overtaken.ts';
import type { Basis } from '../statements/server.ts';
import type { WordBook } from '../writes/word-book.ts';
import { basisOf } from '../writes/write-batch.ts';
import { indexOf, type BodyOptions } from '../writes/write.ts';
import { indexParameters, parameterProgress } from './index-parameters.ts';
import { progressOf, type IndexState } from './index-progress.ts';
import { whenAlone } from './when-alone.ts';

export interface ReindexOptions {
  /** Called after each step, and now and then while another server does the work. */
  onProgress?: (state: IndexState) => void;
  /** Ends it early; what is done is kept, and the next run goes on from there. */
  signal?: AbortSignal;
  /** Share of the time in which it works, above 0 and up to 1 (default), so that a serving process has the rest for others. */
  share?: number;
}

/** Resources that are looked at in one statement, and that are stored in one; and characters of their contents. */
const pageCount = 1000;
const chunkCount = 100;
const chunkSize = 2 * 1024 * 1024;
/** Milliseconds before what was locked is tried again. */
const patience = 20;
/** Resources between which other work of this process gets its turn. */
const stretch = 20;

interface Reindexing extends BodyOptions {
  readonly sql: Sql;
  readonly words: WordBook;
  readonly memory: DatabaseMemory;
}

/**
 * Makes the index complete: passes over all resources, from where the last run has ended, and indexes those whose rows are
 * missing or of another version, until a pass over all has found nothing. The second pass finds what a server without this
 * index, or with an older one, has written behind the first. One server does it, the others wait for it to end.
 * @returns how many resources were indexed
 * @throws Error when the database has the index of a newer program
 */
export async function reindex(options: Reindexing, reindexing: ReindexOptions): Promise<number> {
  const { onProgress, signal, share = 1 } = reindexing;
  const report = async (): Promise<boolean> => {
    const whole = progressOf(await readIndexState(options.sql));
    const state = whole.complete ? ((await parameterProgress(options.sql)) ?? whole) : whole;
    onProgress?.(state);
    return state.complete;
  };
  const course: Course = { report, share, stopped: () => signal?.aborted === true };
  const work = async (): Promise<number> => {
    const indexed = await passes(options, course);
    return indexed + (await ofNewParameters(options, course));
  };
  return (await whenAlone(options.sql, work, course)) ?? 0;
}

interface Course {
  /** Tells how far it is; whether the index is complete. */
  readonly report: () => Promise<boolean>;
  readonly stopped: () => boolean;
  readonly share: number;
}

async function passes(options: Reindexing, course: Course): Promise<number> {
  await beginIndex(options.sql);
  const { version, next, complete } = await readIndexState(options.sql);
  if (version !== indexVersion) throw new Error(newer(version));
  const hopeless = new Set<number>();
  let total = 0;
  for (let from = complete ? undefined : next; from !== undefined && !course.stopped();) {
    const basis = basisOf(options);
    const found = await pass(options, from, { hopeless, basis }, course);
    total += found;
    const ended = from === 0 && found === 0 && !course.stopped();
    const noted = ended && (await noteIndexed(options.sql, { next: 0, complete: true }, basis));
    // What a pass has seen on another server says nothing of this one.
    if (ended && !noted) await options.parameters.refresh();
    from = noted ? undefined : 0;
  }
  await course.report();
  return total;
}

/** One pass over the resources from a rid on. @returns how many had to be indexed */
async function pass(
  options: Reindexing,
  start: number,
  { hopeless, basis }: { hopeless: Set<number>; basis: Basis },
  course: Course,
): Promise<number> {
  let found = 0;
  for (let from = start; !course.stopped();) {
    const began = performance.now();
    const { last, rows } = await readUnindexed(options.sql, from, pageCount);
    if (last === undefined) break;
    const todo = rows.filter(({ rid }) => !hopeless.has(rid));
    for (const chunk of chunks(todo)) await indexChunk(options, chunk, hopeless);
    found += todo.length;
    from = last + 1;
    await noteIndexed(options.sql, { next: from, complete: false }, basis);
    await course.report();
    const pause = (performance.now() - began) * (1 / course.share - 1);
    if (pause > 0) await delay(pause, undefined, { ref: false });
  }
  return found;
}

/** What was stored before a search parameter of the environment's own was there. */
function ofNewParameters(options: Reindexing, course: Course): Promise<number> {
  const hopeless = new Set<number>();
  return indexParameters({
    ...course,
    sql: options.sql,
    refresh: () => options.parameters.refresh(),
    basis: () => basisOf(options),
    async index(rows) {
      let left: readonly Unindexed[] = rows;
      for (;;) {
        const undone: Unindexed[] = [];
        for (const chunk of chunks(left)) {
          if (course.stopped()) return false;
          const done = await indexChunk(options, chunk, hopeless);
          undone.push(...chunk.filter(({ rid }) => !done.has(rid) && !hopeless.has(rid)));
        }
        if (undone.length === 0) return true;
        // Locked, or changed at this moment: who did that may have stored its rows, or nothing at all.
        await delay(patience);
        left = await readAgain(options.sql, undone);
      }
    },
  });
}

/** @returns the rids of those that were indexed; the others were locked, or have changed */
async function indexChunk(
  options: Reindexing,
  chunk: readonly Unindexed[],
  hopeless: Set<number>,
): Promise<ReadonlySet<number>> {
  const basis = basisOf(options);
  const contents = await readContents(
    options.sql,
    chunk.filter(({ deleted }) => !deleted),
  );
  const rows: Indexing[] = [];
  const words: Word[] = [];
  for (const [n, { rid, shard, ver, ty, id, deleted }] of chunk.entries()) {
    if (n % stretch === stretch - 1) await setImmediate();
    const content = contents.get(rid);
    if (deleted) rows.push({ rid, shard, ver, index: undefined });
    if (deleted || content === undefined) continue;
    try {
      const resource = { ...(JSON.parse(content) as JsonResource), resourceType: typeName(ty)! };
      const indexed = indexOf({ resource }, id, options);
      rows.push({ rid, shard, ver, index: indexed.index });
      words.push(...indexed.words);
    } catch {
      hopeless.add(rid); // what no write would store today: it cannot be found, and must not keep the others from it
    }
  }
  try {
    return await options.words.before(words, basis, () => indexAnew(options.sql, rows, basis));
  } catch (error) {
    if (isOutdated(error)) await options.parameters.refresh();
    else if (!isOvertaken(error)) throw error;
    return new Set(); // they are looked at again
  }
}

function* chunks(rows: readonly Unindexed[]): Generator<Unindexed[]> {
  let chunk: Unindexed[] = [];
  let size = 0;
  for (const row of rows) {
    if (chunk.length > 0 && (chunk.length === chunkCount || size + row.size > chunkSize)) {
      yield chunk;
      chunk = [];
      size = 0;
    }
    chunk.push(row);
    size += row.size;
  }
  if (chunk.length > 0) yield chunk;
}

function newer(version: number): string {
  return `The database has version ${version} of the search index, of a newer program; this one knows version ${indexVersion}`;
}
