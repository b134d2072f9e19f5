/** What the store offers and the words it speaks in. The implementations are `reads/` and `writes/`. */
import type { Budget } from '@dhp/budget';
import type { JsonSource } from '@dhp/fhir-model';
import type { Condition, OwnParameters, Word } from '@dhp/fhir-search';
import type { CommitState, SchemaState } from '@dhp/postgres';
import type { DefinitionsService } from './definitions/definitions-service.ts';
import type { IndexState } from './indexing/index-progress.ts';
import type { ReindexOptions } from './indexing/reindex.ts';
import type { FirstUse, Use } from './single-use.ts';
import type { Writer, WrittenBy } from './statements/writer.ts';
import type { TransactionOptions, TransactionOutcome, TransactionWrite } from './transaction.ts';
import type { Access } from './search/resolve/access.ts';
import type { Closures } from './terminology/closures.ts';
import type { IndexReading, PreparedIndex } from './writes/prepared-index.ts';
import type { TerminologyService } from './terminology/terminology-service.ts';
import type { SearchPage, SearchPlan, SearchRequest } from './search/search-request.ts';

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
  /** Of the request that made it: in histories, where it is known. */
  method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Whether there was nothing before it, or a deletion: in histories. */
  isNew?: boolean;
}

/** A resource that a client wants stored. */
export interface NewVersion {
  type: string;
  source: JsonSource;
  /** The same, parsed. */
  resource: Readonly<Record<string, unknown>>;
  /** What its index values may cost; BudgetSpent refuses the write, and no other. */
  budget?: Budget | undefined;
  /** Its index values, where they were made before. They are taken as long as the search parameters are those that they were made for. */
  prepared?: PreparedIndex | undefined;
  /** Recorded with the version (default: the platform itself). */
  writer?: Writer;
}

export interface Update extends NewVersion {
  id: string;
  /** If-Match: the versions one of which must be the current one; `*`: any that is not deleted. */
  ifMatch?: readonly number[] | '*';
  /** Refuse to change a current version without `ifMatch`. */
  requireMatch: boolean;
  /** Store an id that does not exist, or is deleted, as a new resource (update as create). */
  createAllowed: boolean;
  /** What histories are to tell of it (default PUT). */
  method?: 'PUT' | 'PATCH';
  /** With `integrity`: targets that the current version refers to already, which need not exist any more. */
  keeps?: readonly { readonly type: string; readonly id: string }[];
}

export interface Deletion {
  type: string;
  id: string;
  ifMatch?: readonly number[];
  /** With `integrity`: what refers to it and does not stop the deletion; it goes on to refer to what is deleted. */
  disregards?: readonly { readonly type: string; readonly id: string }[];
  /** Recorded with the deletion (default: the platform itself). */
  writer?: Writer;
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

/** Which versions a history shows. https://hl7.org/fhir/R5/http.html#history */
export interface HistoryTimes {
  /** `_since`: those made then or later. */
  since?: Date;
  /** `_at`: those that were current at some time from the first to before the second; or, of one, at that instant. */
  at?: readonly [from: Date, to?: Date];
  /** `_list`: these versions alone, or all of a resource where none is named. */
  only?: readonly { readonly type: string; readonly id: string; readonly versionId?: number }[];
}

export interface HistoryPage {
  versions: StoredVersion[];
  /** Versions in all, of the times asked for; 0 when the resource never existed. */
  total: number;
}

export interface HistoryOfPage {
  /** By `lastUpdated`, in the order asked for; of one resource by version. */
  versions: StoredVersion[];
  /**
   * What is committed after the first page was read was stamped later than this: the `since` with which nothing is missed. It is some
   * seconds ago, longer while a write takes long, so that some versions come twice.
   */
  settled: Date;
  /** The `cursor` of the next page, if there is one: opaque, good for the same type, times and order. */
  next?: string;
  /** That of the page before. */
  previous?: string;
}

/** A version in the order of commits. */
export interface Change extends StoredVersion {
  /** Where it stands; `changes({ since })` goes on behind it. Opaque. */
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
  /**
   * The versions below `before` (exclusive; absent: all), newest first; or those above `after`, oldest first. Deletions are
   * included.
   */
  history(
    type: string,
    id: string,
    page: HistoryTimes & { count: number; before?: number; after?: number },
  ): Promise<HistoryPage>;
  /**
   * The history of a type, of some types, or of all. Pages show what was committed when the first one was read, so that nothing is
   * missed or comes twice while others write. With `since` they end where the oldest write began that was under way then, so that the latest
   * version seen is a `since`, too.
   * @throws TypeError for a cursor that is none
   */
  historyOf(
    page: HistoryTimes & {
      type?: string;
      types?: readonly string[];
      count: number;
      cursor?: string;
      order?: 'newest-first' | 'oldest-first';
    },
  ): Promise<HistoryOfPage>;
  /** Who wrote each version, newest first; empty when the id never existed. */
  writersOf(type: string, id: string): Promise<WrittenBy[]>;
  /**
   * Who created the resource: the writer of version 1, or of the version that brought it back after its last deletion (of a deleted
   * one: of the life that ended). Undefined where that is not known, or the id never existed.
   */
  creatorOf(type: string, id: string): Promise<Writer | undefined>;
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
   * @throws OverlappingWrites when two of them are for the same resource; BrokenReferences with `integrity`, and with
   *   deletions IndexNotReady
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
  /** The search parameters of the environment's own, as they were a second ago or later. */
  searchParameters(): Promise<OwnParameters>;
  /** The same at once: as they were known last, which follows each change of them that this server hears of. */
  knownSearchParameters(): OwnParameters;
  /** What index values are made with that are prepared before a write. */
  indexReading(): IndexReading;
  /**
   * Brings the search parameters of the environment's own in step with the SearchParameter resources that are stored. The store
   * does it after each write of one; who follows them does it for writes whose server has ended in between.
   */
  registerSearchParameters(): Promise<void>;
  /** Every transaction below this number has ended: what it wrote is visible, and nothing more will appear there. */
  safeWatermark(): Promise<bigint>;
  /**
   * Current resources that refer to a resource by any literal reference, but for itself and records of what happened (AuditEvent,
   * Provenance), which stop no deletion: `limit` of them at most.
   * @throws IndexNotReady
   */
  referrers(type: string, id: string, limit: number): Promise<{ type: string; id: string; versionId: number }[]>;
  /** Those of the resources that do not exist, or are deleted. */
  missing<R extends { type: string; id: string }>(references: readonly R[]): Promise<R[]>;
  /** Whether the schema of the database fits this program, as it is now. */
  schemaState(): Promise<SchemaState>;
  /** How far the search index is. Quick: the answer is kept for some seconds. */
  indexState(): Promise<IndexState>;
  /**
   * Makes the search index complete, in a database that was filled before it existed or by a program with another definition of
   * it, or before a search parameter of the environment's own was there. In small steps, each durable; reads and writes go on, and a write waits no longer than one step takes. Searches
   * find everything when it has ended. Servers that call it share the work.
   * @returns how many resources this call has indexed
   * @throws Error when the database has the index of a newer program
   */
  reindex(options?: ReindexOptions): Promise<number>;
  /** Resources that are not deleted, by type in alphabetical order. */
  statistics(): Promise<{ type: string; count: number }[]>;
  /**
   * One page of a search over current resources. Its pages show what was committed when the first one was read: who reads
   * to the end sees each match that nobody changes exactly once, one that is changed or deleted meanwhile at most once, and
   * nothing that is created later. Rows that are equal in all that is sorted by stand in the order they were created in.
   * @throws SearchTimeout, IndexNotReady, SearchNotPossible, SearchParametersChanged; TypeError for a cursor that is none
   */
  search(request: SearchRequest): Promise<SearchPage>;
  /**
   * Current resources of a type that meet a condition, `limit` of them at most: for what the server itself decides by.
   * @param access whose eyes it is seen with, as in a search (default: those of the server, who sees all)
   * @param follows as `SearchQuery.follows`
   * @throws as `search` does
   */
  find(
    type: string,
    where: Condition,
    limit: number,
    access?: Access,
    follows?: number,
  ): Promise<{ id: string; versionId: number }[]>;
  /**
   * The words that some version had at some time, of these parameters (`Word` of the index rows): `limit` of them at most.
   * @throws IndexNotReady
   */
  words(parameters: readonly bigint[], limit: number): Promise<Word[]>;
  /** Runs a search, and tells its statements with PostgreSQL's plans. Throws as `search` does. */
  explain(request: SearchRequest): Promise<SearchPlan>;
  /** The terminology that is built in and stored. */
  readonly terminology: TerminologyService;
  /** The profiles, extensions, questionnaires and guides that are stored. */
  readonly definitions: DefinitionsService;
  readonly closures: Closures;
  /**
   * Notes that something was used that may be used once. Of parallel uses, on any node, one is the `first`. After a crash of PostgreSQL or a
   * failover, what may have been used before it is `unknown`, and noted as used.
   */
  useOnce(name: string, use: Use): Promise<FirstUse>;
  /** A part of what is remembered of the database, which is empty when the database is on another server than before. */
  memory<Value>(name: string, empty: () => Value): () => Value;
  /** Whether a commit that stays can be made now; rejects when the database is not reached, or takes no writes. */
  durable(): Promise<CommitState>;
  /** Waits for what is in flight, then closes the connections. */
  close(): Promise<void>;
}
