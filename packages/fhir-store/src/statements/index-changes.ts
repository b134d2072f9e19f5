import { rowState } from '../commit-order/transactions.ts';
import {
  columns,
  named,
  ofNext,
  type Fragment,
  type IndexPart,
  type IndexParts,
  type Postings,
} from './index-input.ts';
import type { Session } from './session.ts';

/**
 * The parts of a statement that bring the rows of all definitions in step; `alsoChanges` makes `changes` of the definition that is built
 * beside.
 */
export function allChanges(sql: Session, parts: IndexParts, alsoChanges: (part: IndexPart) => Fragment): Fragment {
  return sql`${indexChanges(parts.active)}${ofNext(sql, parts, (part) => sql`, ${alsoChanges(part)}, ${indexChanges(part)}`)}`;
}

/**
 * The shard with the rows of a resource in the definition that is built beside: while some servers do not make its rows, they may have
 * moved the resource without them.
 * @param row a part of the statement, or an alias, with rid and shard
 */
export function shardOfRows(own: Session, row: Fragment): Fragment {
  return own`coalesce(
    (select s.shard from fhir.search s where s.rid = ${row}.rid and s.shard = ${row}.shard),
    (select s.shard from fhir.search s where s.rid = ${row}.rid and s.shard <> ${row}.shard and ${leftBehind(own)} limit 1),
    ${row}.shard)`;
}

/** Whether an index row `s` is in a shard in which no resource has its number: the resource was moved without it. */
export function leftBehind(own: Session): Fragment {
  return own`not exists (select 1 from fhir.resource o where o.rid = s.rid and o.shard = s.shard)`;
}

/**
 * Parts of a statement that bring the index rows of resources in step with their new versions: of its part `changes`, which has rid, shard, new_shard,
 * ty, gone (the new version is a deletion) and the columns of `indexValues`. The resources are locked, and their state is that of the statement's
 * snapshot.
 *
 * The old row gives the stored values, so each old posting is found by its whole key; a table whose values are the same is not touched, and in the
 * others only the different rows are written. Index rows are only written under the lock of their resource. Only reindexing changes a row without a new
 * version of the resource, and could do so between this statement's snapshot and its lock: then the row in the snapshot is no longer the one in the
 * table, `indexInStep` does not hold, and the statement must raise.
 */
export function indexChanges({ sql, postings }: Pick<IndexPart, 'sql' | 'postings'>): Fragment {
  return sql`stale as materialized (
      select c.*, s.rid is not null as known, ${rowState(sql, sql`s`)} as seen, s.dt as old_dt, o.tk as old_tk,
             n.tk, s.nk[1:o.np] as old_nk, s.nlo[1:o.np] as old_nlo, s.nhi[1:o.np] as old_nhi,
             s.dk as old_dk, s.dlo as old_dlo, s.dhi as old_dhi, s.sk as old_sk, s.sv as old_sv,
             t.anew, t.anew or (s.dt, s.long) is distinct from (c.dt, c.long) as tok_anew,
             t.anew or (o.tk, s.ts, s.dt, s.long) is distinct from (n.tk, c.ts, c.dt, c.long) as tok_differs,
             t.anew or (o.np, s.nk, s.nlo, s.nhi) is distinct from (c.np, c.nk, c.nlo, c.nhi) as num_differs,
             t.anew or (s.dk, s.dlo, s.dhi) is distinct from (c.dk, c.dlo, c.dhi) as date_differs,
             t.anew or (s.sk, s.sv) is distinct from (c.sk, c.sv) as str_differs
      from changes c
      left join fhir.search s on s.rid = c.rid and s.shard = c.shard
      cross join lateral (select c.gone or s.rid is null or s.shard <> c.new_shard as anew) t
      cross join lateral (select c.keys[1:c.tn] as tk) n
      cross join lateral (select coalesce(s.tk, s.keys[1:coalesce(s.tn, cardinality(s.tsys))]) as tk,
                                 coalesce(s.np, cardinality(s.nk))::smallint as np) o
      where case when c.gone or s.rid is null then true
                 else t.anew or (${named(sql, columns.writtenOf('s'))})
                                is distinct from
                                (${named(sql, columns.writtenOf('c'))})
            end
    ), search_gone as (
      delete from fhir.search s using stale c
      where c.gone and s.rid = c.rid and s.shard = c.shard and ${rowState(sql, sql`s`)} = c.seen
      returning 1
    ), search_changed as (
      update fhir.search s
      set shard = c.new_shard, ${named(sql, columns.assigned('c'))}
      from stale c
      where c.known and not c.gone and s.rid = c.rid and s.shard = c.shard and ${rowState(sql, sql`s`)} = c.seen
      returning 1
    ), search_new as (
      insert into fhir.search (rid, shard, ty, ${named(sql, columns.written)})
      select rid, new_shard, ty, ${named(sql, columns.written)}
      from stale where not known and not gone
      on conflict (rid, shard) do nothing
      returning 1
    ), tok_gone as (
      delete from fhir.tok t
      using stale c cross join lateral ${ofRow(
        sql,
        sql`
        ${storedCodes(sql)} except select * from unnest(c.tk, c.tsys) where not c.tok_anew`,
      )} o (rid, shard, key, sys)
      where c.known and c.tok_differs
        and t.key = o.key and t.dt = c.old_dt and t.rid = o.rid and t.shard = o.shard and t.sys = o.sys
    ), num_gone as (
      delete from fhir.num t
      using stale c cross join lateral ${ofRow(
        sql,
        sql`
        ${numbersOf(sql, sql`c.old_nk, c.old_nlo, c.old_nhi`)} except ${newNumbers(sql)} where not c.anew`,
      )} o (rid, shard, key, lo, hi)
      where c.known and c.num_differs
        and t.key = o.key and t.lo = o.lo and t.rid = o.rid and t.shard = o.shard
        and coalesce(t.hi, t.lo) = coalesce(o.hi, o.lo)
    ), date_gone as (
      delete from fhir.date t
      using stale c cross join lateral ${ofRow(
        sql,
        sql`
        select * from unnest(c.old_dk, c.old_dlo, c.old_dhi) except select * from unnest(c.dk, c.dlo, c.dhi) where not c.anew`,
      )} o (rid, shard, key, lo, hi)
      where c.known and c.date_differs
        and t.key = o.key and t.lo = o.lo and t.rid = o.rid and t.shard = o.shard and t.hi = o.hi
    ), str_gone as (
      delete from fhir.str t
      using stale c cross join lateral ${ofRow(
        sql,
        sql`
        ${storedStrings(sql)} except
        select n.key, n.v collate "C", n.part from unnest(c.sk, c.sv, c.sp) as n (key, v, part) where not c.anew`,
      )} o (rid, shard, key, v, part)
      where c.known and c.str_differs
        and t.key = o.key and t.v = o.v and t.rid = o.rid and t.shard = o.shard and t.part = o.part
    )${newPostings(sql, postings)}`;
}

/**
 * The parts of `indexChanges` for rows whose postings are unchanged (`postingsStay`), of resources that are not deleted and stay in their shard: only
 * the search row may change. A statement pays for each part whether or not it has anything to do, and most updates change no posting.
 */
export function rowChanges({ sql }: Pick<IndexPart, 'sql'>): Fragment {
  return sql`stale as materialized (
      select c.*, ${rowState(sql, sql`s`)} as seen
      from changes c
      join fhir.search s on s.rid = c.rid and s.shard = c.shard
      where (${named(sql, columns.writtenOf('s'))}) is distinct from (${named(sql, columns.writtenOf('c'))})
    ), search_changed as (
      update fhir.search s
      set ${named(sql, columns.assigned('c'))}
      from stale c
      where s.rid = c.rid and s.shard = c.shard and ${rowState(sql, sql`s`)} = c.seen
      returning 1
    )`;
}

/** As `indexInStep`, for `rowChanges`. */
export function rowsInStep(sql: Session): Fragment {
  return sql`(select count(*) from stale) = (select count(*) from search_changed)`;
}

/**
 * A condition on a search row `s`, which may be absent, and the values `v` of the next version: the stored postings equal the new ones. Compares the
 * same columns as `indexChanges`.
 */
export function postingsStay(sql: Session): Fragment {
  return sql`s.rid is not null
    and (s.dt, s.long, s.ts, coalesce(s.tk, s.keys[1:coalesce(s.tn, cardinality(s.tsys))]))
        is not distinct from (v.dt, v.long, v.ts, v.keys[1:v.tn])
    and (coalesce(s.np, cardinality(s.nk))::smallint, s.nk, s.nlo, s.nhi) is not distinct from (v.np, v.nk, v.nlo, v.nhi)
    and (s.dk, s.dlo, s.dhi, s.sk, s.sv) is not distinct from (v.dk, v.dlo, v.dhi, v.sk, v.sv)`;
}

/**
 * Returns the test that every row to be changed was as it was seen, and that no row was made meanwhile. A new row conflicts by itself,
 * unless the resource moves to another shard; a deletion has no new row. For these two the test reads the row once more, under the lock of
 * the resources. A select of the statement must evaluate it.
 */
export function indexInStep(sql: Session, parts: IndexParts): Fragment {
  return sql`${inStep(parts.active.sql)}${ofNext(sql, parts, (part) => sql` and ${inStep(part.sql)}`)}`;
}

function inStep(sql: Session): Fragment {
  return sql`(select count(*) from stale where known or not gone)
      = (select count(*) from search_gone) + (select count(*) from search_changed) + (select count(*) from search_new)
    and (select case when count(*) = 0 then true else not fhir.indexed(array_agg(rid), array_agg(shard)) end
         from stale where not known and (gone or shard <> new_shard))`;
}

/**
 * Postings to be deleted, with the number and the shard of their resource `c`: then one side of the join has the whole key of a posting.
 * Otherwise a plan that was made while the tables were small finds them by key and value alone, among those of all resources that have the value.
 */
function ofRow(sql: Session, gone: Fragment): Fragment {
  return sql`(select c.rid, c.shard, g.* from (${gone}) g offset 0)`;
}

function newNumbers(sql: Session): Fragment {
  return numbersOf(sql, sql`c.nk[1:c.np], c.nlo[1:c.np], c.nhi[1:c.np]`);
}

/** In the form of fhir.num: no upper end means that it equals the lower one; the row leaves out all upper ends if it can. */
function numbersOf(sql: Session, columns: Fragment): Fragment {
  return sql`select u.key, u.lo, nullif(u.hi, u.lo) from unnest(${columns}) as u (key, lo, hi)`;
}

/** The rows in fhir.tok of a resource `c` of `stale`; only they have the systems of its codes. */
function storedCodes(sql: Session): Fragment {
  return sql`select r.key, r.sys
        from unnest(c.old_tk) as k (key)
        join fhir.tok r on r.key = k.key and r.dt = c.old_dt and r.rid = c.rid and r.shard = c.shard`;
}

/** The rows in fhir.str of a resource `c` of `stale`; only they have whether each is a part of another one. */
function storedStrings(sql: Session): Fragment {
  return sql`select r.key, r.v, r.part
        from unnest(c.old_sk, c.old_sv) as s (key, v)
        join fhir.str r on r.key = s.key and r.v = s.v and r.rid = c.rid and r.shard = c.shard`;
}

function newPostings(sql: Session, { tok, num, date, str }: Postings): Fragment {
  return sql`${
    tok
      ? sql`, tok_new as (
      insert into fhir.tok (key, sys, dt, rid, shard, long)
      select n.key, n.sys, c.dt, c.rid, c.new_shard, c.long
      from stale c cross join lateral (
        select * from unnest(c.tk, c.tsys) except select * from (${storedCodes(sql)}) r where not c.tok_anew
      ) n (key, sys)
      where c.tok_differs and not c.gone
    )`
      : sql``
  }${
    num
      ? sql`, num_new as (
      insert into fhir.num (key, lo, hi, rid, shard)
      select n.key, n.lo, n.hi, c.rid, c.new_shard
      from stale c cross join lateral (
        ${newNumbers(sql)} except ${numbersOf(sql, sql`c.old_nk, c.old_nlo, c.old_nhi`)} where not c.anew
      ) n (key, lo, hi)
      where c.num_differs and not c.gone
    )`
      : sql``
  }${
    date
      ? sql`, date_new as (
      insert into fhir.date (key, lo, hi, rid, shard, long)
      select n.key, n.lo, n.hi, c.rid, c.new_shard, nullif(n.hi > n.lo + interval '1 day', false)
      from stale c cross join lateral (
        select * from unnest(c.dk, c.dlo, c.dhi) except select * from unnest(c.old_dk, c.old_dlo, c.old_dhi) where not c.anew
      ) n (key, lo, hi)
      where c.date_differs and not c.gone
    )`
      : sql``
  }${
    str
      ? sql`, str_new as (
      insert into fhir.str (key, v, rid, shard, part)
      select n.key, n.v, c.rid, c.new_shard, n.part
      from stale c cross join lateral (
        select s.key, s.v collate "C", s.part from unnest(c.sk, c.sv, c.sp) as s (key, v, part) where s.part is not null except
        select * from (${storedStrings(sql)}) r where not c.anew
      ) n (key, v, part)
      where c.str_differs and not c.gone
    )`
      : sql``
  }`;
}
