/** The decision of a patient's consents about one resource and one caller: the reference for the rows with which a store decides. */
import type { Action, Actors, Criteria, Data, ReadConsent, Refusal } from './refusals.ts';

/** A caller and the intended action. */
export interface Asked {
  readonly action: Action;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly client: string;
  /** Local references to the records of the caller's person. */
  readonly persons: readonly string[];
  /** Local references to organisations for which the caller acts; undefined if unknown. */
  readonly organizations?: readonly string[] | undefined;
  /** Roles, teams and groups to which the caller belongs; undefined if unknown. */
  readonly memberships?: ConsentMemberships | undefined;
  /** Codes of purposes of use; undefined if no purpose is stated. */
  readonly purposes?: readonly string[] | undefined;
  /** Whether the patient asks. */
  readonly isPatient?: boolean | undefined;
}

/** Local references to PractitionerRoles, CareTeams and Groups. */
export interface ConsentMemberships {
  readonly surely: ReadonlySet<string>;
  /** Groups that may refuse and do not permit: the caller has written them, or belongs to them through the parent of an organisation. */
  readonly maybe: ReadonlySet<string>;
  /** Whether all members of the group are known. */
  readonly isKnown: (group: string) => boolean;
}

/** A resource, as far as consents look at it. */
export interface ConsentResource {
  readonly reference: string;
  /** `system|code`, each. */
  readonly codes?: readonly string[];
  readonly labels?: readonly string[];
  /** Its own kind, of a document. */
  readonly documents?: readonly string[];
  /** Local references in it. */
  readonly references?: readonly string[];
  readonly authors?: readonly string[];
  /** The main date of the resource; undefined if it has none. */
  readonly date?: { readonly low: number; readonly high: number } | undefined;
}

export type ConsentDecision =
  | { readonly decision: 'permit'; readonly reason: 'no-consent' | 'own-record' | 'grantee' | 'not-refused' }
  /** The consent that refuses. */
  | { readonly decision: 'deny'; readonly reason: 'consent'; readonly by: ReadConsent };

/**
 * Returns the decision of the consents of a patient: each one in force may refuse, and a refusal wins. Without one everything is permitted.
 * Of those in the national reading only the latest counts. The patient, and persons with a grant, are refused only by provisions that name
 * them. If it is unknown whether a provision holds, a refusing one does, and a permitting one does not.
 * @param consents of one patient; later ones of the same date win over earlier ones
 * @example
 * const consents = [readConsent(optOut, means)!];
 * decide(consents, { action: 'read', at: Date.now(), client: 'clinic', persons: [] }, { reference: 'Observation/1' }).decision; // 'deny'
 */
export function decide(consents: readonly ReadConsent[], asked: Asked, resource: ConsentResource): ConsentDecision {
  const inForce = consents.filter(({ since, until }) => since <= asked.at && asked.at < until);
  const latest = inForce.filter(({ national }) => national).reduce(later, undefined);
  const heard = inForce.filter((each) => !each.national || each === latest);
  if (heard.length === 0) return { decision: 'permit', reason: 'no-consent' };
  const isGrantee = heard.some(({ grantees }) => grantees.some((each) => asked.persons.includes(each)));
  const caller = { ...asked, isPatient: asked.isPatient === true || isGrantee };
  const by = heard.find(({ refusals }) => refusals.some((refusal) => refuses(refusal, caller, resource)));
  if (by !== undefined) return { decision: 'deny', reason: 'consent', by };
  if (asked.isPatient === true) return { decision: 'permit', reason: 'own-record' };
  return { decision: 'permit', reason: isGrantee ? 'grantee' : 'not-refused' };
}

function later(one: ReadConsent | undefined, other: ReadConsent): ReadConsent {
  return one !== undefined && (one.dated ?? -Infinity) > (other.dated ?? -Infinity) ? one : other;
}

function refuses({ all, except }: Refusal, asked: Asked, resource: ConsentResource): boolean {
  const namesCaller = all.some(({ actors }) => actors !== undefined && isNamed(actors, asked, 'maybe'));
  if (asked.isPatient === true && !namesCaller) return false;
  return (
    all.every((one) => holds(one, asked, resource, 'maybe')) &&
    !except.some((one) => holds(one, asked, resource, 'surely'))
  );
}

function holds(criteria: Criteria, asked: Asked, resource: ConsentResource, how: 'maybe' | 'surely'): boolean {
  const { since, until, actions, actors, purposes, data, understood } = criteria;
  const isMaybe = how === 'maybe';
  if (!understood && !isMaybe) return false;
  if (asked.at < since || asked.at >= until) return false;
  if (actions !== undefined && !isOfAction(actions, asked.action, isMaybe)) return false;
  if (actors !== undefined && !isNamed(actors, asked, how) && !(isMaybe && mayBeNamed(actors, asked))) return false;
  if (purposes !== undefined && !(asked.purposes?.some((each) => purposes.includes(each)) ?? isMaybe)) return false;
  return data.every((each) => isOf(each, resource, isMaybe));
}

/** Refusing reads refuses writes, too; permitting writes does not permit reads. */
function isOfAction(actions: readonly Action[], asked: Action, isMaybe: boolean): boolean {
  return actions.includes(asked) || (isMaybe && asked === 'write');
}

function isNamed({ references, clients, pairs }: Actors, asked: Asked, how: 'maybe' | 'surely'): boolean {
  const { client, persons, organizations = [], memberships } = asked;
  const isItself = (one: string): boolean => persons.includes(one) || organizations.includes(one);
  const is = (one: string): boolean => isItself(one) || (hasMembers.test(one) && memberships?.surely.has(one) === true);
  const isPair = (pair: Actors['pairs'][number]): boolean =>
    how === 'surely'
      ? client === pair.client && isItself(pair.reference)
      : client === pair.client || is(pair.reference);
  return clients.includes(client) || references.some(is) || pairs.some(isPair);
}

const persons = /^(Practitioner|Patient|RelatedPerson|Device)\//;
const hasMembers = /^(PractitionerRole|CareTeam|Group)\//;

function mayBeNamed({ references, pairs, others }: Actors, { organizations, memberships }: Asked): boolean {
  return (
    others ||
    [...references, ...pairs.map(({ reference }) => reference)].some((each) => {
      if (persons.test(each)) return false;
      if (each.startsWith('Organization/')) return organizations === undefined;
      if (!hasMembers.test(each) || memberships === undefined) return true;
      return memberships.maybe.has(each) || !memberships.isKnown(each);
    })
  );
}

function isOf(data: Data, resource: ConsentResource, isMaybe: boolean): boolean {
  const { reference, codes = [], labels = [], documents = [], date } = resource;
  switch (data.kind) {
    case 'type':
      return data.any.includes(reference.split('/')[0]!);
    case 'code':
      return codes.some((each) => data.any.includes(each));
    case 'label':
      return labels.some((each) => data.any.includes(each));
    case 'document':
      return documents.some((each) => data.any.includes(each));
    case 'date':
      return date === undefined ? isMaybe : date.low < data.until && date.high > data.since;
    case 'reference':
      return data.any.some((each) => leads(each, resource, isMaybe));
  }
}

function leads(
  { as, reference }: Extract<Data, { kind: 'reference' }>['any'][number],
  resource: ConsentResource,
  isMaybe: boolean,
): boolean {
  const { references = [], authors = [] } = resource;
  switch (as) {
    case 'own':
      return resource.reference === reference;
    case 'referring':
      return references.includes(reference);
    case 'referred':
      return isMaybe; // a resource does not contain the references to it
    case 'author':
      return authors.includes(reference);
  }
}
