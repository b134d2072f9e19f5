/** First factors of sign-ins under way, one function a statement. */
import type { Session } from '@dhp/postgres';
import type { Change } from '@dhp/sso-kit/request';

export interface SignInStep {
  account_id: string;
  methods: string[];
}

export async function upsertSignInStep(
  sql: Session,
  signInHash: Buffer,
  o: { accountId: string; methods: string[]; expires: Date },
): Promise<void> {
  await sql`
    insert into sso.sign_in_step (sign_in_hash, account_id, methods, expires_at)
    values (${signInHash}, ${o.accountId}, ${o.methods}, ${o.expires})
    on conflict (sign_in_hash) do update
    set account_id = excluded.account_id, methods = excluded.methods, expires_at = excluded.expires_at`;
}

export function deletingSignInStep(sql: Session, signInHash: Buffer): Change {
  return { parts: [{ statement: sql`delete from sso.sign_in_step where sign_in_hash = ${signInHash}` }] };
}

/**
 * The first factor of sign-ins under way counts no longer: they begin anew.
 * @param kept the SHA-256 of the uid of a sign-in that goes on
 */
export async function deleteSignInSteps(sql: Session, accountId: string, kept?: Buffer): Promise<void> {
  await sql`
    delete from sso.sign_in_step
    where account_id = ${accountId} and (${kept ?? null}::bytea is null or sign_in_hash <> ${kept ?? null}::bytea)`;
}

export async function deleteExpiredSignInSteps(sql: Session, now: Date): Promise<void> {
  await sql`delete from sso.sign_in_step where expires_at <= ${now}`;
}
