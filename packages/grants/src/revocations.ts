import type { Session } from '@dhp/postgres';

/** Subject of a revocation: one token, all tokens of a sign-in, of a person, or of a client. */
export type RevocationSubject = `jti:${string}` | `grant:${string}` | `sub:${string}` | `client:${string}`;

export interface Revocation {
  subject: RevocationSubject;
  revoked_at: Date;
}

/** An access token lives no longer than this, in ms; the tolerance for clocks that differ is in it. */
const longestLife = 3600_000 + 60_000;

/** Tokens that were issued before now no longer count. */
export async function insertRevocation(sql: Session, subject: RevocationSubject, now: Date): Promise<void> {
  const expires = new Date(now.getTime() + longestLife);
  await sql`
    insert into sso.revocation (subject, revoked_at, expires_at) values (${subject}, ${now}, ${expires})
    on conflict (subject) do update set revoked_at = excluded.revoked_at, expires_at = excluded.expires_at`;
}

/** Returns revocations made at `since` or later, oldest first; all when it is undefined. */
export async function selectRevocations(sql: Session, since: Date | undefined, now: Date): Promise<Revocation[]> {
  return sql<Revocation[]>`
    select subject, revoked_at from sso.revocation
    where expires_at > ${now} and revoked_at >= ${since ?? new Date(0)} order by revoked_at`;
}

/** Whether one of them was revoked after the token was issued. */
export async function isRevoked(sql: Session, subjects: readonly RevocationSubject[], issued: Date): Promise<boolean> {
  const rows = await sql`
    select 1 from sso.revocation
    where subject = any(${subjects}::text[]) and revoked_at >= ${issued} limit 1`;
  return rows.length > 0;
}

export async function deleteExpiredRevocations(sql: Session, now: Date): Promise<void> {
  await sql`delete from sso.revocation where expires_at <= ${now}`;
}

/**
 * After a restore, by which some of it may have come back that had been ended: ends all sessions, grants, codes, tokens that are kept here, and links that were sent. Access tokens are signed and not kept: their keys
 * end them.
 * @returns how many sessions there were
 */
export async function endAllThatWasIssued(sql: Session): Promise<number> {
  const sessions = await sql`delete from sso.artifact where model = 'Session' returning 1`;
  await sql`delete from sso.artifact`;
  await sql`delete from sso.grant_basis`;
  await sql`delete from sso.session_client`;
  await sql`delete from sso.session_detail`;
  await sql`delete from sso.sign_in_step`;
  await sql`delete from sso.password_link`;
  await sql`delete from sso.own_link`;
  // One that was used since would be good once more, in the hands of whoever finds the paper.
  await sql`delete from sso.paper_code`;
  await sql`delete from sso.known_device`;
  await sql`delete from sso.launch`;
  await sql`delete from sso.upstream_state`;
  // Links of invitations and sign-ups, and messages that have long been sent.
  await sql`delete from sso.developer_invitation`;
  await sql`delete from sso.sign_up`;
  await sql`delete from sso.message`;
  return sessions.length;
}
