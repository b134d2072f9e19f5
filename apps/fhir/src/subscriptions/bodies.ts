/** Texts of notifications, in the format that is wanted. */
import { jsonToXml } from '@dhp/fhir-xml';
import type { Channel } from './channel.ts';
import { notificationParts, type NotificationType, type Told } from './notification.ts';

/** The Bundle of a question, as one that was not asked for: the type of its SubscriptionStatus, which is its first entry. */
export function asNotification(body: string): string {
  return body
    .replace('"type":"query-event"', '"type":"event-notification"')
    .replace('<type value="query-event"/>', '<type value="event-notification"/>');
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
