import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import type { SigningAlgorithm, SigningKeyRow } from './key-rows.ts';
import { openPrivateKey } from './private-key.ts';
import { seal } from '@dhp/sso-kit';

export interface SigningKey {
  kid: string;
  alg: SigningAlgorithm;
  /** Public members only, as the JWKS shows them (RFC 7517): with `kid`, `alg` and `use`. */
  publicJwk: JWK;
  privateKey: KeyObject;
  signsFrom: Date;
}

const generate = promisify(generateKeyPair);

/** ES256 signs access tokens; OpenID Connect and SMART require RS256 for id_tokens. */
const keyPairs = {
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  RS256: () => generate('rsa', { modulusLength: 2048 }),
} as const satisfies Record<SigningAlgorithm, unknown>;

/** A new key, sealed for the database. RSA takes about 100 ms of CPU, in a thread. */
export async function newSigningKeyRow(
  alg: SigningAlgorithm,
  encryptionKey: Buffer,
  times: { created: Date; signsFrom: Date },
): Promise<SigningKeyRow> {
  const { publicKey, privateKey } = await keyPairs[alg]();
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return {
    kid,
    alg,
    public_jwk: { ...jwk, kid, alg, use: 'sig' },
    private_key: seal(encryptionKey, privateKey.export({ format: 'der', type: 'pkcs8' }), kid),
    created_at: times.created,
    signs_from: times.signsFrom,
    retires_at: null,
  };
}

/** @throws SecretKeyError if the row was sealed with another encryption key */
export function openSigningKeyRow(row: SigningKeyRow, encryptionKey: Buffer): SigningKey {
  return {
    kid: row.kid,
    alg: row.alg,
    publicJwk: row.public_jwk,
    privateKey: openPrivateKey(row, encryptionKey),
    signsFrom: row.signs_from,
  };
}
