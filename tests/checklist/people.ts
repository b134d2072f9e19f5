import type { Accounts } from '@dhp/sso';

export const people = {
  patient1: { username: 'patient1', password: 'the first patient' },
  doctor1: { username: 'doctor1', password: 'the first doctor' },
  doctor2: { username: 'doctor2', password: 'the second doctor' },
} as const;

export type PersonName = keyof typeof people;

export async function makePeople(accounts: Accounts): Promise<void> {
  const environment = 'playground' as const;
  await accounts.create({
    ...people.patient1,
    name: 'Olim Usmonov',
    identities: [{ environment, type: 'Patient', fhir_id: 'p-1' }],
  });
  await accounts.create({
    ...people.doctor1,
    name: 'Aziza Karimova',
    identities: [{ environment, type: 'Practitioner', fhir_id: 'pr-1' }],
  });
  await accounts.create({
    ...people.doctor2,
    name: 'Laylo Rahimova',
    identities: [{ environment, type: 'Practitioner', fhir_id: 'pr-2' }],
  });
}
