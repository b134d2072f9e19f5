/** Keys that the servers of one installation share, derived from its secret. A door of its own: who derives them loads no server. */
import { hkdfSync } from 'node:crypto';
import type { Session } from '@dhp/postgres';
import { openPrivateKey } from './private-key.ts';
import { selectSigningKeys } from './key-rows.ts';

/** @param secret DHP_SECRET_KEY. @returns what the FHIR servers ask the revocation feed with */
export function revocationFeedKey(secret: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'dhp revocation feed', 32));
}

/**
 * Whether a secret is the one of the installation: before anything is made from it, or sealed with it. Where there are no signing keys yet,
 * any is.
 * @throws SecretKeyError, with a message for the person who set it
 */
export async function checkSecretKey(sql: Session, secret: Buffer): Promise<void> {
  for (const row of await selectSigningKeys(sql, new Date(Date.now()))) openPrivateKey(row, secret);
}
