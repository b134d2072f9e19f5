import { createDurableCheck, createDatabaseMemory, schemaState, type Sql } from '@dhp/postgres';
import { openRequestLogStore } from '@dhp/request-log/store';
import { usualWork } from '@dhp/search-index/rows';
import type { FhirStore } from './fhir-store.ts';
import { servingConnectionsOf } from './connections.ts';
import { createDatabaseClock, givenClock } from './database-clock.ts';
import { createIndexProgress, type IndexProgress } from './indexing/index-progress.ts';
import { reindex } from './indexing/reindex.ts';
import { migrations } from './migrations.ts';
import { createNearNodes } from './placement/near-nodes.ts';
import { createNodes } from './placement/placement.ts';
import type { ShardMap } from './placement/shard-map.ts';
import { openPools, openReindexPool, openTerminologyPool, type Timeouts } from './pools.ts';
import { assertOneOrder, createFeed } from './reads/feed.ts';
import { createParameters, type Parameters as SearchParameters } from './parameters/parameters.ts';
import { createReader } from './reads/reader.ts';
import { openReplicas, type ReplicaOptions } from './replicas/replicas.ts';
import { createReferences } from './reads/references.ts';
import { openSearch, type SearchTimeouts } from './search/open-search.ts';
import { wholeRowsOf } from './search/whole-rows.ts';
import { SearchParametersChanged } from './search/parameters-changed.ts';
import { isStaleDefinition } from './statements/stale-definition.ts';
import { createCare } from './care/care.ts';
import { createConsents } from './consents/consents.ts';
import { createAccess } from './access-administration.ts';
import { createLabelStore } from './labels/label-store.ts';
import { completeEmptyIndex } from './statements/index-state.ts';
import { createHints } from './hints.ts';
import { createJobStore } from './job-store.ts';
import { createExports } from './export-store.ts';
import { createStreamStore } from './stream-store.ts';
import { createSubscriptionStore } from './subscription-store.ts';
import { createTestReceiverStore } from './test-receiver-store.ts';
import { createViewDefinitionStore } from './view-definition-store.ts';
import { createKeptSearches } from './kept-searches.ts';
import {
  ownDefinition,
  programDefinitions,
  requireAllWords,
  type IndexDefinitions,
} from './statements/index-definition.ts';
import { announce, usualAnnouncing, type Announcing } from './indexing/announce.ts';
import { createTrailStore } from './trail-store.ts';
import { createSingleUse } from './single-use.ts';
import { guarded } from './store-unavailable.ts';
import { createDefinitionsService } from './definitions/definitions-service.ts';
import { createClosures } from './terminology/closures.ts';
import { createTerminologyService } from './terminology/terminology-service.ts';
import { openWrites } from './open-writes.ts';
import { createVerification } from './verify/verify-store.ts';

export interface StoreOptions {
  /** The environment's own database, to which `migrations` were applied. */
  url: string;
  /** IANA name of the zone in whose offset `meta.lastUpdated` is written. */
  timeZone: string;
  /** Base URLs of this server, without a slash at the end: references below them are references to its own resources. */
  ownBases?: readonly string[];
  /** The number of processes of the same server on this node; it decides the size of pools (default 1). */
  processes?: number;
  /** Connections for reads by id (default: that of `servingConnectionsOf`). */
  readers?: number;
  /** Connections for creates, as many for other writes, and as many for transactions (default: a third of its `writes`). */
  writers?: number;
  /**
   * Milliseconds to wait for a row that another transaction has locked, and for any statement (default 5,000, 60,000).
   */
  timeouts?: Timeouts;
  /** Milliseconds for a search, and for an exact total (default 20,000, 3,000). */
  searchTimeouts?: SearchTimeouts;
  /** The most entries that an expansion of a value set has in one answer (default 10,000). */
  expansionLimit?: number;
  /** Whether the disk of the database has room for writes, if that is known; called before each write (default: it has). */
  hasRoom?: () => boolean;
  /** Units of work for the index values of a resource that is indexed again, beside those for each byte (default: `usualWork`). */
  indexWork?: number;
  /** Definitions of the search index, in ascending order (default: those of this program). For tests of later definitions. */
  definitions?: IndexDefinitions;
  /** Milliseconds between two signs of life, and after which servers without one count as ended (default 15,000, 60,000). For tests. */
  announcing?: Announcing;
  /** Milliseconds after which unnamed rows of the index begin to be cleared (default 10,000). For tests. */
  clearsAfter?: number;
  /** Whether the rows are on several nodes (default: read from the database, `distribute`). For tests. */
  isSpread?: boolean;
  /** The map of shards (default: read from the database). For tests. */
  shards?: ShardMap;
  /**
   * Streaming standbys of the database, which answer callers that say how old an answer may be (default: none). Not available with several
   * nodes.
   */
  replicas?: ReplicaOptions;
  /** Time with which versions are stamped (default: the clock of the database, which all nodes share). */
  clock?: () => Date;
  /** This machine's clock in milliseconds, whose difference from the database's is measured (default `Date.now`). */
  machineClock?: () => number;
}

type Usual =
  'ownBases' | 'timeouts' | 'searchTimeouts' | 'expansionLimit' | 'indexWork' | 'machineClock' | 'definitions';
const usualOptions: Required<Pick<StoreOptions, Usual>> = {
  ownBases: [],
  timeouts: { lock: 5_000, statement: 60_000 },
  searchTimeouts: { search: 20_000, total: 3_000, joins: 3_000 },
  expansionLimit: 10_000,
  indexWork: usualWork,
  machineClock: Date.now,
  definitions: programDefinitions,
};
/** Milliseconds for which cached terminology is valid without asking for writes of other servers. */
const terminologyPatience = 500;

/**
 * Opens the store of one environment.
 * @throws StoreUnavailable when the database does not answer
 * @throws Error when the database was restored from another cluster and its commit order must be started again
 */
export async function openStore(options: StoreOptions): Promise<FhirStore> {
  const { url, timeZone, ownBases, timeouts, searchTimeouts, expansionLimit, indexWork, machineClock, definitions } = {
    ...usualOptions,
    ...options,
  };
  const sizes = servingConnectionsOf(options.processes ?? 1);
  const { readers = sizes.reads, writers = sizes.writes / 3, hasRoom } = options;
  const pools = openPools(url, { ...sizes, reads: readers, writes: 3 * writers }, timeouts);
  const clock = options.clock === undefined ? createDatabaseClock(machineClock) : givenClock(options.clock);
  const memory = createDatabaseMemory();
  const asking = { sql: pools.pages, unwaited: pools.words };
  const parameters = createParameters(asking, memory, clock.compare, machineClock, definitions);
  const nodes = createNodes(pools.pages, options, () => createNearNodes(url, readers, timeouts));
  const reader = createReader(pools, { readers, searched: () => parameters.stored().active, ...nodes });
  const progress = createIndexProgress(pools.reads, definitions, parameters.refresh);
  const hints = createHints(url, pools.words);
  const feed = createFeed(pools, memory, { hints, ...nodes });
  const terminologySql = openTerminologyPool(url, timeouts);
  const expanding = { expansionLimit, patience: terminologyPatience, clock: clock.now, memory, ...nodes };
  const terminology = createTerminologyService(terminologySql, expanding);
  const conformance = createDefinitionsService(terminologySql, memory, { patience: terminologyPatience, ...nodes });
  const writes = openWrites(
    { pools, memory, clock, timeZone, ownBases, parameters, progress, url, timeouts, writers, hasRoom, ...nodes },
    { terminology: () => terminology.changed(), definitions: conformance.changed, any: hints.written },
  );
  const [trail, singleUse] = [createTrailStore(pools), createSingleUse(pools.words, clock.now, memory)];
  const reading = searching({ timeZone, ownBases, parameters, work: indexWork }, progress, definitions);
  const sought = { ...reading, database: memory, sizes, clearsAfter: options.clearsAfter, ...nodes.ofSearches };
  const searches = openSearch(url, sought, searchTimeouts);
  try {
    // One after the other: beside each other they would open a connection each.
    await guarded(nodes.ask).then(() => assertOneOrder(pools));
    await guarded(() => completeEmptyIndex(pools.writes, ownDefinition(definitions).version));
    await guarded(() => parameters.refresh());
  } catch (error) {
    await Promise.all([pools.end(), nodes.close()]);
    throw error;
  }
  const reads = { ...reader, search: searches.search };
  const primary = { ...sought, url, sql: pools, memory, reads, timeouts, searchTimeouts };
  const replicas = openReplicas(options.replicas, primary);
  const announcing = announce(pools.writes, definitions, options.announcing ?? usualAnnouncing);
  return {
    ...feed,
    ...reader,
    words: (...asked) => guarded(() => progress.reading(() => wordsOf(reader, parameters, ...asked))),
    ...createReferences(pools.reads, { ...progress, stored: parameters.stored }),
    ...{ ...writes.writes, replicas },
    requestLog: openRequestLogStore({ writes: pools.writes, reads: pools.pages, schema: 'fhir' }),
    ...{ trail, terminology, definitions: conformance, labels: createLabelStore(pools, parameters, ownBases) },
    searchParameters: () => guarded(parameters.current),
    knownSearchParameters: parameters.latest,
    indexReading: () => ({ timeZone, ownBases, own: parameters.known() }),
    registerSearchParameters: () => guarded(parameters.register),
    ...{ subscriptions: createSubscriptionStore(pools, hints), streams: createStreamStore(pools) },
    ...{ useOnce: singleUse.use, ...createKeptSearches(pools.words), closures: createClosures(pools.holding) },
    memory: (name, empty) => memory.part(name, empty),
    ...{ search: searches.search, find: searches.find, explain: searches.explain },
    ...{ ...createAccess(pools), jobs: createJobStore(pools, hints), ...createExports(pools) },
    ...createConsents(pools, {
      ...{ timeZone, ownBases, labelling: parameters.labelling },
      ...{ searched: () => parameters.stored().active, isSpread: nodes.isSpread },
    }),
    ...{ ...createCare(pools, { timeZone, ownBases }), viewDefinitions: createViewDefinitionStore(pools, timeZone) },
    ...{ durable: createDurableCheck(pools.writes), testReceivers: createTestReceiverStore(pools) },
    schemaState: () => guarded(() => schemaState(pools.reads, migrations)),
    indexState: () => guarded(progress.indexState),
    reindex: (reindexing = {}) =>
      withReindexPool(url, timeouts, (sql) =>
        reindex({ ...writes.writing, sql, work: indexWork, definitions }, reindexing),
      ).finally(progress.forget),
    ...createVerification((work) => withReindexPool(url, timeouts, work), writes.writing),
    async close() {
      hints.close();
      await Promise.all([announcing.close(), replicas?.close()]);
      await Promise.all([reader, writes, searches, terminology, singleUse, trail].map((part) => part.close()));
      await Promise.all([pools.end(), nodes.close(), terminologySql.end({ timeout: 5 })]);
    },
  };
}

/** @throws LackingDefinition if the active definition lacks some words */
async function wordsOf(
  reader: ReturnType<typeof createReader>,
  parameters: SearchParameters,
  ...[sought, ...more]: Parameters<FhirStore['words']>
): ReturnType<FhirStore['words']> {
  const { definition } = parameters.stored().active;
  requireAllWords(definition, sought);
  return reader.words(definition.version, sought, ...more);
}

/** For searches: those parsed with earlier parameters are parsed again with the current ones. */
function searching(
  options: Parameters<typeof wholeRowsOf>[1] & { readonly parameters: SearchParameters },
  progress: IndexProgress,
  definitions: IndexDefinitions,
) {
  const { parameters, ownBases } = options;
  const reading: IndexProgress['reading'] = (work) =>
    progress.reading(work).catch(async (error: unknown) => {
      if (!isStaleDefinition(error)) throw error;
      await parameters.refresh();
      throw new SearchParametersChanged(error);
    });
  const wholeRows = wholeRowsOf(ownDefinition(definitions), options);
  return { parameters, ownBases, reading, wholeRows, searched: () => parameters.stored().active };
}

async function withReindexPool<R>(url: string, timeouts: Timeouts, work: (sql: Sql) => Promise<R>): Promise<R> {
  const sql = openReindexPool(url, timeouts);
  try {
    return await guarded(() => work(sql));
  } finally {
    await sql.end({ timeout: 5 });
  }
}
