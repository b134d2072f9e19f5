/** Devices that wait for a person with a browser (RFC 8628). */
import { createHmac, hash, type KeyObject } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { touchPolled } from '@dhp/grants/artifacts';

/** Seconds between two questions of a device. */
export const pollInterval = 5;

/** For which a device may wait, in seconds. */
export const deviceCodeSeconds = 600;

/**
 * Returns the name of a device's user code in the table. It is keyed, because a code that people type is short enough to be found by trying
 * all codes.
 */
export function userCodeName(encryptionKey: KeyObject, userCode: string): string {
  return createHmac('sha256', encryptionKey).update(`user code ${userCode}`).digest('base64url');
}

/** Notes that the device polls, and returns whether it polled too soon after the last time. */
export async function isTooSoon(sql: Sql, deviceCode: string, now: Date): Promise<boolean> {
  const before = await touchPolled(sql, hash('sha256', deviceCode, 'buffer'), now);
  return before !== null && now.getTime() - before.getTime() < (pollInterval - 0.5) * 1000;
}
