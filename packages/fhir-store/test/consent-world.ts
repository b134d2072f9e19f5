/** Random consents, resources, callers, and roles, teams and groups to which callers belong. */
import type { Asked, ConsentMemberships, ConsentResource } from '@dhp/consent';
import type { JsonResource } from '@dhp/fhir-search';
import type { Consented } from '@dhp/search-index';
import { careHash } from '@dhp/search-index/care';
import { consentHash, consentVerbs, undecidedActors } from '@dhp/search-index/consents';
import { hash64 } from '@dhp/search-index/keys';

const allUnknown = undecidedActors.organizations | undecidedActors.members | undecidedActors.others;

/** A caller without any known attribute. */
export const nobody: Consented = {
  ...{ op: 'consented', of: 'record', action: consentVerbs.read, callers: [], purposes: undefined },
  ...{ unknown: allUnknown, own: [], opened: [], persons: [], organizations: [] },
  ...{ members: undefined, hands: [careHash.subject('nobody')] },
};

export const consentOf = (patient: string, members: object = {}): JsonResource => ({
  ...{ resourceType: 'Consent', status: 'active', decision: 'deny', subject: { reference: `Patient/${patient}` } },
  ...members,
});

/** A sequence that is the same for the same seed. */
export function randomOf(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
export type Random = ReturnType<typeof randomOf>;

export const oneOf =
  (random: Random) =>
  <Item>(items: readonly Item[]): Item =>
    items[random(items.length)]!;

const codes = ['x', 'y'];
const unknown = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
};
const ended = [{ end: '2020-01-01' }, { end: '2020' }, { start: '2001', end: '2020-01' }];
const going = [{ start: '2020-01-01' }, { start: '2020', end: '2999' }];
const untold = [
  { start: '2020', end: 'some day' },
  { start: '2020', _end: unknown },
  { start: '2020', end: '2001' },
  unknown,
];
const periods = [...ended, ...going, ...untold];
const groups = ['CareTeam/1', 'CareTeam/2', 'Group/1', 'Group/2', 'PractitionerRole/1', 'CareTeam/missing'];
const actors = ['Practitioner/1', 'Practitioner/2', 'Organization/1', 'RelatedPerson/1', ...groups];

/** By reference, or by a client too, or by that alone. */
function named(random: Random, reference: string): object {
  const identifier = { system: 'urn:dhp:sso:client', value: oneOf(random)(['c', 'another']) };
  return oneOf(random)([{ reference }, { reference }, { reference }, { reference, identifier }, { identifier }]);
}

function provision(random: Random, depth: number): Record<string, unknown> {
  const one = oneOf(random);
  const made: Record<string, unknown> = {};
  const add = (name: string, of: () => unknown, times = 4): void => {
    if (random(times) === 0) made[name] = of();
  };
  add('actor', () => [one(actors), one(actors)].map((reference) => ({ reference: named(random, reference) })), 2);
  add('action', () => [{ coding: [{ code: one(['access', 'collect', 'dance']) }] }]);
  add('purpose', () => [{ code: one(['TREAT', 'HRESCH']) }]);
  add('resourceType', () => [{ code: one(['Observation', 'Condition']) }]);
  add('code', () => [{ coding: [{ system: 'urn:c', code: one(codes) }] }]);
  add('securityLabel', () => [{ system: 'urn:l', code: one(codes) }]);
  add('data', () => [
    {
      meaning: one(['instance', 'related', 'dependents', 'authoredby']),
      reference: { reference: one(['Observation/o', 'Encounter/e', 'Practitioner/1']) },
    },
  ]);
  add('dataPeriod', () => ({ start: '2026-01-01', ...(random(2) === 0 && { end: '2026-01-31' }) }));
  add('period', () => one(periods));
  add('expression', () => ({ language: 'text/cql', expression: 'x' }), 12);
  if (depth > 0 && random(2) === 0)
    made['provision'] = Array.from({ length: 1 + random(2) }, () => provision(random, depth - 1));
  return made;
}

export function randomConsent(random: Random, patient: string): JsonResource {
  const one = oneOf(random);
  const national = { meta: { profile: ['https://dhp.uz/fhir/core/StructureDefinition/uz-core-consent'] } };
  return consentOf(patient, {
    decision: one(['deny', 'permit']),
    date: one(['2026-01-01', '2026-02-01']),
    ...(random(3) === 0 && national),
    ...(random(4) === 0 && { grantee: [{ reference: 'RelatedPerson/1' }] }),
    ...(random(4) === 0 && { period: one(periods) }),
    ...(random(12) === 0 && { date: 'some day' }),
    ...(random(5) > 0 && { provision: Array.from({ length: 1 + random(3) }, () => provision(random, 2)) }),
  });
}

export interface Seen {
  readonly resource: JsonResource & { id: string };
  /** In the form that `decide` takes. */
  readonly seen: ConsentResource;
}

export function randomResource(random: Random, patient: string): Seen {
  const one = oneOf(random);
  const type = one(['Observation', 'Condition']);
  const [code, label, practitioner] = [one(codes), one(codes), one(['Practitioner/1', 'Practitioner/2'])];
  const isDated = random(3) > 0 && type === 'Observation';
  const month = one(['2026-01', '2026-03']);
  const resource = {
    ...{
      resourceType: type,
      id: 'o',
      subject: { reference: `Patient/${patient}` },
      encounter: { reference: 'Encounter/e' },
    },
    meta: { security: [{ system: 'urn:l', code: label }] },
    code: { coding: [{ system: 'urn:c', code }] },
    ...(isDated && { effectiveDateTime: `${month}-15` }),
    ...(type === 'Observation'
      ? { performer: [{ reference: practitioner }] }
      : { participant: [{ actor: { reference: practitioner } }] }),
  };
  const low = Date.parse(`${month}-15T00:00:00+05:00`);
  const seen = {
    ...{ reference: `${type}/o`, codes: [`urn:c|${code}`], labels: [`urn:l|${label}`] },
    references: ['Encounter/e', practitioner, `Patient/${patient}`],
    authors: type === 'Observation' ? [practitioner] : [],
    date: isDated ? { low, high: low + 86_400_000 } : undefined,
  };
  return { resource, seen };
}

export interface Caller {
  readonly action: 'read' | 'write';
  readonly person: string | undefined;
  readonly organizations: readonly string[] | undefined;
  readonly purposes: readonly string[] | undefined;
  readonly subject: string;
  readonly isPatient: boolean;
}

export function randomCaller(random: Random, patient: string): Caller {
  const one = oneOf(random);
  const person = one([undefined, 'Practitioner/1', 'Practitioner/2', 'RelatedPerson/1', `Patient/${patient}`]);
  return {
    ...{ action: one(['read', 'write'] as const), person },
    ...{
      organizations: one([undefined, ['Organization/1'], ['Organization/2']]),
      purposes: one([undefined, ['TREAT'], ['HRESCH']]),
    },
    ...{ subject: one(['writer', 'other']), isPatient: person === `Patient/${patient}` },
  };
}

/** References to the caller, as membership links name it. */
export function actorsOf({ person, organizations }: Caller): string[] {
  return [person, ...(organizations ?? [])].filter((each) => each !== undefined);
}

/** @param memberships undefined: unknown */
export function askedBy(caller: Caller, memberships: ConsentMemberships | undefined): Asked {
  const { action, person, organizations, purposes, isPatient } = caller;
  const persons = person === undefined ? [] : [person];
  return {
    ...{ action, at: Date.now(), client: 'c', persons },
    ...{ organizations, purposes, isPatient, memberships },
  };
}

export function conditionBy(caller: Caller, isMemberKnown: boolean): Consented {
  const { action, person, organizations, purposes, subject, isPatient } = caller;
  return {
    ...{ ...nobody, action: consentVerbs[action], hands: [careHash.subject(subject)] },
    callers: [
      ...[consentHash.client('c'), ...actorsOf(caller).map(consentHash.actor)],
      ...actorsOf(caller).map((each) => consentHash.pair('c', each)),
    ],
    purposes: purposes?.map(consentHash.purpose),
    // Parts of organisations are decided elsewhere (`consent-actors.test.ts`): here they are known, or not, by the bit.
    unknown: organizations === undefined ? allUnknown : allUnknown & ~undecidedActors.organizations,
    own: isPatient ? [hash64(person!)] : [],
    persons: person !== undefined && /^(RelatedPerson|Patient)/.test(person) ? [consentHash.actor(person)] : [],
    members: isMemberKnown ? actorsOf(caller).map(careHash.reference) : undefined,
  };
}

/** A random role, team, group or organisation, with its reference. */
export function randomGroup(random: Random): { readonly name: string; readonly resource: JsonResource } {
  const one = oneOf(random);
  const name = one([...groups.slice(0, -1), 'Organization/2']);
  const [type, id] = name.split('/') as [string, string];
  const of = { resourceType: type, id };
  const persons = ['Practitioner/1', 'Practitioner/2', 'RelatedPerson/1', 'Organization/1', 'Organization/2'];
  const member = (): object => ({ reference: random(4) > 0 ? one(persons) : one(groups) });
  const period = (): object => (random(3) > 0 ? {} : one(periods));
  const members = Array.from({ length: random(4) }, () => ({ of: member(), period: period() }));
  switch (type) {
    case 'PractitionerRole':
      return {
        name,
        resource: {
          ...of,
          active: random(4) > 0,
          practitioner: { reference: one(['Practitioner/1', 'Practitioner/2']) },
        },
      };
    case 'CareTeam': {
      const participant = members.map((each) => ({ member: each.of, coveragePeriod: each.period }));
      return {
        name,
        resource: { ...of, status: random(4) > 0 ? 'active' : one(['inactive', 'suspended']), participant },
      };
    }
    case 'Group': {
      const member = members.map((each) => ({ entity: each.of, period: each.period, inactive: random(5) === 0 }));
      return {
        name,
        resource: {
          ...of,
          membership: random(5) > 0 ? 'enumerated' : 'definitional',
          active: random(5) > 0,
          member,
        },
      };
    }
    default:
      return { name, resource: { ...of, ...(random(2) === 0 && { partOf: { reference: 'Organization/1' } }) } };
  }
}
