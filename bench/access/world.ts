/** Patients by the consents that they have given, their records, and Consents of many others. */
import type { PolicySet } from '@dhp/access-policies';
import { scanJson } from '@dhp/fhir-model';
import { nationalProfile } from '@dhp/consent';
import type { NewVersion } from '@dhp/fhir-store';

/** Patients of each kind, read in turn. */
const patientsOfKind = 40;
const observationsOfPatient = 60;

type Resource = Record<string, unknown> & { resourceType: string; id: string };

const actor = (reference: string): object => ({ actor: [{ reference: { reference } }] });

/** Consents of the patients of a kind; they refuse nothing to the clients of this benchmark. */
export const kinds = {
  'no consent': [],
  'a provision on an actor': [{ decision: 'permit', provision: [actor('Practitioner/else')] }],
  'a provision on codes and a time': [
    {
      decision: 'permit',
      provision: [
        {
          code: [{ coding: [{ system: 'urn:c', code: 'y' }] }],
          dataPeriod: { start: '2020-01-01', end: '2020-12-31' },
        },
      ],
    },
  ],
  'ten provisions': [
    { decision: 'permit', provision: Array.from({ length: 10 }, (_, n) => actor(`Practitioner/else-${String(n)}`)) },
  ],
  'a permission by an organisation': [{ decision: 'deny', provision: [actor('Organization/clinic')] }],
} satisfies Readonly<Record<string, readonly object[]>>;
export type Kind = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as Kind[];

export function patientsOf(kind: Kind): string[] {
  return Array.from({ length: patientsOfKind }, (_, n) => `k${String(kindNames.indexOf(kind))}-${String(n)}`);
}

/** All stored resources. @param others number of Consents of patients that are not read; nine of ten refuse a whole record */
export async function* world(others: number): AsyncGenerator<NewVersion & { id: string }> {
  yield version({ resourceType: 'Organization', id: 'clinic', name: 'clinic' });
  for (const kind of kindNames)
    for (const patient of patientsOf(kind)) for (const each of recordOf(patient, kinds[kind])) yield version(each);
  for (let n = 0; n < others; n += 1) yield version(consent(`other-${String(n)}`, `other-${String(n)}`, statedBy(n)));
  await Promise.resolve();
}

function statedBy(n: number): object {
  if (n % 10 === 0) return { decision: 'permit', provision: [actor(`Practitioner/${String(n % 500)}`)] };
  return { meta: { profile: [nationalProfile] }, decision: 'deny' };
}

function recordOf(patient: string, stated: readonly object[]): Resource[] {
  const subject = { reference: `Patient/${patient}` };
  const coding = { system: 'urn:c', code: 'x' };
  return [
    { resourceType: 'Patient', id: patient, active: true, name: [{ family: 'Karimova', given: ['Aziza'] }] },
    ...stated.map((members, n) => consent(`${patient}-${String(n)}`, patient, members)),
    ...Array.from({ length: observationsOfPatient }, (_, n) => ({
      ...{
        resourceType: 'Observation',
        id: `${patient}-${String(n)}`,
        status: 'final',
        subject,
        code: { coding: [coding] },
      },
      ...{ effectiveDateTime: `2026-0${String(1 + (n % 9))}-15`, performer: [{ reference: 'Organization/clinic' }] },
      valueQuantity: { value: n, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
    })),
  ];
}

function consent(id: string, patient: string, members: object): Resource {
  const subject = { reference: `Patient/${patient}` };
  return { resourceType: 'Consent', id, status: 'active', date: '2026-01-01', subject, ...members };
}

function version(resource: Resource): NewVersion & { id: string } {
  return { id: resource.id, type: resource.resourceType, source: scanJson(JSON.stringify(resource)), resource };
}

const open = { others: 'as-scoped', rules: [] } as const;
const rules: PolicySet['rules'] = [
  {
    ...{ name: 'clinic', effect: 'permit', who: { client: ['clinic'] }, types: ['Observation'] },
    ...{ interactions: ['read', 'search'], criteria: 'performer={organization}' },
  },
];
const labels: PolicySet['labels'] = {
  rules: [{ name: 'hiv', labels: ['urn:l|HIV'], codes: ['urn:c|hiv'] }],
  clearances: [],
};

/** Documents of access policies by the factors that they bring into force. */
export const documents: Readonly<Record<string, PolicySet>> = {
  scopes: open,
  consents: { ...open, consent: 'enforced', purposes: ['TREAT'] },
  'consents, labels, policies': { ...open, rules, labels, consent: 'enforced', purposes: ['TREAT'] },
};

/** Paths below the base URL. */
export const requests: Readonly<Record<string, (patient: string) => string>> = {
  'a read': (patient) => `/Observation/${patient}-7`,
  'a page of 20': (patient) => `/Observation?patient=${patient}&_count=20`,
  'a page of 50': (patient) => `/Observation?patient=${patient}&_count=50`,
};
