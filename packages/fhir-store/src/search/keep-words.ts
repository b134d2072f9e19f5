/** Full-text entries of resources are made in the background, in the order of commits. docs/decisions/0007-search.md, "Full text" */
import { setTimeout as delay } from 'node:timers/promises';
import { resourceTypes, typeNumber } from '@dhp/fhir-model';
import type { DatabaseMemory, Sql as Pool } from '@dhp/postgres';
import { firstUnseen, oldestOpen } from '../commit-order/transactions.ts';
import type { FullText } from '@dhp/search-index/search';
import { booleanOf, numbers, textOf, type Column } from '../statements/columns.ts';
import { serverName } from '../statements/server.ts';
import type { Session } from '../statements/session.ts';
import { searchError } from './run.ts';

/** Bodies of a transaction, and their bytes: no statement may take long, since a waiting search comes after it. */
const batch = 500;
const batchBytes = 4_000_000;
/** Milliseconds between checks for writes of other servers. */
const interval = 1_000;

/**
 * Makes the full-text entries of resources. No search waits for it: resources without an entry are read from the bodies, which takes about
 * 15 µs each. Once a type was searched, entries are made on every server and after every start, first those of the types that are searched.
 */
export interface KeptWords extends FullText {
  /** Ends the background work. */
  close(): Promise<void>;
}

/** A position in the order of commits. */
interface Position {
  readonly txid: string;
  readonly rid: string;
}

/** Types, by their numbers, that are made before all others. */
interface Ahead {
  /** Whether full-text entries are made. */
  known: boolean;
  /** Types that were requested lately and may have resources without words. */
  readonly asked: Set<number>;
  /** The position that each type has reached. */
  readonly reached: Map<number, Position>;
}

/** Milliseconds, and pauses of them. */
export interface WorkClock {
  now(): number;
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

const systemClock: WorkClock = {
  now: () => performance.now(),
  pause: (milliseconds, signal) => delay(milliseconds, undefined, { signal }),
};

export function createFullText(
  sql: Pool,
  {
    database,
    caughtUp,
    clock = systemClock,
  }: { database: DatabaseMemory; caughtUp: () => void; clock?: WorkClock | undefined },
): KeptWords {
  const closing = new AbortController();
  const { signal } = closing;
  const held = database.part('words that are kept', (): Ahead => ({
    known: false,
    asked: new Set(),
    reached: new Map(),
  }));
  const ran = (server: string): void => {
    database.seen(server);
  };
  let working: Promise<void> | undefined;

  /** Half of the time at most, to leave capacity for searches and writes. */
  async function catchUp(): Promise<void> {
    for (let batches = 1; !signal.aborted; batches += 1) {
      const begin = clock.now();
      const more = (await nextOfAsked(sql, held(), ran)) || (await nextBatch(sql, ran));
      if (!more && batches > 1) caughtUp();
      if (!more) return;
      await clock.pause(clock.now() - begin, signal);
    }
  }

  function work(): void {
    // Failures are ignored: the next round tries again, and until then bodies are read.
    working ??= catchUp()
      .catch(() => undefined)
      .finally(() => (working = undefined));
  }

  async function look(): Promise<void> {
    const ahead = held();
    ahead.known ||= await isWanted(sql);
    if (ahead.known) work();
  }

  const looking = async (): Promise<void> => {
    for (;;) {
      await delay(held().known ? interval : 10 * interval, undefined, { signal, ref: false });
      await look().catch(() => undefined);
    }
  };
  const looks = look()
    .then(looking, looking)
    .catch(() => undefined);
  return {
    async wanted(type) {
      const ahead = held();
      const { server } = database;
      if (!ahead.known) await want(sql);
      ahead.known = true;
      const ty = typeNumber(type);
      if (ty !== undefined) ahead.asked.add(ty);
      work();
      return { since: (ahead.reached.get(ty ?? 0) ?? beginning).txid, server };
    },
    async close() {
      closing.abort();
      await Promise.all([looks, working]);
    },
  };
}

const beginning: Position = { txid: '0', rid: '0' };

async function isWanted(sql: Pool): Promise<boolean> {
  const [state] = await sql<{ wanted: boolean }[]>`select wanted from fhir.text_state`;
  return state!.wanted;
}

/** @throws the error that `searchError` makes */
async function want(sql: Pool): Promise<void> {
  try {
    await sql`update fhir.text_state set wanted = true where not wanted`;
  } catch (error) {
    throw searchError(error);
  }
}

/**
 * Processes the next batch of the type that was requested first, from its last position; types with more batches take turns.
 * @returns whether there is more of it
 */
async function nextOfAsked(sql: Pool, { asked, reached }: Ahead, ran: (server: string) => void): Promise<boolean> {
  const [ty] = asked;
  if (ty === undefined) return false;
  const from = reached.get(ty) ?? beginning;
  const batch = await stored(sql, { types: [ty], from }, ran);
  if (batch === undefined) return false;
  if (batch.to !== undefined) reached.set(ty, batch.to);
  asked.delete(ty);
  if (batch.more) asked.add(ty);
  return batch.more;
}

/**
 * Processes the next batch of all types.
 * @returns whether there is more
 */
async function nextBatch(sql: Pool, ran: (server: string) => void): Promise<boolean> {
  return (await stored(sql, { types: allTypes }, ran))?.more ?? false;
}

/** One server at a time; undefined while another one works. */
function stored(sql: Pool, what: Stretch, ran: (server: string) => void): Promise<Stored | undefined> {
  return sql.begin(async (transaction): Promise<Stored | undefined> => {
    const locked = (await transaction`
      select pg_try_advisory_xact_lock(${lock}, 0), ${serverName(transaction)}`.raw()) as unknown as Column[][];
    ran(textOf(locked[0]![1]));
    return booleanOf(locked[0]![0]) ? storeWords(transaction, what) : undefined;
  });
}

/** "words", to differ from other locks of this database. */
const lock = 0x776f7264;
const allTypes = resourceTypes.map((type) => typeNumber(type)!);

/** A batch: resources of some types, in the order of commits. */
interface Stretch {
  readonly types: readonly number[];
  /** The position behind which it begins, if it goes ahead of the entries of all types. */
  readonly from?: Position;
}

interface Stored {
  readonly more: boolean;
  /** The position where it ended, unless there was nothing. */
  readonly to: Position | undefined;
}

/**
 * The next batch, up to where every transaction has ended. A batch of all types continues where the last such batch ended, and notes its
 * own end; entries made ahead are not made again. A database that was restored into another cluster has a position that no transaction has
 * reached: it begins again.
 */
async function storeWords(sql: Session, { types, from }: Stretch): Promise<Stored> {
  const { txid, rid } = from ?? beginning;
  const rows = (await sql`
    with noted as materialized (
      select case when beyond then '0'::xid8 else txid end as txid, case when beyond then 0 else rid end as rid
      from (select txid, rid, txid > ${firstUnseen(sql)} as beyond from fhir.text_state) s
    ), position as materialized (
      select txid, rid from (
        select txid, rid from noted union all select ${txid}::text::xid8, ${rid}::text::bigint
      ) p order by txid desc, rid desc limit 1
    ), next as materialized (
      select c.txid, c.rid, c.shard
      from position p cross join unnest(${numbers(types)}::text::smallint[]) as t (ty)
      cross join lateral (
        select txid, rid, shard from fhir.resource
        where ty = t.ty and (txid, rid) > (p.txid, p.rid) and txid < ${oldestOpen(sql)}
        order by txid, rid limit ${batch}
      ) c
      order by c.txid, c.rid limit ${batch}
    ), page as materialized (
      -- The first of them is taken whatever its size.
      select * from (
        select r.txid, r.rid, r.shard, r.deleted,
          sum(octet_length(r.content)) over (order by r.txid, r.rid) - octet_length(r.content) as before
        from next n join fhir.resource r on r.rid = n.rid and r.shard = n.shard
      ) s where coalesce(before, 0) < ${batchBytes}
    ), gone as (
      -- Of what was deleted, and of the shard that a resource has left.
      delete from fhir.text t using page p
      where (t.rid = p.rid and t.shard = p.shard and p.deleted) or (t.rid = p.rid and t.shard <> p.shard and not exists (
        select from fhir.resource o where o.rid = t.rid and o.shard = t.shard))
    ), stored as (
      insert into fhir.text (rid, shard, txid, words)
      select r.rid, r.shard, r.txid, fhir.entry(r.content)
      from page p join fhir.resource r on r.rid = p.rid and r.shard = p.shard
      where not p.deleted
        and not exists (select 1 from fhir.text t where t.rid = p.rid and t.shard = p.shard and t.txid = p.txid)
      on conflict (rid, shard) do update set txid = excluded.txid, words = excluded.words
    ), done as (
      -- A page that is not full has reached the transactions that are still open.
      select (select count(*) from next) < ${batch} and (select count(*) from page) = (select count(*) from next) as all
    ), last as (
      select txid, rid from page order by txid desc, rid desc limit 1
    ), moved as (
      update fhir.text_state s
      set txid = case when d.all then ${oldestOpen(sql)} else l.txid end,
          rid = case when d.all then -1 else l.rid end
      from last l, done d where ${from === undefined}::boolean
    )
    select not d.all, l.txid, l.rid from done d left join last l on true`.raw()) as unknown as Column[][];
  const [more, lastTxid, lastRid] = rows[0]!;
  const to = lastTxid === null ? undefined : { txid: textOf(lastTxid), rid: textOf(lastRid) };
  return { more: booleanOf(more), to };
}
