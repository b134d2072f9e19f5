/** @dhp/fhir-store/subscriptions: events of subscriptions, for code that makes, reports and delivers them. */
export type { SubscriptionStore } from './subscription-store.ts';
export type { FoldedSubscription, Hold, NewEvent, ReaderState, ReadPage } from './statements/event-reader.ts';
export type { Delivery, DeliveryFailure, Lane } from './statements/lanes.ts';
export {
  listSubscriptions,
  pauseSubscription,
  replaySubscription,
  resumeSubscription,
  type ListedSubscription,
  type SubscriptionFigures,
} from './statements/operated-subscriptions.ts';
export { reportType, type ReportedEvent, type StoredReport } from './statements/reported-events.ts';
export type { TestReceiverStore } from './test-receiver-store.ts';
export type { ReceiverAnswer, TestNotification, TestReceiver } from './statements/test-receivers.ts';
export type { NumberedEvent, StandingSubscription, SubscriptionRequest } from './statements/subscriptions.ts';
