/** Bulk deletions in the database: the items that each has found, and its result. docs/decisions/0128-bulk-deletion.md */
import type { Pools } from './pools.ts';
import {
  askPurge,
  beginDeletion,
  countItems,
  endItems,
  insertItems,
  isFound,
  ownsDeletion,
  refuseWaiting,
  selectItems,
  selectRefused,
  settleItems,
  type DeletionCount,
  type DeletionItem,
  type RefusedItem,
  type SettledItem,
} from './statements/deletions.ts';
import type { Attempt } from './statements/jobs.ts';
import { guarded } from './store-unavailable.ts';
import type { Beside } from './transaction.ts';
import type { WriteOutcome } from './versions.ts';

/** All methods reject with `StoreUnavailable` when the database cannot be reached or does not answer in time. */
export interface DeletionStore {
  /** As `beginDeletion` of statements/deletions.ts. */
  begin(attempt: Attempt): Promise<boolean>;
  /** Notes some of the items to be deleted. @throws DeletionLost */
  add(attempt: Attempt, items: readonly DeletionItem[]): Promise<void>;
  /** Notes that all is noted. @throws DeletionLost */
  ended(attempt: Attempt): Promise<void>;
  isFound(job: string): Promise<boolean>;
  /** As `selectItems` of statements/deletions.ts. */
  itemsOf(job: string, asked: Parameters<typeof selectItems>[2]): Promise<DeletionItem[]>;
  /** Notes the results of items that need no deletion. @throws DeletionLost */
  settle(attempt: Attempt, items: readonly SettledItem[]): Promise<void>;
  /** Notes the results of items in the transaction that deletes them. @param purges whether a purge is requested */
  settling(
    attempt: Attempt,
    done: (outcomes: readonly WriteOutcome[]) => readonly SettledItem[],
    purges: boolean,
  ): Beside;
  /** As `refuseWaiting` of statements/deletions.ts. */
  refuseWaiting(attempt: Attempt): Promise<void>;
  countsOf(job: string): Promise<DeletionCount[]>;
  /** As `selectRefused` of statements/deletions.ts. */
  refusedOf(job: string, asked: Parameters<typeof selectRefused>[2]): Promise<RefusedItem[]>;
  /** As `ownsDeletion` of statements/deletions.ts. */
  owns(job: string, owner: Buffer): Promise<boolean>;
}

export function createDeletionStore({ writes, pages }: Pick<Pools, 'writes' | 'pages'>): DeletionStore {
  return {
    begin: (attempt) => guarded(() => writes.begin((session) => beginDeletion(session, attempt))),
    add: (attempt, items) => guarded(() => writes.begin((session) => insertItems(session, attempt, items))),
    ended: (attempt) => guarded(() => writes.begin((session) => endItems(session, attempt))),
    isFound: (job) => guarded(() => isFound(pages, job)),
    itemsOf: (job, asked) => guarded(() => selectItems(pages, job, asked)),
    settle: (attempt, items) => guarded(() => writes.begin((session) => settleItems(session, attempt, items))),
    settling: (attempt, done, purges) => async (session, outcomes) => {
      const items = done(outcomes);
      await settleItems(session, attempt, items);
      if (purges) await askPurge(session, attempt.id, items);
      return [];
    },
    refuseWaiting: (attempt) => guarded(() => writes.begin((session) => refuseWaiting(session, attempt))),
    countsOf: (job) => guarded(() => countItems(pages, job)),
    refusedOf: (job, asked) => guarded(() => selectRefused(pages, job, asked)),
    owns: (job, owner) => guarded(() => ownsDeletion(pages, job, owner)),
  };
}
