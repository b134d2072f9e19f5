/** The port of those who follow what is stored: every version in the order of commits, whatever server wrote it. */
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

/** A place in the order of commits of one server of the database, for whoever goes on later, or at another server. */
export interface FeedPlace {
  /** The run of the server, and the database. */
  readonly server: string;
  /** As of a `Change`. */
  readonly position: string;
}

/** An event that a client has reported, in the order of commits. */
export interface FeedReport extends StoredReport {
  readonly position: string;
  /** How many changes of the page come before it. */
  readonly behind: number;
}

export interface FeedPage {
  /** With the methods that made them, as histories tell. */
  readonly changes: readonly Change[];
  /** None if they were not asked for. */
  readonly reports: readonly FeedReport[];
  /** Behind the last of them. */
  readonly place: FeedPlace;
  /** Whether others may follow now. */
  readonly hasMore: boolean;
  /** Every transaction below this number has ended and was looked at; for `feedGrows`. */
  readonly ended: bigint;
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
  /**
   * As `changes`, for whoever keeps the place: undefined if what was read before it is no longer what is stored there, as after a restore, a failover or the
   * loss of the last commits.
   * @param page `bytes` of contents after which the page ends; the first one always comes
   * @throws TypeError for a position that is none
   */
  feedPage(page: {
    readonly behind: FeedPlace | undefined;
    readonly types: readonly string[];
    readonly limit: number;
    readonly bytes: number;
    /** Events that clients report come, too, whatever they are about. */
    readonly reports?: boolean;
  }): Promise<FeedPage | undefined>;
  /** The place behind all that nothing can appear before any more. */
  feedEnd(): Promise<FeedPlace>;
  /**
   * Resolves when a version of one of the types may be new since a page, the time is over, or the signal comes. Whether there is one, tells the next page.
   * @param awaited `ended` of the page
   */
  feedGrows(awaited: {
    readonly types: readonly string[];
    readonly reports?: boolean;
    readonly ended: bigint;
    readonly milliseconds: number;
    readonly signal?: AbortSignal;
  }): Promise<void>;
  /** Every transaction below this number has ended: what it wrote is visible, and nothing more will appear there. */
  safeWatermark(): Promise<bigint>;
}
