/** The table with the basis on which grants were given, one function a statement. */
import type { Session } from '@dhp/postgres';
import type { PendingQuery } from '@dhp/sso-kit/request';
import type { EnvironmentName } from '@dhp/sso-kit';
import type { LaunchContext } from './launches.ts';
import { choiceColumn } from '@dhp/accounts/rows';

/** State of the person when the grant was given. */
export interface GrantBasis {
  /** Relative: `Practitioner/1`; null if the person had no record. */
  fhir_user: string | null;
  /** The id of the person's own Patient. */
  patient: string | null;
  /** Whether the person had a role in the environment of the client. */
  had_role: boolean;
}

/** The statement, also for use as a part of another one. The statement itself reads whether the person has a role. */
export function insertingGrantBasis(
  sql: Session,
  o: Omit<GrantBasis, 'had_role'> & {
    grantHash: Buffer;
    accountId: string;
    environment: EnvironmentName;
    expires: Date;
  },
): PendingQuery {
  return sql`
    insert into sso.grant_basis (grant_hash, account_id, fhir_user, patient, had_role, expires_at)
    values (${o.grantHash}, ${o.accountId}, ${o.fhir_user}, ${o.patient},
            exists (select from sso.account_role r where r.account_id = ${o.accountId} and r.environment = ${o.environment}),
            ${o.expires})
    on conflict (grant_hash) do nothing`;
}

/** Returns the basis of a grant, its launch context, and whether the person has a role now. */
export async function selectGrantStanding(
  sql: Session,
  { grantHash, accountId, environment }: { grantHash: Buffer; accountId: string; environment: EnvironmentName },
): Promise<{ basis: GrantBasis | undefined; launch: LaunchContext | undefined; hasRole: boolean }> {
  const [row] = await sql<[{ basis: GrantBasis | null; launch: LaunchContext | null; has_role: boolean }]>`
    select exists (select from sso.account_role r
                   where r.account_id = ${accountId} and r.environment = ${environment}) as has_role,
           ${basisColumn(sql)} as basis, ${choiceColumn(sql)} as launch
    from (select) as one
    left join sso.grant_basis b on b.grant_hash = ${grantHash}
    left join sso.launch l on l.grant_hash = ${grantHash}`;
  return { basis: row.basis ?? undefined, launch: row.launch ?? undefined, hasRole: row.has_role };
}

/** Column of `sso.grant_basis b` as JSON, without a name; null for a grant from before the table. */
export function basisColumn(sql: Session): PendingQuery {
  return sql`
    case when b.grant_hash is not null then
      jsonb_build_object('fhir_user', b.fhir_user, 'patient', b.patient, 'had_role', b.had_role)
    end`;
}

export async function deleteExpiredGrantBases(sql: Session, now: Date): Promise<void> {
  await sql`delete from sso.grant_basis where expires_at < ${now}`;
}
