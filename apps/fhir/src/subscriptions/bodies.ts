/** Texts of notifications in the requested format. */
import { jsonToXml } from '@dhp/fhir-xml';
import type { Channel } from './channel.ts';
import { notificationParts, type NotificationType, type Told } from './notification.ts';

/**
 * Turns the Bundle of a query into a notification by changing the type in its SubscriptionStatus, its first entry. Without events, because
 * none are stored any more, it becomes a heartbeat: it must not be an event notification (sst-1).
 */
export function asNotification(body: string): string {
  return body.replace(
    /("type":"|<type value=")query-(event|status)"/,
    (_, before: string, kind: string) => `${before}${kind === 'event' ? 'event-notification' : 'heartbeat'}"`,
  );
}

/** A notification without events: a handshake or a sign of life. */
export function plainNotification(
  told: Told,
  type: NotificationType,
  mimeType: Channel['mimeType'],
  place: { readonly baseUrl: string; readonly timeZone: string; readonly now: Date },
): string {
  const text = notificationParts(told, type, place).map(String).join('');
  return mimeType === 'application/fhir+json' ? text : jsonToXml(text);
}
