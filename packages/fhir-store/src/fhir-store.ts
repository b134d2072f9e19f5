/** What the store offers and the words it speaks in. The implementations are `reads/` and `writes/`. */
import type { JsonSource } from '@dhp/fhir-model';

/** One version of a resource as it lies in the database. */
export interface StoredVersion {
  type: string;
  id: string;
  versionId: number;
  /** In milliseconds; never earlier than that of the version before. */
  lastUpdated: Date;
  /** This version is the deletion of the resource. */
  deleted: boolean;
  /** The exact bytes to send (UTF-8 JSON, stamped); empty when deleted. A read's Buffer may be part of a larger one. */
  content: Buffer;
}

/** A resource that a client wants stored. */
export interface NewVersion {
  type: string;
  source: JsonSource;
  /** The same, parsed. */
  resource: Readonly<Record<string, unknown>>;
}

export interface Update extends NewVersion {
  id: string;
  /** If-Match: the versions one of which must be the current one; `*`: any that is not deleted. */
  ifMatch?: readonly number[] | '*';
  /** Refuse to change a current version without `ifMatch`. */
  requireMatch: boolean;
  /** Store an id that does not exist, or is deleted, as a new resource (update as create). */
  createAllowed: boolean;
}

export interface Deletion {
  type: string;
  id: string;
  ifMatch?: readonly number[];
}

/**
 * What became of a write. `created`, `updated`, `deleted`: a new version, committed and durable. `unchanged`: the
 * content was the same but for the stamp, so the current version stays. `already-deleted`: the version is the earlier
 * deletion. `version-mismatch`: ifMatch does not hold. `match-required`: there is a current version and no ifMatch.
 * `not-found`: there is nothing to delete; or an update found no current version and must not create one.
 */
export type WriteOutcome =
  | { kind: 'created' | 'updated' | 'unchanged' | 'deleted' | 'already-deleted'; version: StoredVersion }
  | { kind: 'version-mismatch' | 'match-required'; current: number }
  | { kind: 'not-found' };

/** One write of a transaction. The id of a `create` is the caller's choice and must be new. */
export type TransactionWrite =
  ({ kind: 'create'; id: string } & NewVersion) | ({ kind: 'update' } & Update) | ({ kind: 'delete' } & Deletion);

/** Outcomes because of which nothing is stored. */
export type Refusal = Exclude<WriteOutcome, { version: StoredVersion }>;

/**
 * `committed`: all writes, with their outcomes in the order given; a deletion without If-Match that finds nothing is no
 * failure and has `not-found`. `refused`: none, because of those named; the id of a create that exists is a
 * `version-mismatch`.
 */
export type TransactionOutcome =
  | { kind: 'committed'; outcomes: WriteOutcome[] }
  | { kind: 'refused'; failures: { index: number; outcome: Refusal }[] };

export interface TransactionOptions {
  /**
   * Names of which each is held by one transaction at a time, on all servers, from before the writes are asked for
   * until the commit.
   */
  locks?: readonly string[];
}

/** Which versions a history shows. https://hl7.org/fhir/R5/http.html#history */
export interface HistoryTimes {
  /** `_since`: those made then or later. */
  since?: Date;
  /** `_at`: those that were current at some time from the first to before the second; or, of one, at that instant. */
  at?: readonly [from: Date, to?: Date];
}

export interface HistoryPage {
  /** Newest first. */
  versions: StoredVersion[];
  /** Versions in all, of the times asked for; 0 when the resource never existed. */
  total: number;
}

export interface HistoryOfPage {
  /** The latest `lastUpdated` first; of one resource the later version first. */
  versions: StoredVersion[];
  /** The `cursor` of the next page, if there is one: opaque, good for the same type and times. */
  next?: string;
}

/** A version in the order of commits. */
export interface Change extends StoredVersion {
  /** Where it stands; `changes({ since })` goes on behind it. Opaque. */
  position: string;
}

export interface BulkOptions {
  /** Called after each committed chunk with the number stored so far. */
  onProgress?: (stored: number) => void;
}

/**
 * Reads see every write acknowledged before they began. All methods reject with `StoreUnavailable` when the database
 * cannot be reached or does not answer in time: a write may then have been stored or not, and is never reported as a
 * success.
 */
export interface FhirStore {
  /** The current version, which may be a deletion; undefined when the id never existed. */
  read(type: string, id: string): Promise<StoredVersion | undefined>;
  vread(type: string, id: string, versionId: number): Promise<StoredVersion | undefined>;
  /** The versions below `before` (exclusive), newest first, deletions included. */
  history(type: string, id: string, page: HistoryTimes & { count: number; before?: number }): Promise<HistoryPage>;
  /**
   * The history of a type, or of all. Pages show what was committed when the first one was read, so that nothing is
   * missed or comes twice while others write.
   * @throws TypeError for a cursor that is none
   */
  historyOf(page: HistoryTimes & { type?: string; count: number; cursor?: string }): Promise<HistoryOfPage>;
  /** Stores a new resource under an id of the server (a UUID of version 7). */
  create(resource: NewVersion): Promise<WriteOutcome>;
  update(update: Update): Promise<WriteOutcome>;
  delete(deletion: Deletion): Promise<WriteOutcome>;
  /**
   * Applies all writes or none, in one durable transaction. Any number of them; memory grows with their bytes. When
   * somebody else is faster it looks again by itself, so each write is decided by the version that was current when it
   * was stored.
   * @param writes or a function that finds them out while `locks` are held. It may read from the store, and is called
   *   again when somebody else was faster.
   * @throws OverlappingWrites when two of them are for the same resource
   */
  transaction(
    writes: readonly TransactionWrite[] | (() => Promise<readonly TransactionWrite[]>),
    options?: TransactionOptions,
  ): Promise<TransactionOutcome>;
  /**
   * Stores many resources as first versions, in chunks of which each is atomic and durable. Ids that exist, deleted
   * ones too, are left as they are. Memory is bounded whatever the length of the stream.
   * @returns how many were stored
   */
  bulkInsert(resources: AsyncIterable<NewVersion & { id: string }>, options?: BulkOptions): Promise<number>;
  /**
   * The versions committed behind a position, in an order in which none can still appear before one that was returned,
   * whatever server wrote it. Empty when there is nothing new; ask again with the last position seen.
   */
  changes(page: { since?: string; limit: number }): Promise<Change[]>;
  /** Every transaction below this number has ended: what it wrote is visible, and nothing more will appear there. */
  safeWatermark(): Promise<bigint>;
  /** Resources that are not deleted, by type in alphabetical order. */
  statistics(): Promise<{ type: string; count: number }[]>;
  /** Waits for what is in flight, then closes the connections. */
  close(): Promise<void>;
}
