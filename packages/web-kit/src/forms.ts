import { isUtf8 } from 'node:buffer';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** Bodies of HTML forms as URLSearchParams, where there is none an empty one; every other type is refused with 415, and with 400 what is no UTF-8, or has U+0000, which the database refuses. */
export function acceptForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (_request, body, parsed) => {
    const form = body as Buffer;
    const isWhole = isUtf8(form) && isDecodable(form.toString()) && !/%00|\0/.test(form.toString());
    if (isWhole) parsed(null, new URLSearchParams(form.toString()));
    else parsed(Object.assign(new Error('The form is no percent-encoded UTF-8 without U+0000'), { statusCode: 400 }));
  });
  // Without a body and a type of one no parser is asked.
  scope.addHook('preHandler', (request, _reply, done) => {
    request.body ??= new URLSearchParams();
    done();
  });
}

/**
 * As `acceptForms`, for pages without a session, whose forms are counted for the network that they come from: any page that somebody there opens could
 * otherwise use up the tries of all. A form of a page of another site is answered with a redirect to the page. Browsers before 2023 do not say of
 * which it is.
 */
export function acceptOwnForms(scope: FastifyInstance): void {
  acceptForms(scope);
  scope.addHook('onRequest', async ({ method, headers, routeOptions }, reply) => {
    const site = headers['sec-fetch-site'];
    if (method !== 'POST' || site === undefined || site === 'same-origin' || site === 'none') return undefined;
    return reply.header('Cache-Control', 'no-store').redirect(routeOptions.url!, 303);
  });
}

/**
 * Whether all of a form or query can be decoded. Parsers put U+FFFD for an escape that is no UTF-8, and let a percent sign stand that begins
 * none: different texts would be one, and one would be taken for another.
 */
export function isDecodable(text: string): boolean {
  if (!/%(?![0-7][0-9a-f])/i.test(text)) return true;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** In a time that tells nothing of where they differ. */
export function equal(a: string, b: string): boolean {
  const [given, wanted] = [Buffer.from(a), Buffer.from(b)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

const keyLength = 32;

/**
 * The key of a form as it is in one answer: a random pad, and the key under that pad. Pages are compressed, and some show what the
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
