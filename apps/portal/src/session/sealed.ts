/** Texts that the browser stores for the portal and cannot read: JSON Web Encryption (RFC 7516) with a key of the portal. */
import { EncryptJWT, jwtDecrypt } from 'jose';

/** The purpose of a text; a text sealed for one is invalid for another. */
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

/** @returns undefined if the text was not sealed here for this use, was altered, or is too old */
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
