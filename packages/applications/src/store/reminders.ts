/** Credentials of applications that expire soon, and the reminders sent about them; one function a statement. */
import type { Language } from '@dhp/negotiation';
import type { Session } from '@dhp/postgres';

export interface DueReminder {
  client_id: string;
  name: string;
  organization: string;
  organization_id: string;
  /** `secret`, or `key` with the kid behind it. */
  credential: string;
  /** A secret of which there is a newer one. */
  is_older: boolean;
  ends_at: Date;
}

/**
 * Takes due reminders, at most `most`: concurrent nodes take different ones. For each expiry, the reminder with the fewest remaining days
 * is due, unless the secret was made after that day.
 * @param o.days before the expiry on which reminders are sent
 */
export async function takeDueReminders(
  sql: Session,
  o: { days: readonly number[]; now: Date; most: number },
): Promise<DueReminder[]> {
  return sql<DueReminder[]>`
    with credential as (
      select c.client_id, c.name, 'secret' as credential, e.secret_hash is distinct from c.secret_hash as is_older, e.ends_at, e.made_at
      from sso.secret_end e join sso.client c on e.secret_hash in (c.secret_hash, c.previous_secret_hash)
      where c.disabled_at is null and e.ends_at > ${o.now}
      union all
      select c.client_id, c.name, 'key ' || left(coalesce(key ->> 'kid', ''), 100), false, to_timestamp((key ->> 'exp')::float8), '-infinity'
      from sso.application a join sso.client c using (client_id)
      cross join lateral jsonb_array_elements(c.jwks -> 'keys') key
      where c.disabled_at is null and to_timestamp((key ->> 'exp')::float8) > ${o.now}
    ), due as (
      select c.*, s.days
      from credential c
      cross join lateral (
        select min(days) as days from unnest(${`{${o.days.join(',')}}`}::int[]) days
        where c.ends_at <= ${o.now}::timestamptz + make_interval(hours => 24 * days)) s
      where c.made_at <= c.ends_at - make_interval(hours => 24 * s.days)
        and not exists (
          select from sso.credential_reminder r
          where r.client_id = c.client_id and r.credential = c.credential and r.ends_at = c.ends_at and r.days <= s.days)
      order by c.ends_at limit ${o.most}
    ), taken as (
      insert into sso.credential_reminder (client_id, credential, ends_at, days, sent_at)
      select client_id, credential, ends_at, days, ${o.now} from due
      on conflict do nothing
      returning client_id, credential, ends_at
    )
    select d.client_id, d.name, o.name as organization, a.organization_id, d.credential, d.is_older, d.ends_at
    from taken t
    join due d using (client_id, credential, ends_at)
    join sso.application a using (client_id)
    join sso.developer_organization o using (organization_id)`;
}

export interface Owner {
  account_id: string;
  email: string;
  /** Of messages to the person; null: not known yet. */
  language: Language | null;
}

/** Returns the owners of an organisation who can sign in and have an address. */
export async function selectOwners(sql: Session, organizationId: string): Promise<Owner[]> {
  return sql<Owner[]>`
    select p.account_id, p.email, p.language
    from sso.developer_member m join sso.account p using (account_id)
    where m.organization_id = ${organizationId} and m.role = 'owner' and p.disabled_at is null and p.email is not null`;
}

/** Removes reminders about past expiries. */
export async function deleteOldReminders(sql: Session, before: Date): Promise<void> {
  await sql`delete from sso.credential_reminder where ends_at < ${before}`;
}
