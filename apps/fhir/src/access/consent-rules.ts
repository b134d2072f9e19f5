/** The resources that no consent refuses to a caller, as a condition that the store puts into its statements. docs/decisions/0047-consents.md */
import type { Condition, Consented } from '@dhp/search-index';
import { careHash } from '@dhp/search-index/care';
import { consentHash, consentVerbs, undecidedActors } from '@dhp/search-index/consents';
import { hash64, keyOf, seedOf } from '@dhp/search-index/keys';
import type { Access } from '../contract/access.ts';
import { isByItself, organizationsByItself } from './by-itself.ts';
import type { ConsentsInForce } from '../contract/known-policies.ts';
import type { Permission } from '../contract/permission.ts';
import type { Rules } from '../contract/rules.ts';
import { purposesOf } from './policy-rules.ts';
import { patientAccess } from './patient-access.ts';
import type { RuleServices } from './read-rules.ts';

/**
 * Consents apply to resources in the compartment of a patient, and to documents by their subject. For a Binary, the resource in its
 * securityContext decides. While consents are not in force, they hide nothing.
 */
export function consentRules({ policies }: Pick<RuleServices, 'policies'>, access: Access): Rules {
  let latest: { readonly of: ConsentsInForce; readonly rules: Map<string, Condition> } | undefined;
  return (permission, type) => {
    const of = policies.current()?.consents;
    if (of === undefined) return true;
    const kind = kindOf(type);
    if (kind === undefined) return true;
    if (latest?.of !== of) latest = { of, rules: new Map() };
    const key = `${permission} ${kind}`;
    const known = latest.rules.get(key);
    if (known !== undefined) return known;
    const rule = ruleOf(permission, kind, access, of);
    latest.rules.set(key, rule);
    return rule;
  };
}

type Kind = 'Binary' | 'Bundle' | 'Consent' | 'record';

function kindOf(type: string): Kind | undefined {
  if (type === 'Binary' || type === 'Bundle' || type === 'Consent') return type;
  return patientAccess.has(type) ? 'record' : undefined;
}

function ruleOf(permission: Permission, kind: Kind, access: Access, of: ConsentsInForce): Condition {
  if (kind === 'Binary') return { op: 'all', of: [] }; // each is asked about
  const isRead = permission === 'r' || permission === 's';
  // A Consent that is written in an emergency would outlast it.
  const inForce = kind === 'Consent' && !isRead ? { ...of, isOverridden: false } : of;
  const consented = asked(permission, access, inForce, kind === 'Bundle' ? 'first-resource' : 'record');
  return kind === 'Consent' && isRead ? { op: 'any', of: [consented, ...managed(access)] } : consented;
}

function asked(
  permission: Permission,
  access: Access,
  { purposes, isOverridden }: ConsentsInForce,
  of: Consented['of'],
): Consented {
  const { clientId, person, positions, emergency } = access;
  const actors = [person, ...positions.map(({ organization }) => organization)].filter((each) => each !== undefined);
  const isActing = person !== undefined && /^(RelatedPerson|Patient)\//.test(person);
  return {
    ...{ op: 'consented', of },
    action: permission === 'r' || permission === 's' ? consentVerbs.read : consentVerbs.write,
    callers: [
      ...[consentHash.client(clientId), ...actors.map(consentHash.actor)],
      ...actors.map((each) => consentHash.pair(clientId, each)),
    ],
    purposes: purposesOf(access, purposes)?.map(consentHash.purpose),
    organizations: positions.map(({ organization }) => hash64(organization)),
    members: isKnown(access) ? actors.map(careHash.reference) : undefined,
    hands: handsOf(access),
    // An organisation that is not known here may be a part of the one that a consent names.
    unknown: undecidedActors.organizations | undecidedActors.members | undecidedActors.others,
    own: ownPatients(access).map((each) => hash64(each)),
    opened: emergency !== undefined && isOverridden ? [hash64(`Patient/${emergency.patient}`)] : [],
    persons: isActing ? [consentHash.actor(person)] : [],
  };
}

/**
 * By whose own hand nothing is permitted: that of a client by itself is the hand of all clients of its organisations, too, and of a client of which nobody recorded for
 * which organisations it wrote.
 */
function handsOf(access: Access): bigint[] {
  const { clientId, subject } = access;
  if (!isByItself(access)) return [careHash.subject(subject)];
  const organizations = organizationsByItself(access);
  const own = [careHash.client(clientId), careHash.someClient];
  return organizations.length === 0 ? own : [...own, careHash.organizations(organizations)];
}

/** Whether it is known which person asks, and for which organisations; of a client by itself, for which one. */
function isKnown({ authority, person, positions }: Access): boolean {
  return person !== undefined || (authority === 'system' && positions.length > 0);
}

/** The record of the patient who asks. Somebody who acts for a patient is not the patient: that is granted by a consent. */
function ownPatients({ authority, patient, person }: Access): string[] {
  if (person?.startsWith('Patient/') === true) return [person];
  return authority === 'patient' && person === undefined && patient !== undefined ? [`Patient/${patient}`] : [];
}

/**
 * The Consents that the caller keeps, or that grant it something: it may see them regardless of their content. Changing one needs more
 * rights: otherwise a refused person could write a Consent that permits the writer.
 */
function managed({ person }: Access): Condition[] {
  if (person === undefined) return [];
  const keys = ['manager', 'controller', 'grantee'].map((parameter) => keyOf(seedOf('Consent', parameter), person));
  return [{ op: 'keys', any: keys, expect: 'some' }];
}
