import {
  columns,
  indexArguments,
  indexValues,
  named,
  ofNext,
  type Fragment,
  type IndexPart,
  type IndexParts,
} from './index-input.ts';
import { numbers, textOfColumn } from './columns.ts';
import type { Session } from './session.ts';

/**
 * Parts of a statement that store the index rows of new resources: all of its part `fresh`, which has rid, shard, ty and the
 * columns of `indexValues`.
 */
export function indexFresh({ sql, postings: { tok, num, date, str } }: IndexPart): Fragment {
  return sql`search_fresh as (
      insert into fhir.search (rid, shard, ty, ${named(sql, columns.written)})
      select rid, shard, ty, ${named(sql, columns.written)} from fresh
    )${
      tok
        ? sql`, tok_fresh as (
      insert into fhir.tok (key, sys, dt, rid, shard, long)
      select unnest(keys[1:tn]), unnest(tsys), dt, rid, shard, long from fresh where tn > 0
    )`
        : sql``
    }${
      num
        ? sql`, num_fresh as (
      insert into fhir.num (key, lo, hi, rid, shard)
      select key, lo, nullif(hi, lo), rid, shard
      from (select unnest(nk[1:np]) as key, unnest(nlo[1:np]) as lo, unnest(nhi[1:np]) as hi, rid, shard
            from fresh where np > 0) n
    )`
        : sql``
    }${
      date
        ? sql`, date_fresh as (
      insert into fhir.date (key, lo, hi, rid, shard, long)
      select key, lo, hi, rid, shard, nullif(hi > lo + interval '1 day', false)
      from (select unnest(dk) as key, unnest(dlo) as lo, unnest(dhi) as hi, rid, shard from fresh where dk is not null) d
    )`
        : sql``
    }${
      str
        ? sql`, str_fresh as (
      insert into fhir.str (key, v, rid, shard, part)
      select key, v, rid, shard, part
      from (select unnest(sk) as key, unnest(sv) as v, unnest(sp) as part, rid, shard from fresh where sk is not null) s
      where part is not null
    )`
        : sql``
    }`;
}

/** A new resource, with the identity of its index rows. */
interface Fresh {
  readonly rid: number;
  readonly shard: number;
  readonly ty: number;
}

/**
 * The same for the definition that is built beside, if there is one: with its own part `fresh`, of the same rows.
 * @param named which of the input `i` are stored, where not all are: a join
 */
export function alsoFresh(sql: Session, parts: IndexParts, rows: readonly Fresh[], only = sql``): Fragment {
  return ofNext(sql, parts, (part) => {
    const text = (of: (row: Fresh) => number) => textOfColumn(rows.length, () => numbers(rows.map(of)));
    return sql`, ${part.sql`fresh as materialized (
      select i.rid, i.shard, i.ty, ${indexValues(sql, part.version)}
      from unnest(${text(({ rid }) => rid)}::bigint[], ${text(({ shard }) => shard)}::int[], ${text(({ ty }) => ty)}::smallint[],
                  ${indexArguments(sql, part.rows)})
             as i (rid, shard, ty, ${named(sql, columns.sent)}) ${only}
    )`}, ${indexFresh(part)}`;
  });
}
