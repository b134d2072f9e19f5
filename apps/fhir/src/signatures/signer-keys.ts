/** The keys that verify signatures: a JWK Set (RFC 7517) of the operator, in which each key names its signer. */
import { createPublicKey } from 'node:crypto';
import type { SignerKey } from '../contract/signatures.ts';

/** @throws TypeError that names the key and the error in it */
export function readSignerKeys(text: string): SignerKey[] {
  const { keys } = object(parsed(text), 'the file');
  if (!Array.isArray(keys)) throw new TypeError('the file has no list "keys"');
  const read = keys.map((each: unknown, n) => readKey(object(each, place(n)), place(n)));
  for (const [n, { kid }] of read.entries())
    if (read.findIndex((one) => one.kid === kid) !== n)
      throw new TypeError(`two keys have the kid ${JSON.stringify(kid)}`);
  return read;
}

const place = (n: number): string => `keys[${String(n)}]`;

function readKey(jwk: Readonly<Record<string, unknown>>, at: string): SignerKey {
  const { kid, signers } = jwk;
  if (typeof kid !== 'string' || kid === '') throw new TypeError(`${at} has no "kid"`);
  if ('d' in jwk || jwk['kty'] === 'oct') throw new TypeError(`${at} is a secret: the file is for public keys`);
  const isList = Array.isArray(signers) && signers.length > 0;
  if (!isList || !signers.every((one) => typeof one === 'string' && /^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(one)))
    throw new TypeError(`${at} has no "signers": a list of references such as Practitioner/7`);
  try {
    return { kid, signers: signers as string[], key: createPublicKey({ key: jwk, format: 'jwk' }) };
  } catch {
    throw new TypeError(`${at} is no public key of RFC 7517`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('the file is no JSON');
  }
}

function object(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new TypeError(`${at} is no JSON object`);
}
