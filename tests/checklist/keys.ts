/** Keys of clients, and the assertions that are signed with them. */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from '../../apps/sso/test/jose.ts';
import type { Fixture } from './clients.ts';
import { issuer } from './world.ts';

export interface KeyPair {
  alg: 'ES384' | 'RS384';
  privateKey: CryptoKey;
  publicJwk: JWK;
}

export async function newKey(alg: 'ES384' | 'RS384', kid: string): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg } };
}

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** A good assertion, but for the claims and header members that are given; `undefined` leaves one out. */
export async function assertionOf(
  client: Fixture,
  key: KeyPair,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const payload: Record<string, unknown> = {
    iss: client.id,
    sub: client.id,
    aud: `${issuer}/oauth/token`,
    jti: randomUUID(),
    iat: now,
    exp: now + 240,
    ...claims,
  };
  const given = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
  return new SignJWT(given)
    .setProtectedHeader({ alg: key.alg, typ: 'JWT', kid: key.publicJwk.kid!, ...header })
    .sign(key.privateKey);
}

/** A client_credentials request that is authenticated by an assertion; it names no client. */
export const assertionForm = (assertion: string): Record<string, string> => ({
  grant_type: 'client_credentials',
  client_assertion_type: assertionType,
  client_assertion: assertion,
});
