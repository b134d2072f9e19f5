import type { Fragment, Postings } from './index-input.ts';
import type { Session } from './session.ts';

/**
 * Parts of a statement that bring the index rows of resources in step with their new versions: of its part `changes`, which
 * has rid, shard, new_shard, ty, gone (the new version is a deletion) and the columns of `indexValues`. The resources are locked
 * and as the statement's snapshot shows them.
 *
 * What was stored is known from the old row, so each old posting is found by its whole key; a table whose values are the same
 * is left alone. Whoever writes an index row holds the lock of its resource. Only indexing anew changes a row without a new
 * version of the resource, and could do so between this statement's snapshot and its lock: then the row in the snapshot is no
 * longer the one in the table, `indexInStep` does not hold, and the statement must raise.
 *
 * @param postings of the new versions
 */
export function indexChanges(sql: Session, postings: Postings): Fragment {
  return sql`stale as materialized (
      select c.*, s.rid is not null as known, s.xmin as seen, s.dt as old_dt, s.tk as old_tk,
             s.nk as old_nk, s.nlo as old_nlo, s.dk as old_dk, s.dlo as old_dlo, s.sk as old_sk, s.sv as old_sv,
             t.anew or (s.tk, s.tsys, s.dt, s.long) is distinct from (c.tk, c.tsys, c.dt, c.long) as tok_differs,
             t.anew or (s.nk, s.nlo, s.nhi) is distinct from (c.nk, c.nlo, c.nhi) as num_differs,
             t.anew or (s.dk, s.dlo, s.dhi) is distinct from (c.dk, c.dlo, c.dhi) as date_differs,
             t.anew or (s.sk, s.sv) is distinct from (c.sk, c.sv) as str_differs
      from changes c
      left join fhir.search s on s.rid = c.rid and s.shard = c.shard
      cross join lateral (select c.gone or s.rid is null or s.shard <> c.new_shard as anew) t
      where case when c.gone or s.rid is null then true
                 else t.anew or (s.version, s.own, s.pat, s.dt, s.hi, s.long, s.keys, s.tk, s.tsys, s.nk, s.nlo, s.nhi,
                                 s.dk, s.dlo, s.dhi, s.sk, s.sv)
                                is distinct from
                                (c.version, c.own, c.pat, c.dt, c.hi, c.long, c.keys, c.tk, c.tsys, c.nk, c.nlo, c.nhi,
                                 c.dk, c.dlo, c.dhi, c.sk, c.sv)
            end
    ), search_gone as (
      delete from fhir.search s using stale c
      where c.gone and s.rid = c.rid and s.shard = c.shard and s.xmin = c.seen
      returning 1
    ), search_changed as (
      update fhir.search s
      set shard = c.new_shard, version = c.version, own = c.own, pat = c.pat, dt = c.dt, hi = c.hi, long = c.long,
          keys = c.keys, tk = c.tk, tsys = c.tsys, nk = c.nk, nlo = c.nlo, nhi = c.nhi, dk = c.dk, dlo = c.dlo, dhi = c.dhi,
          sk = c.sk, sv = c.sv
      from stale c
      where c.known and not c.gone and s.rid = c.rid and s.shard = c.shard and s.xmin = c.seen
      returning 1
    ), search_new as (
      insert into fhir.search (rid, shard, ty, version, own, pat, dt, hi, long, keys, tk, tsys, nk, nlo, nhi, dk, dlo, dhi, sk, sv)
      select rid, new_shard, ty, version, own, pat, dt, hi, long, keys, tk, tsys, nk, nlo, nhi, dk, dlo, dhi, sk, sv
      from stale where not known and not gone
      on conflict (rid, shard) do nothing
      returning 1
    ), tok_gone as (
      delete from fhir.tok t
      using (select rid, shard, old_dt, unnest(old_tk) as key from stale where known and tok_differs) c
      where t.key = c.key and t.dt = c.old_dt and t.rid = c.rid and t.shard = c.shard
    ), num_gone as (
      delete from fhir.num t
      using (select rid, shard, unnest(old_nk) as key, unnest(old_nlo) as lo from stale where known and num_differs) c
      where t.key = c.key and t.lo = c.lo and t.rid = c.rid and t.shard = c.shard
    ), date_gone as (
      delete from fhir.date t
      using (select rid, shard, unnest(old_dk) as key, unnest(old_dlo) as lo from stale where known and date_differs) c
      where t.key = c.key and t.lo = c.lo and t.rid = c.rid and t.shard = c.shard
    ), str_gone as (
      delete from fhir.str t
      using (select rid, shard, unnest(old_sk) as key, unnest(old_sv) as v from stale where known and str_differs) c
      where t.key = c.key and t.v = c.v and t.rid = c.rid and t.shard = c.shard
    )${newPostings(sql, postings)}`;
}

/**
 * That every row which had to change was as it was seen, and that none was made meanwhile. A new row finds out by itself, unless
 * the resource moves to another shard, where nothing is in its way; and a deletion has none. These ask once more, now that the
 * resources are locked. A select of the statement has to ask for it.
 */
export function indexInStep(sql: Session): Fragment {
  return sql`(select count(*) from stale where known or not gone)
      = (select count(*) from search_gone) + (select count(*) from search_changed) + (select count(*) from search_new)
    and (select case when count(*) = 0 then true else not fhir.indexed(array_agg(rid), array_agg(shard)) end
         from stale where not known and (gone or shard <> new_shard))`;
}

function newPostings(sql: Session, { tok, num, date, str }: Postings): Fragment {
  return sql`${
    tok
      ? sql`, tok_new as (
      insert into fhir.tok (key, sys, dt, rid, shard, long)
      select unnest(tk), unnest(tsys), dt, rid, new_shard, long from stale where tok_differs and not gone
    )`
      : sql``
  }${
    num
      ? sql`, num_new as (
      insert into fhir.num (key, lo, hi, rid, shard)
      select unnest(nk), unnest(nlo), unnest(nhi), rid, new_shard from stale where num_differs and not gone
    )`
      : sql``
  }${
    date
      ? sql`, date_new as (
      insert into fhir.date (key, lo, hi, rid, shard, long)
      select key, lo, hi, rid, new_shard, hi > lo + interval '1 day'
      from (select unnest(dk) as key, unnest(dlo) as lo, unnest(dhi) as hi, rid, new_shard
            from stale where date_differs and not gone) d
    )`
      : sql``
  }${
    str
      ? sql`, str_new as (
      insert into fhir.str (key, v, rid, shard, part)
      select unnest(sk), unnest(sv), rid, new_shard, unnest(sp) from stale where str_differs and not gone
    )`
      : sql``
  }`;
}
