/** Encryption at rest: AES-256-GCM, so that a wrong key or an altered byte is detected and not decrypted to garbage. */
import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const nonceLength = 12;
const tagLength = 16;

/**
 * @param key 32 bytes; a KeyObject if it is used often: converting bytes for each cipher takes four times as long as the cipher itself
 * @param context names the owner of the plaintext; the same must be given to `unseal`, so that rows cannot be swapped
 * @returns nonce || tag || ciphertext
 */
export function seal(key: Buffer | KeyObject, plaintext: Buffer, context: string): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(context));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]);
}

/** @throws Error when the key or the context is not the one it was sealed with, or the bytes were altered */
export function unseal(key: Buffer | KeyObject, sealed: Buffer, context: string): Buffer {
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceLength), {
    authTagLength: tagLength,
  })
    .setAAD(Buffer.from(context))
    .setAuthTag(sealed.subarray(nonceLength, nonceLength + tagLength));
  return Buffer.concat([decipher.update(sealed.subarray(nonceLength + tagLength)), decipher.final()]);
}
