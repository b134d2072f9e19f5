/** Keys that the servers of one installation share, derived from its secret. A separate door, so that deriving them loads no server. */
import { hkdfSync } from 'node:crypto';
import type { Session } from '@dhp/postgres';
import { openPrivateKey } from './private-key.ts';
import { selectSigningKeys } from './key-rows.ts';

/** @param secret DHP_SECRET_KEY. @returns the key with which the FHIR servers request the revocation feed */
export function revocationFeedKey(secret: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'dhp revocation feed', 32));
}

/**
 * Whether a secret is the one of the installation: before anything is derived from it, or sealed with it. Without signing keys, any secret
 * is accepted.
 * @throws SecretKeyError, with a message for the person who has configured it
 */
export async function checkSecretKey(sql: Session, secret: Buffer): Promise<void> {
  for (const row of await selectSigningKeys(sql, new Date(Date.now()))) openPrivateKey(row, secret);
}
