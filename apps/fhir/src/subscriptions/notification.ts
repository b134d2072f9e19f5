/** Bundles of type subscription-notification. https://hl7.org/fhir/R5/subscriptions.html#notifications */
import type { StoredVersion } from '@dhp/fhir-store';
import type { NumberedEvent } from '@dhp/fhir-store/subscriptions';
import { formatInstant } from '@dhp/fhir-model/instant';
import { etag } from '../http/etag.ts';
import { resourceUrl } from '../http/urls.ts';
import type { ContentKind } from './channel.ts';

export type NotificationType = 'handshake' | 'heartbeat' | 'event-notification' | 'query-status' | 'query-event';

/** The facts about a subscription in its SubscriptionStatus. */
export interface Told {
  readonly id: string;
  readonly status: string;
  /** Undefined if the content is empty: such a notification names no topic. */
  readonly topic: string | undefined;
  /** Undefined if it is omitted. */
  readonly numbered: number | undefined;
  readonly reason?: string | null | undefined;
  /** In the place of the reason alone: CodeableConcepts. */
  readonly errors?: readonly object[];
  readonly extension?: readonly object[];
}

/** An event as the receiver may see it: without a version, only its number. */
export interface ToldEvent extends NumberedEvent {
  readonly version: StoredVersion | undefined;
  /** Resources that the topic includes with it, as stored now. */
  readonly additional?: readonly StoredVersion[];
}

interface Place {
  readonly baseUrl: string;
  readonly timeZone: string;
}

/** SubscriptionStatus. Numbers are of type integer64, which JSON has as a string. https://hl7.org/fhir/R5/subscriptionstatus.html */
export function statusOf(
  {
    id,
    status,
    topic,
    numbered,
    reason,
    extension,
    errors = typeof reason === 'string' ? [{ text: reason }] : [],
  }: Told,
  type: NotificationType,
  { baseUrl, timeZone }: Place,
  events?: readonly ToldEvent[],
  content: ContentKind = 'empty',
): object {
  const nameOf = naming(baseUrl, content === 'full-resource' ? (events ?? []) : []);
  return {
    resourceType: 'SubscriptionStatus',
    // An entry of a searchset is found by its id.
    ...(type === 'query-status' && { id }),
    ...(extension !== undefined && { extension }),
    status,
    type,
    ...(numbered !== undefined && { eventsSinceSubscriptionStart: String(numbered) }),
    ...(events !== undefined &&
      events.length > 0 && {
        notificationEvent: events.map(({ number, happened, version, additional = [] }) => ({
          eventNumber: String(number),
          timestamp: formatInstant(happened, timeZone),
          ...(version !== undefined &&
            content !== 'empty' && { focus: { reference: nameOf(version), type: version.type } }),
          ...(additional.length > 0 &&
            content !== 'empty' && {
              additionalContext: additional.map((one) => ({ reference: nameOf(one), type: one.type })),
            }),
        })),
      }),
    subscription: { reference: resourceUrl(baseUrl, { type: 'Subscription', id }) },
    topic,
    ...(errors.length > 0 && { error: errors }),
  };
}

/**
 * References to resources; version-specific if the notification has several versions of one resource, since a plain reference would be
 * ambiguous.
 */
function naming(baseUrl: string, events: readonly ToldEvent[]): (version: StoredVersion) => string {
  const versions = new Map<string, Set<number>>();
  for (const version of events.flatMap((event) => [event.version ?? [], event.additional ?? []].flat())) {
    const url = resourceUrl(baseUrl, version);
    versions.set(url, (versions.get(url) ?? new Set()).add(version.versionId));
  }
  return (version) => {
    const url = resourceUrl(baseUrl, version);
    return (versions.get(url)?.size ?? 1) === 1 ? url : `${url}/_history/${String(version.versionId)}`;
  };
}

/** The parts of a notification; resources are not parsed, so that decimals keep their exact text. */
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
    for (const [version, isReported] of inFocus(events))
      parts.push(',', ...(isReported ? readEntryOf(version, place) : entryOf(version, place)));
    const { sent, named } = besides(events);
    for (const version of sent) parts.push(',', ...readEntryOf(version, place));
    for (const version of named) parts.push(',', namedEntryOf(version, place));
  }
  parts.push(']}');
  return parts;
}

/** Bytes of included resources; resources beyond this limit are referred to but not sent. */
const mostBytes = 4 * 1024 * 1024;

/**
 * The versions that events are about, each once, and one deletion per resource: entries without a version must not have the same address
 * (bdl-7). Each comes with a flag: whether only reported events refer to it, and no event of its change.
 */
function inFocus(events: readonly ToldEvent[]): Iterable<readonly [StoredVersion, boolean]> {
  const nameOf = ({ type, id, versionId, deleted }: StoredVersion): string =>
    `${type}/${id}/${deleted ? '' : String(versionId)}`;
  const found = new Map<string, readonly [StoredVersion, boolean]>();
  for (const { version, isReported = false } of events) {
    const name = version && nameOf(version);
    if (name !== undefined) found.set(name, [version!, isReported && found.get(name)?.[1] !== false]);
  }
  return found.values();
}

/**
 * Resources included with events, each version once and without those that an event is about (bdl-7); `named` are those beyond the limit of
 * size.
 */
export function besides(events: readonly ToldEvent[]): {
  readonly sent: readonly StoredVersion[];
  readonly named: readonly StoredVersion[];
} {
  const nameOf = ({ type, id, versionId }: StoredVersion): string => `${type}/${id}/${String(versionId)}`;
  const told = new Set(events.flatMap(({ version }) => (version === undefined ? [] : nameOf(version))));
  const once = new Map(events.flatMap(({ additional = [] }) => additional.map((one) => [nameOf(one), one] as const)));
  const [sent, named]: [StoredVersion[], StoredVersion[]] = [[], []];
  let bytes = 0;
  for (const [name, version] of once) {
    if (told.has(name)) continue;
    bytes += version.content.length;
    (bytes > mostBytes ? named : sent).push(version);
  }
  return { sent, named };
}

/** The entry of a resource that is not sent: the request that reads it. */
function namedEntryOf(version: StoredVersion, { baseUrl }: Place): string {
  const request = { method: 'GET', url: `${version.type}/${version.id}` };
  return JSON.stringify({ fullUrl: resourceUrl(baseUrl, version), request });
}

/** The entry of a resource that has not changed: as a read would return it. */
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
