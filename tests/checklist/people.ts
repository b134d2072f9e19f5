import type { Accounts } from '@dhp/accounts';

export const people = {
  patient1: { username: 'patient1', password: 'the first patient' },
  doctor1: { username: 'doctor1', password: 'the first doctor' },
  doctor2: { username: 'doctor2', password: 'the second doctor' },
  /** Rows about people change them: each of these belongs to one row. */
  locked1: { username: 'locked1', password: 'a person who is locked' },
  mfa1: { username: 'mfa1', password: 'a person with codes' },
  mfa2: { username: 'mfa2', password: 'a person without codes' },
  pk1: { username: 'pk1', password: 'a person with passkeys' },
  owner1: { username: 'owner1', password: 'the first of owners' },
  owner2: { username: 'owner2', password: 'the second of owners' },
  owner3: { username: 'owner3', password: 'the third of owners' },
  owner4: { username: 'owner4', password: 'the fourth of owners' },
} as const;

export type PersonName = keyof typeof people;

export async function makePeople(accounts: Accounts): Promise<void> {
  const environment = 'playground' as const;
  await accounts.create({
    ...people.patient1,
    name: 'Olim Usmonov',
    identities: [{ environment, type: 'Patient', fhir_id: 'p-1' }],
  });
  const { patient1: _, ...healthWorkers } = people;
  for (const [n, person] of Object.values(healthWorkers).entries()) {
    await accounts.create({
      ...person,
      name: person === people.doctor2 ? 'Laylo Rahimova' : 'Aziza Karimova',
      email: `${person.username}@example.uz`,
      identities: [{ environment, type: 'Practitioner', fhir_id: `pr-${String(n + 1)}` }],
    });
  }
}
