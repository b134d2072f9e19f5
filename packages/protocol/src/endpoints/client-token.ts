/** Access tokens of a client that its developers ask for, without its secret: for one call, in their name. */
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { KeyRing } from '@dhp/signing-keys';

export interface ClientTokenOptions {
  readonly issuer: string;
  readonly keys: KeyRing;
  readonly clock: () => Date;
}

/**
 * Signs a token like those of the token endpoint for a client acting for itself (RFC 9068), valid for a minute.
 * @param of.issued a time before the client was read: if the client is disabled after that, the token is revoked as well
 */
export async function signClientToken(
  { issuer, keys }: Omit<ClientTokenOptions, 'clock'>,
  {
    clientId,
    scope,
    audience,
    issued,
  }: { readonly clientId: string; readonly scope: string; readonly audience: string; readonly issued: Date },
): Promise<{ readonly token: string; readonly jti: string }> {
  const { kid, privateKey } = keys.signing('ES256');
  const milliseconds = issued.getTime();
  const now = Math.floor(milliseconds / 1000);
  const jti = randomUUID();
  const token = await new SignJWT({ client_id: clientId, scope, iat_ms: milliseconds })
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
    .setIssuer(issuer)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(jti)
    .setIssuedAt(now)
    .setExpirationTime(now + clientTokenSeconds)
    .sign(privateKey);
  return { token, jti };
}

export const clientTokenSeconds = 60;
