/** The tables of the history of the services, one function a statement. */
import type { Session } from '@dhp/postgres';

export type ServiceName = 'sso' | 'playground' | 'production' | 'portal';

/** `partly`: it serves only reads. */
export type ServiceState = 'up' | 'partly' | 'down';

export interface ServiceMinutes {
  /** ISO 8601, in the time zone of the platform. */
  readonly day: string;
  readonly service: ServiceName;
  readonly up: number;
  readonly partly: number;
  readonly down: number;
}

/**
 * Takes a minute for this node: of several nodes that ask at once, one gets it. A clock more than an hour ahead of the database's gets
 * none, and a time stored by such a clock does not keep others from counting.
 * @returns the minute that was counted before, `first` if there was none, undefined if this node must not count this one
 */
export async function takeMinute(sql: Session, minute: Date): Promise<Date | 'first' | undefined> {
  const [row] = await sql<{ before: Date | null }[]>`
    with known as (select minute from sso.service_count),
         taken as (
           insert into sso.service_count as count (minute)
           select ${minute}::timestamptz where ${minute}::timestamptz <= now() + interval '1 hour'
           on conflict (only_one) do update set minute = excluded.minute
             where count.minute < excluded.minute or count.minute > now() + interval '1 hour'
           returning 1)
    select (select minute from known) as before from taken`;
  return row === undefined ? undefined : (row.before ?? 'first');
}

export async function addMinutes(sql: Session, minutes: readonly ServiceMinutes[]): Promise<void> {
  if (minutes.length === 0) return;
  await sql`
    insert into sso.service_day as sum (day, service, up, partly, down)
    select * from jsonb_to_recordset(${JSON.stringify(minutes)}::text::jsonb)
      as minutes (day date, service text, up integer, partly integer, down integer)
    on conflict (day, service) do update
      set up = sum.up + excluded.up, partly = sum.partly + excluded.partly, down = sum.down + excluded.down`;
}

/** The days from `since` on, in order. */
export async function selectDays(sql: Session, since: string): Promise<ServiceMinutes[]> {
  return sql<ServiceMinutes[]>`
    select day::text as day, service, up, partly, down
    from sso.service_day where day >= ${since}::date order by day, service`;
}

export async function deleteDaysBefore(sql: Session, since: string): Promise<void> {
  await sql`delete from sso.service_day where day < ${since}::date`;
}
