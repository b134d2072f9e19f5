/** Statements about an account for acts of its own person; one function a statement. */
import type { Session } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';

export async function updateName(sql: Session, accountId: string, name: string, now: Date): Promise<void> {
  await sql`update sso.account set name = ${name}, updated_at = ${now} where account_id = ${accountId}`;
}

export async function updateEmail(sql: Session, accountId: string, email: string | null, now: Date): Promise<void> {
  await sql`update sso.account set email = ${email}, updated_at = ${now} where account_id = ${accountId}`;
}

/** Removes a password that was set since a time by the person, or by someone in the person's name, according to the audit trail. */
export async function deletePasswordSince(
  sql: Session,
  accountId: string,
  { since, now }: { since: Date; now: Date },
): Promise<void> {
  await sql`
    update sso.account set password_hash = null, password_expires_at = null, updated_at = ${now}
    where account_id = ${accountId}
      and exists (select from sso.audit_event e
                  where e.account_id = account.account_id and e.event = 'account.password-set'
                    and e.actor = 'account:' || e.account_id and e.recorded >= ${since})`;
}

/** The identity system that created the account and is still linked to it: the name is the one that it stated. */
export async function selectNamingSystem(sql: Session, accountId: string): Promise<string | undefined> {
  const [row] = await sql<{ upstream: string }[]>`
    select l.upstream from sso.upstream_link l
    where l.account_id = ${accountId}
      and exists (select from sso.audit_event e
                  where e.account_id = l.account_id and e.event = 'account.created' and e.actor = 'upstream:' || l.upstream)
    limit 1`;
  return row?.upstream;
}

export interface Office {
  environment: EnvironmentName;
  role: string;
  organization: string;
  /** Whether nobody else who can sign in has the role there. */
  is_last: boolean;
}

export async function selectOffices(sql: Session, accountId: string): Promise<Office[]> {
  return sql<Office[]>`
    select r.environment, r.role, r.organization,
           not exists (select from sso.account_role o join sso.account a using (account_id)
                       where (o.environment, o.role, o.organization) = (r.environment, r.role, r.organization)
                         and o.account_id <> r.account_id and a.disabled_at is null) as is_last
    from sso.account_role r where r.account_id = ${accountId}
    order by r.environment, r.role, r.organization`;
}

/**
 * One at a time: if two administrators close their accounts at once, both must not count the other as remaining. Locked until the
 * transaction ends.
 */
export async function lockAdministrators(sql: Session): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('sso administrators', 0))`;
}

/** Whether the person is the only platform administrator who can sign in. */
export async function isLastAdministrator(sql: Session, accountId: string): Promise<boolean> {
  const rows = await sql`
    select 1 from sso.platform_administrator m
    where m.account_id = ${accountId}
      and exists (select from sso.account a where a.account_id = m.account_id and a.disabled_at is null)
      and not exists (select from sso.platform_administrator o join sso.account a using (account_id)
                      where o.account_id <> m.account_id and a.disabled_at is null)`;
  return rows.length > 0;
}

/** Waits for changes of the members of the person's organisations of developers, which take the same locks (`lockCount` of @dhp/applications). */
export async function lockOwnedOrganizations(sql: Session, accountId: string): Promise<void> {
  const owned = await sql<{ id: string }[]>`
    select organization_id::text as id from sso.developer_member
    where account_id = ${accountId} and role = 'owner' order by organization_id`;
  for (const { id } of owned) await sql`select pg_advisory_xact_lock(hashtextextended(${`sso developers ${id}`}, 0))`;
}

/**
 * Organisations of developers of which the person is the only owner who can sign in, and that have other members or working applications.
 */
export async function selectSolelyOwned(sql: Session, accountId: string): Promise<{ id: string; name: string }[]> {
  return sql<{ id: string; name: string }[]>`
    select o.organization_id::text as id, o.name from sso.developer_member m join sso.developer_organization o using (organization_id)
    where m.account_id = ${accountId} and m.role = 'owner'
      and exists (select from sso.account a where a.account_id = m.account_id and a.disabled_at is null)
      and not exists (select from sso.developer_member x join sso.account a using (account_id)
                      where x.organization_id = m.organization_id and x.account_id <> m.account_id
                        and x.role = 'owner' and a.disabled_at is null)
      and (exists (select from sso.developer_member x join sso.account a using (account_id)
                   where x.organization_id = m.organization_id and x.account_id <> m.account_id and a.disabled_at is null)
           or exists (select from sso.application p join sso.client c using (client_id)
                      where p.organization_id = m.organization_id and c.disabled_at is null))
    order by o.name, o.organization_id`;
}

/** @returns false if the account is already closed or disabled; it then stays unchanged */
export async function updateClosed(
  sql: Session,
  accountId: string,
  { now, eraseAfter, reason }: { now: Date; eraseAfter: Date; reason: string },
): Promise<boolean> {
  const rows = await sql`
    update sso.account
    set disabled_at = ${now}, disabled_reason = ${reason}, closed_at = ${now}, erase_after = ${eraseAfter},
        updated_at = ${now}
    where account_id = ${accountId} and disabled_at is null
    returning 1`;
  return rows.length > 0;
}

/** @returns false if it is not closed by its person any more: enabled, disabled again by an operator, or erased */
export async function updateReopened(sql: Session, accountId: string, now: Date): Promise<boolean> {
  const rows = await sql`
    update sso.account
    set disabled_at = null, disabled_reason = null, closed_at = null, erase_after = null, updated_at = ${now}
    where account_id = ${accountId} and disabled_at = closed_at and erased_at is null
    returning 1`;
  return rows.length > 0;
}

/** Whether the personal data was erased; such an account cannot be enabled again. */
export async function isErased(sql: Session, accountId: string): Promise<boolean> {
  const rows = await sql`select 1 from sso.account where account_id = ${accountId} and erased_at is not null`;
  return rows.length > 0;
}

/** Accounts due for erasure, locked; those that another server is erasing are left out. */
export async function selectErasable(sql: Session, now: Date, limit: number): Promise<string[]> {
  const rows = await sql<{ account_id: string }[]>`
    select account_id from sso.account
    where erase_after <= ${now} and disabled_at = closed_at and erased_at is null
    order by erase_after limit ${limit} for update skip locked`;
  return rows.map(({ account_id: id }) => id);
}

/** Whether the person has acted on the records of others, whose records of access name the person. */
export async function hasOffice(sql: Session, accountId: string): Promise<boolean> {
  const rows = await sql`
    select 1 from sso.account_identity where account_id = ${accountId} and type = 'Practitioner'
    union all select 1 from sso.account_role where account_id = ${accountId}
    union all select 1 from sso.platform_administrator where account_id = ${accountId} limit 1`;
  return rows.length > 0;
}

/** Removes all data of the person, table by table. The row of the account stays, since the audit trail refers to it. */
export async function eraseRows(sql: Session, accountId: string): Promise<void> {
  await sql`delete from sso.account_identity where account_id = ${accountId}`;
  await sql`delete from sso.account_role where account_id = ${accountId}`;
  await sql`delete from sso.account_word where account_id = ${accountId}`;
  await sql`delete from sso.platform_administrator where account_id = ${accountId}`;
  await sql`delete from sso.upstream_link where account_id = ${accountId}`;
  await sql`delete from sso.unconfirmed_link where account_id = ${accountId}`;
  await sql`delete from sso.unconfirmed_identity where account_id = ${accountId}`;
  await sql`delete from sso.identity_case where account_id = ${accountId}`;
  await sql`delete from sso.grant_basis where account_id = ${accountId}`;
  await sql`delete from sso.developer_member where account_id = ${accountId}`;
  await sql`delete from sso.known_device where account_id = ${accountId}`;
  await sql`delete from sso.paper_code where account_id = ${accountId}`;
  await sql`delete from sso.access_watch where account_id = ${accountId}`;
  await deleteConsents(sql, accountId);
}

export async function deleteConsents(sql: Session, accountId: string): Promise<void> {
  await sql`delete from sso.consent where account_id = ${accountId}`;
}

/** @param name to keep; undefined: none */
export async function updateErased(
  sql: Session,
  accountId: string,
  { name, now, reason }: { name: string | undefined; now: Date; reason: string },
): Promise<void> {
  await sql`
    update sso.account
    set username = 'erased-' || account_id, name = coalesce(${name ?? null}, '—'), email = null, password_hash = null,
        password_expires_at = null, pinfl_hash = null, language = null, erased_at = ${now}, erase_after = null,
        disabled_reason = ${reason}, updated_at = ${now}
    where account_id = ${accountId}`;
}
