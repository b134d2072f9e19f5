/**
 * Limits of a session's idle and total duration (ASVS 5, 7.3.1 and 7.3.2): for everybody, and lower ones for some groups of people or
 * roles. A person in several groups has the strictest of each limit.
 */
import type { Sql } from '@dhp/postgres';
import { selectSessionGroups, extendSession } from '@dhp/grants';

/** In seconds. */
export interface SessionLimits {
  idle: number;
  absolute: number;
}

export interface SessionSettings extends SessionLimits {
  /** Limits by `patients`, `relatives`, `health-workers`, `administrators` or the name of a role. */
  groups?: ReadonlyMap<string, SessionLimits> | undefined;
  /** Health workers share their computers: see `sharedIdle`. */
  sharedWorkstations?: boolean | undefined;
}

/** Default limits. */
export const defaultSession: SessionSettings = { idle: 8 * 3600, absolute: 12 * 3600 };

/** Seconds without use after which a session at a shared workstation ends. */
const sharedIdle = 900;

interface Parts {
  readonly sql: Sql;
  readonly session: SessionSettings;
}

export async function limitsOf({ sql, session }: Parts, accountId: string): Promise<SessionLimits> {
  const { idle, absolute, groups, sharedWorkstations: isShared = false } = session;
  const everybody = { idle, absolute };
  if (!isShared && (groups === undefined || groups.size === 0)) return everybody;
  const names = await selectSessionGroups(sql, accountId);
  const limits = [everybody, ...names.flatMap((name) => groups?.get(name) ?? [])];
  if (isShared && names.includes('health-workers')) limits.push({ idle: sharedIdle, absolute });
  return {
    idle: Math.min(...limits.map((one) => one.idle)),
    absolute: Math.min(...limits.map((one) => one.absolute)),
  };
}

/** Whether this person's browser must remember nothing beyond the session. */
export async function isAtSharedWorkstation({ sql, session }: Parts, accountId: string): Promise<boolean> {
  return session.sharedWorkstations === true && (await selectSessionGroups(sql, accountId)).includes('health-workers');
}

/** @param loginTs when the person signed in, in seconds. @returns when a session ends if it is used now and not again */
export function endOf({ idle, absolute }: SessionLimits, loginTs: number, now: Date): Date {
  return new Date(Math.min(now.getTime() + idle * 1000, (loginTs + absolute) * 1000));
}

/** Notes that the session is in use, if no other part of the request does so. */
export async function noteUse(
  parts: Parts & { readonly clock: () => Date },
  o: { uid: string; accountId: string; loginTs: number },
): Promise<void> {
  const now = parts.clock();
  const until = endOf(await limitsOf(parts, o.accountId), o.loginTs, now);
  await extendSession(parts.sql, { uid: o.uid, accountId: o.accountId, until, now });
}
