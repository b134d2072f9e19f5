/** Texts that the browser keeps for the portal and cannot read: JSON Web Encryption (RFC 7516) under a key of the portal's own. */
import { EncryptJWT, jwtDecrypt } from 'jose';

/** One use of a text; what was sealed for one is nothing at another. */
type Use = 'session' | 'sign-in' | 'explorer-sign-in' | 'explorer-token';

/**
 * @param seconds for how long it can be opened
 * @returns a text of letters, digits, `.`, `-` and `_`
 */
export function sealed(key: Uint8Array, use: Use, claims: Record<string, string>, seconds: number): Promise<string> {
  return new EncryptJWT(claims)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: use })
    .setIssuedAt()
    .setExpirationTime(`${String(seconds)} seconds`)
    .encrypt(key);
}

/** @returns undefined for what was not sealed here for this use, was altered, or is too old */
export async function unsealed(
  key: Uint8Array,
  use: Use,
  text: string,
): Promise<{ claims: Record<string, unknown>; since: number; until: number } | undefined> {
  try {
    const { payload } = await jwtDecrypt(text, key, {
      ...{ keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
      ...{ typ: use, requiredClaims: ['iat', 'exp'] },
    });
    return { claims: payload, since: payload.iat!, until: payload.exp! };
  } catch {
    return undefined;
  }
}
