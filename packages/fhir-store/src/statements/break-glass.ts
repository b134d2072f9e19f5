/** Break-glass access: the patient, the person, the reason; and its review. */
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

export interface Breaking {
  readonly subject: string;
  readonly person: string | undefined;
  readonly client: string;
  /** The id of the Patient. */
  readonly patient: string;
  /** Undefined: only glass that is already broken counts. */
  readonly reason: string | undefined;
  readonly minutes: number;
}

/**
 * Notes that somebody breaks the glass; if the same person has done so for the patient, and the time is not over, that entry remains valid.
 * @returns false if no glass is broken, and there is no reason to break it
 */
export async function breakGlass(sql: Session, breaking: Breaking): Promise<boolean> {
  const { subject, person = null, client, patient, reason = null, minutes } = breaking;
  const rows = await sql`
    with running as (
      select 1 from fhir.break_glass
      where subject = ${subject} and patient = ${patient} and until > statement_timestamp() limit 1
    ), broken as (
      insert into fhir.break_glass (subject, person, client, patient, reason, until)
      select ${subject}, ${person}, ${client}, ${patient}, ${reason}::text, statement_timestamp() + make_interval(mins => ${minutes}::int)
      where ${reason}::text is not null and not exists (select 1 from running)
      returning 1
    )
    select 1 from running union all select 1 from broken`;
  return rows.length > 0;
}

/** Glass of one patient that was broken, for the patient. */
export interface GlassOfPatient {
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly reason: string;
}

/** The newest first. @param o.since, o.until milliseconds since 1970: from that time on, and before that one */
export async function selectGlassOf(
  sql: Session,
  o: {
    readonly patient: string;
    readonly since?: number | undefined;
    readonly until?: number | undefined;
    readonly limit: number;
  },
): Promise<GlassOfPatient[]> {
  const at = (time: number): Fragment => sql`to_timestamp(${time}::bigint / 1e3::float8)`;
  const from = o.since === undefined ? sql`` : sql`and since >= ${at(o.since)}`;
  const to = o.until === undefined ? sql`` : sql`and since < ${at(o.until)}`;
  const rows = await sql<{ since: string; reason: string }[]>`
    select ((date_part('epoch', since) * 1000)::bigint)::text as since, reason from fhir.break_glass
    where patient = ${o.patient} ${from} ${to} order by break_glass.since desc limit ${o.limit}`;
  return rows.map(({ since, reason }) => ({ since: Number(since), reason }));
}

export interface BrokenGlass {
  readonly id: string;
  readonly subject: string;
  readonly person: string | null;
  readonly client: string;
  readonly patient: string;
  readonly reason: string;
  readonly since: Date;
  readonly until: Date;
  /** Null: not reviewed. */
  readonly verdict: string | null;
  readonly note: string | null;
  readonly reviewedBy: string | null;
}

/** The oldest unreviewed ones first. @param all includes reviewed ones. @param id only this one */
export async function selectBrokenGlass(
  sql: Session,
  { all, limit, id = null }: { all: boolean; limit: number; id?: string | null },
): Promise<BrokenGlass[]> {
  return sql<BrokenGlass[]>`
    select g.id::text, g.subject, g.person, g.client, g.patient, g.reason, g.since, g.until, r.verdict, r.note, r.made_by as "reviewedBy"
    from fhir.break_glass g left join fhir.break_glass_review r on r.glass = g.id
    where (${all} or r.glass is null) and (${id}::bigint is null or g.id = ${id}::bigint)
    order by r.glass is not null, g.id limit ${limit}`;
}

export interface GlassReview {
  readonly id: string;
  readonly verdict: 'justified' | 'unjustified';
  readonly note: string;
  readonly by: string;
}

/** @returns false if there is no such entry, or it has been reviewed: a verdict is final */
export async function reviewGlass(sql: Session, { id, verdict, note, by }: GlassReview): Promise<boolean> {
  const rows = await sql`
    insert into fhir.break_glass_review (glass, verdict, note, made_by)
    select id, ${verdict}, ${note}, ${by} from fhir.break_glass where id = ${id}::bigint
    on conflict do nothing returning 1`;
  return rows.length > 0;
}
