import { indexVersion } from '@dhp/fhir-search';
import type { Sql } from '@dhp/postgres';
import { IndexNotReady } from '../search/search-errors.ts';
import { readIndexState, type IndexStateRow } from '../statements/index-state.ts';

/** How far the index is. */
export interface IndexState {
  /** Searches find everything. */
  readonly complete: boolean;
  /** How far indexing has come, in numbers of rows, of which some are nobody's: good for a share and no more. */
  readonly done: number;
  readonly total: number;
}

/** How long an answer is good, in milliseconds: another server may finish the index, or a newer one begin anew. */
const completeFor = 5_000;
const incompleteFor = 500;

interface IndexProgress {
  indexState: () => Promise<IndexState>;
  /** So that the next answer is a new one. */
  forget: () => void;
}

/** `indexState` of the store, for searches to ask each time. */
export function createIndexProgress(sql: Sql): IndexProgress {
  let known: { state: Promise<IndexState>; until: number } | undefined;

  async function ask(): Promise<IndexState> {
    const state = progressOf(await readIndexState(sql));
    if (known !== undefined) known.until = performance.now() + (state.complete ? completeFor : incompleteFor);
    return state;
  }

  return {
    indexState() {
      if (known === undefined || performance.now() > known.until) {
        const state = ask();
        known = { state, until: Infinity };
        state.catch(() => (known = undefined));
      }
      return known.state;
    },
    forget: () => (known = undefined),
  };
}

/** @throws IndexNotReady */
export async function assertIndexed(indexState: () => Promise<IndexState>): Promise<void> {
  const state = await indexState();
  if (!state.complete) throw new IndexNotReady(state);
}

/** An index of another version, also of a newer one, is none. */
export function progressOf({ version, next, complete, end }: IndexStateRow): IndexState {
  if (version !== indexVersion) return { complete: false, done: 0, total: end };
  return { complete, done: complete ? end : Math.min(next, end), total: end };
}
