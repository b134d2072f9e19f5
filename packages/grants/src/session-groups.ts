import type { Session } from '@dhp/postgres';

/**
 * The groups whose limits apply to a session of the person: the kind of the person's records, the administrators, and every role by its
 * name, in any environment.
 */
export async function selectSessionGroups(sql: Session, accountId: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select case i.type when 'Patient' then 'patients' when 'RelatedPerson' then 'relatives' else 'health-workers' end as name
    from sso.account_identity i where i.account_id = ${accountId}
    union select r.role from sso.account_role r where r.account_id = ${accountId}
    union select 'administrators' from sso.account_role r
          where r.account_id = ${accountId} and r.role = 'organization-administrator'
    union select 'administrators' from sso.platform_administrator a where a.account_id = ${accountId}`;
  return rows.map(({ name }) => name);
}
