import { setTimeout as delay } from 'node:timers/promises';
import { resourceTypes, typeNumber } from '@dhp/fhir-model';
import type { Sql as Pool } from '@dhp/postgres';
import { booleanOf, numbers, type Column } from '../statements/columns.ts';
import type { Session } from '../statements/session.ts';
import { ofTypes, or, type Fragment, type Sql } from './fragment.ts';
import { searchError } from './run.ts';

export interface FullTextAsked {
  readonly in: 'narrative' | 'sections' | 'content';
  readonly query: string;
  readonly section?: { readonly system?: string; readonly code: string };
}

/** Bodies of a transaction, and their bytes: no statement may take long, since what a search waits for stands behind it. */
const batch = 500;
const batchBytes = 4_000_000;
/** Milliseconds between looks at what others have written. */
const interval = 1_000;

/**
 * Keeps the words of resources. No search waits for it: what has no entry yet is read from the bodies, which takes about 20 µs each.
 */
export interface FullText {
  /** Somebody asks for words: from now on, on every server and after every start, they are kept for whatever is written. */
  wanted(): Promise<void>;
  /** Ends what is in the background. */
  close(): Promise<void>;
}

export function createFullText(sql: Pool, { caughtUp }: { caughtUp: () => void }): FullText {
  const closing = new AbortController();
  const { signal } = closing;
  let known = false;
  let working: Promise<void> | undefined;

  /** Half of the time at most, so that there is room for the searches and writes beside it. */
  async function catchUp(): Promise<void> {
    for (let batches = 1; !signal.aborted; batches += 1) {
      const begin = performance.now();
      const more = await nextBatch(sql);
      if (!more && batches > 1) caughtUp();
      if (!more) return;
      await delay(performance.now() - begin, undefined, { signal });
    }
  }

  function work(): void {
    // What went wrong is tried again at the next look; until then bodies are read.
    working ??= catchUp()
      .catch(() => undefined)
      .finally(() => (working = undefined));
  }

  async function look(): Promise<void> {
    known ||= await isWanted(sql);
    if (known) work();
  }

  const looking = async (): Promise<void> => {
    for (;;) {
      await delay(known ? interval : 10 * interval, undefined, { signal, ref: false });
      await look().catch(() => undefined);
    }
  };
  const looks = look()
    .then(looking, looking)
    .catch(() => undefined);
  return {
    async wanted() {
      if (!known) await want(sql);
      known = true;
      work();
    },
    async close() {
      closing.abort();
      await Promise.all([looks, working]);
    },
  };
}

async function isWanted(sql: Pool): Promise<boolean> {
  const [state] = await sql<{ wanted: boolean }[]>`select wanted from fhir.text_state`;
  return state!.wanted;
}

/** @throws what `searchError` makes of it */
async function want(sql: Pool): Promise<void> {
  try {
    await sql`update fhir.text_state set wanted = true where not wanted`;
  } catch (error) {
    throw searchError(error);
  }
}

/**
 * One server at a time; in the order of commits, up to where every transaction has ended.
 * @returns whether there is more
 */
async function nextBatch(sql: Pool): Promise<boolean> {
  return sql.begin(async (transaction) => {
    const locked = (await transaction`select pg_try_advisory_xact_lock(${lock}, 0)`.raw()) as unknown as Column[][];
    if (!booleanOf(locked[0]![0])) return false;
    const rows = (await storeWords(transaction)) as unknown as Column[][];
    return booleanOf(rows[0]![0]);
  });
}

/** "words", so that it is no other lock of this database. */
const lock = 0x776f7264;
const allTypes = numbers(resourceTypes.map((type) => typeNumber(type)!));

/** A database that was restored into another cluster has a position that no transaction has reached: it begins anew. */
function storeWords(sql: Session) {
  return sql`
    with position as materialized (
      select case when beyond then '0'::xid8 else txid end as txid, case when beyond then 0 else rid end as rid
      from (select txid, rid, txid > pg_snapshot_xmax(pg_current_snapshot()) as beyond from fhir.text_state) s
    ), ahead as materialized (
      select c.txid, c.rid, c.shard, c.deleted
      from position p cross join unnest(${allTypes}::smallint[]) as t (ty)
      cross join lateral (
        select txid, rid, shard, deleted from fhir.resource
        where ty = t.ty and (txid, rid) > (p.txid, p.rid) and txid < pg_snapshot_xmin(pg_current_snapshot())
        order by txid, rid limit ${batch}
      ) c
      order by c.txid, c.rid limit ${batch}
    ), page as materialized (
      -- The first of them is taken whatever its size.
      select * from (
        select a.*, sum(octet_length(r.content)) over (order by a.txid, a.rid) - octet_length(r.content) as before
        from ahead a join fhir.resource r on r.rid = a.rid and r.shard = a.shard
      ) s where coalesce(before, 0) < ${batchBytes}
    ), gone as (
      delete from fhir.text t using page p where t.rid = p.rid and (p.deleted or t.shard <> p.shard)
    ), stored as (
      insert into fhir.text (rid, shard, txid, words)
      select r.rid, r.shard, r.txid, fhir.words(r.content)
      from page p join fhir.resource r on r.rid = p.rid and r.shard = p.shard
      where not p.deleted
      on conflict (rid, shard) do update set txid = excluded.txid, words = excluded.words
    ), done as (
      -- A page that is not full has reached the transactions that are still open.
      select (select count(*) from ahead) < ${batch} and (select count(*) from page) = (select count(*) from ahead) as all
    ), moved as (
      update fhir.text_state s
      set txid = case when d.all then pg_snapshot_xmin(pg_current_snapshot()) else l.txid end,
          rid = case when d.all then -1 else l.rid end
      from (select txid, rid from page order by txid desc, rid desc limit 1) l, done d
    )
    select not d.all from done d`.raw();
}

/** Whether the resource of a search row has the words. Versions without an entry of their own are read. */
export function hasWords(sql: Sql, row: Fragment, asked: FullTextAsked): Fragment {
  const query = queryOf(sql, asked);
  if (asked.section !== undefined) {
    return sql`coalesce((select ${mayHaveWords(sql, sql`b.content`, asked)} and ${inSection(sql, asked.section, query)}
      from fhir.resource b where b.rid = ${row}.rid and b.shard = ${row}.shard), false)`;
  }
  if (asked.in !== 'content') {
    return sql`coalesce((select ${mayHaveWords(sql, sql`b.content`, asked)}
      and ${asked.in === 'narrative' ? narrative(sql) : sections(sql)} @@ ${query}
      from fhir.resource b where b.rid = ${row}.rid and b.shard = ${row}.shard), false)`;
  }
  return sql`coalesce((select case when w.txid = b.txid then w.words @@ ${query}
      else ${mayHaveWords(sql, sql`b.content`, asked)} and fhir.words(b.content) @@ ${query} end
    from fhir.resource b left join fhir.text w on w.rid = b.rid and w.shard = b.shard
    where b.rid = ${row}.rid and b.shard = ${row}.shard), false)`;
}

/** The words of the narrative of a body `b`. */
function narrative(sql: Sql): Fragment {
  return sql`to_tsvector('simple', fhir.body(b.content) #>> '{text,div}')`;
}

/** A word that stands between sections for as long as it takes to number the others. */
const border = 'dhp1f1f1fborder';

/**
 * The words of the sections, which have sections, to any depth. The place of a word that is taken out again lies between two of them, so
 * that no phrase goes over their border. Strict: a lax path gives what is in arrays twice.
 */
function sections(sql: Sql): Fragment {
  return sql`(select ts_delete(to_tsvector('simple', string_agg(t.div #>> '{}', ${` ${border} `})), ${border})
    from jsonb_path_query(fhir.body(b.content), 'strict $.section.**.text.div', '{}', true) as t (div))`;
}

/** Whether a section of a body `b` has the code and in its own narrative the words. */
function inSection(sql: Sql, { system, code }: NonNullable<FullTextAsked['section']>, query: Fragment): Fragment {
  const ofSystem =
    system === undefined ? sql`true` : sql`coalesce(c.coding ->> 'system', '') = ${system.replaceAll('\0', ' ')}::text`;
  return sql`exists (
    select from jsonb_path_query(fhir.body(b.content), 'lax $.section[*]') as s (section)
    where to_tsvector('simple', s.section #>> '{text,div}') @@ ${query} and exists (
      select from jsonb_path_query(s.section, 'lax $.code.coding[*]') as c (coding)
      where c.coding ->> 'code' = ${code.replaceAll('\0', ' ')}::text and ${ofSystem}))`;
}

/** Entries that have the words: of the current version or an older one, and of narratives whatever else has them. */
export function entriesWithWords(sql: Sql, asked: FullTextAsked): Fragment {
  return sql`c.words @@ ${queryOf(sql, asked)}`;
}

/** Resources that have changed since the words were last brought up to date, and may have those asked for. */
export function withoutEntry(sql: Sql, types: readonly number[], asked: FullTextAsked): Fragment {
  return sql`${ofTypes(sql, sql`c.ty`, types)} and c.txid >= (select s.txid from fhir.text_state s)
    and ${mayHaveWords(sql, sql`c.content`, asked)}`;
}

/**
 * Whether it is worth to look for the words in a body: it takes a tenth of the time of finding all its words. A letter may be
 * written as an escape (`\u0041`).
 */
function mayHaveWords(sql: Sql, content: Fragment, { query }: FullTextAsked): Fragment {
  const word = neededWord(query);
  if (word === undefined) return sql`true`;
  const others = ['\\u', ...lettersLikeAscii].map((text) => sql`position(${text}::text in ${content}) > 0`);
  const pattern = `%${word}%`;
  if (!/^[a-z]+$/i.test(word)) return sql`(${content} ilike ${pattern}::text or ${others[0]!})`;
  // Letters of ASCII are compared one by one; any others take a copy of the body in lower case, which is twice the time.
  return sql`(${content} collate "C" ilike ${pattern}::text or ${or(sql, others)})`;
}

/** What is a letter of ASCII in lower case, and none as it stands: İ, and the sign of the kelvin. */
const lettersLikeAscii = ['\u0130', '\u212a'];

/**
 * The longest word that nothing can match without, of letters that no configuration of PostgreSQL takes for anything else. With
 * `or` there may be none; what stands behind a hyphen is not wanted.
 */
function neededWord(query: string): string | undefined {
  if (/(?:^|[\s"])or(?:[\s"]|$)/i.test(query) || query.includes('-"')) return undefined;
  const words = query.split(/[\s"]+/).filter((word) => /^[a-zа-яёўқғҳ]+$/i.test(word));
  return words.toSorted((a, b) => b.length - a.length)[0];
}

export function rankOfWords(sql: Sql, row: Fragment, asked: FullTextAsked): Fragment {
  return sql`(select ts_rank(fhir.words(r.content), ${queryOf(sql, asked)}) from (select ${row}.rid) x)`;
}

/** The language of the question: words, "phrases", or, -not. It has no wrong sentences. */
function queryOf(sql: Sql, { query }: FullTextAsked): Fragment {
  return sql`websearch_to_tsquery('simple', ${query.replaceAll('\0', ' ')}::text)`;
}
