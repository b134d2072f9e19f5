/** First factors of sign-ins under way, one function a statement. */
import type { Session } from '@dhp/postgres';
import type { Change, PendingQuery } from '@dhp/sso-kit/request';

export interface SignInStep {
  account_id: string;
  methods: string[];
  /** The version of the person's credentials that the factor was checked with. */
  credentials_version: number;
}

/**
 * Part of a statement: finds a row if the person may sign in with the credentials of this version. An act that ends sign-ins waits for that
 * statement, and sees its changes; if the act was first, this part finds no row.
 */
export function standingCredentials(
  sql: Session,
  { accountId, version }: { accountId: string; version: number },
): PendingQuery {
  return sql`
    select account_id from sso.account
    where account_id = ${accountId}::uuid and credentials_version = ${version} and disabled_at is null for share`;
}

/** Writes nothing for a factor that was checked with earlier credentials. */
export async function upsertSignInStep(
  sql: Session,
  signInHash: Buffer,
  o: { accountId: string; methods: string[]; version: number; expires: Date },
): Promise<void> {
  await sql`
    insert into sso.sign_in_step (sign_in_hash, account_id, methods, credentials_version, expires_at)
    select ${signInHash}, s.account_id, ${o.methods}::text[], ${o.version}, ${o.expires}::timestamptz
    from (${standingCredentials(sql, o)}) s
    on conflict (sign_in_hash) do update
    set account_id = excluded.account_id, methods = excluded.methods, expires_at = excluded.expires_at,
        credentials_version = excluded.credentials_version`;
}

/** Returns the progress of a sign-in; undefined if it begins again. */
export async function selectSignInStep(sql: Session, signInHash: Buffer, now: Date): Promise<SignInStep | undefined> {
  const [row] = await sql<SignInStep[]>`
    select account_id, methods, credentials_version from sso.sign_in_step
    where sign_in_hash = ${signInHash} and expires_at > ${now}`;
  return row;
}

export function deletingSignInStep(sql: Session, signInHash: Buffer): Change {
  return { parts: [{ statement: sql`delete from sso.sign_in_step where sign_in_hash = ${signInHash}` }] };
}

/**
 * Ends the factors shown in sign-ins under way, including one that was just checked and has not made a session yet: they begin again. Must
 * be called by each act that changes how the person signs in, before any other change: the row of the account is locked from here on.
 * @param kept the SHA-256 of the uid of a sign-in that continues
 */
export async function endSignIns(sql: Session, accountId: string, kept?: Buffer): Promise<void> {
  await sql`
    update sso.account set credentials_version = credentials_version + 1 where account_id = ${accountId}`;
  await sql`
    delete from sso.sign_in_step
    where account_id = ${accountId} and (${kept ?? null}::bytea is null or sign_in_hash <> ${kept ?? null}::bytea)`;
  if (kept === undefined) return;
  await sql`
    update sso.sign_in_step s set credentials_version = a.credentials_version
    from sso.account a
    where s.sign_in_hash = ${kept} and s.account_id = ${accountId} and a.account_id = s.account_id`;
}

export async function deleteExpiredSignInSteps(sql: Session, now: Date): Promise<void> {
  await sql`delete from sso.sign_in_step where expires_at <= ${now}`;
}
