/**
 * Test receivers in which developers see the notifications of the playground. Their addresses are below the portal, but no request is sent
 * there: the process that delivers stores the notification for the page. docs/decisions/0124-pages-of-subscriptions.md
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestNotification, TestReceiverStore } from '@dhp/fhir-store/subscriptions';
import { OutboundError, type Outbound } from '@dhp/outbound';

export interface TestReceivers {
  /** Address below which they are, without a slash at the end. */
  readonly base: string;
  readonly store: Pick<TestReceiverStore, 'find' | 'keep'>;
}

/** Milliseconds after which a slow one answers. */
const slowness = 15_000;
/** Bytes of a body that are stored. */
const mostBytes = 32 * 1024;
/** Characters of the value of a header field. */
const longestValue = 1_000;

const token = /^[\w-]{43}$/;

/** Unguessable: 32 random bytes. */
export const newReceiverToken = (): string => randomBytes(32).toString('base64url');
export const newReceiverSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** The token in an address of a receiver; undefined for every other address. */
export function receiverToken(url: string, base: string | undefined): string | undefined {
  const last = base !== undefined && url.startsWith(`${base}/`) ? url.slice(base.length + 1) : '';
  return token.test(last) ? last : undefined;
}

/** Wraps the given outbound client: notifications for these receivers are not sent; all other requests pass through. */
export function withTestReceivers(outbound: Outbound, { base, store }: TestReceivers): Outbound {
  return async (url, request) => {
    const found = receiverToken(url, base);
    if (found === undefined) return outbound(url, request);
    const receiver = await store.find(found);
    if (receiver === undefined) return answered(410);
    const { headers = {}, body = '', timeout = slowness } = request;
    await store.keep(receiver.id, {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, masked(name, value)])),
      body: Buffer.from(body).subarray(0, mostBytes).toString('utf8'),
      bytes: Buffer.byteLength(body),
      signature: signatureOf(headers, body, receiver.secret),
    });
    if (receiver.answer === 'slow') {
      await delay(Math.min(slowness, timeout), undefined, { ref: false });
      if (timeout <= slowness) throw new OutboundError(`${new URL(url).origin} did not answer`);
    }
    return answered(receiver.answer === 'fails' ? 500 : 200);
  };
}

const answered = (status: number): Awaited<ReturnType<Outbound>> => ({
  ...{ status, headers: new Headers(), body: '', bytes: Buffer.alloc(0) },
});

/** Header fields of the server, which contain no secret; for every other field only the scheme, if it has one, and the length are shown. */
const open = new Set(['content-type', 'webhook-id', 'webhook-timestamp', 'webhook-signature']);
/** Any other first word of a value may be the secret itself. https://www.iana.org/assignments/http-authschemes */
const schemes = new Set(['basic', 'bearer', 'digest', 'dpop', 'gnap', 'hoba', 'mutual', 'negotiate', 'oauth', 'vapid']);

function masked(name: string, value: string): string {
  if (open.has(name.toLowerCase())) return value.slice(0, longestValue);
  const word = /^\S+(?= )/.exec(value)?.[0] ?? '';
  return `${schemes.has(word.toLowerCase()) ? `${word} ` : ''}… (${String(value.length)})`;
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function signatureOf(
  headers: Readonly<Record<string, string>>,
  body: string,
  secret: string,
): TestNotification['signature'] {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  if (signature === undefined) return 'none';
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const made = createHmac('sha256', key)
    .update(`${String(id)}.${String(timestamp)}.${body}`)
    .digest();
  const given = signature.split(' ').map((one) => Buffer.from(one.replace(/^v1,/, ''), 'base64'));
  return given.some((one) => one.length === made.length && timingSafeEqual(one, made)) ? 'right' : 'wrong';
}
