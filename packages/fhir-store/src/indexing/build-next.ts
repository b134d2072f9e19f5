/** Builds the next definition of the index beside the active one. docs/decisions/0027-index-definitions.md */
import { readUnindexed } from '../statements/index-anew.ts';
import { ownDefinition, type IndexDefinitions, type PlacedDefinition } from '../statements/index-definition.ts';
import { beginNext, bindNext, emptyOther, readNext, type NextDefinition } from '../statements/index-next.ts';
import { awaitWriters } from '../await-writers.ts';
import { indexAll } from './index-parameters.ts';
import { chunks, indexChunk, type Reindexing } from './index-rows.ts';
import { shareJob, type Course, type Page } from './share-job.ts';

/** A stretch of the resources, by their row numbers. */
type Work = (from: number, behind: number) => Promise<Page>;

/**
 * Builds the definition of this program while another definition, which it also makes, is searched; all servers that call it share the
 * work. It takes over when it is complete. While a server lives that does not make it, all but the last pass is done, and the call ends.
 * @returns the number of resources that this server has indexed
 */
export async function buildNext(
  options: Reindexing & { readonly definitions: IndexDefinitions },
  course: Course,
  pageCount: number,
): Promise<number> {
  const { sql, definitions, parameters } = options;
  const definition = ownDefinition(definitions);
  let total = 0;
  await beginNext(sql, definitions);
  for (let before: string | undefined; !course.stopped();) {
    const next = await readNext(sql);
    if (next?.version !== definition.version || next.stage === before) break;
    before = next.stage;
    await parameters.refresh();
    const placed: PlacedDefinition = { definition, tables: next.tables };
    if (next.stage === 'filled') {
      if (!(await bindNext(sql, next.version))) break;
      continue;
    }
    if (next.stage === 'bound') await awaitWriters(sql, course.stopped);
    const work =
      next.stage === 'fill' ? filling(options, placed, pageCount) : catchingUp(options, placed, next, pageCount);
    total += await shareJob(sql, { kind: 'definition', stage: next.stage }, work, course);
  }
  await parameters.refresh();
  await emptyOther(sql);
  return total;
}

/** Resources that are locked or changing are left for the second pass. */
function filling(options: Reindexing, placed: PlacedDefinition, pageCount: number): Work {
  return async (from, behind) => {
    const { last, rows } = await readUnindexed(options.sql, placed, { from, behind, limit: pageCount });
    for (const chunk of chunks(rows)) await indexChunk(options, chunk, placed);
    return { last, found: rows.length };
  };
}

/**
 * Resources without rows, and those stored while some servers did not make rows of it. From now on all writers make them, so nothing is
 * missing after this pass.
 */
function catchingUp(options: Reindexing, placed: PlacedDefinition, { since }: NextDefinition, pageCount: number): Work {
  return async (from, behind) => {
    const page = { from, behind, limit: pageCount };
    const { last, rows } = await readUnindexed(options.sql, placed, page, {
      ...{ since: since ?? '0', isSpread: options.isSpread() },
    });
    await indexAll(options, rows, placed);
    return { last, found: rows.length };
  };
}
