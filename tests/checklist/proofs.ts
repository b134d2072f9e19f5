/** Proofs of possession (RFC 9449). */
import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from '../../apps/sso/test/jose.ts';
import { issuer } from './world.ts';

export interface ProofKey {
  privateKey: CryptoKey;
  publicJwk: JWK;
}

export async function newProofKey(): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { privateKey, publicJwk: await exportJWK(publicKey) };
}

export interface ProofChanges {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  /** Signs with another key than the header names. */
  signer?: CryptoKey;
  /** The access token that it is for. */
  token?: string;
}

/** A good proof for the token endpoint, but for what is given; `undefined` leaves a claim out. */
export async function proofOf(
  key: ProofKey,
  { claims = {}, header = {}, signer, token }: ProofChanges = {},
): Promise<string> {
  const payload: Record<string, unknown> = {
    htm: 'POST',
    htu: `${issuer}/oauth/token`,
    jti: randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    ...(token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') }),
    ...claims,
  };
  const given = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
  return new SignJWT(given)
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.publicJwk, ...header })
    .sign(signer ?? key.privateKey);
}
