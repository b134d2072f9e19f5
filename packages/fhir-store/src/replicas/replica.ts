/** One streaming standby of the database: its connections, what is known of it, and reads and searches on it. */
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

/** Parts of the store of the primary that a replica is read with: what is known of the definitions of the index is known from there. */
export interface ReplicaParts extends Pick<SearchOptions, 'ownBases' | 'parameters'> {
  readonly wholeRows: WholeRows;
  readonly searched: () => PlacedDefinition;
  readonly timeouts: Timeouts;
  readonly searchTimeouts: SearchTimeouts;
  readonly beats: Beats;
  /** This process, as its beats name it. */
  readonly node: string;
}

/** Milliseconds for the answer to a look, which takes less than one: a host that has died says nothing. */
const patience = 1_000;

export interface Replica {
  /** Its address, without a login. */
  readonly name: string;
  /** The least that it has, as it was seen last; undefined while it is not read. */
  proven(): Proven | undefined;
  /** Looks how far it is. Never rejects. */
  look(): Promise<void>;
  /**
   * Reads on it. What it returns was still that of a standby when it was read.
   * @throws PrimaryNeeded where the primary is to be asked, and else what is about the request itself
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
  /** Those who wait for an answer of it. */
  const waiting = new Set<() => void>();
  /** From now on it is not read, and nobody waits for it any more. */
  const leaveOut = (): void => {
    known = undefined;
    for (const giveUp of waiting) giveUp();
  };
  /** If so, all that was read just before was that of a standby: nobody becomes one again without another start. */
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
        // Further pages show what the first one saw, which the primary alone can tell.
        if (page.next !== undefined) throw new PrimaryNeeded();
        return page;
      },
    },
    async close() {
      await Promise.all([reader.close(), searcher.finish()]);
    },
  };
}
