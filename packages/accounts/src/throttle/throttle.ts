/**
 * Limits the attempts to sign in. A user name counts whether it exists or not, so that a lock reveals nothing. An address counts over all
 * names, so that one password tried on a thousand accounts is slowed like a thousand passwords tried on one. A browser in which the person
 * has signed in before is counted separately, so that a stranger's attempts delay strangers and not the person.
 */
import { createHash } from 'node:crypto';
import type { Session, Sql } from '@dhp/postgres';
import { networkOf } from '@dhp/rate-limit';
import { countDeviceCode, isKnownDevice } from '../store/devices.ts';
import {
  endingAttempts,
  forgetAttempts,
  selectAllBlocked,
  selectBlocked,
  takeAttempt,
  takeAttempts,
  type NamedRow,
  type ThrottlePolicy,
} from '../store/throttle.ts';
import { change } from '@dhp/sso-kit/request';

/** In the long run two guesses an hour; half a minute after the fifth in a row, a quarter of an hour after the tenth. */
const perName: ThrottlePolicy = { free: 5, firstDelay: 30, longestDelay: 900, forgets: 1800 };
/** A hospital behind one address has forty mistakes free, and one more each minute. */
const perAddress: ThrottlePolicy = { free: 40, firstDelay: 30, longestDelay: 900, forgets: 60 };

export interface Attempt {
  /** Seconds to wait, and the cause; absent if the attempt may be made. */
  wait?: { seconds: number; because: 'name' | 'address' };
  /** If it ends badly, the name waits from now on, for this many seconds. */
  locksFor?: number;
  /** Must be called if the attempt succeeded. */
  succeeded: () => Promise<void>;
}

/** The mistakes of a browser are forgotten when the whole sign-in has succeeded, including the second factor. */
const forgivenLater = (): Promise<void> => Promise.resolve();

/** @returns the attempt, and the account with the name */
export async function beginAttempt(
  sql: Sql,
  o: { name: string; clientId?: string | undefined; address: string; devices: readonly Buffer[]; now: Date },
): Promise<Attempt & { account: NamedRow | undefined }> {
  const [name, address] = [nameSubject(o.name), `address:${networkOf(o.address)}`];
  const seconds = (until: Date): number => Math.max(1, Math.ceil((until.getTime() - o.now.getTime()) / 1000));
  const succeeded = (): Promise<void> =>
    change(sql, 'attempts', endingAttempts(sql, { name, address, policy: perAddress }));
  const { taken, account } = await takeAttempts(
    sql,
    { username: o.name, clientId: o.clientId, devices: o.devices },
    { subject: address, policy: perAddress },
    { subject: name, policy: perName },
    o.now,
  );
  if ('ofDevice' in taken && account !== undefined) {
    return { account, succeeded: forgivenLater };
  }
  const begun = { succeeded, account };
  if ('addressBlocked' in taken) {
    return { ...begun, wait: { seconds: seconds(taken.addressBlocked), because: 'address' } };
  }
  const { isTaken, blockedUntil } = 'isTaken' in taken ? taken : { isTaken: false, blockedUntil: undefined };
  if (!isTaken) return { ...begun, wait: { seconds: seconds(blockedUntil ?? o.now), because: 'name' } };
  return { ...begun, ...(blockedUntil !== undefined && { locksFor: seconds(blockedUntil) }) };
}

/** One notice of wrong passwords in a while is enough; more would be a way to bother somebody. */
const lockNotices: ThrottlePolicy = { free: 1, firstDelay: 3600, longestDelay: 21_600, forgets: 21_600 };

export async function mayTellOfLock(sql: Sql, accountId: string, now: Date): Promise<boolean> {
  return (await takeAttempt(sql, `lock-notice:${accountId}`, lockNotices, now)) === undefined;
}

/**
 * Codes of a second factor: counted by account, since the password was right. Someone who has learned the password cannot lock the person
 * out either: a known browser is counted separately.
 */
export async function beginCodeAttempt(
  sql: Sql,
  accountId: string,
  tokens: readonly Buffer[],
  now: Date,
): Promise<Attempt> {
  if (tokens.length > 0 && (await countDeviceCode(sql, { accountId, tokens, now }))) {
    return { succeeded: forgivenLater };
  }
  const subject = `code:${accountId}`;
  const blocked = await takeAttempt(sql, subject, perName, now);
  const succeeded = (): Promise<void> => forgetAttempts(sql, subject);
  if (blocked === undefined) return { succeeded };
  return {
    wait: { seconds: Math.max(1, Math.ceil((blocked.getTime() - now.getTime()) / 1000)), because: 'name' },
    succeeded,
  };
}

/** Until when each of these people must wait, by account; people who need not wait are absent. */
export async function waitsOf(
  sql: Sql,
  people: readonly { accountId: string; username: string }[],
  now: Date,
): Promise<Map<string, Date>> {
  const subjects = people.flatMap(({ accountId, username }) => [nameSubject(username), `code:${accountId}`]);
  const blocked = await selectAllBlocked(sql, subjects, now);
  const waits = people.flatMap(({ accountId, username }) => {
    const until = [nameSubject(username), `code:${accountId}`].flatMap((subject) => blocked.get(subject) ?? []);
    const latest = until.sort((a, b) => b.getTime() - a.getTime())[0];
    return latest === undefined ? [] : [[accountId, latest] as const];
  });
  return new Map(waits);
}

/** An administrator's act, or a new password, ends a lock. */
export async function endLock(sql: Session, name: string): Promise<void> {
  await forgetAttempts(sql, nameSubject(name));
}

/** Until when the person is locked for wrong passwords; undefined if not locked. */
export function lockOf(sql: Sql, name: string, now: Date): Promise<Date | undefined> {
  return selectBlocked(sql, nameSubject(name), now);
}

/** Ends the lock that wrong codes of a second factor have caused. */
export async function endCodeLock(sql: Session, accountId: string): Promise<void> {
  await forgetAttempts(sql, `code:${accountId}`);
}

function nameSubject(name: string): string {
  return `name:${createHash('sha256').update(name).digest('base64url')}`;
}

/** Three messages an hour to a person are enough; a network may request more. */
const linksPerName: ThrottlePolicy = { free: 3, firstDelay: 900, longestDelay: 3600, forgets: 1200 };
const linksPerAddress: ThrottlePolicy = { free: 20, firstDelay: 60, longestDelay: 900, forgets: 60 };

/**
 * Links requested in a browser in which the person has signed in are counted separately: requests of strangers do not use them up.
 * @returns the cause and duration of the wait, if any
 */
export async function beginReset(
  sql: Sql,
  o: { name: string; address: string; devices: readonly Buffer[]; now: Date },
): Promise<Attempt['wait'] | undefined> {
  const seconds = (until: Date): number => Math.max(1, Math.ceil((until.getTime() - o.now.getTime()) / 1000));
  const isKnown = await isKnownDevice(sql, { username: o.name, tokens: o.devices, now: o.now });
  if (isKnown) {
    const own = await takeAttempt(sql, `links:device:${nameSubject(o.name)}`, linksPerName, o.now);
    return own && { seconds: seconds(own), because: 'name' };
  }
  const address = await takeAttempt(sql, `links:${networkOf(o.address)}`, linksPerAddress, o.now);
  if (address) return { seconds: seconds(address), because: 'address' };
  const name = await takeAttempt(sql, `links:${nameSubject(o.name)}`, linksPerName, o.now);
  return name && { seconds: seconds(name), because: 'name' };
}
