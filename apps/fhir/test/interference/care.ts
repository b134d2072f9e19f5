/** A world in which a health worker cares for some of the patients, by random links. */
import type { PolicySet } from '@dhp/access-policies';
import { baseUrl } from '../environment.ts';
import { interferenceOfFactors } from './narrowed.ts';
import type { OnAnswer } from './side.ts';
import { interference, oneOf, patients, randomOf, type Random, type Resource } from './world.ts';

export const carePolicies: PolicySet = { others: 'as-scoped', rules: [], care: { roles: ['family-doctor'] } };

/** A caller whose role is bound to patients in care. */
export const familyDoctor = {
  ...{ scope: 'user/*.cruds', client_id: 'clinic', sub: 'a-doctor', fhirUser: `${baseUrl}/Practitioner/d` },
  ...{ roles: ['family-doctor Organization/7'], policies: ['user/*.cruds'] },
};

/**
 * Returns the world with links of each kind, including ended ones and those of others. The general practitioner of all patients is somebody
 * else; nobody cares for the last patient, and the first has an encounter.
 */
export function withCare(random: Random, everything: readonly Resource[]): Resource[] {
  const one = oneOf(random);
  const day = 86_400_000;
  const daysAgo = (days: number): string => new Date(Date.now() - days * day).toISOString();
  const cared = patients.slice(0, -1);
  const links = cared.flatMap((id, n): Resource[] => {
    const subject = { reference: `Patient/${id}` };
    const me = {
      reference: one([
        ...['Practitioner/d', 'PractitionerRole/mine', 'CareTeam/ours', 'CareTeam/all', 'Organization/8'],
        'Practitioner/else',
      ]),
    };
    const visit = {
      ...{
        resourceType: 'Encounter',
        id: `visit-${id}`,
        status: one(['in-progress', 'completed', 'cancelled']),
        subject,
      },
      ...{ actualPeriod: { start: daysAgo(90), end: daysAgo(one([80, 10])) } },
      ...(random(2) === 0
        ? { participant: [{ actor: { reference: 'Practitioner/d' } }] }
        : { serviceProvider: { reference: 'Organization/7' } }),
    };
    const owned = {
      resourceType: 'Task',
      id: `task-${id}`,
      status: one(['accepted', 'failed']),
      intent: 'order',
      for: subject,
    };
    return [
      n === 0 ? { ...visit, status: 'in-progress', actualPeriod: { start: daysAgo(1) } } : visit,
      { ...owned, owner: me },
    ];
  });
  const mine = { reference: 'Practitioner/d' };
  return [
    { resourceType: 'Organization', id: '8', name: 'y' },
    {
      resourceType: 'Organization',
      id: '7',
      name: 'x',
      ...(random(2) === 0 && { partOf: { reference: 'Organization/8' } }),
    },
    { resourceType: 'Practitioner', id: 'else' },
    ...everything.map((each) => {
      if (each.resourceType !== 'Patient') return each;
      return { ...each, generalPractitioner: [{ reference: 'Practitioner/else' }] };
    }),
    { resourceType: 'PractitionerRole', id: 'mine', active: random(2) === 0, practitioner: mine },
    { resourceType: 'CareTeam', id: 'ours', status: one(['active', 'inactive']), participant: [{ member: mine }] },
    {
      resourceType: 'CareTeam',
      id: 'all',
      status: 'active',
      participant: [{ member: { reference: 'CareTeam/ours' } }],
    },
    ...links,
  ];
}

/** As `interferenceOfFactors`, for the world of a seed. */
export function interferenceOfCare(seed: number, count: number, onAnswer?: OnAnswer): Promise<number> {
  const random = randomOf(seed);
  const { everything: world, question } = interference(random);
  const everything = withCare(random, world);
  const questions = Array.from({ length: count }, question);
  return interferenceOfFactors({ seed, questions, everything, policies: carePolicies, caller: familyDoctor, onAnswer });
}
