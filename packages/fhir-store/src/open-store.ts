import type { FhirStore } from './fhir-store.ts';
import { openPools, type Timeouts } from './pools.ts';
import { assertOneOrder, createFeed } from './reads/feed.ts';
import { createReader } from './reads/reader.ts';
import { createRidAllocator } from './rid-allocator.ts';
import { bulkInsert } from './writes/bulk-insert.ts';
import { createTransactor } from './writes/transactor.ts';
import { createWriter } from './writes/writer.ts';

export interface StoreOptions {
  /** The environment's own database, to which `migrations` were applied. */
  url: string;
  /** IANA name of the zone in whose offset `meta.lastUpdated` is written. */
  timeZone: string;
  /** Connections for reads by id (default 2). */
  readers?: number;
  /** Connections for creates, as many for other writes, and as many for transactions (default 2). */
  writers?: number;
  /**
   * Milliseconds to wait for a row that another transaction has locked, and for any statement (default 5,000, 60,000).
   */
  timeouts?: Timeouts;
  clock?: () => Date;
}

const patience: Timeouts = { lock: 5_000, statement: 60_000 };

/**
 * Opens the store of one environment.
 * @throws StoreUnavailable when the database does not answer
 * @throws Error when the database was restored from another cluster and its commit order must be started anew
 */
export async function openStore(options: StoreOptions): Promise<FhirStore> {
  const { url, timeZone, readers = 2, writers = 2, timeouts = patience, clock = () => new Date() } = options;
  const pools = openPools(url, { readers, writers: 3 * writers, timeouts });
  const rids = createRidAllocator(pools.writes);
  const reader = createReader(pools, readers);
  const writing = { sql: pools.writes, rids, clock, timeZone };
  const writer = createWriter(writing, writers);
  const transactor = createTransactor({ ...writing, holding: pools.holding }, writers);
  const feed = createFeed(pools);
  try {
    await assertOneOrder(pools);
  } catch (error) {
    await pools.end();
    throw error;
  }
  return {
    ...feed,
    ...reader,
    ...writer,
    ...transactor,
    bulkInsert: (resources, bulk) => bulkInsert(resources, { url, timeouts, rids, clock, timeZone }, bulk),
    async close() {
      await Promise.all([reader.close(), writer.close(), transactor.close()]);
      await pools.end();
    },
  };
}
