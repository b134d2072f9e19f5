/** Runs the searches that `@dhp/search-index` compiles, on the connections of the store. docs/decisions/0028-one-house.md */
import { generationOf } from '@dhp/fhir-search/parameters';
import { createDatabaseMemory, type DatabaseMemory, type Sql as Pool } from '@dhp/postgres';
import {
  find,
  search,
  usualCostLimits,
  type ReadPermission,
  type CompiledSearch,
  type CostLimits,
  type Explained,
  type KeptCount,
  type SearchServer,
  type WholeRows,
} from '@dhp/search-index/search';
import { fragmentsFor, type Connections, type IndexTables, type Run, type Sql } from '@dhp/search-index/sql';
import { commitOrder } from '../commit-order/commit-order.ts';
import type { IndexProgress } from '../indexing/index-progress.ts';
import type { Parameters } from '../parameters/parameters.ts';
import type { ResourceStore } from '../resource-store.ts';
import { ownDefinition, programDefinitions, type PlacedDefinition } from '../statements/index-definition.ts';
import { noteServerRun, seesTheSame as seesTheSameNow } from '../statements/server-runs.ts';
import { settle as settleNow } from '../statements/settled.ts';
import { createFailedPlans } from './failed-plans.ts';
import { createFullText, type KeptWords } from './keep-words.ts';
import { PrimaryNeeded } from './primary-needed.ts';
import { LRUCache } from 'lru-cache';
import { explaining, running, searchError, type Place } from './run.ts';

export type Searcher = Pick<ResourceStore, 'search' | 'find' | 'explain'> & {
  /** Waits for its background work. */
  finish(): Promise<void>;
};

/** Parts of the store that a search needs. */
export interface SearchOptions {
  /** Of its pools, `walks` is for statements that only read indexes in their order: they must not sort. */
  readonly place: Place;
  /** For keeping the words of the full text. Absent at a replica, which is requested first pages alone, and for no full text. */
  readonly background?: Pool;
  readonly ownBases: readonly string[];
  readonly parameters: Pick<Parameters, 'known'>;
  /** The index definition that is searched, as last known (default: that of this program, in the first tables). */
  readonly searched?: () => PlacedDefinition;
  readonly costLimits?: CostLimits;
  /** Reads rows that the active definition truncates (default: such searches are refused). */
  readonly wholeRows?: WholeRows;
  /** Milliseconds after which a statement that may lead along many ways is given up. */
  readonly joinTimeout: number;
  /** Runs code that reads the index. */
  readonly reading: IndexProgress['reading'];
  /** Memory shared between searches (default: a separate one). */
  readonly database?: DatabaseMemory;
}

const everything: ReadPermission = () => true;
/** Shapes of searches whose statements are cached, for each set of tables; each takes some 10 kB. */
const mostCompiled = 500;

/** Resources on other nodes that a chain or `_has` may lead to: `CostLimits.apart`. */
const lookedUpApart = 20_000;

/**
 * With several nodes and on a replica no count is cached: the changes since then are found by the order of commits of the server that
 * writes.
 */
const noCounts: SearchServer['counting']['kept'] = { get: () => undefined, set: () => undefined };

const tagsOf = (tables: IndexTables): Readonly<Record<Connections, Sql>> => {
  const on = (connections: Connections): Sql => fragmentsFor(connections, commitOrder, tables);
  return { searches: on('searches'), walks: on('walks'), counts: on('counts') };
};
const tags: Readonly<Record<IndexTables, ReturnType<typeof tagsOf>>> = { a: tagsOf('a'), b: tagsOf('b') };

const programSearched = (): PlacedDefinition => ({ definition: ownDefinition(programDefinitions), tables: 'a' });

export function createSearcher({
  place,
  background,
  ownBases,
  parameters,
  searched = programSearched,
  costLimits: given = usualCostLimits,
  wholeRows,
  joinTimeout,
  reading,
  database = createDatabaseMemory(),
}: SearchOptions): Searcher {
  const { pools, isSpread } = place;
  const costLimits = (): CostLimits => (isSpread() ? { ...given, apart: lookedUpApart } : given);
  const failedPlans = createFailedPlans(database);
  // They are made from the shape of a search alone, and contain nothing of the database.
  const compiledOf = (): LRUCache<string, CompiledSearch> => new LRUCache({ max: mostCompiled });
  const compiled: Readonly<Record<IndexTables, LRUCache<string, CompiledSearch>>> = {
    a: compiledOf(),
    b: compiledOf(),
  };
  const { fullText, seesTheSame, settle, counts } =
    background === undefined ? ofReplica : ofPrimary(pools.searches, background, database, () => failedPlans.clear());
  /**
   * Returns the generation that a search depends on: that of its own parameters, else the current one, because access rules and includes
   * may also use parameters.
   */
  const followed = (asked: number | undefined): number | undefined => asked ?? generationOf(parameters.known());
  /** All statements of one search read the same definition: each checks whether it is still the active one. */
  const serverOn = (runOn: (version: number, milliseconds?: number) => Run): SearchServer => {
    const { definition, tables } = searched();
    const { searches: sql, walks: ordered, counts: counting } = tags[tables];
    const run = runOn(definition.version);
    return {
      finding: {
        ...{ sql, ordered, run, failedPlans, costLimits: costLimits(), fullText },
        runBriefly: runOn(definition.version, joinTimeout),
        ...{ lacks: definition.lacks, wholeRows, compiled: compiled[tables] },
      },
      counting: { sql: counting, run, kept: isSpread() ? noCounts : counts() },
      ...{ ownBases, known: () => parameters.known(), settle, seesTheSame },
    };
  };

  return {
    search: (request) =>
      reading(() =>
        search(
          serverOn((version, limit) => running(place, version, followed(request.query.follows), limit)),
          request,
        ),
      ),
    find: (type, where, limit, access = everything, follows?, budget?) =>
      reading(() =>
        find(
          { ...serverOn((version, most) => running(place, version, followed(follows), most)).finding, budget },
          { type, where, limit, access },
        ),
      ),
    explain: (request) =>
      reading(async () => {
        const statements: Explained[] = [];
        await search(
          serverOn((version) => explaining(place, statements, version, followed(request.query.follows))),
          request,
        );
        return { statements };
      }),
    finish: () => fullText.close(),
  };
}

/** The parts of a search that rest on the order of commits, or write. */
interface PartsOfPrimary extends Pick<SearchServer, 'seesTheSame' | 'settle'> {
  readonly fullText: KeptWords;
  readonly counts: () => SearchServer['counting']['kept'];
}

function ofPrimary(searches: Pool, background: Pool, database: DatabaseMemory, caughtUp: () => void): PartsOfPrimary {
  return {
    fullText: createFullText(background, { database, caughtUp }),
    counts: database.part('counts of types', () => new Map<number, KeptCount>()),
    settle: (types) => settleNow(searches, types),
    async seesTheSame(seen) {
      try {
        await noteServerRun(background);
        return await seesTheSameNow(searches, seen);
      } catch (error) {
        throw searchError(error);
      }
    },
  };
}

const atPrimary = (): Promise<never> => Promise.reject(new PrimaryNeeded());
/** A standby writes nothing, and cannot report open transactions. */
const ofReplica: PartsOfPrimary = {
  fullText: { wanted: atPrimary, close: () => Promise.resolve() },
  counts: () => noCounts,
  settle: atPrimary,
  seesTheSame: atPrimary,
};
