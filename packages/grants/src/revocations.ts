import type { Session } from '@dhp/postgres';

/** Subject of a revocation: one token, all tokens of a sign-in, of a person, or of a client. */
export type RevocationSubject = `jti:${string}` | `grant:${string}` | `sub:${string}` | `client:${string}`;

export interface Revocation {
  subject: RevocationSubject;
  revoked_at: Date;
}

/** The longest lifetime of an access token in ms, including the tolerance for clocks that differ. */
const longestLife = 3600_000 + 60_000;

/** The longest time in ms for which a request may continue after finding its grant, which was ended meanwhile. */
const longestRequest = 10_000;

/** Tokens of the subject that were issued before now become invalid. */
export function insertRevocation(sql: Session, subject: RevocationSubject, now: Date): Promise<void> {
  return insertRevocations(sql, [subject], now);
}

/**
 * The same for several subjects. An ended grant never becomes valid again, so tokens that a request under way still issues for it are
 * invalid too; a person or a client may get new ones at once.
 */
export async function insertRevocations(
  sql: Session,
  subjects: readonly RevocationSubject[],
  now: Date,
): Promise<void> {
  if (subjects.length === 0) return;
  const timeOf = (subject: RevocationSubject): number =>
    now.getTime() + (subject.startsWith('grant:') ? longestRequest : 0);
  // In a fixed order, so that two concurrent calls for the same subjects do not deadlock.
  const all = [...new Set(subjects)].sort();
  const times = all.map((subject) => new Date(timeOf(subject)).toISOString());
  await sql`
    insert into sso.revocation (subject, revoked_at, expires_at)
    select s.subject, s.at, s.at + ${longestLife} * interval '1 millisecond'
    from unnest(${all}::text[], ${times}::text[]::timestamptz[]) as s (subject, at)
    on conflict (subject) do update
    set revoked_at = greatest(sso.revocation.revoked_at, excluded.revoked_at),
        expires_at = greatest(sso.revocation.expires_at, excluded.expires_at)`;
}

/** A place in the order of revocations: time with its microseconds, and the SHA-256 of the subject. */
export interface RevocationPlace {
  at: string;
  hash: string;
}

/**
 * Returns revocations made at `since` or later, oldest first.
 * @param o.since undefined: all
 * @param o.after only those after this place
 * @param o.count at most so many
 */
export async function selectRevocations(
  sql: Session,
  o: { since: Date | undefined; after?: RevocationPlace | undefined; count: number; now: Date },
): Promise<(Revocation & { place: RevocationPlace })[]> {
  const { since = new Date(0), after, count, now } = o;
  const behind =
    after === undefined
      ? sql``
      : sql`and revoked_at >= ${after.at}::text::timestamptz
            and (revoked_at, sha256(convert_to(subject, 'UTF8'))) > (${after.at}::text::timestamptz, decode(${after.hash}, 'hex'))`;
  return sql<(Revocation & { place: RevocationPlace })[]>`
    select subject, revoked_at,
           jsonb_build_object('at', revoked_at::text, 'hash', encode(sha256(convert_to(subject, 'UTF8')), 'hex')) as place
    from sso.revocation
    where expires_at > ${now} and revoked_at >= ${since} ${behind}
    order by revoked_at, sha256(convert_to(subject, 'UTF8')) limit ${count}`;
}

/** Whether one of the subjects was revoked after the token was issued. */
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
 * After a restore, which may have brought back ended items: ends all sessions, grants, codes, stored tokens, and links that were sent.
 * Access tokens are signed and not stored: replacing their keys ends them.
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
  // A code used since the backup would be valid again, for anybody who finds the paper.
  await sql`delete from sso.paper_code`;
  await sql`delete from sso.known_device`;
  await sql`delete from sso.launch`;
  await sql`delete from sso.upstream_state`;
  // Links of invitations and sign-ups, and messages that have long been sent.
  await sql`delete from sso.developer_invitation`;
  await sql`delete from sso.sign_up`;
  await sql`delete from sso.message`;
  // Some recipients may have ended their mails since: each address must confirm again.
  await sql`delete from sso.mail_recipient`;
  return sessions.length;
}
