/** A world in which patients have random consents, and the answers of a server that holds only what these leave to a caller. */
import type { PolicySet } from '@dhp/access-policies';
import { baseUrl } from '../environment.ts';
import { interferenceOfFactors } from './narrowed.ts';
import type { OnAnswer } from './side.ts';
import { interference, oneOf, patients, randomOf, type Random, type Resource } from './world.ts';

/** All consents are in force. */
export const enforced: PolicySet = { others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'] };

/** Callers to whom some consents refuse something: a client without an organisation, and a doctor in teams and groups. */
const callers: readonly Readonly<Record<string, unknown>>[] = [
  { scope: 'system/*.rs', client_id: 'clinic' },
  {
    ...{ scope: 'user/*.rs', client_id: 'portal', sub: 'a-doctor', fhirUser: `${baseUrl}/Practitioner/d` },
    ...{ roles: ['family-doctor Organization/7'], policies: ['user/*.rs'] },
  },
];

/** Roles, teams and groups that everybody may see, with the doctor in some of them. */
function groups(random: Random): Resource[] {
  const one = oneOf(random);
  const members = [
    'Practitioner/d',
    'Practitioner/else',
    'PractitionerRole/mine',
    'Organization/7',
    'CareTeam/inner',
    'Group/all',
  ];
  const member = (): object => ({ reference: one(members) });
  const status = (): string => one(['active', 'active', 'inactive']);
  return [
    { resourceType: 'Organization', id: '7', name: 'x' },
    { resourceType: 'Practitioner', id: 'else' },
    {
      resourceType: 'PractitionerRole',
      id: 'mine',
      practitioner: { reference: one(['Practitioner/d', 'Practitioner/else']) },
    },
    { resourceType: 'CareTeam', id: 'inner', status: status(), participant: [{ member: member() }] },
    {
      resourceType: 'CareTeam',
      id: 'outer',
      status: status(),
      participant: [{ member: member() }, { member: member() }],
    },
    {
      ...{
        resourceType: 'Group',
        id: 'all',
        type: 'practitioner',
        membership: one(['enumerated', 'enumerated', 'definitional']),
      },
      member: [{ entity: member() }, { entity: member(), inactive: random(3) === 0 }],
    },
  ];
}

/**
 * Returns consents of the patients: for the whole record, for parts of it, for others; refusing and permitting. In each world one patient
 * refuses everything.
 */
export function randomConsents(random: Random): Resource[] {
  const one = oneOf(random);
  const client = (value: string): object => ({
    actor: [{ reference: { identifier: { system: 'urn:dhp:sso:client', value } } }],
  });
  const disclose = { action: [{ coding: [{ code: 'disclose' }] }] };
  const meta = { profile: ['https://dhp.uz/fhir/core/StructureDefinition/uz-core-consent'] };
  const named = (): object => ({
    actor: [
      { reference: { reference: one(['CareTeam/inner', 'CareTeam/outer', 'Group/all', 'PractitionerRole/mine']) } },
    ],
  });
  const code = { code: [{ coding: [{ system: 'urn:c', code: one(['x1', 'x2', 'x3']) }] }] };
  const members: readonly object[] = [
    { meta, decision: 'deny', provision: [disclose] },
    { meta, decision: 'permit', provision: [disclose] },
    { decision: 'deny' },
    { decision: 'permit', provision: [client('clinic')] },
    { decision: 'permit', provision: [client('other')] },
    { decision: 'permit', provision: [code] },
    { decision: 'permit', provision: [named()] },
    { decision: 'deny', provision: [named()] },
    { decision: 'deny', provision: [{ ...named(), provision: [code] }] },
    { decision: 'permit', provision: [{ resourceType: [{ code: one(['Observation', 'Encounter', 'List']) }] }] },
    { decision: 'deny', provision: [client('clinic')] },
    {
      decision: 'permit',
      provision: [{ dataPeriod: { start: '2024-05-01' }, resourceType: [{ code: 'Observation' }] }],
    },
    { decision: 'permit', provision: [{ ...code, provision: [client('clinic')] }] },
    { status: 'inactive', decision: 'deny' },
  ];
  return patients.map((id, n) => ({
    ...{ resourceType: 'Consent', id: `k-${id}`, status: 'active', subject: { reference: `Patient/${id}` } },
    ...(n === 0 ? members[0] : one(members.slice(1))),
  }));
}

/** As `interferenceOfFactors`, for the world of a seed: the resources that consents leave, including the Consents. */
export function interferenceOfConsents(seed: number, count: number, onAnswer?: OnAnswer): Promise<number> {
  const random = randomOf(seed);
  const { everything: world, question } = interference(random);
  const everything = [...world, ...groups(random), ...randomConsents(random)];
  const questions = Array.from({ length: count }, question);
  const caller = callers[seed % callers.length]!;
  return interferenceOfFactors({ seed, questions, everything, policies: enforced, caller, onAnswer });
}
