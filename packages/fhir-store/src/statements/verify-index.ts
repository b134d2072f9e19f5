/** The index rows of resources compared with the expected ones. */
import { searchable, type SearchRowValues } from '@dhp/search-index';
import type { Term } from '@dhp/search-index/rows';
import { numbers, separator } from './columns.ts';
import { columns, indexArguments, indexValues, named, type Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** A resource with the values that its rows should have. */
export interface Expected {
  readonly rid: number;
  readonly shard: number;
  readonly ty: number;
  readonly values: SearchRowValues;
}

/** The wrong rows of a resource. */
export interface IndexDifference {
  readonly rid: number;
  readonly shard: number;
  readonly isThere: boolean;
  /** Columns of the search row that differ. */
  readonly columns: readonly string[];
  /** Tables of postings that lack some, or have some that are other ones. */
  readonly postings: readonly string[];
}

const written = ['ty', ...columns.written.split(', ')];
const differing = written.map((name) => `case when s.${name} is distinct from c.${name} then '${name}' end`).join(', ');

/**
 * Compares rows with those that the writing statements would store: the values go through the same expressions.
 * @param sql names the tables of the active definition
 * @param version its number
 * @returns those that differ
 */
export async function differencesOf(
  sql: Session,
  rows: readonly Expected[],
  version: number,
): Promise<IndexDifference[]> {
  if (rows.length === 0) return [];
  const found = await differences(sql, rows, version);
  return found.map(({ rid, ...rest }) => ({ rid: Number(rid), ...rest }));
}

export function differences(sql: Session, rows: readonly Expected[], version: number) {
  return sql<(Omit<IndexDifference, 'rid'> & { readonly rid: string })[]>`
    with c as materialized (
      select i.rid, i.shard, i.ty, ${indexValues(sql, version)}
      from unnest(${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(rows.map(({ shard }) => shard))}::int[],
                  ${numbers(rows.map(({ ty }) => ty))}::smallint[], ${indexArguments(
                    sql,
                    rows.map(({ values }) => values),
                  )})
             as i (rid, shard, ty, ${named(sql, columns.sent)})
    ), compared as materialized (
      select c.rid, c.shard, s.rid is not null as "isThere",
        case when s.rid is null then '{}' else array_remove(array[${named(sql, differing)}], null) end as columns,
        array_remove(array[${postings(sql)}], null) as postings
      from c left join fhir.search s on s.rid = c.rid and s.shard = c.shard
    )
    select * from compared where not "isThere" or columns <> '{}' or postings <> '{}' order by rid, shard`;
}

/** The names of the tables of postings whose rows differ from those that the columns of `c` imply. */
function postings(sql: Session): Fragment {
  const differs = (name: string, expected: Fragment, stored: Fragment): Fragment =>
    sql`case when exists (${expected} except ${stored}) or exists (${stored} except ${expected}) then ${named(sql, `'${name}'`)} end`;
  const tok = differs(
    'tok',
    sql`select n.key, n.sys, c.long from unnest(c.keys[1:c.tn], c.tsys) as n (key, sys)`,
    sql`select t.key, t.sys, t.long from unnest(c.keys[1:c.tn]) as n (key)
      join fhir.tok t on t.key = n.key and t.dt = c.dt and t.rid = c.rid and t.shard = c.shard`,
  );
  const ofNumbers = sql`unnest(c.nk[1:c.np], c.nlo[1:c.np], c.nhi[1:c.np]) as n (key, lo, hi)`;
  const num = differs(
    'num',
    sql`select n.key, n.lo, coalesce(n.hi, n.lo) from ${ofNumbers}`,
    sql`select t.key, t.lo, coalesce(t.hi, t.lo) from ${ofNumbers}
      join fhir.num t on t.key = n.key and t.lo = n.lo and t.rid = c.rid and t.shard = c.shard`,
  );
  const ofDates = sql`unnest(c.dk, c.dlo, c.dhi) as n (key, lo, hi)`;
  const date = differs(
    'date',
    sql`select n.key, n.lo, n.hi, nullif(n.hi > n.lo + interval '1 day', false) from ${ofDates}`,
    sql`select t.key, t.lo, t.hi, t.long from ${ofDates}
      join fhir.date t on t.key = n.key and t.lo = n.lo and t.rid = c.rid and t.shard = c.shard`,
  );
  const str = differs(
    'str',
    sql`select n.key, n.v collate "C", n.part from unnest(c.sk, c.sv, c.sp) as n (key, v, part) where n.part is not null`,
    sql`select t.key, t.v, t.part from unnest(c.sk, c.sv) as n (key, v)
      join fhir.str t on t.key = n.key and t.v = n.v and t.rid = c.rid and t.shard = c.shard`,
  );
  return sql`${tok}, ${num}, ${date}, ${str}`;
}

/** Keys of words that are not stored, of contained resources and boundaries that have no row. */
export async function lackingWords(sql: Session, words: readonly Term[]): Promise<bigint[]> {
  if (words.length === 0) return [];
  const list = (of: (word: Term) => bigint, from: readonly Term[]): string => `{${from.map(of).join(',')}}`;
  const texts = words.filter(({ contained, boundary }) => contained === undefined && boundary === undefined);
  const contained = words.filter((word) => word.contained !== undefined);
  const boundaries = words.filter((word) => word.boundary !== undefined);
  const rows = await sql<{ key: string }[]>`
    select w.key from unnest(${list(({ key }) => key, texts)}::bigint[], ${list(({ parameter }) => parameter, texts)}::bigint[],
        string_to_array(${texts.map(({ text }) => searchable(text)).join(separator)}, ${separator})) as w (key, parameter, v)
      left join fhir.word d on d.key = w.key
      where w.key is not null and (d.parameter, d.v) is distinct from (w.parameter, coalesce(w.v, ''))
    union all
    select k.key from unnest(${list(({ key }) => key, contained)}::bigint[]) as k (key)
      where not exists (select 1 from fhir.contained d where d.key = k.key)
    union all
    select k.key from unnest(${list(({ key }) => key, boundaries)}::bigint[]) as k (key)
      where not exists (select 1 from fhir.boundary d where d.key = k.key)`;
  return rows.map(({ key }) => BigInt(key));
}

/** The current state of the index: rows can be compared if it is complete, and follows the known parameters. */
export async function selectIndexBasis(
  sql: Session,
): Promise<{ version: number; complete: boolean; generation: number; gaps: boolean }> {
  const [row] = await sql<{ version: number; complete: boolean; generation: number; gaps: boolean }[]>`
    select coalesce(i.version, 0) as version, coalesce(i.complete, false) as complete, coalesce(i.gaps, false) as gaps, p.generation
    from fhir.own_parameter_state p left join fhir.index_state i on i.single where p.single`;
  return row!;
}

/** Rows of resources with a noted gap in the index. */
export async function selectGapsOf(sql: Session, rids: readonly number[]): Promise<Set<string>> {
  const rows = await sql<{ name: string }[]>`
    select rid || '/' || shard as name from fhir.index_gap where rid = any(${numbers(rids)}::bigint[])`;
  return new Set(rows.map(({ name }) => name));
}
