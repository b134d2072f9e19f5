/** The trail of requests in the database of an environment: the methods for writing, chaining, verifying and reading it. */
import { createBatcher, type Sql } from '@dhp/postgres';
import type { TrailKeys, TrailRow } from '@dhp/trail';
import { headAfter, placesAfter, rootOf, type KeptHead } from '@dhp/trail/heads';
import { nodesOfTree } from './head-nodes.ts';
import { createPatientLists, type PatientListStore } from './patient-lists.ts';
import {
  insertHead,
  lockTrail,
  prepareTrail,
  selectLastHead,
  selectUncovered,
  selectUncoveredSeconds,
} from './statements/audit-heads.ts';
import { selectRecordsOf, type RecordsAsked, type StoredRecord } from './statements/audit-history.ts';
import { insertRecords } from './statements/audit-records.ts';
import type { Pools } from './pools.ts';
import { guarded, StoreUnavailable, unrecorded } from './store-unavailable.ts';

export interface TrailStore {
  /**
   * Resolves when the rows are durable. Those of one moment share a statement and a commit.
   * @throws StoreUnavailable; they may have been stored then, and are not tried again
   */
  record(rows: readonly TrailRow[]): Promise<void>;
  /** Makes the parts of the trail for the coming months. To be called before the first record, and each day. */
  prepareTrail(): Promise<void>;
  /**
   * Covers the records with heads, as far as their order is final.
   * @returns the last head; undefined if no head exists, or while another server is covering
   */
  coverTrail(keys: Pick<TrailKeys, 'signing'>, now: number): Promise<KeptHead | undefined>;
  /** Seconds since the oldest record without a head was written; 0 if all are covered. */
  uncoveredSeconds(): Promise<number>;
  /** Records, the newest first. */
  recordsOf(asked: RecordsAsked): Promise<StoredRecord[]>;
  /** Lists of patients, which records name. */
  readonly lists: PatientListStore;
}

/** Records in one statement. */
const maxBatch = 500;
/** Records under one head: some 2.5 MiB of digests, and as many hashes. */
const mostCovered = 50_000;

export function createTrailStore({
  trail: sql,
  pages,
  writes,
}: Pick<Pools, 'trail' | 'pages' | 'writes'>): TrailStore & { close(): Promise<void> } {
  const batcher = createBatcher<readonly TrailRow[], undefined>({
    name: 'records of requests',
    concurrency: 1,
    maxBatch,
    gather: true,
    onError: 'fail',
    run: async (requests) => {
      await insertRecords(sql, requests.flat());
      return requests.map(() => undefined);
    },
  });
  return {
    record: (rows) =>
      batcher.submit(rows).catch((error: unknown) => {
        const known = unrecorded(error);
        // Whatever the reason, no answer may be given now.
        throw known instanceof StoreUnavailable ? known : new StoreUnavailable('connection', error);
      }),
    prepareTrail: () => guarded(() => prepareTrail(writes)),
    coverTrail: (keys, now) => guarded(() => coverAll(writes, keys, now)),
    uncoveredSeconds: () => guarded(() => selectUncoveredSeconds(pages)),
    recordsOf: (asked) => guarded(() => selectRecordsOf(pages, asked)),
    lists: createPatientLists({ trail: sql, pages }),
    close: () => batcher.close(),
  };
}

export async function coverAll(
  sql: Sql,
  { signing }: Pick<TrailKeys, 'signing'>,
  now: number,
): Promise<KeptHead | undefined> {
  for (;;) {
    const made = await sql.begin(async (session) => {
      if (!(await lockTrail(session))) return undefined;
      const before = await selectLastHead(session);
      const found = await selectUncovered(session, before, mostCovered);
      if (found === undefined) return { head: before, isMore: false };
      const { records, digests, last } = found;
      const at = await nodesOfTree(session, before, placesAfter(before));
      const covered = { ...last, records, root: rootOf(digests, 32), made: now };
      const head = headAfter(signing, { before, at }, covered);
      await insertHead(session, head);
      return { head, isMore: records === mostCovered };
    });
    if (made?.isMore !== true) return made?.head;
  }
}
