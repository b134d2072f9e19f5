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
  /** Resources that the topic includes beside it, as they are stored now. */
  readonly additional?: readonly StoredVersion[];
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
        notificationEvent: events.map(({ number, happened, version, additional = [] }) => ({
          eventNumber: String(number),
          timestamp: formatInstant(happened, timeZone),
          ...(version !== undefined &&
            content !== 'empty' && { focus: { reference: resourceUrl(baseUrl, version), type: version.type } }),
          ...(additional.length > 0 &&
            content !== 'empty' && {
              additionalContext: additional.map((one) => ({ reference: resourceUrl(baseUrl, one), type: one.type })),
            }),
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
  if (content === 'full-resource') {
    for (const { version } of events) if (version !== undefined) parts.push(',', ...entryOf(version, place));
    for (const version of besides(events)) parts.push(',', ...readEntryOf(version, place));
  }
  parts.push(']}');
  return parts;
}

/** Bytes of resources beside the events: those that are more are named in the status, and not sent. */
const mostBytes = 4 * 1024 * 1024;

/** Resources that go along with events, each version once, and none that an event is about (bdl-7). */
export function besides(events: readonly ToldEvent[]): StoredVersion[] {
  const nameOf = ({ type, id, versionId }: StoredVersion): string => `${type}/${id}/${String(versionId)}`;
  const told = new Set(events.flatMap(({ version }) => (version === undefined ? [] : nameOf(version))));
  const once = new Map(events.flatMap(({ additional = [] }) => additional.map((one) => [nameOf(one), one] as const)));
  let bytes = 0;
  return [...once].flatMap(([name, version]) => {
    if (told.has(name)) return [];
    bytes += version.content.length;
    return bytes > mostBytes ? [] : [version];
  });
}

/** The entry of a resource that has not changed: as it would be read. */
function readEntryOf(version: StoredVersion, { baseUrl, timeZone }: Place): (Buffer | string)[] {
  const { type, id, versionId, lastUpdated, content } = version;
  const response = { status: '200', etag: etag(versionId), lastModified: formatInstant(lastUpdated, timeZone) };
  const request = { method: 'GET', url: `${type}/${id}` };
  const tail = `,"request":${JSON.stringify(request)},"response":${JSON.stringify(response)}}`;
  return [`{"fullUrl":${JSON.stringify(resourceUrl(baseUrl, version))},"resource":`, content, tail];
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
