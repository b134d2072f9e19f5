/** Resources that are refused whatever profile they meet, since storing them would lose data or have no effect that the client expects. */
import { patientCompartment } from '@dhp/fhir-search';
import { cohortFault } from '../cohort/member-filter.ts';
import type { ConsentPolicy } from '../contract/conformance.ts';
import { hearsConsents, type Services } from '../contract/interaction.ts';
import { failure, type Failure } from '../http/errors.ts';

type Json = Readonly<Record<string, unknown>>;

/** The failure of a write of the resource; undefined if it may be stored. */
export function notStorable(
  resource: Json,
  services: Pick<Services, 'policies' | 'consents' | 'baseUrl' | 'subscriptions' | 'timeZone' | 'clock' | 'store'>,
): Failure | undefined {
  const { policies, consents, baseUrl, subscriptions } = services;
  return (
    subsetted(resource) ??
    (subscriptions === undefined ? unservedSubscription(resource) : undefined) ??
    largeProfile(resource) ??
    unansweredGroup(resource, services) ??
    (hearsConsents({ policies }) ? consentOfNobody(resource, baseUrl) : consent(resource, consents))
  );
}

/** v3-ObservationValue, and its name before R4. */
const subsettedSystems = [
  'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  'http://hl7.org/fhir/v3/ObservationValue',
];

/**
 * A part of a resource, as returned for `_summary` and `_elements`: stored in place of the whole, it would delete the rest.
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

/** Refuses a Group whose members are defined by searches that cannot be answered. */
function unansweredGroup(
  resource: Json,
  { timeZone, clock, baseUrl, store }: Pick<Services, 'timeZone' | 'clock' | 'baseUrl' | 'store'>,
): Failure | undefined {
  if (resource['resourceType'] !== 'Group') return undefined;
  const own = store.knownSearchParameters();
  return cohortFault(resource, { timeZone, now: clock(), ownBases: [baseUrl], lenient: false, own });
}

/** The statuses of a subscription from which no notifications are expected. https://hl7.org/fhir/R5/valueset-subscription-status.html */
const silent: readonly unknown[] = ['off', 'entered-in-error'];

/** No notifications of it are sent; a client that stored a subscription would wait for them. */
export function unservedSubscription({ resourceType, status }: Json): Failure | undefined {
  if (resourceType !== 'Subscription' || silent.includes(status)) return undefined;
  const diagnostics =
    'There would be no notifications of it: this server serves no subscriptions, or it comes from a package, and so has no owner by whose rights events could be read. ' +
    'Follow the changes instead: [base]/$changes. ' +
    'A Subscription with the status off or entered-in-error is stored, and so is a SubscriptionTopic.';
  const given = typeof status === 'string' ? status.slice(0, 100) : '';
  return failure('subscription-unsupported', { status: given }, { diagnostics, expression: 'Subscription.status' });
}

/** A profile with more rules would make every resource that claims it too costly to validate. */
export const mostConstraints = 1_000;

/**
 * Refuses a profile with too many rules: counted in the differential, or without one in the snapshot, and in the context invariants of an
 * extension.
 */
function largeProfile({ resourceType, differential, snapshot, contextInvariant }: Json): Failure | undefined {
  if (resourceType !== 'StructureDefinition') return undefined;
  const stated = isObject(differential) ? differential : snapshot;
  const elements = isObject(stated) && Array.isArray(stated['element']) ? (stated['element'] as unknown[]) : [];
  let count = Array.isArray(contextInvariant) ? contextInvariant.length : 0;
  for (const element of elements) {
    const constraints = isObject(element) ? element['constraint'] : undefined;
    // A snapshot repeats the rules that R5 states on every element.
    if (Array.isArray(constraints)) count += constraints.filter((one) => !isObject(one) || !isOfR5(one)).length;
  }
  if (count <= mostConstraints) return undefined;
  const diagnostics = `The profile states ${count} constraints; at most ${mostConstraints} are taken. Divide it into profiles on parts of the resource.`;
  return failure(
    'profile-too-large',
    { count, limit: mostConstraints },
    { diagnostics, expression: 'StructureDefinition' },
  );
}

function isOfR5({ source }: Json): boolean {
  return typeof source === 'string' && source.startsWith('http://hl7.org/fhir/StructureDefinition/');
}

/** If consents are enforced, one that applies to no patient of this server would be mistaken for an effective refusal. */
function consentOfNobody({ resourceType, status, subject }: Json, baseUrl: string): Failure | undefined {
  if (resourceType !== 'Consent' || status !== 'active') return undefined;
  if (patientCompartment({ resourceType, subject }, [baseUrl]).length > 0) return undefined;
  const diagnostics =
    `Consent.subject ${namedBy(subject)}, and no Patient of this server by a reference: nobody could be held to the consent. ` +
    'Name the patient as Patient/[id]; a search finds it (Patient?identifier=…), and in a transaction the reference may be that search.';
  return failure('consent-subject-unresolved', {}, { diagnostics, expression: 'Consent.subject' });
}

function namedBy(subject: unknown): string {
  const { reference, identifier } = isObject(subject) ? subject : {};
  if (typeof reference === 'string') return `refers to ${JSON.stringify(reference.slice(0, 100))}`;
  return identifier === undefined ? 'names nobody' : 'has an identifier alone';
}

function consent({ resourceType }: Json, consents: ConsentPolicy): Failure | undefined {
  if (resourceType !== 'Consent' || consents !== 'refuse') return undefined;
  const diagnostics =
    'Consents are not enforced: what a token permits does not depend on them, and the operator has decided that none is stored ' +
    '(DHP_CONSENT=refuse). Keep it where it is acted upon, and do not rely on this server to do so.';
  return failure('consent-not-enforced', {}, { diagnostics, expression: 'Consent' });
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
