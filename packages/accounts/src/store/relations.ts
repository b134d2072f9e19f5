/** The Patient to whom the binding of an account to a RelatedPerson is pinned, one function a statement. */
import type { Session } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';

export interface RelationName {
  accountId: string;
  environment: EnvironmentName;
  /** The id of the RelatedPerson. */
  relatedPerson: string;
}

/** @returns the id of the Patient; null before the first use; undefined when the account is not bound to this RelatedPerson */
export async function selectPinned(sql: Session, o: RelationName): Promise<string | null | undefined> {
  const [row] = await sql<{ represents: string | null }[]>`
    select represents from sso.account_identity
    where account_id = ${o.accountId} and environment = ${o.environment} and type = 'RelatedPerson'
      and fhir_id = ${o.relatedPerson}`;
  return row?.represents;
}

/** @returns false when it is pinned already, or the account is not bound to this RelatedPerson */
export async function pinPatient(sql: Session, o: RelationName & { patient: string }): Promise<boolean> {
  const rows = await sql`
    update sso.account_identity set represents = ${o.patient}
    where account_id = ${o.accountId} and environment = ${o.environment} and type = 'RelatedPerson'
      and fhir_id = ${o.relatedPerson} and represents is null
    returning 1`;
  return rows.length > 0;
}

/** Removes the pin; the next use pins again. @returns whether the account is bound to a RelatedPerson in one of the environments */
export async function unpinPatients(
  sql: Session,
  accountId: string,
  environments: readonly EnvironmentName[],
): Promise<boolean> {
  const rows = await sql`
    update sso.account_identity set represents = null
    where account_id = ${accountId} and type = 'RelatedPerson' and environment = any(${environments}::text[])
    returning 1`;
  return rows.length > 0;
}
