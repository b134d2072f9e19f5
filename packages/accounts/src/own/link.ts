/** Links of the own account: their tokens, and for how long they are good. */
import { hash, randomBytes } from 'node:crypto';
import type { Session } from '@dhp/postgres';
import { insertOwnLink, type OwnLinkPurpose } from '../store/own-links.ts';

export const confirmEmailPath = '/account/email';
export const undoEmailPath = '/email/undo';
export const reopenPath = '/account/reopen';

/** Seconds in which a new address confirms itself. */
export const confirmSeconds = 3600;
/** Seconds within which the old address can revert the change; long enough for a person who is travelling. */
export const undoSeconds = 14 * 86_400;

/** @returns the token, of which only the hash is stored */
export async function makeOwnLink(
  sql: Session,
  o: { accountId: string; purpose: OwnLinkPurpose; email?: string | null; now: Date; expires: Date },
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await insertOwnLink(sql, { ...o, tokenHash: hashOf(token) });
  return token;
}

export function hashOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
