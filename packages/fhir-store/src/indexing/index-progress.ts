import type { Sql } from '@dhp/postgres';
import { IndexNotReady } from '../index-not-ready.ts';
import { readGapSummary, type GapSummary } from '../statements/index-gaps.ts';
import { isNotIndexed } from '../statements/index-gate.ts';
import { LackingDefinition } from '@dhp/search-index/search';
import { ownDefinition, type IndexDefinitions } from '../statements/index-definition.ts';
import { readNext, type NextStage } from '../statements/index-next.ts';
import { readIndexState } from '../statements/index-state.ts';
import { readProgress } from '../statements/index-jobs.ts';

/** Progress of the index. */
export interface IndexState {
  /** Searches find everything. */
  readonly complete: boolean;
  /** Progress in row numbers, some of which belong to no resource: precise enough for a percentage. */
  readonly done: number;
  readonly total: number;
  /** Resources whose values are not fully indexed; absent if there are no gaps. */
  readonly gaps?: GapSummary;
  /** The index definition that is searched, to which the members above refer; 0: none. */
  readonly version: number;
  /** The definition that is built beside it; absent if no definition is being built. */
  readonly next?: NextState;
}

/** Progress of a definition that is built beside the active one. */
export interface NextState {
  readonly version: number;
  /** Whether this program makes it, and takes part. */
  readonly own: boolean;
  readonly stage: NextStage;
  /** Progress of its pass over all resources, in numbers of rows. */
  readonly done: number;
  /** Servers that live and do not make it: it takes over when they have ended. */
  readonly waitsFor: number;
}

/** Milliseconds for which an index that was found incomplete counts as incomplete: one refusal too many does no harm. */
const incompleteFor = 500;

/** Attempts of one piece of work that reads the index while other definitions take over. */
const attempts = 5;

export interface IndexProgress {
  /** Asks the database, unless it answered less than half a second ago that the index is not complete. */
  indexState: () => Promise<IndexState>;
  /**
   * Runs work whose statements ask by themselves whether the index is complete (`indexComplete`).
   * @throws IndexNotReady with how far it is
   */
  reading: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /**
   * `IndexNotReady` with the progress, for an error that `isNotIndexed` recognises and for `LackingDefinition`; any other error unchanged.
   */
  failure: (error: unknown) => Promise<unknown>;
  /**
   * Whether the index is complete after all, for an error that `isNotIndexed` recognises: another definition took over between the
   * statement and now. That definition is then loaded.
   */
  tookOver: () => Promise<boolean>;
  /** Discards the cached answer. */
  forget: () => void;
}

/**
 * Reads the progress of the index. Only the incomplete state is cached: a newer program, a restore or an operator may make the index
 * incomplete at any time, and answers from an incomplete index would be wrong.
 */
export function createIndexProgress(
  sql: Sql,
  definitions: IndexDefinitions,
  refresh: () => Promise<void>,
): IndexProgress {
  let incomplete: { readonly state: IndexState; readonly until: number } | undefined;

  const remembered = (): IndexState | undefined =>
    incomplete !== undefined && performance.now() < incomplete.until ? incomplete.state : undefined;

  async function indexState(): Promise<IndexState> {
    const known = remembered();
    if (known !== undefined) return known;
    const state = await stateOfIndex(sql, definitions);
    incomplete = state.complete ? undefined : { state, until: performance.now() + incompleteFor };
    return state;
  }

  async function failure(error: unknown): Promise<unknown> {
    const isLacking = error instanceof LackingDefinition;
    if (!isLacking && !isNotIndexed(error)) return error;
    const state = await indexState();
    return new IndexNotReady(isLacking ? { done: state.next?.done ?? 0, total: state.total } : state);
  }

  async function tookOver(): Promise<boolean> {
    if (!(await indexState()).complete) return false;
    await refresh();
    return true;
  }

  return {
    indexState,
    failure,
    tookOver,
    async reading(work) {
      const known = remembered();
      if (known !== undefined) throw new IndexNotReady(known);
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await work();
        } catch (error) {
          // Gaps end a search that was understood without them: it must be understood again.
          const isMoved = isNotIndexed(error) && attempt < attempts && (await indexState()).gaps === undefined;
          // The next definition may have taken over since this server asked last.
          const mayBeMoved = error instanceof LackingDefinition && attempt === 1;
          if (!(isMoved || mayBeMoved) || !(await tookOver())) throw await failure(error);
        }
      }
    },
    forget: () => (incomplete = undefined),
  };
}

/** An index of a definition that the program does not make, also of a newer one, does not count. */
export async function stateOfIndex(sql: Sql, definitions: IndexDefinitions): Promise<IndexState> {
  const { version, next, complete, end, gaps } = await readIndexState(sql);
  if (!definitions.some((one) => one.version === version)) return { version, complete: false, done: 0, total: end };
  const done = complete ? end : Math.min(next, end);
  const own = ownDefinition(definitions).version;
  const begins = complete && version < own ? ({ version: own, stage: 'fill', waitsFor: 0 } as const) : undefined;
  const built = (await readNext(sql)) ?? begins;
  return {
    ...{ version, complete, done, total: end },
    ...(gaps && { gaps: await readGapSummary(sql) }),
    ...(built !== undefined && {
      next: {
        ...{ version: built.version, own: built.version === own, stage: built.stage, waitsFor: built.waitsFor },
        done: built.stage === 'filled' ? end : Math.min(end, await readProgress(sql, 'definition')),
      },
    }),
  };
}
