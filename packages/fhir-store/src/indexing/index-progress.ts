import { indexVersion } from '@dhp/fhir-search';
import type { Sql } from '@dhp/postgres';
import { IndexNotReady } from '../index-not-ready.ts';
import { readGapSummary, type GapSummary } from '../statements/index-gaps.ts';
import { isNotIndexed } from '../statements/index-gate.ts';
import { readIndexState, type IndexStateRow } from '../statements/index-state.ts';

/** How far the index is. */
export interface IndexState {
  /** Searches find everything. */
  readonly complete: boolean;
  /** How far indexing has come, in numbers of rows, of which some are nobody's: good for a share and no more. */
  readonly done: number;
  readonly total: number;
  /** What the index lacks of single resources; absent where it lacks nothing. */
  readonly gaps?: GapSummary;
}

/** Milliseconds for which an index that was found incomplete is taken to be so: a refusal too many is honest, and costs nothing. */
const incompleteFor = 500;

export interface IndexProgress {
  /** Asks the database, unless it said less than half a second ago that the index is not complete. */
  indexState: () => Promise<IndexState>;
  /**
   * Runs work whose statements ask by themselves whether the index is complete (`indexComplete`).
   * @throws IndexNotReady with how far it is
   */
  reading: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** `IndexNotReady`, with how far it is, for an error that `isNotIndexed` knows; any other error as it is. */
  failure: (error: unknown) => Promise<unknown>;
  /** So that the next answer is a new one. */
  forget: () => void;
}

/**
 * That the index is complete is never remembered: a newer program, a restore or an operator may change it at any time, and an answer from
 * an index in which resources are missing would be false.
 */
export function createIndexProgress(sql: Sql): IndexProgress {
  let incomplete: { readonly state: IndexState; readonly until: number } | undefined;

  const remembered = (): IndexState | undefined =>
    incomplete !== undefined && performance.now() < incomplete.until ? incomplete.state : undefined;

  async function indexState(): Promise<IndexState> {
    const known = remembered();
    if (known !== undefined) return known;
    const row = await readIndexState(sql);
    const state = row.gaps ? { ...progressOf(row), gaps: await readGapSummary(sql) } : progressOf(row);
    incomplete = state.complete ? undefined : { state, until: performance.now() + incompleteFor };
    return state;
  }

  const failure = async (error: unknown): Promise<unknown> =>
    isNotIndexed(error) ? new IndexNotReady(await indexState()) : error;

  return {
    indexState,
    failure,
    async reading(work) {
      const known = remembered();
      if (known !== undefined) throw new IndexNotReady(known);
      try {
        return await work();
      } catch (error) {
        throw await failure(error);
      }
    },
    forget: () => (incomplete = undefined),
  };
}

/** An index of another version, also of a newer one, is none. */
export function progressOf({ version, next, complete, end }: IndexStateRow): IndexState {
  if (version !== indexVersion) return { complete: false, done: 0, total: end };
  return { complete, done: complete ? end : Math.min(next, end), total: end };
}
