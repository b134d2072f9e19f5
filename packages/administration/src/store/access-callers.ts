/** Persons grouped by how access policies see their roles, one function a statement. */
import type { Session } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';

/** Persons that no rule distinguishes from each other. */
export interface KindOfPersons {
  /** Each as `family-doctor 7`; the organisation is `*` if no rule names it. */
  readonly positions: string[];
  /** The id of the Practitioner if a rule names it, `*` for other persons with a Practitioner, null for persons without one. */
  readonly practitioner: string | null;
  readonly people: number;
}

/**
 * Returns the kinds of persons who have a role in an environment, the largest kind first.
 * @param named organisations and practitioners that rules name; all others are treated alike
 */
export async function selectKindsOfPersons(
  sql: Session,
  environment: EnvironmentName,
  named: { readonly organizations: readonly string[]; readonly practitioners: readonly string[] },
  limit: number,
): Promise<KindOfPersons[]> {
  return sql<KindOfPersons[]>`
    with held as (
      select r.account_id,
        array_agg(distinct r.role || ' ' || case when r.organization = any(${named.organizations}::text[]) then r.organization else '*' end) as positions
      from sso.account_role r join sso.account a using (account_id)
      where r.environment = ${environment} and a.disabled_at is null
      group by r.account_id
    ), known as (
      select h.positions,
        (select case when i.fhir_id = any(${named.practitioners}::text[]) then i.fhir_id else '*' end
          from sso.account_identity i where i.account_id = h.account_id and i.environment = ${environment} and i.type = 'Practitioner' limit 1) as practitioner
      from held h
    )
    select positions, practitioner, count(*)::int as people from known
    group by positions, practitioner order by people desc, positions, practitioner limit ${limit}`;
}
