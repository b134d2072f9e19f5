/** The table of attempts, one function a statement. */
import type { Sql } from '@dhp/postgres';

/** How many attempts are free and how long one waits after more. All in seconds. */
export interface ThrottlePolicy {
  free: number;
  /** After the last free attempt; it doubles with each one more. */
  firstDelay: number;
  longestDelay: number;
  /** In this time one attempt is forgotten. */
  forgets: number;
}

/**
 * Counts an attempt before it is known how it ends, so that many at once cannot slip through. Of parallel attempts as many
 * pass as are free.
 * @returns undefined when it may be made, else until when none is taken
 */
export async function takeAttempt(
  sql: Sql,
  subject: string,
  policy: ThrottlePolicy,
  now: Date,
): Promise<Date | undefined> {
  const { isTaken, blockedUntil } = await count(sql, subject, policy, now);
  return isTaken ? undefined : (blockedUntil ?? now);
}

/** As `takeAttempt`. @returns also until when no other one is to be made, if this one ends badly and was the last free one */
export async function takeAttemptOf(
  sql: Sql,
  subject: string,
  policy: ThrottlePolicy,
  now: Date,
): Promise<{ isTaken: boolean; blockedUntil: Date | undefined }> {
  return count(sql, subject, policy, now);
}

/** Counts an attempt that has failed. @returns until when no other one is to be made, if it was the last free one */
export async function countFailure(
  sql: Sql,
  subject: string,
  policy: ThrottlePolicy,
  now: Date,
): Promise<Date | undefined> {
  return (await count(sql, subject, policy, now)).blockedUntil;
}

/** `blockedUntil`: from now on, or, of an attempt that was not taken, from before. */
async function count(
  sql: Sql,
  subject: string,
  { free, firstDelay, longestDelay, forgets }: ThrottlePolicy,
  now: Date,
): Promise<{ isTaken: boolean; blockedUntil: Date | undefined }> {
  // One more than what is left of those before; the delay doubles from the last free one on.
  const level = sql`greatest(0, t.level - extract(epoch from ${now}::timestamptz - t.last_attempt_at) / ${forgets}) + 1`;
  const delay = sql`least(${longestDelay}, ${firstDelay} * power(2, least(20, round(${level}) - ${free})))`;
  const taken = await sql<{ blocked_until: Date | null }[]>`
    insert into sso.throttle as t (subject, level, last_attempt_at, blocked_until)
    values (${subject}, 1, ${now}, ${free <= 1 ? new Date(now.getTime() + firstDelay * 1000) : null})
    on conflict (subject) do update
    set level = ${level}, last_attempt_at = ${now},
        blocked_until = case when round(${level}) >= ${free} then ${now}::timestamptz + ${delay} * interval '1 second' end
    where t.blocked_until is null or t.blocked_until <= ${now}
    returning blocked_until`;
  if (taken.length === 1) return { isTaken: true, blockedUntil: taken[0]!.blocked_until ?? undefined };
  const [row] = await sql<
    { blocked_until: Date | null }[]
  >`select blocked_until from sso.throttle where subject = ${subject}`;
  return { isTaken: false, blockedUntil: row?.blocked_until ?? undefined };
}

/** An attempt ended well: it does not count. */
export async function giveBackAttempt(sql: Sql, subject: string, { free }: ThrottlePolicy): Promise<void> {
  await sql`
    update sso.throttle
    set level = greatest(0, level - 1), blocked_until = case when round(level - 1) >= ${free} then blocked_until end
    where subject = ${subject}`;
}

export async function forgetAttempts(sql: Sql, subject: string): Promise<void> {
  await sql`delete from sso.throttle where subject = ${subject}`;
}

/** Until when no attempt is taken; undefined when one is. */
export async function selectBlocked(sql: Sql, subject: string, now: Date): Promise<Date | undefined> {
  const [row] = await sql<{ blocked_until: Date }[]>`
    select blocked_until from sso.throttle where subject = ${subject} and blocked_until > ${now}`;
  return row?.blocked_until;
}

/** Of these subjects those for which nothing is taken now, and until when. */
export async function selectAllBlocked(sql: Sql, subjects: readonly string[], now: Date): Promise<Map<string, Date>> {
  const rows = await sql<{ subject: string; blocked_until: Date }[]>`
    select subject, blocked_until from sso.throttle
    where subject = any(${[...subjects]}::text[]) and blocked_until > ${now}`;
  return new Map(rows.map((row) => [row.subject, row.blocked_until]));
}

/** Removes what has not been counted since. */
export async function deleteOldAttempts(sql: Sql, before: Date): Promise<void> {
  await sql`delete from sso.throttle where last_attempt_at < ${before} and (blocked_until is null or blocked_until < ${before})`;
}
