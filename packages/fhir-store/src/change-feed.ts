/** The port for followers of the stored data: every version in the order of commits, whichever server wrote it. */
import type { StoredReport } from './statements/reported-events.ts';
import type { StoredVersion } from './versions.ts';

/** A version in the order of commits. */
export interface Change extends StoredVersion {
  /** Position of the change; `changes({ since })` continues after it. Opaque. */
  position: string;
}

export interface ChangesPage {
  since?: string;
  limit: number;
  /** All when absent. */
  types?: readonly string[];
  /** Leave out versions that are no longer current. */
  currentOnly?: boolean;
}

export interface FollowOptions {
  /** Milliseconds between two reads while there is nothing new, and before a retry after a failure (default 1,000). */
  every?: number;
  limit?: number;
  /** The position to begin behind; absent: all current versions come first. */
  since?: string;
  /** Called with each failure; the read is repeated in any case. */
  onError?: (error: unknown) => void;
}

export interface Following {
  /** Resolves when all that was there at the beginning was handed over. */
  readonly caughtUp: Promise<void>;
  /** Stops following, and waits for work in progress. */
  stop(): Promise<void>;
}

/** A place in the order of commits of one server of the database, to be continued later or at another server. */
export interface FeedPlace {
  /** The run of the server, and the database. */
  readonly server: string;
  /** As of a `Change`. */
  readonly position: string;
}

/** An event that a client has reported, in the order of commits. */
export interface FeedReport extends StoredReport {
  readonly position: string;
  /** The number of changes of the page that come before it. */
  readonly behind: number;
}

export interface FeedPage {
  /** With the methods that made them, as in histories. */
  readonly changes: readonly Change[];
  /** Empty if reports were not requested. */
  readonly reports: readonly FeedReport[];
  /** Behind the last of them. */
  readonly place: FeedPlace;
  /** Whether others may follow now. */
  readonly hasMore: boolean;
  /** Every transaction below this number has ended and was read; for `feedGrows`. */
  readonly ended: bigint;
}

/** All methods reject with `StoreUnavailable` when the database cannot be reached or does not answer in time. */
export interface ChangeFeed {
  /**
   * Returns the versions committed behind a position, from all servers, in an order in which no version can appear later before a returned
   * one. Empty when there is nothing new; ask again with the last position seen.
   */
  changes(page: ChangesPage): Promise<Change[]>;
  /**
   * Passes the current versions of some types, deletions included, to `apply` in the order of commits: first all stored ones, then new
   * ones, from all servers. Of a resource that changes quickly only the last version may come. Changes that `apply` rejects come again, so
   * they may come twice. If the database is on another server than before, all come again.
   * @param apply is called with at most `limit` (default 500) changes, and not again before it has ended
   */
  follow(
    types: readonly string[],
    apply: (changes: readonly Change[]) => Promise<void>,
    options?: FollowOptions,
  ): Following;
  /**
   * As `changes`, for callers that keep the place: undefined if the versions read before it are no longer stored there, as after a restore,
   * a failover or the loss of the last commits.
   * @param page `bytes` of contents after which the page ends; the first version always comes
   * @throws TypeError for an invalid position
   */
  feedPage(page: {
    readonly behind: FeedPlace | undefined;
    readonly types: readonly string[];
    readonly limit: number;
    readonly bytes: number;
    /** Whether events that clients report are included; they are not filtered by type. */
    readonly reports?: boolean;
  }): Promise<FeedPage | undefined>;
  /** The place behind all versions before which nothing can appear any more. */
  feedEnd(): Promise<FeedPlace>;
  /**
   * Resolves when a version of one of the types may be new since a page, when the time is over, or when the signal comes. The next page
   * shows whether there is a new one.
   * @param awaited `ended` of the page
   */
  feedGrows(awaited: {
    readonly types: readonly string[];
    readonly reports?: boolean;
    readonly ended: bigint;
    readonly milliseconds: number;
    readonly signal?: AbortSignal;
  }): Promise<void>;
  /** Every transaction below this number has ended: its writes are visible, and no more will appear there. */
  safeWatermark(): Promise<bigint>;
}
