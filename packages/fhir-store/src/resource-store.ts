/** The port for reading and writing resources on behalf of a caller. */
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
  /** `_at`: versions that were current at some time from the first to before the second; with one time only, at that instant. */
  at?: readonly [from: Date, to?: Date];
  /** `_list`: these versions alone, or all versions of a resource if no version is named. */
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
   * Earlier than the stamps of all versions that are committed after the first page was read: a `since` with which nothing is missed. It is
   * some seconds ago, longer while a write takes long, so some versions come twice.
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
   * The current version, which may be a deletion; undefined if the id never existed.
   * @param asked facts to be returned with it: that certainly no consent refuses it (`unrefused`), that it has no labels (`unlabelled`),
   * and which keys it has (`hasOneOf`)
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
   * The history of a type, of some types, or of all. All pages show the state of the first one, so that nothing is missed or comes twice
   * while others write. With `since` they end at the beginning of the oldest write in progress at that time, so that the latest version
   * seen is a `since`, too.
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

/** Searches of resources by their values and references. */
interface ResourceSearches {
  /**
   * One page of a search over current resources. All pages show the state of the first one: reading to the end gives each unchanged match
   * exactly once, a match that is changed or deleted meanwhile at most once, and none that is created later. Rows with equal sort values
   * are in the order of their creation.
   * @throws SearchTimeout, IndexNotReady, SearchNotPossible, SearchParametersChanged; TypeError for a malformed cursor
   */
  search(request: SearchRequest): Promise<SearchPage>;
  /**
   * Current resources of a type that meet a condition, at most `limit`: for decisions of the server itself.
   * @param access the permissions that limit it, as in a search (default: those of the server, which sees all)
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
   * The words that any version ever had for these parameters (`Term` of the index rows): at most `limit`, in a fixed order.
   * @param behind the last known word: the following ones are returned
   * @throws IndexNotReady
   */
  words(parameters: readonly bigint[], limit: number, behind?: Pick<Term, 'parameter' | 'text'>): Promise<Term[]>;
  /** Runs a search, and returns its statements with PostgreSQL's plans. Throws as `search` does. */
  explain(request: SearchRequest): Promise<SearchPlan>;
  /**
   * Current resources that refer to a resource by a literal reference, at most `limit`. Excluded are the resource itself and records of
   * events (AuditEvent, Provenance), which prevent no deletion.
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
   * Applies all writes or none, in one durable transaction. Any number of them; memory grows with their bytes. If another write is faster
   * it retries by itself, so each write is decided by the version that was current when it was stored.
   * @param writes or a function that determines them while `locks` are held. It may read from the store, and is called again if another
   * write was faster.
   * @throws OverlappingWrites if two of them are for the same resource; BrokenReferences with `integrity`, and with deletions IndexNotReady
   */
  transaction(
    writes: readonly TransactionWrite[] | (() => Promise<readonly TransactionWrite[]>),
    options?: TransactionOptions,
  ): Promise<TransactionOutcome>;
}

/** Definitions for reading, searching and validating resources: the same for every caller. */
interface StoredDefinitions {
  /** The environment's own search parameters, at most a second old. */
  searchParameters(): Promise<OwnParameters>;
  /** The same without waiting: as last known, which follows each change that this server learns of. */
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
