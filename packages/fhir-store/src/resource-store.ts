/** The port of those who read and write resources: what may be done on behalf of a caller, and nothing else. */
import type { Budget } from '@dhp/budget';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import type { Condition } from '@dhp/search-index';
import type { Term } from '@dhp/search-index/rows';
import type { DefinitionsService } from './definitions/definitions-service.ts';
import type { ReadPermission } from '@dhp/search-index/search';
import type { SearchPage, SearchPlan, SearchRequest } from '@dhp/search-index/search';
import type { Closures } from './terminology/closures.ts';
import type { TerminologyService } from './terminology/terminology-service.ts';
import type { TransactionOptions, TransactionOutcome, TransactionWrite } from './transaction.ts';
import type { AskedOfRead } from './statements/asked-of-read.ts';
import type { Deletion, NewVersion, StoredVersion, Update, WriteOutcome } from './versions.ts';
import type { IndexReading } from './writes/prepared-index.ts';

/** Versions that a history shows. https://hl7.org/fhir/R5/http.html#history */
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
  /** Versions in all, of the times asked for; 0 when the resource never existed. Undefined if a caller sees a part of so many that they are not counted. */
  total: number | undefined;
}

export interface HistoryOfPage {
  /** Versions by `lastUpdated`, in the requested order; for one resource by version number. */
  versions: StoredVersion[];
  /**
   * Earlier than the stamps of all versions that are committed after the first page was read: the `since` with which nothing is missed. It
   * is some seconds ago, longer while a write takes long, so that some versions come twice.
   */
  settled: Date;
  /** The `cursor` of the next page, if there is one: opaque, good for the same type, times and order. */
  next?: string;
  /** The cursor of the page before. */
  previous?: string;
}

/** Resources by their ids, with their history. */
interface ResourceReads {
  /**
   * The current version, which may be a deletion; undefined when the id never existed.
   * @param asked what is told with it: where surely no consent refuses it (`unrefused`), where it has no labels (`unlabelled`), and where it has one of some keys (`hasOneOf`)
   */
  read(type: string, id: string, asked?: AskedOfRead): Promise<StoredVersion | undefined>;
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
   * @throws TypeError for a malformed cursor
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
}

/** Resources by what they hold and refer to. */
interface ResourceSearches {
  /**
   * One page of a search over current resources. Its pages show what was committed when the first one was read: who reads
   * to the end sees each match that nobody changes exactly once, one that is changed or deleted meanwhile at most once, and
   * nothing that is created later. Rows that are equal in all that is sorted by are in the order they were created in.
   * @throws SearchTimeout, IndexNotReady, SearchNotPossible, SearchParametersChanged; TypeError for a malformed cursor
   */
  search(request: SearchRequest): Promise<SearchPage>;
  /**
   * Current resources of a type that meet a condition, `limit` of them at most: for what the server itself decides by.
   * @param access whose eyes it is seen with, as in a search (default: those of the server, who sees all)
   * @param follows as `SearchQuery.follows`
   * @param budget as `SearchRequest.budget`
   * @throws as `search` does
   */
  find(
    type: string,
    where: Condition,
    limit: number,
    access?: ReadPermission,
    follows?: number,
    budget?: Budget,
  ): Promise<{ id: string; versionId: number }[]>;
  /**
   * The words that some version had at some time, of these parameters (`Term` of the index rows): `limit` of them at most, in an order of their own.
   * @param behind the last one that is known: those follow
   * @throws IndexNotReady
   */
  words(parameters: readonly bigint[], limit: number, behind?: Pick<Term, 'parameter' | 'text'>): Promise<Term[]>;
  /** Runs a search, and tells its statements with PostgreSQL's plans. Throws as `search` does. */
  explain(request: SearchRequest): Promise<SearchPlan>;
  /**
   * Current resources that refer to a resource by any literal reference, but for itself and records of what happened (AuditEvent,
   * Provenance), which stop no deletion: `limit` of them at most.
   * @throws IndexNotReady
   */
  referrers(type: string, id: string, limit: number): Promise<{ type: string; id: string; versionId: number }[]>;
  /** Returns the references whose target does not exist or is deleted. */
  missing<R extends { type: string; id: string }>(references: readonly R[]): Promise<R[]>;
}

interface ResourceWrites {
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
}

/** Definitions by which resources are read, searched and validated: the same for every caller. */
interface StoredDefinitions {
  /** The search parameters of the environment's own, as they were a second ago or later. */
  searchParameters(): Promise<OwnParameters>;
  /** The same at once: as they were known last, which follows each change of them that this server hears of. */
  knownSearchParameters(): OwnParameters;
  /** The settings and parameters for index values that are prepared before a write. */
  indexReading(): IndexReading;
  /** The terminology that is built in and stored. */
  readonly terminology: TerminologyService;
  /** The profiles, extensions, questionnaires and guides that are stored. */
  readonly definitions: DefinitionsService;
  readonly closures: Closures;
}

/**
 * Reads see every write acknowledged before they began. All methods reject with `StoreUnavailable` when the database
 * cannot be reached or does not answer in time: a write may then have been stored or not, and is never reported as a
 * success.
 */
export interface ResourceStore extends ResourceReads, ResourceSearches, ResourceWrites, StoredDefinitions {}
