/** Makes index rows of current versions again, a chunk at a time. */
import { setImmediate } from 'node:timers/promises';
import { Budget } from '@dhp/budget';
import { typeName } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import { indexWork } from '@dhp/search-index/rows';
import type { DatabaseMemory, Sql } from '@dhp/postgres';
import { indexAnew, readContents, rowName, type Indexing, type Unindexed } from '../statements/index-anew.ts';
import { indexApart } from '../statements/index-apart.ts';
import type { PlacedDefinition, StoredDefinitions } from '../statements/index-definition.ts';
import { clearGaps, noteGaps, type Gap } from '../statements/index-gaps.ts';
import { isStaleDefinition } from '../statements/stale-definition.ts';
import { isWriteConflict } from '../statements/write-conflict.ts';
import { StoreUnavailable } from '../store-unavailable.ts';
import type { PlacedTerm, TermDictionary } from '../writes/term-dictionary.ts';
import { basisOf } from '../writes/write-batch.ts';
import { indexOf, type BodyOptions } from '../writes/index-of-body.ts';

export interface Reindexing extends BodyOptions {
  readonly sql: Sql;
  /** Units of work for the values of one resource, beside those for each byte of it (`indexWork`). */
  readonly work: number;
  readonly words: TermDictionary;
  readonly memory: DatabaseMemory;
  /** Whether the rows are on several nodes. */
  readonly isSpread: () => boolean;
}

/** Resources that are stored in one statement, and characters of their contents. */
const chunkCount = 100;
const chunkSize = 2 * 1024 * 1024;
/** Resources between which other work of this process gets its turn. */
const turn = 20;

/**
 * Indexes the resources of a chunk. A resource of which a search parameter cannot be computed within its limit of work, or at all, gets its
 * other rows, and the gap is noted first: searches by that parameter are refused (`noteGaps`).
 * @param only the definition whose rows are made (default: all that writers store)
 * @returns the indexed ones, by `rowName`; the others were locked or have changed
 * @throws Error if something else of a resource cannot be computed: then the index stays incomplete, which searches report
 */
export async function indexChunk(
  options: Reindexing,
  chunk: readonly Unindexed[],
  only?: PlacedDefinition,
): Promise<ReadonlySet<string>> {
  const basis = basisOf(options);
  const stored: StoredDefinitions = only === undefined ? basis.stored : { active: only, next: undefined };
  const contents = await readContents(
    options.sql,
    chunk.filter(({ deleted }) => !deleted),
  );
  const rows: Indexing[] = [];
  const words: PlacedTerm[] = [];
  const gaps: Gap[] = [];
  for (const [n, row] of chunk.entries()) {
    if (n % turn === turn - 1) await setImmediate();
    const { rid, shard, ver, deleted } = row;
    const content = contents.get(rowName(row));
    if (deleted) rows.push({ rid, shard, ver, index: undefined });
    if (deleted || content === undefined) continue;
    const indexed = await computed(options, { row, content, stored });
    rows.push({ rid, shard, ver, index: indexed.index });
    for (const word of indexed.words) words.push(word);
    if (indexed.gap !== undefined) gaps.push(indexed.gap);
  }
  if (gaps.length > 0) await noteGaps(options.sql, gaps, options.work);
  try {
    const anew = options.isSpread() ? indexApart : indexAnew;
    const done = await options.words.before(words, basis, () => anew(options.sql, rows, { stored, basis }));
    if (only !== undefined) return done; // rows of another definition were not checked
    const lacking = new Set(gaps.map(rowName));
    await clear(
      options,
      rows.filter((row) => done.has(rowName(row)) && !lacking.has(rowName(row))),
    );
    return done;
  } catch (error) {
    if (isStaleDefinition(error)) await options.parameters.renew();
    else if (!isWriteConflict(error)) throw error;
    return new Set(); // they are tried again
  }
}

async function clear({ sql, parameters }: Reindexing, rows: readonly Indexing[]): Promise<void> {
  if (rows.length > 0 && parameters.known().hasGaps) await clearGaps(sql, rows);
}

/** The rows of a resource, begun again without each search parameter that fails; other work of this process gets its turn in between. */
async function computed(
  options: Reindexing,
  o: { readonly row: Unindexed; readonly content: string; readonly stored: StoredDefinitions },
): Promise<ReturnType<typeof indexOf> & { readonly gap: Gap | undefined }> {
  const { rid, shard, ver, ty, id, size } = o.row;
  const resource = { ...(JSON.parse(o.content) as JsonResource), resourceType: typeName(ty)! };
  const leftOut = new Set<string>();
  let reason = '';
  for (;;) {
    const before = leftOut.size;
    try {
      const budget = new Budget({ work: indexWork(options.work, size) }, 'resource');
      const indexed = indexOf({ resource, budget }, id, options, { leftOut, stored: o.stored });
      if (leftOut.size === 0) return { ...indexed, gap: undefined };
      const { generation } = indexed.index;
      return { ...indexed, gap: { ...{ rid, shard, ver, ty, id }, parameters: [...leftOut], reason, generation } };
    } catch (error) {
      if (error instanceof StoreUnavailable || leftOut.size === before) throw error;
      if (reason === '') reason = (error as Error).message;
    }
    await setImmediate();
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
