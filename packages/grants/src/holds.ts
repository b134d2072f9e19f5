/**
 * Holds on the session or sign-in of an act, until the act is written. A session or a sign-in is read at the beginning of a request, and
 * the act is written some statements later: without a hold, an act that ends everything in between would find nothing to end, and this act
 * would come after it. docs/decisions/0132-acts-that-hold-their-session.md
 */
import type { Session } from '@dhp/postgres';
import { EndedMeanwhile } from '@dhp/sso-kit/request';

/** Runs in the transaction of an act before it changes anything. @throws EndedMeanwhile if the session or sign-in of the act has ended */
export type Hold = (transaction: Session) => Promise<void>;

/**
 * Holds a session until the transaction ends: ending it, or changing how its person signs in, waits for the act.
 * @throws EndedMeanwhile if it has ended
 */
export async function holdSession(sql: Session, o: { accountId: string; uid: string; now: Date }): Promise<void> {
  await lockOwner(sql, o.accountId);
  // A session that gets another id gets another row, which a statement that waited for the previous one does not see: it is queried again.
  for (let tries = 0; tries < 2; tries += 1) {
    const found = await sql`
      select 1 from sso.artifact
      where model = 'Session' and uid = ${o.uid} and account_id = ${o.accountId} and expires_at > ${o.now} for share`;
    if (found.length > 0) return;
  }
  throw new EndedMeanwhile('The session has ended meanwhile');
}

/**
 * Holds the progress of a sign-in at the page of another factor.
 * @param o.signInHash the SHA-256 of the uid of the sign-in
 * @throws EndedMeanwhile if it has ended
 */
export async function holdSignInStep(
  sql: Session,
  o: { accountId: string; signInHash: Buffer; now: Date },
): Promise<void> {
  await lockOwner(sql, o.accountId);
  const found = await sql`
    select 1 from sso.sign_in_step s join sso.account a using (account_id)
    where s.sign_in_hash = ${o.signInHash} and s.account_id = ${o.accountId} and s.expires_at > ${o.now}
      and s.credentials_version = a.credentials_version and a.disabled_at is null`;
  if (found.length === 0) throw new EndedMeanwhile('The sign-in has ended meanwhile');
}

/** Acts that end everything of a person lock the account first, too: in another order, two acts could wait for each other. */
async function lockOwner(sql: Session, accountId: string): Promise<void> {
  await sql`select 1 from sso.account where account_id = ${accountId} for no key update`;
}
