import { createPublicKey } from 'node:crypto';
import type { JWK } from 'jose';
import { ClientError } from './client-error.ts';

/** Signature algorithms of client assertions: those of SMART App Launch, and the default of OpenID Connect clients. */
export const assertionAlgorithms: readonly string[] = ['RS384', 'ES384', 'RS256'];

const rsaAlgorithms: readonly unknown[] = ['RS384', 'RS256'];

const maxKeys = 20;
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'];

/**
 * A key set given by an administrator (RFC 7517).
 * @returns its keys, only public members
 * @throws ClientError that describes the fault
 */
export function validateKeySet(value: unknown): { keys: JWK[] } {
  const wrong = (message: string): ClientError => new ClientError('invalid-keys', message);
  const keys = keysOf(value);
  if (keys === undefined) throw wrong('A key set is a JSON object with the member keys, an array of JWK');
  if (keys.length === 0 || keys.length > maxKeys) throw wrong(`A key set has 1 to ${String(maxKeys)} keys`);
  for (const [index, key] of keys.entries()) {
    const name = typeof key['kid'] === 'string' ? `"${key['kid']}"` : `number ${String(index + 1)}`;
    if (privateMembers.some((member) => member in key)) {
      throw wrong(`The key ${name} has private members: make a new pair, and register the public key alone`);
    }
    if (!isUsable(key))
      throw wrong(`The key ${name} is neither RSA of 2048 bits or more (RS256, RS384) nor EC on P-384 (ES384)`);
    if (key['exp'] !== undefined && endOf(key) === undefined)
      throw wrong(`The key ${name} has an exp that is no time: seconds since 1970, as a number`);
    // RFC 7517 section 4.5 allows omitting it if there is only one key.
    if (key['kid'] === undefined && keys.length === 1) continue;
    if (typeof key['kid'] !== 'string' || key['kid'] === '') throw wrong(`The key ${name} needs a kid`);
  }
  if (new Set(keys.map((key) => key['kid'])).size < keys.length) throw wrong('Two keys of the set have the same kid');
  return { keys: keys.map(publicPart) };
}

/**
 * Returns the usable keys of a key set that a client publishes; other keys are ignored.
 * @throws TypeError if it is not a key set, or contains a private key, which is then publicly known
 */
export function usableKeys(value: unknown): JWK[] {
  const keys = keysOf(value);
  if (keys === undefined) throw new TypeError('not a key set');
  if (keys.some((key) => privateMembers.some((member) => member in key)))
    throw new TypeError('a private key in a key set');
  return keys.slice(0, maxKeys).filter(isUsable).map(publicPart);
}

/** The last second of the year 9999. */
const lastTime = 253_402_300_799;

/** When the key expires, in seconds since 1970 (`exp`, OpenID Federation 1.0 section 8.7.2). */
function endOf({ exp }: Record<string, unknown>): number | undefined {
  return typeof exp === 'number' && exp >= 0 && exp <= lastTime ? Math.floor(exp) : undefined;
}

/** The keys that have not expired. */
export function liveKeys(keys: readonly JWK[], now: Date): readonly JWK[] {
  return keys.filter((key) => (endOf(key as Record<string, unknown>) ?? Infinity) * 1000 > now.getTime());
}

function keysOf(value: unknown): Record<string, unknown>[] | undefined {
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'object' && key !== null)) return undefined;
  return keys as Record<string, unknown>[];
}

function isUsable(jwk: Record<string, unknown>): boolean {
  const { use, alg, kid } = jwk;
  if (use !== undefined && use !== 'sig') return false;
  if (kid !== undefined && typeof kid !== 'string') return false;
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType === 'rsa')
      return modulusLength >= 2048 && (alg === undefined || rsaAlgorithms.includes(alg));
    return namedCurve === 'secp384r1' && (alg === undefined || alg === 'ES384');
  } catch {
    return false;
  }
}

/** An RSA key without an algorithm is valid for both. */
function publicPart(given: Record<string, unknown>): JWK {
  const { kty, kid, alg: named, n, e, crv, x, y } = given;
  const exp = endOf(given);
  const alg = kty === 'RSA' ? named : 'ES384';
  const members = kty === 'RSA' ? { n, e } : { crv, x, y };
  return {
    kty,
    ...(kid === undefined ? {} : { kid }),
    use: 'sig',
    ...(alg === undefined ? {} : { alg }),
    ...(exp === undefined ? {} : { exp }),
    ...members,
  } as unknown as JWK;
}
