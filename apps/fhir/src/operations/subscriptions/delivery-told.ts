/**
 * The progress of a rest-hook's notifications, as `$status` shows it to its owner: numbers and times in an extension, and the fault in
 * `error`. docs/notifications.md
 */
import { formatInstant } from '@dhp/fhir-model/instant';
import type { Delivery, DeliveryFailure, StandingSubscription } from '@dhp/fhir-store/subscriptions';

const failureSystem = 'urn:dhp:subscription-failure';
const deliveryUrl = 'urn:dhp:subscription-delivery';

const paused =
  'Notifications are held back by an operator of the server, and go on later. Events are numbered meanwhile: $events tells them.';

/** A failure as a CodeableConcept. @param sentence replaces its own text */
export function failureConcept({ code, text }: DeliveryFailure, sentence = text): object {
  return { coding: [{ system: failureSystem, code }], text: sentence };
}

/** Members of `Told`. */
export function deliveryTold(
  { status, reason, numbered }: StandingSubscription,
  delivery: Delivery,
  { timeZone }: { readonly timeZone: string },
): { readonly errors: readonly object[]; readonly extension: readonly object[] } {
  const { acknowledged, waiting, due, tries, failing } = delivery;
  const instant = (url: string, time: Date | null): object[] =>
    time === null ? [] : [{ url, valueInstant: formatInstant(time, timeZone) }];
  const isSent = (status === 'requested' || status === 'active') && delivery.paused === null;
  const isAwaited = isSent && (tries > 0 || acknowledged < numbered);
  const parts = [
    { url: 'taken', valueInteger64: String(acknowledged) },
    ...instant('waiting-since', waiting),
    ...(tries > 0 ? [{ url: 'failures', valueInteger: tries }] : []),
    ...instant('failing-since', failing),
    ...instant('next-attempt', isAwaited ? due : null),
    ...instant('paused-since', delivery.paused),
  ];
  return { errors: errorsOf({ status, reason }, delivery), extension: [{ url: deliveryUrl, extension: parts }] };
}

function errorsOf(
  { status, reason }: Pick<StandingSubscription, 'status' | 'reason'>,
  { failure, ...delivery }: Delivery,
): object[] {
  const held = delivery.paused === null ? [] : [failureConcept({ code: 'paused', text: paused })];
  const isOfDelivery = failure !== null && (reason === null ? status !== 'off' : reason.includes(failure.text));
  if (!isOfDelivery) return reason === null ? held : [...held, { text: reason }];
  return [...held, failureConcept(failure, reason ?? `The last delivery failed: ${failure.text}. It is tried again.`)];
}
