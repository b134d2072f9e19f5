/**
 * Sends a notification to the receiver of a rest-hook: its header fields, its signature, and the meaning of the answer.
 * docs/notifications.md
 */
import { createHmac } from 'node:crypto';
import type { DeliveryFailure } from '@dhp/fhir-store/subscriptions';
import type { Outbound } from '@dhp/outbound';
import { plainNotification } from './bodies.ts';
import { secretName, type Channel } from './channel.ts';
import type { NotificationType, Told } from './notification.ts';
import type { ChannelValues } from './sealed-values.ts';

/** The receiver of a Subscription, and the facts that notifications state. */
export interface Hook {
  readonly channel: Channel;
  readonly values: ChannelValues;
  readonly told: Told;
}

export interface SendMeans {
  readonly outbound: Outbound;
  readonly baseUrl: string;
  readonly timeZone: string;
  readonly standing: { readonly clock: () => Date };
}

/** A notification without events. @returns as `sendTo` */
export function sendPlain(hook: Hook, means: SendMeans, type: NotificationType): Promise<DeliveryFailure | undefined> {
  const { baseUrl, timeZone, standing } = means;
  const now = standing.clock();
  const body = plainNotification(hook.told, type, hook.channel.mimeType, { baseUrl, timeZone, now });
  return sendTo(hook, means, `${type} ${String(now.getTime())}`, body);
}

/** A failure, and the seconds for which the receiver wants no requests. */
export interface SendFailure extends DeliveryFailure {
  readonly after?: number | undefined;
}

/**
 * Sends it once. Only the status and the Retry-After of the answer count.
 * @param about names the notification: the same when it is sent again
 * @returns the failure; undefined if the receiver accepted it
 */
export async function sendTo(
  { channel, values, told }: Hook,
  { outbound, standing }: SendMeans,
  about: string,
  body: string,
): Promise<SendFailure | undefined> {
  const secret = values.find(([name]) => name === secretName)?.[1];
  const fields = Object.fromEntries(values.filter(([name]) => name !== secretName));
  const id = `${told.id} ${about}`.replaceAll(' ', '-');
  const headers = {
    ...fields,
    'content-type': `${channel.mimeType}; fhirVersion=5.0`,
    ...(secret !== undefined && signed(secret, id, standing.clock(), body)),
  };
  const { endpoint, timeout } = channel;
  try {
    const { status, headers: answered } = await outbound(endpoint, {
      method: 'POST',
      headers,
      body,
      timeout,
      maxBytes: 64 * 1024,
    });
    if (status >= 200 && status < 300) return undefined;
    const after = secondsOf(answered.get('retry-after'), standing.clock());
    return { code: `answered-${String(status)}`, text: `the receiver answered ${String(status)}`, after };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'OutboundError') throw error;
    const isOfText = 'isOfText' in error && error.isOfText === true;
    return { code: isOfText ? 'not-called' : 'no-answer', text: error.message };
  }
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3: seconds, or a date. Undefined for what is neither, or over. */
function secondsOf(text: string | null, now: Date): number | undefined {
  if (text === null) return undefined;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : (Date.parse(text) - now.getTime()) / 1000;
  return seconds > 0 ? seconds : undefined;
}

/**
 * Header fields by which a receiver verifies that a notification comes from here and is not an old one.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param secret `whsec_` and bytes in base64
 */
function signed(secret: string, id: string, now: Date, body: string): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
