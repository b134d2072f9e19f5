/** The port of those who follow what is stored: every version in the order of commits, whatever server wrote it. */
import type { StoredVersion } from './versions.ts';

/** A version in the order of commits. */
export interface Change extends StoredVersion {
  /** Position of the change; `changes({ since })` goes on behind it. Opaque. */
  position: string;
}

export interface ChangesPage {
  since?: string;
  limit: number;
  /** All when absent. */
  types?: readonly string[];
  /** Leave out what is no longer the current version of its resource. */
  currentOnly?: boolean;
}

export interface FollowOptions {
  /** Milliseconds between two looks when there is nothing new, and before what has failed is tried again (default 1,000). */
  every?: number;
  limit?: number;
  /** The position to begin behind; absent: all that is current comes first. */
  since?: string;
  /** Told what failed; it is tried again in any case. */
  onError?: (error: unknown) => void;
}

export interface Following {
  /** Resolves when all that was there at the beginning was handed over. */
  readonly caughtUp: Promise<void>;
  /** Ends it, and waits for what is under way. */
  stop(): Promise<void>;
}

/** All methods reject with `StoreUnavailable` when the database cannot be reached or does not answer in time. */
export interface ChangeFeed {
  /**
   * The versions committed behind a position, in an order in which none can still appear before one that was returned,
   * whatever server wrote it. Empty when there is nothing new; ask again with the last position seen.
   */
  changes(page: ChangesPage): Promise<Change[]>;
  /**
   * Hands over the current versions of some types, deletions included, in the order of commits: first all there are, then what
   * comes, whatever server wrote it. Of a resource that changes quickly only the last version may come. What `apply` rejects
   * comes again, so it may come twice. When the database is on another server than before, all comes again.
   * @param apply is called with at most `limit` (default 500) changes, and not again before it has ended
   */
  follow(
    types: readonly string[],
    apply: (changes: readonly Change[]) => Promise<void>,
    options?: FollowOptions,
  ): Following;
  /** Every transaction below this number has ended: what it wrote is visible, and nothing more will appear there. */
  safeWatermark(): Promise<bigint>;
}
