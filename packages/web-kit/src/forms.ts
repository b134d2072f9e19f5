import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** Bodies of HTML forms as URLSearchParams; every other type is refused with 415. */
export function acceptForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, parsed) => {
    parsed(null, new URLSearchParams(body as string));
  });
}

/** In a time that tells nothing of where they differ. */
export function equal(a: string, b: string): boolean {
  const [given, wanted] = [Buffer.from(a), Buffer.from(b)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

const keyLength = 32;

/**
 * The key of a form as it stands in one answer: a random pad, and the key under that pad. Pages are compressed, and some show what the
 * visitor typed or what is in their address: a key that stayed the same could be found by the size of many answers (BREACH).
 * @param key 32 bytes, base64url
 */
export function maskedKey(key: string): string {
  const pad = randomBytes(keyLength);
  return Buffer.concat([pad, xor(pad, Buffer.from(key, 'base64url'))]).toString('base64url');
}

/** Whether two masked keys are of the same key; false for a text that is no masked key. */
export function isSameKey(given: string, own: string): boolean {
  const [one, other] = [unmasked(given), unmasked(own)];
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}

function unmasked(masked: string): Buffer | undefined {
  const bytes = Buffer.from(masked, 'base64url');
  if (bytes.length !== 2 * keyLength) return undefined;
  return xor(bytes.subarray(0, keyLength), bytes.subarray(keyLength));
}

function xor(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((byte, index) => byte ^ other[index]!));
}
