/** The tables of the factors other than passwords, one function a statement. */
import type { Session } from '@dhp/postgres';

export interface TotpRow {
  secret: Buffer;
  confirmed_at: Date | null;
}

export interface PasskeyRow {
  credential_id: string;
  account_id: string;
  public_key: Buffer<ArrayBuffer>;
  counter: string;
  name: string;
  created_at: Date;
  last_used_at: Date | null;
}

export async function selectTotp(sql: Session, accountId: string): Promise<TotpRow | undefined> {
  const [row] = await sql<TotpRow[]>`select secret, confirmed_at from sso.totp where account_id = ${accountId}`;
  return row;
}

export interface FactorRow {
  /** Whether codes are confirmed. */
  totp: boolean;
  /** Times as ISO 8601 has them. */
  passkeys: { credential_id: string; name: string; created_at: string; last_used_at: string | null }[];
  /** Unused recovery codes. */
  left: number;
}

/** All that a person has besides the password. */
export async function selectFactors(sql: Session, accountId: string): Promise<FactorRow> {
  const [row] = await sql<[FactorRow]>`
    select exists (select from sso.totp where account_id = ${accountId} and confirmed_at is not null) as totp,
           coalesce((select jsonb_agg(jsonb_build_object('credential_id', credential_id, 'name', name,
                                                         'created_at', created_at, 'last_used_at', last_used_at)
                                      order by created_at)
                     from sso.passkey where account_id = ${accountId}), '[]') as passkeys,
           (select count(*)::int from sso.recovery_code where account_id = ${accountId} and used_at is null) as left`;
  return row;
}

/** Whether the person has codes or a passkey. */
export async function hasFactor(sql: Session, accountId: string): Promise<boolean> {
  const { totp, passkeys } = await selectFactors(sql, accountId);
  return totp || passkeys.length > 0;
}

/**
 * Stores the secret with the step of its first code. Replaces a secret that an earlier version stored before a code was entered.
 * @returns false if there is a confirmed one
 */
export async function insertTotp(
  sql: Session,
  accountId: string,
  { secret, step, now }: { secret: Buffer; step: number; now: Date },
): Promise<boolean> {
  const rows = await sql`
    insert into sso.totp as t (account_id, secret, created_at, confirmed_at, last_step)
    values (${accountId}, ${secret}, ${now}, ${now}, ${step})
    on conflict (account_id) do update
    set secret = excluded.secret, created_at = excluded.created_at, confirmed_at = excluded.confirmed_at, last_step = excluded.last_step
    where t.confirmed_at is null
    returning 1`;
  return rows.length === 1;
}

/** Uses up the code of a step: of parallel uses one gets true, and no earlier step is accepted afterwards. */
export async function consumeTotpStep(sql: Session, accountId: string, step: number): Promise<boolean> {
  const rows = await sql`
    update sso.totp set last_step = ${step}
    where account_id = ${accountId} and confirmed_at is not null and (last_step is null or last_step < ${step})
    returning 1`;
  return rows.length === 1;
}

/** @returns whether the person had confirmed codes */
export async function deleteTotp(sql: Session, accountId: string): Promise<boolean> {
  const gone = await sql<{ was_used: boolean }[]>`
    delete from sso.totp where account_id = ${accountId} returning confirmed_at is not null as was_used`;
  return gone.some(({ was_used: wasUsed }) => wasUsed);
}

export async function selectPasskeys(sql: Session, accountId: string): Promise<PasskeyRow[]> {
  return sql<PasskeyRow[]>`select * from sso.passkey where account_id = ${accountId} order by created_at`;
}

/** With the version of the credentials at the same moment. */
export async function selectPasskey(
  sql: Session,
  credentialId: string,
): Promise<(PasskeyRow & { credentials_version: number }) | undefined> {
  const [row] = await sql<(PasskeyRow & { credentials_version: number })[]>`
    select k.*, a.credentials_version from sso.passkey k join sso.account a using (account_id)
    where k.credential_id = ${credentialId}`;
  return row;
}

/** @returns false if the passkey already belongs to an account */
export async function insertPasskey(
  sql: Session,
  o: { credentialId: string; accountId: string; publicKey: Buffer; counter: number; name: string; now: Date },
): Promise<boolean> {
  const rows = await sql`
    insert into sso.passkey (credential_id, account_id, public_key, counter, name, created_at)
    values (${o.credentialId}, ${o.accountId}, ${o.publicKey}, ${o.counter}, ${o.name}, ${o.now})
    on conflict (credential_id) do nothing
    returning 1`;
  return rows.length === 1;
}

/** @returns false if the passkey counts its signatures and the count did not increase: it is a copy, or the signature was used before */
export async function updatePasskeyUse(
  sql: Session,
  credentialId: string,
  counter: number,
  now: Date,
): Promise<boolean> {
  const rows = await sql`
    update sso.passkey set counter = ${counter}, last_used_at = ${now}
    where credential_id = ${credentialId} and (${counter} > counter or (${counter} = 0 and counter = 0))
    returning 1`;
  return rows.length === 1;
}

/** Until the transaction ends, no concurrent act can remove a sign-in method: of two removals, the second sees what the first has left. */
export async function lockWaysIn(sql: Session, accountId: string): Promise<void> {
  await sql`select 1 from sso.account where account_id = ${accountId} for no key update`;
}

/** Whether the passkey is the person's only sign-in method: no other passkey, no valid password, no identity system. */
export async function isLastWay(
  sql: Session,
  o: { accountId: string; credentialId: string; now: Date },
): Promise<boolean> {
  const rows = await sql`
    select 1 from sso.passkey k join sso.account a using (account_id)
    where k.account_id = ${o.accountId} and k.credential_id = ${o.credentialId}
      and (a.password_hash is null or a.password_expires_at <= ${o.now})
      and not exists (select from sso.passkey other
                      where other.account_id = k.account_id and other.credential_id <> k.credential_id)
      and not exists (select from sso.upstream_link l where l.account_id = k.account_id)`;
  return rows.length > 0;
}

/** @returns false when the person has no such passkey */
export async function updatePasskeyName(
  sql: Session,
  accountId: string,
  credentialId: string,
  name: string,
): Promise<boolean> {
  const rows = await sql`
    update sso.passkey set name = ${name}
    where account_id = ${accountId} and credential_id = ${credentialId} returning 1`;
  return rows.length === 1;
}

/** @returns false when the person has no such passkey */
export async function deletePasskey(sql: Session, accountId: string, credentialId: string): Promise<boolean> {
  const rows = await sql`
    delete from sso.passkey where account_id = ${accountId} and credential_id = ${credentialId} returning 1`;
  return rows.length === 1;
}

/** Deletes codes, recovery codes and passkeys. @returns whether there were any */
/** Deletes sign-in methods that were added at a time or later: passkeys, codes, recovery codes, identity systems. */
export async function deleteFactorsSince(sql: Session, accountId: string, since: Date): Promise<void> {
  await sql`delete from sso.totp where account_id = ${accountId} and coalesce(confirmed_at, created_at) >= ${since}`;
  await sql`
    delete from sso.recovery_code where account_id = ${accountId}
      and (created_at >= ${since} or not exists (select from sso.totp t where t.account_id = ${accountId}))`;
  await sql`delete from sso.passkey where account_id = ${accountId} and created_at >= ${since}`;
  await sql`delete from sso.upstream_link where account_id = ${accountId} and linked_at >= ${since}`;
}

export async function deleteFactors(sql: Session, accountId: string): Promise<boolean> {
  const gone = [
    await sql`delete from sso.totp where account_id = ${accountId} returning 1`,
    await sql`delete from sso.recovery_code where account_id = ${accountId} returning 1`,
    await sql`delete from sso.passkey where account_id = ${accountId} returning 1`,
  ];
  return gone.some((rows) => rows.length > 0);
}
