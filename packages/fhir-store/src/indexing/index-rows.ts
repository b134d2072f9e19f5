/** Makes index rows of current versions anew, a chunk at a time. */
import { setImmediate } from 'node:timers/promises';
import { typeName } from '@dhp/fhir-model';
import type { JsonResource, Word } from '@dhp/fhir-search';
import type { DatabaseMemory, Sql } from '@dhp/postgres';
import { indexAnew, readContents, type Indexing, type Unindexed } from '../statements/index-anew.ts';
import { isOutdated } from '../statements/outdated.ts';
import { isOvertaken } from '../statements/overtaken.ts';
import { StoreUnavailable } from '../store-unavailable.ts';
import type { WordBook } from '../writes/word-book.ts';
import { basisOf } from '../writes/write-batch.ts';
import { indexOf, type BodyOptions } from '../writes/write.ts';

export interface Reindexing extends BodyOptions {
  readonly sql: Sql;
  readonly words: WordBook;
  readonly memory: DatabaseMemory;
}

/** Resources that are stored in one statement, and characters of their contents. */
const chunkCount = 100;
const chunkSize = 2 * 1024 * 1024;
/** Resources between which other work of this process gets its turn. */
const turn = 20;

/**
 * Indexes the resources of a chunk.
 * @param hopeless row numbers of what no write would store today; what is found to be so is added
 * @returns the row numbers of those that were indexed; the others were locked, have changed, or are hopeless
 */
export async function indexChunk(
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
    if (n % turn === turn - 1) await setImmediate();
    const content = contents.get(rid);
    if (deleted) rows.push({ rid, shard, ver, index: undefined });
    if (deleted || content === undefined) continue;
    try {
      const resource = { ...(JSON.parse(content) as JsonResource), resourceType: typeName(ty)! };
      const indexed = indexOf({ resource }, id, options);
      rows.push({ rid, shard, ver, index: indexed.index });
      words.push(...indexed.words);
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      hopeless.add(rid); // it cannot be found, and must not keep the others from it
    }
  }
  try {
    return await options.words.before(words, basis, () => indexAnew(options.sql, rows, basis));
  } catch (error) {
    if (isOutdated(error)) await options.parameters.renew();
    else if (!isOvertaken(error)) throw error;
    return new Set(); // they are looked at again
  }
}

/** Chunks of so many resources, or of so many characters, that their statements are short. */
export function* chunks(rows: readonly Unindexed[]): Generator<Unindexed[]> {
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
