/** The write part of a store, with the effects of writes within this process. */
import type { DatabaseMemory } from '@dhp/postgres';
import type { DatabaseClock } from './database-clock.ts';
import { definitionTypes } from './definitions/stored-definitions.ts';
import type { IndexProgress } from './indexing/index-progress.ts';
import type { Parameters as SearchParameters } from './parameters/parameters.ts';
import { registering } from './parameters/registering.ts';
import type { openPools, Timeouts } from './pools.ts';
import { createRidAllocator } from './rid-allocator.ts';
import { noticing } from './terminology/noticing.ts';
import { terminologyTypes } from './terminology/stored-source.ts';
import type { BodyOptions } from './writes/index-of-body.ts';
import { bulkInsert } from './writes/bulk-insert.ts';
import { expectPostings } from './writes/postings-expected.ts';
import { createTransactor } from './writes/transactor.ts';
import { createTermDictionary } from './writes/term-dictionary.ts';
import { whileRoom } from './writes/while-room.ts';
import { createWriter } from './writes/writer.ts';

export interface WritesOptions {
  readonly pools: ReturnType<typeof openPools>;
  readonly memory: DatabaseMemory;
  readonly clock: DatabaseClock;
  readonly timeZone: string;
  readonly ownBases: readonly string[];
  readonly parameters: SearchParameters;
  readonly progress: IndexProgress;
  readonly url: string;
  readonly timeouts: Timeouts;
  /** Connections for creates, as many for other writes, and as many for transactions. */
  readonly writers: number;
  /** As that of the store's options. */
  readonly hasRoom: (() => boolean) | undefined;
  /** Whether the rows are on several nodes, and where. */
  readonly isSpread: () => boolean;
  readonly shards: BodyOptions['shards'];
}

/** @param changed called after this process has written terminology, definitions, or any type */
export function openWrites(
  { pools, memory, parameters, progress, url, timeouts, writers, hasRoom, ...stamping }: WritesOptions,
  changed: {
    readonly terminology: () => void;
    readonly definitions: () => void;
    readonly any: (types?: readonly string[]) => void;
  },
) {
  const rids = createRidAllocator(pools.writes, memory);
  const words = createTermDictionary(pools.words, memory);
  const writing = { sql: pools.writes, rids, words, parameters, memory, postings: expectPostings(), ...stamping };
  const writer = createWriter(writing, writers);
  const transactor = createTransactor({ ...writing, ...progress, holding: pools.holding }, writers);
  const unwatched = {
    ...writer,
    ...transactor,
    bulkInsert: (resources, bulk) => bulkInsert(resources, { ...writing, url, timeouts }, bulk),
  } satisfies Parameters<typeof noticing>[0];
  const told = noticing(unwatched, 'all', changed.any);
  const watched = noticing(
    noticing(told, terminologyTypes, () => {
      changed.terminology();
    }),
    definitionTypes,
    () => {
      changed.definitions();
    },
  );
  return {
    writes: registering(hasRoom === undefined ? watched : whileRoom(watched, hasRoom), parameters),
    /** For code that stores index rows without versions. */
    writing,
    close: () => Promise.all([writer.close(), transactor.close()]),
  };
}
