/** Rows of links of care, stored with the versions of which they are made. */
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** As JSON has it: hashes are texts, times ms since 1970. */
export interface CareRows {
  /** Hash of `Type/<id>`. */
  readonly own: string;
  /** Of the person who writes; null: none. */
  readonly subject: string | null;
  readonly links: readonly {
    readonly kind: number;
    readonly target: string;
    readonly actor: string;
    readonly since: number | null;
    readonly until: number | null;
    /** False: it has ended, at the latest then. */
    readonly stated: boolean;
  }[];
}

/** Rows of a version. */
export interface PlacedCare {
  /** The number by which the statement knows the write. */
  readonly of: number;
  readonly rows: CareRows;
}

/**
 * A further part of a statement that stores writes, with a comma before it; nothing where none has links or had any. Of links that were
 * there before, the time that both versions cover stays with those who wrote them (`heldAfter` of @dhp/care).
 * @param rids rows `n, rid`: the numbers of the writes that are stored, and those of their resources; undefined: the numbers are of resources
 */
export function alsoCare(sql: Session, care: readonly (PlacedCare | undefined)[], rids?: Fragment): Fragment {
  const placed = care.filter((each) => each !== undefined);
  return placed.length === 0 ? sql`` : sql`, ${carePart(sql, placed, rids)}`;
}

/** The parts `care_…`. */
export function carePart(sql: Session, care: readonly PlacedCare[], rids?: Fragment): Fragment {
  const text = JSON.stringify(care.map(({ of, rows }) => ({ of, ...rows })));
  const rid = rids === undefined ? sql`i.of` : sql`w.rid`;
  const given = rids === undefined ? sql`` : sql`join (${rids}) as w (n, rid) on w.n = i.of`;
  return sql`care_written as materialized (
      select ${rid} as rid, i.own, i.subject, i.links
      from jsonb_to_recordset(${text}::text::jsonb) as i (of bigint, own bigint, subject bigint, links jsonb)
      ${given}
    ), care_before as materialized (
      select l.* from fhir.care_link l where l.own in (select own from care_written)
    ), care_gone as (
      delete from fhir.care_link l using care_written w where l.own = w.own
    ), care_given as materialized (
      select w.rid, w.own, w.subject, i.kind, i.target, i.actor, coalesce(to_timestamp(i.since / 1e3), '-infinity') as since,
             case when i.stated then coalesce(to_timestamp(i.until / 1e3), 'infinity') else least(to_timestamp(i.until / 1e3), (
               select max(b.until) from care_before b
               where (b.own, b.kind, b.target, b.actor) = (w.own, i.kind, i.target, i.actor))) end as until
      from care_written w
      cross join jsonb_to_recordset(w.links) as i (kind smallint, target bigint, actor bigint, since float8, until float8, stated boolean)
    ), care_made as (
      insert into fhir.care_link (rid, own, kind, target, actor, since, until, subject)
      select rid, own, kind, target, actor, since, until, unnest(case
          when bool_or(subject is null) then array[null::bigint]
          when min(subject) = max(subject) then array[min(subject)]
          else array[min(subject), max(subject)] end)
      from (
        select rid, own, kind, target, actor, since, until, subject from care_given
        union all
        select g.rid, g.own, g.kind, g.target, g.actor, least(x.since, x.until), x.until, b.subject
        from care_given g
        join care_before b on (b.own, b.kind, b.target, b.actor) = (g.own, g.kind, g.target, g.actor)
        cross join lateral (select greatest(b.since, g.since) as since, least(b.until, g.until) as until) x
        where b.subject is distinct from g.subject and x.since <= x.until + interval '24 hours'
      ) held
      group by rid, own, kind, target, actor, since, until
    )`;
}
