/** The tables of people, one function a statement. */
import type { Sql } from '@dhp/postgres';
import type { Environment } from './clients.ts';

export const identityTypes = ['Patient', 'Practitioner', 'RelatedPerson'] as const;

export interface Identity {
  environment: Environment;
  type: (typeof identityTypes)[number];
  fhir_id: string;
}

export interface AccountRow {
  account_id: string;
  username: string;
  name: string;
  password_hash: string;
  failed_attempts: number;
  locked_until: Date | null;
  created_at: Date;
  updated_at: Date;
  disabled_at: Date | null;
  disabled_reason: string | null;
  identities: Identity[];
}

const withIdentities = `
  select a.*, coalesce((select jsonb_agg(jsonb_build_object('environment', i.environment, 'type', i.type, 'fhir_id', i.fhir_id)
                                         order by i.environment, i.type)
                        from sso.account_identity i where i.account_id = a.account_id), '[]') as identities
  from sso.account a`;

export async function selectAccount(sql: Sql, accountId: string): Promise<AccountRow | undefined> {
  const [row] = await sql<AccountRow[]>`${sql.unsafe(withIdentities)} where a.account_id::text = ${accountId}`;
  return row;
}

export async function selectAccountByName(sql: Sql, username: string): Promise<AccountRow | undefined> {
  const [row] = await sql<AccountRow[]>`${sql.unsafe(withIdentities)} where a.username = ${username}`;
  return row;
}

export async function selectAccounts(sql: Sql): Promise<AccountRow[]> {
  return sql<AccountRow[]>`${sql.unsafe(withIdentities)} order by a.created_at, a.username`;
}

/** @returns undefined when the name is taken */
export async function insertAccount(
  sql: Sql,
  o: { accountId: string; username: string; name: string; passwordHash: string; identities: Identity[]; now: Date },
): Promise<AccountRow | undefined> {
  const inserted = await sql`
    insert into sso.account (account_id, username, name, password_hash, created_at, updated_at)
    values (${o.accountId}, ${o.username}, ${o.name}, ${o.passwordHash}, ${o.now}, ${o.now})
    on conflict (username) do nothing
    returning account_id`;
  if (inserted.length === 0) return undefined;
  for (const { environment, type, fhir_id } of o.identities) {
    await sql`insert into sso.account_identity (account_id, environment, type, fhir_id)
              values (${o.accountId}, ${environment}, ${type}, ${fhir_id})`;
  }
  return selectAccount(sql, o.accountId);
}

/** Counts a wrong password; from the `limit`-th on in a row the account is locked until `until`. */
export async function noteFailure(
  sql: Sql,
  accountId: string,
  limit: number,
  until: Date,
): Promise<{ locked: boolean }> {
  const [row] = await sql<{ locked: boolean }[]>`
    update sso.account
    set failed_attempts = failed_attempts + 1,
        locked_until = case when failed_attempts + 1 >= ${limit} then ${until}::timestamptz else locked_until end
    where account_id = ${accountId}
    returning failed_attempts >= ${limit} as locked`;
  return { locked: row?.locked === true };
}

/** Begins counting anew. Writes nothing when there is nothing to forget. */
export async function forgetFailures(sql: Sql, accountId: string): Promise<void> {
  await sql`update sso.account set failed_attempts = 0, locked_until = null
            where account_id = ${accountId} and (failed_attempts > 0 or locked_until is not null)`;
}

export async function updatePassword(
  sql: Sql,
  accountId: string,
  passwordHash: string,
  now: Date,
): Promise<AccountRow | undefined> {
  await sql`update sso.account
            set password_hash = ${passwordHash}, failed_attempts = 0, locked_until = null, updated_at = ${now}
            where account_id = ${accountId}`;
  return selectAccount(sql, accountId);
}

/** Disables with a reason, or enables when `reason` is null. */
export async function updateAccountDisabled(
  sql: Sql,
  accountId: string,
  disabled: { reason: string | undefined } | undefined,
  now: Date,
): Promise<AccountRow | undefined> {
  await sql`update sso.account
            set disabled_at = ${disabled === undefined ? null : now}::timestamptz,
                disabled_reason = ${disabled?.reason ?? null}, updated_at = ${now}
            where account_id = ${accountId}`;
  return selectAccount(sql, accountId);
}
