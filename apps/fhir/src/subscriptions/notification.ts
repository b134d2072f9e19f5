/** Bundles of type subscription-notification. https://hl7.org/fhir/R5/subscriptions.html#notifications */
import type { StoredVersion } from '@dhp/fhir-store';
import type { NumberedEvent } from '@dhp/fhir-store/subscriptions';
import { formatInstant } from '@dhp/fhir-model/instant';
import { etag } from '../http/etag.ts';
import { resourceUrl } from '../http/urls.ts';
import type { ContentKind } from './channel.ts';

export type NotificationType = 'handshake' | 'heartbeat' | 'event-notification' | 'query-status' | 'query-event';

/** The facts of a subscription that its SubscriptionStatus tells. */
export interface Told {
  readonly id: string;
  readonly status: string;
  readonly topic: string;
  /** Undefined where it is not told. */
  readonly numbered: number | undefined;
  readonly reason?: string | null | undefined;
}

/** An event as it may be told: without a version nothing but its number is. */
export interface ToldEvent extends NumberedEvent {
  readonly version: StoredVersion | undefined;
}

interface Place {
  readonly baseUrl: string;
  readonly timeZone: string;
}

/** SubscriptionStatus. Numbers are of type integer64, which JSON has as a string. https://hl7.org/fhir/R5/subscriptionstatus.html */
export function statusOf(
  { id, status, topic, numbered, reason }: Told,
  type: NotificationType,
  { baseUrl, timeZone }: Place,
  events?: readonly ToldEvent[],
  content: ContentKind = 'empty',
): object {
  return {
    resourceType: 'SubscriptionStatus',
    status,
    type,
    ...(numbered !== undefined && { eventsSinceSubscriptionStart: String(numbered) }),
    ...(events !== undefined &&
      events.length > 0 && {
        notificationEvent: events.map(({ number, happened, version }) => ({
          eventNumber: String(number),
          timestamp: formatInstant(happened, timeZone),
          ...(version !== undefined &&
            content !== 'empty' && { focus: { reference: resourceUrl(baseUrl, version), type: version.type } }),
        })),
      }),
    subscription: { reference: resourceUrl(baseUrl, { type: 'Subscription', id }) },
    topic,
    ...(typeof reason === 'string' && { error: [{ text: reason }] }),
  };
}

/** The parts of a notification; resources are not parsed, so their decimals keep their text. */
export function notificationParts(
  told: Told,
  type: NotificationType,
  place: Place & { readonly now: Date },
  events: readonly ToldEvent[] = [],
  content: ContentKind = 'empty',
): (Buffer | string)[] {
  const status = {
    fullUrl: `${resourceUrl(place.baseUrl, { type: 'Subscription', id: told.id })}/$status`,
    resource: statusOf(told, type, place, events, content),
    request: { method: 'GET', url: `Subscription/${told.id}/$status` },
    response: { status: '200' },
  };
  const stamp = formatInstant(place.now, place.timeZone);
  const head = `{"resourceType":"Bundle","type":"subscription-notification","timestamp":"${stamp}","entry":[`;
  const parts: (Buffer | string)[] = [head, JSON.stringify(status)];
  if (content === 'full-resource')
    for (const { version } of events) if (version !== undefined) parts.push(',', ...entryOf(version, place));
  parts.push(']}');
  return parts;
}

function entryOf(version: StoredVersion, { baseUrl, timeZone }: Place): (Buffer | string)[] {
  const { type, id, versionId, deleted, lastUpdated, content } = version;
  const fullUrl = resourceUrl(baseUrl, version);
  const method = deleted ? 'DELETE' : versionId === 1 ? 'POST' : 'PUT';
  const request = { method, url: method === 'POST' ? type : `${type}/${id}` };
  const status = deleted ? '204' : versionId === 1 ? '201' : '200';
  const response = { status, etag: etag(versionId), lastModified: formatInstant(lastUpdated, timeZone) };
  const tail = `"request":${JSON.stringify(request)},"response":${JSON.stringify(response)}}`;
  const head = `{"fullUrl":${JSON.stringify(fullUrl)},`;
  return deleted ? [head, tail] : [`${head}"resource":`, content, `,${tail}`];
}
