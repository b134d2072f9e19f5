/** Keys that the servers of one installation share, derived from its secret. A door of its own: who derives them loads no server. */
import { hkdfSync } from 'node:crypto';

/** @param secret DHP_SECRET_KEY. @returns what the FHIR servers ask the revocation feed with */
export function revocationFeedKey(secret: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'dhp revocation feed', 32));
}
