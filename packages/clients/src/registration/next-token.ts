/**
 * The registration access token that a change of the registration gives (RFC 7592 section 2.2). It follows from the token before and from
 * what was sent: who never got the answer sends the same again and gets the same token. A random one could not be told twice, since only its
 * hash is kept, and the client would be locked out. Who has neither this server's key nor the answer cannot work it out.
 */
import { createHmac } from 'node:crypto';
import { hashClientSecret } from '../authentication/client-secret.ts';

/** How long after a change its answer is given again, in milliseconds. Beyond it the token before opens nothing, as RFC 7592 wants it. */
export const repeatMilliseconds = 3_600_000;

/** @param key 32 bytes, of this server alone */
export function nextRegistrationToken(
  key: Buffer,
  o: { clientId: string; token: string; given: unknown },
): { secret: string; hash: Buffer } {
  const mac = createHmac('sha256', key).update(JSON.stringify([o.clientId, o.token, sorted(o.given)]));
  const secret = `dhpr_${mac.digest('base64url')}`;
  return { secret, hash: hashClientSecret(secret) };
}

/** The same for the same JSON, in whatever order its members come. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return members.map(([name, of]) => [name, sorted(of)]);
}
