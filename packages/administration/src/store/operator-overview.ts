/** The numbers of the operators' first page, one function a statement. Each reads only the last day, or open items. */
import type { Session } from '@dhp/postgres';

export interface HourOfSignIns {
  /** When it begins. */
  hour: Date;
  succeeded: number;
  refused: number;
}

/** The database server that answers, as `DatabaseMemory` identifies it. */
export async function selectServerName(sql: Session): Promise<string> {
  const [row] = await sql<{ name: string }[]>`select sso.server_name() as name`;
  return row!.name;
}

/** Whole hours in ascending order, from the hour that begins at `first` to the hour that begins at `last`. */
export async function selectSignInsByHour(sql: Session, first: Date, last: Date): Promise<HourOfSignIns[]> {
  return sql<HourOfSignIns[]>`
    with hours as (
      select generate_series(${first}::timestamptz, ${last}::timestamptz, interval '1 hour') as hour),
    counted as (
      select date_trunc('hour', e.recorded, 'UTC') as hour,
             count(*) filter (where e.event = 'sign-in.succeeded')::int as succeeded,
             count(*) filter (where e.event = 'sign-in.refused')::int as refused
      from sso.audit_event e
      where e.event in ('sign-in.succeeded', 'sign-in.refused') and e.recorded >= ${first}
        and e.id >= sso.first_audit_id(${first}::timestamptz - interval '1 hour')
      group by 1)
    select hours.hour, coalesce(c.succeeded, 0) as succeeded, coalesce(c.refused, 0) as refused
    from hours left join counted c using (hour)
    order by hours.hour`;
}

export interface WaitingClient {
  client_id: string;
  name: string;
  created_at: Date;
}

/** Unapproved clients of production, the longest waiting first. */
export async function selectWaitingClients(sql: Session, limit: number): Promise<WaitingClient[]> {
  return sql<WaitingClient[]>`
    select client_id, name, created_at from sso.client
    where environment = 'production' and approved_at is null and disabled_at is null
    order by created_at limit ${limit}`;
}

/** People whose sign-in was refused since then, the latest first: only they can be waiting for help. */
export async function selectRefusedAccounts(
  sql: Session,
  since: Date,
  limit: number,
): Promise<{ account_id: string; username: string; name: string }[]> {
  return sql<{ account_id: string; username: string; name: string }[]>`
    with refused as (
      select e.account_id, max(e.id) as last
      from sso.audit_event e
      where e.event = 'sign-in.refused' and e.account_id is not null and e.recorded >= ${since}
        and e.id >= sso.first_audit_id(${since}::timestamptz - interval '1 hour')
      group by e.account_id order by last desc limit ${limit})
    select a.account_id, a.username, a.name from refused join sso.account a using (account_id) order by refused.last desc`;
}

export interface ChainHead {
  /** How many events the chain holds. */
  position: number;
  hash: Buffer | null;
  /** When the last event was recorded. */
  recorded: Date | null;
  /** How many events are behind it, counted to a thousand. */
  waiting: number;
  /** When the first of these was recorded. */
  waiting_since: Date | null;
}

export async function selectChainHead(sql: Session): Promise<ChainHead> {
  const [row] = await sql<(Omit<ChainHead, 'position'> & { position: string })[]>`
    with last as (
      select c.position, c.hash, e.recorded, e.transaction_id, e.id
      from sso.audit_chain c join sso.audit_event e on e.id = c.event_id
      order by c.position desc limit 1),
    behind as (
      select e.recorded from sso.audit_event e
      where (e.transaction_id, e.id) > (coalesce((select transaction_id from last), '0'::xid8), coalesce((select id from last), 0))
      order by e.transaction_id, e.id limit 1000)
    select coalesce((select position from last), 0)::text as position, (select hash from last) as hash,
           (select recorded from last) as recorded,
           (select count(*)::int from behind) as waiting, (select min(recorded) from behind) as waiting_since`;
  return { ...row!, position: Number(row!.position) };
}
