import { isUtf8 } from 'node:buffer';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/**
 * Parses bodies of HTML forms to URLSearchParams, empty if there is no body; every other type is refused with 415, and with 400 a body that
 * is not UTF-8, or contains U+0000, which the database refuses.
 */
export function acceptForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (_request, body, parsed) => {
    const form = body as Buffer;
    const isWhole = isUtf8(form) && isDecodable(form.toString()) && !/%00|\0/.test(form.toString());
    if (isWhole) parsed(null, new URLSearchParams(form.toString()));
    else parsed(Object.assign(new Error('The form is no percent-encoded UTF-8 without U+0000'), { statusCode: 400 }));
  });
  // Without a body and a content type, no parser is called.
  scope.addHook('preHandler', (request, _reply, done) => {
    request.body ??= new URLSearchParams();
    done();
  });
}

/**
 * Like `acceptForms`, for pages without a session, whose forms are counted by network: otherwise any page that somebody there opens could
 * use up the attempts of all. A form from a page of another site is answered with a redirect to the page. Browsers before 2023 do not send
 * the site.
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
 * Whether a whole form or query can be decoded. Parsers replace an escape that is not UTF-8 with U+FFFD, and leave a percent sign that
 * begins no escape: different texts could become equal, and one could be taken for another.
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

/** Compares in a time that does not reveal where they differ. */
export function equal(a: string, b: string): boolean {
  const [given, wanted] = [Buffer.from(a), Buffer.from(b)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

const keyLength = 32;

/**
 * The key of a form as sent in one answer: a random pad, and the key masked with it. Pages are compressed, and some show typed text or
 * their address: a constant key could be found by the size of many answers (BREACH).
 * @param key 32 bytes, base64url
 */
export function maskedKey(key: string): string {
  const pad = randomBytes(keyLength);
  return Buffer.concat([pad, xor(pad, Buffer.from(key, 'base64url'))]).toString('base64url');
}

/** Whether two masked keys contain the same key; false for a text that is not a masked key. */
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
