import { resourceTypes, typeNumber } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
import { numberOf, numbers, type Column } from '../statements/columns.ts';
import type { Session } from '../statements/session.ts';
import type { Fragment } from './fragment.ts';
import { searchError } from './run.ts';
import { IndexNotReady } from './search-errors.ts';

export interface FullTextAsked {
  readonly in: 'narrative' | 'content';
  readonly query: string;
}

/** Bodies of a transaction, and the milliseconds that one search gives to what others left to do. */
const batch = 500;
const patience = 1_500;

/** Brings the words of resources up to date. */
export interface FullText {
  /**
   * Until every version that is committed has its words, but for those of transactions that overlap with one still open.
   * @throws IndexNotReady when that takes too long; it goes on in the background, and the next search finds more done
   */
  upToDate(): Promise<void>;
  /** Waits for what is in the background. */
  close(): Promise<void>;
}

export function createFullText(sql: Sql): FullText {
  let working: Promise<void> | undefined;
  let closing = false;

  async function work(): Promise<void> {
    while (!closing && (await nextBatch(sql)) === batch);
  }

  return {
    async upToDate() {
      working ??= work().finally(() => (working = undefined));
      const work_ = working;
      const timer = Promise.withResolvers<'late'>();
      const timeout = setTimeout(() => timer.resolve('late'), patience);
      try {
        if ((await Promise.race([work_, timer.promise])) === 'late') throw new IndexNotReady(await progress(sql));
      } catch (error) {
        throw searchError(error);
      } finally {
        clearTimeout(timeout);
        work_.catch(() => undefined); // told to whoever waits for it
      }
    },
    async close() {
      closing = true;
      await working?.catch(() => undefined);
    },
  };
}

/** How far it is, about: as the planner knows the tables. */
async function progress(sql: Sql): Promise<{ done: number; total: number }> {
  const rows = await sql`
    select (select count(*) from fhir.text), (select sum(greatest(c.reltuples, 0)) from pg_class c
      where c.oid in (select relid from pg_partition_tree('fhir.resource') where isleaf union select 'fhir.resource'::regclass))`.raw();
  const [done, total] = (rows as unknown as Column[][])[0]!;
  return { done: numberOf(done), total: Math.max(numberOf(done), numberOf(total)) };
}

/** One server at a time; in the order of commits, up to where every transaction has ended. */
async function nextBatch(sql: Sql): Promise<number> {
  return sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(${lock}, 0)`;
    const rows = await storeWords(transaction);
    return numberOf((rows as unknown as Column[][])[0]![0]);
  });
}

/** "words", so that it is no other lock of this database. */
const lock = 0x776f7264;
const types = numbers(resourceTypes.map((type) => typeNumber(type)!));

/** A database that was restored into another cluster has a position that no transaction has reached: it begins anew. */
function storeWords(sql: Session) {
  return sql`
    with position as materialized (
      select case when beyond then '0'::xid8 else txid end as txid, case when beyond then 0 else rid end as rid
      from (select txid, rid, txid > pg_snapshot_xmax(pg_current_snapshot()) as beyond from fhir.text_state) s
    ), page as materialized (
      select c.txid, c.rid, c.shard, c.deleted
      from position p cross join unnest(${types}::smallint[]) as t (ty)
      cross join lateral (
        select txid, rid, shard, deleted from fhir.resource
        where ty = t.ty and (txid, rid) > (p.txid, p.rid) and txid < pg_snapshot_xmin(pg_current_snapshot())
        order by txid, rid limit ${batch}
      ) c
      order by c.txid, c.rid limit ${batch}
    ), gone as (
      delete from fhir.text t using page p where t.rid = p.rid and (p.deleted or t.shard <> p.shard)
    ), stored as (
      insert into fhir.text (rid, shard, txid, words)
      select r.rid, r.shard, r.txid, fhir.words(r.content)
      from page p join fhir.resource r on r.rid = p.rid and r.shard = p.shard
      where not p.deleted
      on conflict (rid, shard) do update set txid = excluded.txid, words = excluded.words
    ), moved as (
      -- A page that is not full has reached the transactions that are still open.
      update fhir.text_state s
      set txid = case when l.n < ${batch} then pg_snapshot_xmin(pg_current_snapshot()) else l.txid end,
          rid = case when l.n < ${batch} then -1 else l.rid end
      from (select txid, rid, count(*) over () as n from page order by txid desc, rid desc limit 1) l
    )
    select count(*) from page`.raw();
}

/** Whether the resource of a search row has the words. Versions without an entry of their own are read. */
export function hasWords(sql: Sql, row: Fragment, asked: FullTextAsked): Fragment {
  const query = queryOf(sql, asked);
  if (asked.in === 'narrative') {
    return sql`coalesce((select to_tsvector('simple', fhir.body(b.content) #>> '{text,div}') @@ ${query}
      from fhir.resource b where b.rid = ${row}.rid and b.shard = ${row}.shard), false)`;
  }
  return sql`coalesce((select case when w.txid = b.txid then w.words @@ ${query} else fhir.words(b.content) @@ ${query} end
    from fhir.resource b left join fhir.text w on w.rid = b.rid and w.shard = b.shard
    where b.rid = ${row}.rid and b.shard = ${row}.shard), false)`;
}

/** Entries that have the words: of the current version or an older one, and of narratives whatever else has them. */
export function entriesWithWords(sql: Sql, asked: FullTextAsked): Fragment {
  return sql`c.words @@ ${queryOf(sql, asked)}`;
}

/** Resources that have changed since the words were last brought up to date. */
export function withoutEntry(sql: Sql, ty: number): Fragment {
  return sql`c.ty = ${ty}::smallint and c.txid >= (select s.txid from fhir.text_state s)`;
}

export function rankOfWords(sql: Sql, row: Fragment, asked: FullTextAsked): Fragment {
  return sql`(select ts_rank(fhir.words(r.content), ${queryOf(sql, asked)}) from (select ${row}.rid) x)`;
}

/** The language of the question: words, "phrases", or, -not. It has no wrong sentences. */
function queryOf(sql: Sql, { query }: FullTextAsked): Fragment {
  return sql`websearch_to_tsquery('simple', ${query.replaceAll('\0', ' ')}::text)`;
}
