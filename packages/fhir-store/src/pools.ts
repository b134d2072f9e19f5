import { commitsOf, type ConnectOptions, type Sql } from '@dhp/postgres';
import { openPool, type ServingConnections } from './connections.ts';

/** The connections of one store, separated by purpose, so that a long page never delays a read by id. */
export interface Pools {
  /** Reads by id, in batches. */
  readonly reads: Sql;
  /** History, old versions, large bodies, the feed of changes. */
  readonly pages: Sql;
  readonly writes: Sql;
  /** Transactions that hold locks between statements: they wait for one another, and no other statement waits for them. */
  readonly holding: Sql;
  /** Words of the index: statements wait for no locks there, and callers do not wait for the commit (`writes/term-dictionary.ts`). */
  readonly words: Sql;
  /** Records of the trail, for which answers wait: never queued behind other statements. */
  readonly trail: Sql;
  end(): Promise<void>;
}

/**
 * Every statement of this package finds its rows by key. Until statistics exist, in a database that is just being
 * filled, the planner would rather scan the still small tables, and would keep that plan while they grow; so it may
 * not.
 */
export const byKeyOnly = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
};

/** Milliseconds after which a statement is given up, with `StoreUnavailable`. */
export interface Timeouts {
  /** Waiting for a row that another transaction has locked. */
  readonly lock: number;
  /** In all. */
  readonly statement: number;
}

export function openPools(url: string, sizes: ServingConnections, timeouts: Timeouts): Pools {
  const options = sessions(timeouts);
  const commits = commitsOf(url);
  const inOrder = sessions(timeouts, { enable_bitmapscan: 'off' }); // a page is read off an index, not sorted
  const reads = openPool(url, 'reads', { ...options, readOnly: true, max: sizes.reads });
  const pages = openPool(url, 'pages', { ...inOrder, readOnly: true });
  const writes = openPool(url, 'writes', { ...options, commits, max: sizes.writes });
  const patient = sessions(timeouts, { idle_in_transaction_session_timeout: timeouts.statement });
  const holding = openPool(url, 'holding', { ...patient, commits, max: sizes.holding });
  const unwaited = sessions(timeouts, { synchronous_commit: 'off' });
  const words = openPool(url, 'words', unwaited);
  const trail = openPool(url, 'trail', { ...inOrder, commits });
  return {
    reads,
    pages,
    writes,
    holding,
    words,
    trail,
    async end() {
      await Promise.all([reads, pages, writes, holding, words, trail].map((sql) => sql.end({ timeout: 5 })));
    },
  };
}

/** For one bulk insert. Its chunks are joined with the inserted rows, which only a hash join does in linear time. */
export function openBulkPool(url: string, timeouts: Timeouts): Sql {
  return openPool(url, 'bulk', sessions(timeouts, { enable_hashjoin: 'on' }));
}

/** For reindexing: one connection works, and one reports progress. */
export function openReindexPool(url: string, timeouts: Timeouts): Sql {
  return openPool(url, 'reindex', sessions(timeouts));
}

/** For jobs alone: one connection asks for them and ends them, and one gives signs of life. */
export function openJobPool(url: string, timeouts: Timeouts): Sql {
  return openPool(url, 'jobs', { ...sessions(timeouts), commits: commitsOf(url) });
}

/** For reading stored terminology: one connection, on which a long read delays only other reads of terminology. */
export function openTerminologyPool(url: string, timeouts: Timeouts): Sql {
  return openPool(url, 'terminology', sessions(timeouts));
}

function sessions(timeouts: Timeouts, settings: ConnectOptions['settings'] = {}): ConnectOptions {
  return { statementTimeout: timeouts.statement, settings: { ...byKeyOnly, lock_timeout: timeouts.lock, ...settings } };
}
