/** The resources that validation is measured with, as compact JSON. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { population } from '../../packages/synthetic-population/src/index.ts';

const clinicalTypes = [
  ...['Observation', 'Condition', 'Encounter', 'MedicationRequest', 'Procedure', 'DiagnosticReport'],
  ...['AllergyIntolerance', 'Immunization', 'ServiceRequest', 'CarePlan'],
];

/** Published examples of clinical types, of about 3 kB each. */
export function clinicalTexts(): string[] {
  const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));
  return readdirSync(folder)
    .filter((file) => clinicalTypes.some((type) => file.startsWith(`${type}-`)))
    .map((file) => JSON.stringify(JSON.parse(readFileSync(join(folder, file), 'utf8'))))
    .filter((text) => text.length > 2_300 && text.length < 3_700);
}

/** Elements of a brief Patient as a registry sends it: about 1 kB. */
const briefly = new Set([
  ...['resourceType', 'id', 'meta', 'identifier', 'active', 'name', 'telecom', 'gender', 'birthDate', 'address'],
]);

/** Synthetic patients that claim the national profile: whole, and reduced to elements that make up about 1 kB. */
export function nationalPatients(): { readonly whole: string[]; readonly brief: string[] } {
  const patients = [...population({ patients: 20, seed: 1, today: '2026-06-01' })].filter(
    ({ resourceType }) => resourceType === 'Patient',
  );
  const brief = patients.map((patient) =>
    Object.fromEntries(
      Object.entries(patient)
        .filter(([name]) => briefly.has(name))
        .map(([name, value]) => [name, name === 'name' ? withoutTranslations(value) : value]),
    ),
  );
  return { whole: patients.map((one) => JSON.stringify(one)), brief: brief.map((one) => JSON.stringify(one)) };
}

function withoutTranslations(names: unknown): unknown {
  return JSON.parse(
    JSON.stringify(names, (key, value: unknown) => (key.startsWith('_') ? undefined : value)),
  ) as unknown;
}
