/** The table of attempts, one function a statement. */
import type { Session } from '@dhp/postgres';
import { withoutWaiting, type Change, type PendingQuery } from '@dhp/sso-kit/request';
import { selectingAccounts, type AccountRow } from './accounts.ts';
import { countingDevice } from './devices.ts';

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
 * Counts an attempt before its result is known, so that concurrent attempts cannot exceed the limit.
 * @returns undefined if the attempt may be made, otherwise until when none is accepted
 */
export async function takeAttempt(
  sql: Session,
  subject: string,
  policy: ThrottlePolicy,
  now: Date,
): Promise<Date | undefined> {
  const { isTaken, blockedUntil } = await countAttempt(sql, subject, policy, now);
  return isTaken ? undefined : (blockedUntil ?? now);
}

/** Counts a failed attempt. @returns until when no other one may be made, if it was the last free one */
export async function countFailure(
  sql: Session,
  subject: string,
  policy: ThrottlePolicy,
  now: Date,
): Promise<Date | undefined> {
  return (await countAttempt(sql, subject, policy, now)).blockedUntil;
}

/**
 * Counts an attempt, unless the subject must wait.
 * @returns whether it may be made, and until when no other one may be made: the new time, or the earlier one if the attempt was not
 * accepted
 */
export async function countAttempt(
  sql: Session,
  subject: string,
  policy: ThrottlePolicy,
  now: Date,
): Promise<{ isTaken: boolean; blockedUntil: Date | undefined }> {
  const taken = await sql<
    { blocked_until: Date | null }[]
  >`${counting(sql, sql`select ${subject}::text`, policy, now)}`;
  if (taken.length === 1) return { isTaken: true, blockedUntil: taken[0]!.blocked_until ?? undefined };
  return { isTaken: false, blockedUntil: await blockedUntilOf(sql, subject) };
}

/** Uncounts an attempt that was counted before its result was known and has succeeded. */
export async function giveBackAttempt(sql: Session, subject: string, { free }: ThrottlePolicy): Promise<void> {
  await sql`
    update sso.throttle
    set level = greatest(0, level - 1), blocked_until = case when round(level - 1) >= ${free} then blocked_until end
    where subject = ${subject}`;
}

/** The account of a user name, with the data that a sign-in needs. */
export interface NamedRow extends AccountRow {
  /** Whether the person has codes of a second factor or a passkey. */
  has_factor: boolean;
  /** The scopes that the person has allowed the client. */
  allowed: string[];
}

/**
 * Outcome of counting an attempt. From a browser that the person has used before: only this, since nothing else was counted. From a blocked
 * address: the end of the block. Otherwise whether an attempt for the name was accepted, and until when none is accepted after it.
 */
export type TakenAttempts =
  { ofDevice: true } | { addressBlocked: Date } | { isTaken: boolean; blockedUntil: Date | undefined };

/**
 * Counts an attempt and reads the account with the name, in one statement: the attempt of a browser that the person has used before;
 * otherwise of the address, and of the name if the address may make it. The counts may be lost if the machine fails within the next second.
 * @param of.clientId the client at which the person signs in, if any
 * @param of.devices hashes of the tokens that the browser sent
 * @returns `taken`: the end of the address's block; or whether an attempt for the name was accepted, and until when no other one will be,
 * if this one fails and was the last free one
 */
export async function takeAttempts(
  sql: Session,
  of: { username: string; clientId: string | undefined; devices: readonly Buffer[] },
  address: { subject: string; policy: ThrottlePolicy },
  name: { subject: string; policy: ThrottlePolicy },
  now: Date,
): Promise<{ taken: TakenAttempts; account: NamedRow | undefined }> {
  type Counted = { of_device: boolean; of_address: boolean; of_name: boolean; blocked_until: Date | null };
  const [row] = await sql<(Counted & (NamedRow | { account_id: null }))[]>`
    with device as (${countingDevice(sql, { username: of.username, tokens: of.devices, now })}),
    address as (${counting(sql, sql`select ${address.subject}::text where not exists (select from device)`, address.policy, now)}),
    name as (${counting(sql, sql`select ${name.subject}::text from address`, name.policy, now)})
    select exists (select from device) as of_device, exists (select from address) as of_address, exists (select from name) as of_name,
           (select blocked_until from name) as blocked_until, ${withoutWaiting(sql)}, p.*,
           exists (select from sso.totp t where t.account_id = p.account_id and t.confirmed_at is not null)
             or exists (select from sso.passkey k where k.account_id = p.account_id) as has_factor,
           coalesce((select k.scopes from sso.consent k
                     where k.account_id = p.account_id and k.client_id = ${of.clientId ?? null}), '{}') as allowed
    from (select) as one left join (${selectingAccounts(sql)} where a.username = ${of.username}) as p on true`;
  const account = row!.account_id === null ? undefined : (row as NamedRow);
  if (row!.of_device) return { taken: { ofDevice: true }, account };
  if (!row!.of_address) {
    return { taken: { addressBlocked: (await blockedUntilOf(sql, address.subject)) ?? now }, account };
  }
  const blockedUntil = row!.of_name ? row!.blocked_until : await blockedUntilOf(sql, name.subject);
  return { taken: { isTaken: row!.of_name, blockedUntil: blockedUntil ?? undefined }, account };
}

/** The statement that counts the subject that a query finds, if it is not blocked, and says until when it is from now on. */
function counting(
  sql: Session,
  subject: PendingQuery,
  { free, firstDelay, longestDelay, forgets }: ThrottlePolicy,
  now: Date,
): PendingQuery {
  // One more than what remains of earlier attempts; the delay doubles from the last free one on.
  const level = sql`greatest(0, t.level - extract(epoch from ${now}::timestamptz - t.last_attempt_at) / ${forgets}) + 1`;
  const delay = sql`least(${longestDelay}, ${firstDelay} * power(2, least(20, round(${level}) - ${free})))`;
  return sql`
    insert into sso.throttle as t (subject, level, last_attempt_at, blocked_until)
    select subject, 1, ${now}::timestamptz, ${free <= 1 ? new Date(now.getTime() + firstDelay * 1000) : null}::timestamptz
    from (${subject}) as s (subject)
    on conflict (subject) do update
    set level = ${level}, last_attempt_at = ${now},
        blocked_until = case when round(${level}) >= ${free} then ${now}::timestamptz + ${delay} * interval '1 second' end
    where t.blocked_until is null or t.blocked_until <= ${now}
    returning blocked_until`;
}

async function blockedUntilOf(sql: Session, subject: string): Promise<Date | undefined> {
  const [row] = await sql<{ blocked_until: Date | null }[]>`
    select blocked_until from sso.throttle where subject = ${subject}`;
  return row?.blocked_until ?? undefined;
}

/**
 * An attempt succeeded: all attempts of the name are forgotten, and this one does not count for the address. It counts as a success even if
 * the sign-in then makes no session because something has ended it meanwhile.
 */
export function endingAttempts(
  sql: Session,
  { name, address, policy }: { name: string; address: string; policy: ThrottlePolicy },
): Change {
  const givenBack: PendingQuery = sql`
    update sso.throttle
    set level = greatest(0, level - 1), blocked_until = case when round(level - 1) >= ${policy.free} then blocked_until end
    where subject = ${address}
    returning 1`;
  // The address first, as when the attempt was counted: in another order two statements could wait for each other.
  const forgotten: PendingQuery = sql`
    delete from sso.throttle where subject = ${name} and (select count(*) from given_back) >= 0`;
  return { parts: [{ name: 'given_back', statement: givenBack }, { statement: forgotten }], standsAlone: true };
}

export async function forgetAttempts(sql: Session, subject: string): Promise<void> {
  await sql`delete from sso.throttle where subject = ${subject}`;
}

/** Until when no attempt is accepted; undefined if attempts are accepted. */
export async function selectBlocked(sql: Session, subject: string, now: Date): Promise<Date | undefined> {
  const [row] = await sql<{ blocked_until: Date }[]>`
    select blocked_until from sso.throttle where subject = ${subject} and blocked_until > ${now}`;
  return row?.blocked_until;
}

/** Returns the blocked ones of these subjects, with the end of the block. */
export async function selectAllBlocked(
  sql: Session,
  subjects: readonly string[],
  now: Date,
): Promise<Map<string, Date>> {
  const rows = await sql<{ subject: string; blocked_until: Date }[]>`
    select subject, blocked_until from sso.throttle
    where subject = any(${[...subjects]}::text[]) and blocked_until > ${now}`;
  return new Map(rows.map((row) => [row.subject, row.blocked_until]));
}

/** Removes subjects without attempts since then. */
export async function deleteOldAttempts(sql: Session, before: Date): Promise<void> {
  await sql`delete from sso.throttle where last_attempt_at < ${before} and (blocked_until is null or blocked_until < ${before})`;
}
