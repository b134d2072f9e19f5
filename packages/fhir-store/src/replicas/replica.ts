/** One streaming standby of the database: its connections, its known state, and reads and searches on it. */
import { createBatcher, createDatabaseMemory, type Sql } from '@dhp/postgres';
import { openReplicaPool, replicaConnections, type ReplicaPoolName } from '../connections.ts';
import { byKeyOnly, type Timeouts } from '../pools.ts';
import { createReader } from '../reads/reader.ts';
import type { WholeRows } from '@dhp/search-index/search';
import { settingsOf, type SearchTimeouts } from '../search/open-search.ts';
import { createSearcher, type SearchOptions } from '../search/searcher.ts';
import type { PlacedDefinition } from '../statements/index-definition.ts';
import { readReplayed } from '../statements/replica-beats.ts';
import { StoreUnavailable, storeError } from '../store-unavailable.ts';
import { isOfRequest, PrimaryNeeded, wholeTypes } from '../search/primary-needed.ts';
import type { WholeReads } from './port.ts';
import type { Beats, Proven } from './progress.ts';

/** Parts of the primary's store with which a replica is read: the index definitions are known from the primary. */
export interface ReplicaParts extends Pick<SearchOptions, 'ownBases' | 'parameters'> {
  readonly wholeRows: WholeRows;
  readonly searched: () => PlacedDefinition;
  readonly timeouts: Timeouts;
  readonly searchTimeouts: SearchTimeouts;
  readonly beats: Beats;
  /** This process, as its beats name it. */
  readonly node: string;
}

/** Milliseconds for the answer to a probe, which takes less than one: a host that has died does not answer. */
const patience = 1_000;

export interface Replica {
  /** Its address, without a login. */
  readonly name: string;
  /** The writes that it has at least, as last seen; undefined while it is not read. */
  proven(): Proven | undefined;
  /** Looks how far it is. Never rejects. */
  look(): Promise<void>;
  /**
   * Reads on it. The server was still a standby when the result was read.
   * @throws PrimaryNeeded if the primary must be asked, and otherwise the errors of the request itself
   */
  ask<R>(read: (reads: WholeReads) => Promise<R>): Promise<R>;
  close(): Promise<void>;
}

export function openReplica(name: string, url: string, parts: ReplicaParts): Replica {
  const { beats, node } = parts;
  const pools = openReplicaPools(url, parts);
  const reads = readsOn(pools, parts);
  /** Of the last look that has found a standby which shows a beat. */
  let known: { readonly server: string; readonly beat: number } | undefined;
  const looks = createBatcher<undefined, Awaited<ReturnType<typeof readReplayed>>>({
    concurrency: 1,
    maxBatch: 1_000,
    async run(asking) {
      const now = await readReplayed(pools.reads, node);
      return asking.map(() => now);
    },
    onError: 'fail',
  });
  /** Callbacks of the reads that wait for its answer. */
  const waiting = new Set<() => void>();
  /** From now on it is not read, and pending reads stop waiting for it. */
  const leaveOut = (): void => {
    known = undefined;
    for (const giveUp of waiting) giveUp();
  };
  /** If so, all preceding reads were of a standby: a server becomes a standby again only by a restart. */
  const isStillStandby = async (server: string): Promise<boolean> => {
    const now = await looks.submit(undefined);
    const isSame = now.isStandby && now.server === server;
    if (!isSame) leaveOut();
    return isSame;
  };
  return {
    name,
    proven: () => (known === undefined ? undefined : beats.provenBy(known.beat)),
    async look() {
      const late = setTimeout(leaveOut, patience).unref();
      try {
        const { server, isStandby, beat } = await looks.submit(undefined);
        if (isStandby && beat !== undefined) known = { server, beat };
        else leaveOut();
      } catch {
        leaveOut();
      } finally {
        clearTimeout(late);
      }
    },
    ask(read) {
      const asked = known;
      if (asked === undefined) return Promise.reject(new PrimaryNeeded());
      const work = async (): ReturnType<typeof read> => {
        try {
          const found = await read(reads.all);
          if (await isStillStandby(asked.server)) return found;
        } catch (error) {
          if (isOfRequest(error)) throw error;
          if (storeError(error) instanceof StoreUnavailable && known === asked) leaveOut();
        }
        throw new PrimaryNeeded();
      };
      return new Promise((resolve, reject) => {
        const giveUp = (): void => {
          reject(new PrimaryNeeded());
        };
        waiting.add(giveUp);
        void work()
          .then(resolve, reject)
          .finally(() => waiting.delete(giveUp));
      });
    },
    async close() {
      await Promise.all([looks.close(), reads.close()]);
      await Promise.all(Object.values(pools).map((pool) => pool.end({ timeout: 5 })));
    },
  };
}

type ReplicaPools = Readonly<Record<ReplicaPoolName, Sql>>;

function openReplicaPools(url: string, { timeouts, searchTimeouts }: ReplicaParts): ReplicaPools {
  const byKey = { statementTimeout: timeouts.statement, settings: byKeyOnly };
  const searching = (name: 'searches' | 'walks' | 'counts', statementTimeout: number): Sql =>
    openReplicaPool(url, name, { maxPipeline: 1, statementTimeout, settings: settingsOf[name] });
  return {
    reads: openReplicaPool(url, 'reads', byKey),
    pages: openReplicaPool(url, 'pages', byKey),
    searches: searching('searches', searchTimeouts.search),
    walks: searching('walks', searchTimeouts.search),
    counts: searching('counts', searchTimeouts.total),
  };
}

function readsOn(pools: ReplicaPools, parts: ReplicaParts): { readonly all: WholeReads; close(): Promise<void> } {
  const isSpread = (): boolean => false;
  const { ownBases, parameters, searched, wholeRows, searchTimeouts } = parts;
  const reader = createReader(pools, { readers: replicaConnections.reads, searched, isSpread });
  const searcher = createSearcher({
    ...{ ownBases, parameters, searched, wholeRows },
    place: { pools, isSpread, shards: () => undefined, settings: settingsOf },
    joinTimeout: searchTimeouts.joins ?? searchTimeouts.search,
    reading: (work) => work(),
    database: createDatabaseMemory(),
  });
  return {
    all: {
      read: (type, id) => reader.read(type, id),
      vread: (type, id, versionId) => reader.vread(type, id, versionId),
      async search(request) {
        if (request.cursor !== undefined) throw new PrimaryNeeded();
        const page = await searcher.search({ ...request, access: wholeTypes(request.access) });
        // Further pages must show the snapshot of the first one, which only the primary can do.
        if (page.next !== undefined) throw new PrimaryNeeded();
        return page;
      },
    },
    async close() {
      await Promise.all([reader.close(), searcher.finish()]);
    },
  };
}
