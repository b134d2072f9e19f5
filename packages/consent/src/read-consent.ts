import { dateIn } from '@dhp/fhir-search/values';
import { readProvision, type Provision } from './provision.ts';
import type { ReadConsent, Refusal } from './refusals.ts';
import { coversOf, localReference, objectOf, objectsOf, type ConsentMeans, type Json } from './values.ts';

export type { ConsentMeans } from './values.ts';

export const nationalProfile = 'https://dhp.uz/fhir/core/StructureDefinition/uz-core-consent';

/**
 * Whether a Consent is in the national reading: `meta.profile` names the national profile, of any version.
 * @example
 * isNational({ resourceType: 'Consent', meta: { profile: ['https://dhp.uz/fhir/core/StructureDefinition/uz-core-consent|0.7.0'] } }); // true
 */
export function isNational({ meta }: Json): boolean {
  const { profile } = objectOf(meta);
  const profiles: readonly unknown[] = Array.isArray(profile) ? profile : [];
  return profiles.some((each) => typeof each === 'string' && each.split('|')[0] === nationalProfile);
}

/**
 * Returns what a Consent says; undefined if it says nothing to this server: it is not active, or its subject is no Patient here.
 *
 * In R5 a provision is an exception to the decision, and a nested one to the provision around it. In the national profile it says what the
 * decision is about. Where a part cannot be understood, what refuses holds without it and what permits does not hold; so it is for a period
 * that cannot be read.
 * https://hl7.org/fhir/R5/consent.html
 * @example
 * const consent = { resourceType: 'Consent', status: 'active', subject: { reference: 'Patient/1' }, decision: 'deny' };
 * readConsent(consent, { timeZone: 'Asia/Tashkent', ownBases: [] })?.refusals; // [{ all: [], except: [] }]
 */
export function readConsent(consent: Json, means: ConsentMeans): ReadConsent | undefined {
  if (consent['status'] !== 'active') return undefined;
  const [type, patient] = localReference(consent['subject'], means)?.split('/') ?? [];
  if (type !== 'Patient' || patient === undefined) return undefined;
  const { decision } = consent;
  const { since, until, isRead } = coversOf(consent['period'], means);
  const dated = dateIn(consent, 'date', means.timeZone);
  const national = isNational(consent);
  const provisions = objectsOf(consent['provision']).map((one) =>
    readProvision(national ? withoutPurpose(one) : one, means),
  );
  return {
    ...{ patient, since, until },
    // If its time is unknown, it may not be the latest: it counts in addition to the others, and replaces none.
    national: national && isRead && dated !== 'unknown',
    dated: dated === 'unknown' ? undefined : dated?.low,
    refusals: national ? byDecision(decision, provisions) : byExceptions(decision, provisions),
    grantees: decision === 'permit' && isRead ? granteesOf(consent, means) : [],
  };
}

/** The only purpose that the national profile knows, the keeping of records, is all that the platform does. */
function withoutPurpose({ purpose, ...others }: Json): Json {
  const isAll = objectsOf(purpose).some(({ code }) => code === 'RECORDMGT');
  return isAll || purpose === undefined ? others : { ...others, purpose };
}

/** The decision, modified by the provisions if there are any. */
function byDecision(decision: unknown, provisions: readonly Provision[]): Refusal[] {
  if (decision === 'permit') return [];
  if (provisions.length === 0) return decision === 'deny' ? [{ all: [], except: [] }] : [];
  return provisions.flatMap((provision) => under(provision, [], true));
}

/** The provisions are exceptions to the decision; one without a decision is taken for a refusal. */
function byExceptions(decision: unknown, provisions: readonly Provision[]): Refusal[] {
  if (decision !== 'deny') return provisions.flatMap((provision) => under(provision, [], true));
  const own: Refusal = { all: [], except: provisions.map(({ criteria }) => criteria) };
  return [own, ...provisions.flatMap((provision) => under(provision, [], false))];
}

/** The refusals in a provision and below it. @param refuses whether the provision itself refuses */
function under({ criteria, nested }: Provision, above: Refusal['all'], refuses: boolean): Refusal[] {
  const all = [...above, criteria];
  const below = nested.flatMap((each) => under(each, all, !refuses));
  return refuses ? [{ all, except: nested.map((each) => each.criteria) }, ...below] : below;
}

function granteesOf(consent: Json, means: ConsentMeans): string[] {
  const references = objectsOf(consent['grantee']).flatMap((each) => localReference(each, means) ?? []);
  return references.filter((each) => /^(RelatedPerson|Patient)\//.test(each));
}
