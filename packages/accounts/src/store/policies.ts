/** The tables of roles and policies, one function a statement. */
import type { Session } from '@dhp/postgres';
import { columnOf, emptyOf } from '@dhp/sso-kit/fields';
import {
  policyFieldNames,
  policyFields,
  type GivenPolicyValues,
  type PolicyColumns,
  type PolicyField,
} from '../fields/policy-fields.ts';
import { isAccountId } from './accounts.ts';
import type { EnvironmentName } from '@dhp/sso-kit';

export interface PolicyRow extends PolicyColumns {
  role: string;
  environment: EnvironmentName;
  updated_at: Date;
  updated_by: string;
}

/** A role of a person, with its permissions; no scopes if it has no policy. */
export interface HeldRole {
  role: string;
  /** The id of an Organization. */
  organization: string;
  scopes: string[];
}

export async function selectPolicies(sql: Session): Promise<PolicyRow[]> {
  return sql<PolicyRow[]>`select * from sso.access_policy order by environment, role`;
}

const types = { list: 'text[]', flag: 'boolean', text: 'text' } as const;

/** @returns the declared fields as they are now: a field that is not given keeps its value, or is empty in a new row */
export async function upsertPolicy(
  sql: Session,
  row: Omit<PolicyRow, keyof PolicyColumns> & GivenPolicyValues,
): Promise<PolicyColumns> {
  const given = policyFieldNames.map((name) => {
    const { kind }: PolicyField = policyFields[name];
    const value = sql`${row[name] ?? null}::${sql.unsafe(types[kind])}`;
    const column = sql(columnOf(name));
    const first = sql`coalesce(${value}, ${emptyOf({ kind }) ?? null}::${sql.unsafe(types[kind])}), `;
    return { first, after: sql`${column} = coalesce(${value}, p.${column}), ` };
  });
  const columns = sql.unsafe(policyFieldNames.map(columnOf).join(', '));
  const [written] = await sql<PolicyColumns[]>`
    insert into sso.access_policy as p (${columns}, role, environment, updated_at, updated_by)
    values (${given.map(({ first }) => first)}${row.role}, ${row.environment}, ${row.updated_at}, ${row.updated_by})
    on conflict (role, environment) do update
    set ${given.map(({ after }) => after)}updated_at = excluded.updated_at, updated_by = excluded.updated_by
    returning ${columns}`;
  return written!;
}

/** @returns whether the policy existed */
export async function deletePolicy(sql: Session, role: string, environment: EnvironmentName): Promise<boolean> {
  const rows =
    await sql`delete from sso.access_policy where role = ${role} and environment = ${environment} returning role`;
  return rows.length > 0;
}

export async function selectHeldRoles(
  sql: Session,
  accountId: string,
  environment: EnvironmentName,
): Promise<HeldRole[]> {
  if (!isAccountId(accountId)) return [];
  return sql<HeldRole[]>`
    select r.role, r.organization, coalesce(p.scopes, '{}') as scopes
    from sso.account_role r
    left join sso.access_policy p on p.role = r.role and p.environment = r.environment
    where r.account_id = ${accountId}::uuid and r.environment = ${environment}
    order by r.role, r.organization`;
}

export async function insertRole(
  sql: Session,
  o: { accountId: string; environment: EnvironmentName; role: string; organization: string },
): Promise<void> {
  await sql`insert into sso.account_role (account_id, environment, role, organization)
            values (${o.accountId}, ${o.environment}, ${o.role}, ${o.organization}) on conflict do nothing`;
}

/** @returns whether the person had the role */
export async function deleteRole(
  sql: Session,
  o: { accountId: string; environment: EnvironmentName; role: string; organization: string },
): Promise<boolean> {
  const rows = await sql`
    delete from sso.account_role
    where account_id = ${o.accountId} and environment = ${o.environment} and role = ${o.role}
      and organization = ${o.organization}
    returning role`;
  return rows.length > 0;
}

/** How many people have the role, counted up to `most`. */
export async function countHolders(
  sql: Session,
  { role, environment }: { role: string; environment: EnvironmentName },
  most: number,
): Promise<number> {
  const [row] = await sql<{ n: number }[]>`
    select count(*)::int as n from (
      select distinct account_id from (
        select account_id from sso.account_role where role = ${role} and environment = ${environment} limit ${most * 4}) held
      limit ${most}) counted`;
  return row!.n;
}
