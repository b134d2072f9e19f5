/** Rows of care links, stored with the versions that contain them. */
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** As JSON has it: hashes are texts, times ms since 1970. */
export interface CareRows {
  /** Number of the type. */
  readonly ty: number;
  /** Hash of `Type/<id>`. */
  readonly own: string;
  /** Of the person, or the client by itself, that writes; null: the platform. */
  readonly subject: string | null;
  /** The shard of the rows of the version; null: a deletion without rows. */
  readonly shard: number | null;
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

/**
 * The links of a version of a type that may have some. `unasked`: no build of links had begun when it was made, so its own were left out; its
 * statement stores nothing once a build has begun.
 */
export type CareOfVersion = CareRows | 'unasked';

/** Links of a version. */
export interface PlacedCare {
  /** The number of the write in the statement. */
  readonly of: number;
  readonly ver: number;
  readonly rows: CareOfVersion;
}

/** The care links of one statement: those of the stored writes, by their versions. */
export interface CareOfWrites {
  /** Of first versions, without predecessors. */
  readonly first?: readonly (PlacedCare | undefined)[];
  readonly next?: readonly (PlacedCare | undefined)[];
  /** Rows `n, rid`: the numbers of the writes that are stored, and those of their resources; undefined: the numbers are of resources. */
  readonly rids?: Fragment;
}

/**
 * Further parts of a statement that stores writes, with a comma before each; empty if no write has links or may have had any. Of existing links, the
 * time that both versions cover stays with their writers (`heldAfter` of @dhp/care).
 *
 * Rows of a type are stored once the build of links for its stored resources has begun (`care-build.ts`): before that nobody asks for them, and they
 * would be made again. PostgreSQL locks the table, even if no row is written, before it takes the snapshot of the statement. So a write either has the
 * lock before the first step, which then waits and sees the write, or waits for the step and sees that it began. For the same reason the links may be
 * left out while no build has begun: the statement has the lock, and proves `noneAsked`.
 */
export function alsoCare(sql: Session, { first = [], next = [], rids }: CareOfWrites): Fragment {
  const fresh = first.filter(hasRows).filter(({ rows }) => rows.links.length > 0);
  const placed = next.filter(hasRows);
  const made = fresh.length === 0 ? sql`` : sql`, ${freshPart(sql, fresh, rids)}`;
  const unasked = isUnasked(first) || isUnasked(next) ? sql`, ${unaskedPart(sql)}` : sql``;
  return placed.length === 0 ? sql`${made}${unasked}` : sql`${made}${unasked}, ${nextPart(sql, placed, rids)}`;
}

interface Held extends PlacedCare {
  readonly rows: CareRows;
}

function hasRows(care: PlacedCare | undefined): care is Held {
  return care !== undefined && care.rows !== 'unasked';
}

function isUnasked(care: readonly (PlacedCare | undefined)[]): boolean {
  return care.some((each) => each?.rows === 'unasked');
}

/**
 * The condition of a statement for which links of some version were left out: no build has begun. True until the commit, since the statement has the
 * lock of `unaskedPart`. Undefined if it needs no condition.
 */
export function noneAsked(sql: Session, care: readonly (PlacedCare | undefined)[]): Fragment | undefined {
  return isUnasked(care) ? sql`not exists (select 1 from fhir.care_build)` : undefined;
}

/** Changes nothing, but takes the same lock on the table as storing rows. */
function unaskedPart(sql: Session): Fragment {
  return sql`care_unasked as (delete from fhir.care_link where false)`;
}

/** A condition on rows `i`. The first part is evaluated once for a statement: if it is false, nothing else is. */
function begun(sql: Session): Fragment {
  return sql`(select exists (select 1 from fhir.care_build)) and exists (select 1 from fhir.care_build cb where cb.ty = i.ty)`;
}

/** The part `care_fresh`. */
function freshPart(sql: Session, care: readonly Held[], rids: Fragment | undefined): Fragment {
  const rid = rids === undefined ? sql`i.of` : sql`w.rid`;
  const given = rids === undefined ? sql`` : sql`join (${rids}) as w (n, rid) on w.n = i.of`;
  return sql`care_fresh as (
      insert into fhir.care_link (rid, shard, own, kind, target, actor, since, until, subject, ver)
      select distinct ${rid}, i.shard, i.own, i.kind, i.target, i.actor, coalesce(to_timestamp(i.since / 1e3), '-infinity'::timestamptz),
             coalesce(to_timestamp(i.until / 1e3), 'infinity'::timestamptz), i.subject, i.ver
      from jsonb_to_recordset(${JSON.stringify(care.flatMap(linksOf))}::text::jsonb)
             as i (of bigint, shard int, ver int, ty smallint, own bigint, subject bigint, kind smallint, target bigint, actor bigint, since float8, until float8)
      ${given}
      where ${begun(sql)}
    )`;
}

function linksOf({ of, ver, rows: { ty, own, subject, shard, links } }: Held): object[] {
  return links.map(({ kind, target, actor, since, until }) => ({
    ...{ of, ver, shard, ty, own, subject },
    ...{ kind, target, actor, since, until },
  }));
}

/** The parts `care_…` of versions that follow others. */
function nextPart(sql: Session, care: readonly Held[], rids: Fragment | undefined): Fragment {
  const text = JSON.stringify(care.map(({ of, ver, rows }) => ({ of, ver, ...rows })));
  const rid = rids === undefined ? sql`i.of` : sql`w.rid`;
  const given = rids === undefined ? sql`` : sql`join (${rids}) as w (n, rid) on w.n = i.of`;
  return sql`care_written as materialized (
      select ${rid} as rid, i.shard, i.own, i.subject, i.ver, i.links
      from jsonb_to_recordset(${text}::text::jsonb) as i (of bigint, shard int, ver int, ty smallint, own bigint, subject bigint, links jsonb)
      ${given}
      where ${begun(sql)}
    ), care_before as materialized (
      select l.* from fhir.care_link l where l.own in (select own from care_written)
    ), care_gone as (
      delete from fhir.care_link l using care_written w where l.own = w.own
    ), care_given as materialized (
      select w.rid, w.shard, w.own, w.subject, w.ver, i.kind, i.target, i.actor, coalesce(to_timestamp(i.since / 1e3), '-infinity') as since,
             case when i.stated then coalesce(to_timestamp(i.until / 1e3), 'infinity') else least(to_timestamp(i.until / 1e3), (
               select max(b.until) from care_before b
               where (b.own, b.kind, b.target, b.actor) = (w.own, i.kind, i.target, i.actor))) end as until
      from care_written w
      cross join jsonb_to_recordset(w.links) as i (kind smallint, target bigint, actor bigint, since float8, until float8, stated boolean)
    ), care_made as (
      insert into fhir.care_link (rid, shard, own, kind, target, actor, since, until, ver, subject)
      select rid, shard, own, kind, target, actor, since, until, ver, unnest(case
          when bool_or(subject is null) then array[null::bigint]
          when min(subject) = max(subject) then array[min(subject)]
          else array[min(subject), max(subject)] end)
      from (
        select rid, shard, own, kind, target, actor, since, until, ver, subject from care_given
        union all
        select g.rid, g.shard, g.own, g.kind, g.target, g.actor, least(x.since, x.until), x.until, g.ver, b.subject
        from care_given g
        join care_before b on (b.own, b.kind, b.target, b.actor) = (g.own, g.kind, g.target, g.actor)
        cross join lateral (select greatest(b.since, g.since) as since, least(b.until, g.until) as until) x
        where b.subject is distinct from g.subject and x.since <= x.until + interval '24 hours'
      ) held
      group by rid, shard, own, kind, target, actor, since, until, ver
    )`;
}
