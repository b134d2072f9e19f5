import { reject } from './setting.ts';

const people = {
  patients: 'Patient',
  relatives: 'RelatedPerson',
  'health-workers': 'Practitioner',
  administrators: 'administrator',
} as const;

/** A list of groups such as `health-workers`, as the types of their records; platform administrators have none. */
export function secondFactorRoles(text: string): (typeof people)[keyof typeof people][] {
  if (text.trim() === 'nobody') return [];
  return text.split(',').map((part) => {
    const name = part.trim();
    if (Object.hasOwn(people, name)) return people[name as keyof typeof people];
    return reject(`names "${name}"; the groups are ${Object.keys(people).join(', ')}`);
  });
}
