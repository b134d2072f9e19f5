/** People who sign up and have not confirmed their address; one function a statement. */
import type { Session } from '@dhp/postgres';

export interface SignUpRow {
  email: string;
  name: string;
}

export async function insertSignUp(
  sql: Session,
  o: { tokenHash: Buffer; email: string; name: string; now: Date; expires: Date },
): Promise<void> {
  await sql`
    insert into sso.sign_up (token_hash, email, name, made_at, expires_at)
    values (${o.tokenHash}, ${o.email}, ${o.name}, ${o.now}, ${o.expires})`;
}

export async function selectSignUp(sql: Session, o: { tokenHash: Buffer; now: Date }): Promise<SignUpRow | undefined> {
  const [row] = await sql<SignUpRow[]>`
    select email, name from sso.sign_up where token_hash = ${o.tokenHash} and expires_at > ${o.now}`;
  return row;
}

/**
 * Uses up a sign-up: of parallel uses one gets it. Other links of the address become invalid. Uses of links to one address wait for each
 * other until the transaction ends: otherwise each could lock its own link and wait for the other's.
 */
export async function takeSignUp(sql: Session, o: { tokenHash: Buffer; now: Date }): Promise<SignUpRow | undefined> {
  const asked = await selectSignUp(sql, o);
  if (asked === undefined) return undefined;
  await sql`select pg_advisory_xact_lock(hashtextextended(${`sso sign-up ${asked.email}`}, 0))`;
  // Read again: another link may have been used up meanwhile, and this one with it.
  const person = await selectSignUp(sql, o);
  if (person !== undefined) await sql`delete from sso.sign_up where email = ${person.email}`;
  return person;
}

/** Whether an account has this address, or uses it as its name: an operator may have given either. */
export async function isTaken(sql: Session, email: string): Promise<boolean> {
  const [row] = await sql<{ taken: boolean }[]>`
    select exists (select 1 from sso.account where email = ${email} or username = ${email}) as taken`;
  return row!.taken;
}

export async function deleteExpiredSignUps(sql: Session, now: Date): Promise<void> {
  await sql`delete from sso.sign_up where expires_at <= ${now}`;
}
