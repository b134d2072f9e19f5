/** People who want to be notified when somebody opens their record, one function a statement. */
import type { Session } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';
import type { Language } from '@dhp/negotiation';

export interface WatchRow {
  account_id: string;
  environment: EnvironmentName;
  name: string;
  language: Language;
  looked_until: Date;
}

/** With the current record and address; null if there is none, or the account is not in use. */
export interface DueWatchRow extends WatchRow {
  fhir_id: string | null;
  email: string | null;
}

export async function selectWatches(sql: Session, accountId: string): Promise<WatchRow[]> {
  return sql<WatchRow[]>`
    select account_id, environment, name, language, looked_until from sso.access_watch where account_id = ${accountId}`;
}

/** @returns false if there is one already */
export async function insertWatch(sql: Session, row: WatchRow): Promise<boolean> {
  const rows = await sql`
    insert into sso.access_watch (account_id, environment, name, language, looked_until, next_at)
    values (${row.account_id}, ${row.environment}, ${row.name}, ${row.language}, ${row.looked_until}, ${row.looked_until})
    on conflict do nothing returning 1`;
  return rows.length === 1;
}

/** @returns the name of the deleted watch */
export async function deleteWatch(
  sql: Session,
  { account_id: accountId, environment }: Pick<WatchRow, 'account_id' | 'environment'>,
): Promise<string | undefined> {
  const [row] = await sql<{ name: string }[]>`
    delete from sso.access_watch where account_id = ${accountId} and environment = ${environment} returning name`;
  return row?.name;
}

/** Takes due watches, so that no other process checks them before `next`. */
export async function claimWatches(
  sql: Session,
  o: { readonly now: Date; readonly next: Date; readonly limit: number },
): Promise<DueWatchRow[]> {
  return sql<DueWatchRow[]>`
    with due as (
      select account_id, environment from sso.access_watch where next_at <= ${o.now}
      order by next_at limit ${o.limit} for update skip locked
    )
    update sso.access_watch w set next_at = ${o.next}
    from due join sso.account a on a.account_id = due.account_id
    left join sso.account_identity i on i.account_id = due.account_id and i.environment = due.environment and i.type = 'Patient'
    where w.account_id = due.account_id and w.environment = due.environment
    returning w.account_id, w.environment, w.name, w.language, w.looked_until, i.fhir_id,
      case when a.disabled_at is null then a.email end as email`;
}

/** Only if the name is still the same: turning it off and on again meanwhile gives it another name. */
export async function moveWatch(
  sql: Session,
  { account_id: accountId, environment, name }: Pick<WatchRow, 'account_id' | 'environment' | 'name'>,
  to: { readonly until: Date; readonly next: Date },
): Promise<void> {
  await sql`
    update sso.access_watch set looked_until = ${to.until}, next_at = ${to.next}
    where account_id = ${accountId} and environment = ${environment} and name = ${name}`;
}
