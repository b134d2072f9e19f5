import type { Connections } from '@dhp/search-index/sql';
import { openPool, servingConnections, type ServingConnections } from '../connections.ts';
import { clearUnnamed } from '../indexing/clear-contained.ts';
import type { Place, Settings } from './run.ts';
import { createSearcher, type Searcher, type SearchOptions } from './searcher.ts';

/** Milliseconds. */
export interface SearchTimeouts {
  /** After which a search is given up, with `SearchTimeout`. */
  readonly search: number;
  /** After which an exact total becomes an estimate. */
  readonly total: number;
  /** After which a search is given up that leads along many ways: `_has`, chains over several references to many (default: `search`). */
  readonly joins?: number;
}

/**
 * The statements of searches find their rows by index, joined row by row, in generic plans for all values: which index leads was decided
 * before, from the query. Nothing is hashed, so rows that an index gives in order stay in order.
 */
const sessions: Settings = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_hashagg: 'off',
  enable_material: 'off',
  enable_memoize: 'off',
  max_parallel_workers_per_gather: 0,
  jit: 'off',
  work_mem: '32MB',
};

/** Settings of the sessions, with these among them. */
export const settingsOf: Place['settings'] = {
  searches: sessions,
  walks: { ...sessions, enable_sort: 'off' },
  counts: { ...sessions, enable_hashagg: 'on' },
};

/** Searches on their way on one connection, where all of them have been answered within some milliseconds before. */
const briefPipeline = 4;

/** Searches on separate connections, so that a slow one delays no read or write. */
export function openSearch(
  url: string,
  {
    sizes = servingConnections,
    clearsAfter = 10_000,
    isSpread = () => false,
    shards = () => undefined,
    ...options
  }: Pick<
    SearchOptions,
    'ownBases' | 'parameters' | 'searched' | 'reading' | 'costLimits' | 'wholeRows' | 'database'
  > & {
    readonly sizes?: ServingConnections;
    /** As `StoreOptions.clearsAfter`. */
    readonly clearsAfter?: number | undefined;
    /** Whether the rows are on several nodes (default: they do not). */
    readonly isSpread?: Place['isSpread'];
    readonly shards?: Place['shards'];
  },
  { search, total, joins = search }: SearchTimeouts,
): Searcher & { close(): Promise<void> } {
  const open = (name: Connections, statementTimeout: number) =>
    openPool(url, name, {
      max: sizes[name],
      readOnly: true,
      maxPipeline: 1, // a slow search holds up no other one while a connection is free
      briefPipeline,
      statementTimeout,
      settings: settingsOf[name],
    });
  const pools = {
    searches: open('searches', search),
    walks: open('walks', search),
    counts: open('counts', total),
  };
  const background = openPool(url, 'background', {
    statementTimeout: 3 * search, // nobody waits for it, and a statement without limit would be tried forever
    settings: { ...sessions, synchronous_commit: 'off' }, // rows lost in a crash are made again
  });
  const clearing = clearUnnamed(background, clearsAfter);
  const searcher = createSearcher({
    ...options,
    ...{ place: { pools, isSpread, shards, settings: settingsOf }, background, joinTimeout: joins },
  });
  return {
    ...searcher,
    async close() {
      await Promise.all([searcher.finish(), clearing.close()]);
      await Promise.all([...Object.values(pools), background].map((pool) => pool.end({ timeout: 5 })));
    },
  };
}
