/** Resources that are refused whatever profile they meet, since storing them would lose or pretend something. */
import { failure, type Failure } from '../http/errors.ts';

type Json = Readonly<Record<string, unknown>>;

/** What becomes of consents: they are recorded, with a warning, or refused. */
export type ConsentPolicy = 'record' | 'refuse';

/** The failure that a write of the resource ends in; undefined for one that may be stored. */
export function notStorable(resource: Json, consents: ConsentPolicy): Failure | undefined {
  return (
    subsetted(resource) ?? unservedSubscription(resource) ?? (consents === 'refuse' ? consent(resource) : undefined)
  );
}

/** v3-ObservationValue, and its name before R4. */
const subsettedSystems = [
  'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  'http://hl7.org/fhir/v3/ObservationValue',
];

/**
 * A part of a resource, as `_summary` and `_elements` give it: put in the place of the whole, it would delete the rest.
 * https://hl7.org/fhir/R5/search.html#summary
 */
function subsetted({ resourceType, meta }: Json): Failure | undefined {
  const tags = isObject(meta) && Array.isArray(meta['tag']) ? (meta['tag'] as unknown[]) : [];
  const at = tags.findIndex(
    (tag) => isObject(tag) && tag['code'] === 'SUBSETTED' && subsettedSystems.includes(String(tag['system'])),
  );
  if (at < 0) return undefined;
  const type = String(resourceType);
  const diagnostics =
    'The tag SUBSETTED says that this is a part of the resource, as an answer with _summary or _elements has it. ' +
    'Storing it would lose what was left out: read the whole resource, change that and send it.';
  return failure('resource-subsetted', { type }, { diagnostics, expression: `${type}.meta.tag[${at}]` });
}

/** The states of a subscription that nobody expects a notification of. https://hl7.org/fhir/R5/valueset-subscription-status.html */
const silent: readonly unknown[] = ['off', 'entered-in-error'];

/** This server sends no notifications; who has stored a subscription would wait for them. */
export function unservedSubscription({ resourceType, status }: Json): Failure | undefined {
  if (resourceType !== 'Subscription' || silent.includes(status)) return undefined;
  const diagnostics =
    'This server sends no notifications, so nobody would ever hear of what the subscription is about. ' +
    'Ask for changes instead: [base]/Type/_history?_since=…, or a search with _lastUpdated. ' +
    'A Subscription with the status off or entered-in-error is stored, and so is a SubscriptionTopic.';
  const given = typeof status === 'string' ? status.slice(0, 100) : '';
  return failure('subscription-unsupported', { status: given }, { diagnostics, expression: 'Subscription.status' });
}

function consent({ resourceType }: Json): Failure | undefined {
  if (resourceType !== 'Consent') return undefined;
  const diagnostics =
    'Consents are not enforced: what a token permits does not depend on them, and the operator has decided that none is stored ' +
    '(DHP_CONSENT=refuse). Keep it where it is acted upon, and do not rely on this server to do so.';
  return failure('consent-not-enforced', {}, { diagnostics, expression: 'Consent' });
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
