import { columns, named, ofNext, type Fragment, type IndexPart, type IndexParts } from './index-input.ts';
import { within, type Held } from '../placement/held.ts';
import { numbers } from './columns.ts';
import { leftBehind } from './index-changes.ts';
import type { Session } from './session.ts';

/** `indexAgain` of all definitions; `alsoChanges` makes `changes` of the definition that is built beside. */
export function allAgain(
  sql: Session,
  parts: IndexParts,
  held: Held,
  alsoChanges: (part: IndexPart) => Fragment,
): Fragment {
  return sql`${indexAgain(parts.active, held)}${ofNext(sql, parts, (part) => sql`, ${alsoChanges(part)}, ${indexAgain(part, held)}`)}`;
}

/**
 * As `indexChanges`, for resources that an earlier statement of the transaction has locked: all of their rows are deleted and made again, wherever they
 * were. Index rows are only changed under the lock of their resource, so the snapshot shows their current state. No part reads a table row by row for
 * another part, and each names its shards: so each can run on the nodes that have them.
 */
function indexAgain({ sql, postings }: IndexPart, held: Held): Fragment {
  return sql`stale as materialized (
      select s.rid, s.shard, s.dt, coalesce(s.tk, s.keys[1:coalesce(s.tn, cardinality(s.tsys))]) as tk,
             s.nk[1:coalesce(s.np, cardinality(s.nk))] as nk, s.nlo[1:coalesce(s.np, cardinality(s.nk))] as nlo, s.dk, s.dlo, s.sk, s.sv
      from changes c join fhir.search s on s.rid = c.rid and s.shard = c.shard where ${within(sql, sql`s`, held)}
    ), search_gone as (
      delete from fhir.search s using stale o
      where s.rid = o.rid and s.shard = o.shard and ${within(sql, sql`s`, held)}
      returning 1
    ), tok_gone as (
      delete from fhir.tok t using (select rid, shard, dt, unnest(tk) as key from stale) o
      where t.key = o.key and t.dt = o.dt and t.rid = o.rid and t.shard = o.shard and ${within(sql, sql`t`, held)}
    ), num_gone as (
      delete from fhir.num t using (select rid, shard, unnest(nk) as key, unnest(nlo) as lo from stale) o
      where t.key = o.key and t.lo = o.lo and t.rid = o.rid and t.shard = o.shard and ${within(sql, sql`t`, held)}
    ), date_gone as (
      delete from fhir.date t using (select rid, shard, unnest(dk) as key, unnest(dlo) as lo from stale) o
      where t.key = o.key and t.lo = o.lo and t.rid = o.rid and t.shard = o.shard and ${within(sql, sql`t`, held)}
    ), str_gone as (
      delete from fhir.str t using (select rid, shard, unnest(sk) as key, unnest(sv) as v from stale) o
      where t.key = o.key and t.v = o.v collate "C" and t.rid = o.rid and t.shard = o.shard and ${within(sql, sql`t`, held)}
    ), again as materialized (
      select rid, new_shard as shard, ty, ${named(sql, columns.carried)} from changes
      where not gone and (select count(*) from search_gone) >= 0
    ), ${newRows(sql, postings)}`;
}

/** Shards with rows of a definition that a server which does not make them has left behind, by the number of the row. */
export type LeftIn = ReadonlyMap<number, number>;

/** Asked before the statement: one over nodes cannot look for the rows of each resource wherever they are. */
export async function leftIn({ sql }: IndexPart, rows: readonly { readonly rid: number }[]): Promise<LeftIn> {
  const left = await sql<{ rid: string; shard: number }[]>`
    select s.rid, s.shard from fhir.search s where s.rid = any(${numbers(rows.map(({ rid }) => rid))}::bigint[]) and ${leftBehind(sql)}`;
  return new Map(left.map(({ rid, shard }) => [Number(rid), shard]));
}

/** As `shardOfRows`, from an earlier query. @param row has rid and shard */
export function shardOfLeft(sql: Session, row: Fragment, left: LeftIn): Fragment {
  if (left.size === 0) return sql`${row}.shard`;
  return sql`coalesce((select o.shard from unnest(${numbers([...left.keys()])}::bigint[], ${numbers([...left.values()])}::int[]) as o (number, shard)
    where o.number = ${row}.rid), ${row}.shard)`;
}

/** With the shards that rows have been left in. */
export function alsoIn(held: Held, left: LeftIn): Held {
  return left.size === 0 ? held : { ...held, shards: [...held.shards, ...left.values()] };
}

/** Behind the removal of the former rows, which may have the same keys. */
function newRows(sql: Session, { tok, num, date, str }: IndexPart['postings']): Fragment {
  return sql`search_new as (
      insert into fhir.search (rid, shard, ty, ${named(sql, columns.written)})
      select rid, shard, ty, ${named(sql, columns.written)} from again
    )${
      tok
        ? sql`, tok_new as (
      insert into fhir.tok (key, sys, dt, rid, shard, long)
      select unnest(keys[1:tn]), unnest(tsys), dt, rid, shard, long from again where tn > 0
    )`
        : sql``
    }${
      num
        ? sql`, num_new as (
      insert into fhir.num (key, lo, hi, rid, shard)
      select key, lo, nullif(hi, lo), rid, shard
      from (select unnest(nk[1:np]) as key, unnest(nlo[1:np]) as lo, unnest(nhi[1:np]) as hi, rid, shard from again where np > 0) n
    )`
        : sql``
    }${
      date
        ? sql`, date_new as (
      insert into fhir.date (key, lo, hi, rid, shard, long)
      select key, lo, hi, rid, shard, nullif(hi > lo + interval '1 day', false)
      from (select unnest(dk) as key, unnest(dlo) as lo, unnest(dhi) as hi, rid, shard from again where dk is not null) d
    )`
        : sql``
    }${
      str
        ? sql`, str_new as (
      insert into fhir.str (key, v, rid, shard, part)
      select key, v, rid, shard, part
      from (select unnest(sk) as key, unnest(sv) as v, unnest(sp) as part, rid, shard from again where sk is not null) s
      where part is not null
    )`
        : sql``
    }`;
}
