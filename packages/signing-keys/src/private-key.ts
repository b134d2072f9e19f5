/**
 * The private half of a signing key, decrypted from its row. Separate from the rest of the keys, so that a check of the secret key loads no
 * server.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { SigningKeyRow } from './key-rows.ts';
import { unseal } from '@dhp/sso-kit';

/** The given key is not the one of this installation. The message is for the person who has configured it. */
export class SecretKeyError extends Error {
  override name = 'SecretKeyError';
}

/** @throws SecretKeyError if the row was sealed with another encryption key */
export function openPrivateKey(row: Pick<SigningKeyRow, 'kid' | 'private_key'>, encryptionKey: Buffer): KeyObject {
  try {
    const key = unseal(encryptionKey, row.private_key, row.kid);
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new SecretKeyError(
      'DHP_SECRET_KEY is not the key of this installation: the signing keys in its database cannot be opened with this encryption key. ' +
        'Give this node the key that the others have (DHP_SECRET_KEY, or secret.key in DHP_DATA). Where it is lost, delete the rows of ' +
        'sso.signing_key: every token issued so far becomes invalid, and people set up their second factors again.',
      { cause },
    );
  }
}
