/** Tables of organisations of developers and their members, one function a statement. */
import type { Session } from '@dhp/postgres';
import type { Role } from '../rules/members.ts';

export interface OrganizationRow {
  organization_id: string;
  name: string;
  created_at: Date;
  /** Of the asking member. */
  role: Role;
}

/** Waits for other acts of the same person or organisation that count against a limit, until the end of the transaction. */
export async function lockCount(sql: Session, of: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`sso developers ${of}`}, 0))`;
}

export async function insertOrganization(
  sql: Session,
  o: { organizationId: string; name: string; accountId: string; now: Date },
): Promise<void> {
  await sql`
    insert into sso.developer_organization (organization_id, name, created_at, created_by)
    values (${o.organizationId}, ${o.name}, ${o.now}, ${o.accountId})`;
}

export async function insertMember(
  sql: Session,
  o: { organizationId: string; accountId: string; role: Role; now: Date },
): Promise<void> {
  await sql`
    insert into sso.developer_member (organization_id, account_id, role, joined_at)
    values (${o.organizationId}, ${o.accountId}, ${o.role}, ${o.now})`;
}

/** Returns how many organisations the person has made. */
export async function countMadeOrganizations(sql: Session, accountId: string): Promise<number> {
  const [row] = await sql<{ made: number }[]>`
    select count(*)::int as made from sso.developer_organization where created_by = ${accountId}`;
  return row!.made;
}

/** Returns the organisations of a person, the oldest first. */
export async function selectOrganizations(sql: Session, accountId: string): Promise<OrganizationRow[]> {
  return sql<OrganizationRow[]>`
    select o.organization_id, o.name, o.created_at, m.role
    from sso.developer_member m join sso.developer_organization o using (organization_id)
    where m.account_id = ${accountId} order by o.created_at, o.organization_id`;
}

/**
 * Returns the organisation as a member sees it; undefined if the person is not a member or cannot sign in, or there is no such
 * organisation.
 */
export async function selectOrganization(
  sql: Session,
  o: { organizationId: string; accountId: string },
): Promise<OrganizationRow | undefined> {
  const [row] = await sql<OrganizationRow[]>`
    select o.organization_id, o.name, o.created_at, m.role
    from sso.developer_member m join sso.developer_organization o using (organization_id)
    join sso.account p on p.account_id = m.account_id and p.disabled_at is null
    where m.account_id = ${o.accountId} and o.organization_id::text = ${o.organizationId}`;
  return row;
}
