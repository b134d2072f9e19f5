/** Staff of organisations, one function a statement. */
import type { Session } from '@dhp/postgres';
import { type EnvironmentName, listed, type Listed } from '@dhp/sso-kit';
import type { OrganizationAt } from '@dhp/accounts/records';
import { withWords } from './name-words.ts';

/** A person with roles in the organisation; roles in other organisations are not included. */
export interface StaffMember {
  account_id: string;
  username: string;
  name: string;
  disabled_at: Date | null;
  roles: string[];
}

export async function selectOrganizationsWithRole(
  sql: Session,
  accountId: string,
  role: string,
): Promise<OrganizationAt[]> {
  return sql<OrganizationAt[]>`
    select environment, organization from sso.account_role where account_id = ${accountId} and role = ${role}
    order by environment, organization`;
}

/** Returns people with a role in the organisation, ordered by user name: the page after the given user name. */
export async function selectStaff(
  sql: Session,
  at: OrganizationAt,
  o: { searched: readonly (readonly string[])[]; after: string | undefined; limit: number },
): Promise<Listed<StaffMember>> {
  const named = o.searched.length === 0 ? sql`` : sql`and a.account_id in (${withWords(sql, 'account', o.searched)})`;
  const rows = await sql<StaffMember[]>`
    select a.account_id, a.username, a.name, a.disabled_at, array_agg(r.role order by r.role) as roles
    from sso.account_role r join sso.account a using (account_id)
    where r.environment = ${at.environment} and r.organization = ${at.organization} ${named}
      ${o.after === undefined ? sql`` : sql`and a.username > ${o.after}`}
    group by a.account_id
    order by a.username
    limit ${o.limit + 1}`;
  return listed(rows, o.limit);
}

/** The roles of the environment that administrators of organisations may give. */
export async function selectDelegatedRoles(sql: Session, environment: EnvironmentName): Promise<string[]> {
  const rows = await sql<{ role: string }[]>`
    select role from sso.access_policy where environment = ${environment} and delegated order by role`;
  return rows.map(({ role }) => role);
}
