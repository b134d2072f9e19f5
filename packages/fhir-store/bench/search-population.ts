/** Patients and their Observations as a hospital has them: a few codes for most of them, two years of dates. */
import { scanJson } from '@dhp/fhir-model';
import type { NewVersion } from '../src/index.ts';

export const patients = 10_000;
/** Patients with Conditions, and how many each of them has. */
export const diagnosed = 500;
export const each = 20;
const loinc = 'http://loinc.org';
const ucum = 'http://unitsofmeasure.org';
const day = 86_400_000;
const beginning = Date.UTC(2023, 0, 1);
const families = ['Karimov', 'Usmonov', 'Yoʻldoshev', 'Rahimov', 'Toʻrayev', 'Olimov', 'Nazarov', 'Xoʻjayev', 'Saidov'];

/** The same numbers in every run (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Returns one of 200 codes: the first is that of every tenth Observation, the last that of one in thousands. */
export function codeOf(share: number): string {
  return `${1000 + Math.floor(200 * share ** 2.5)}-${Math.floor(200 * share ** 2.5) % 10}`;
}

export async function* population(observations: number): AsyncGenerator<NewVersion & { id: string }> {
  const next = random(1);
  for (let n = 0; n < patients; n += 1) yield stored(patient(n, next));
  for (let n = 0; n < diagnosed * each; n += 1) yield stored(condition(n, next));
  for (let n = 0; n < observations; n += 1) yield stored(observation(n, next));
}

function stored(resource: { resourceType: string; id: string }): NewVersion & { id: string } {
  return { type: resource.resourceType, id: resource.id, source: scanJson(JSON.stringify(resource)), resource };
}

function patient(n: number, next: () => number) {
  return {
    resourceType: 'Patient',
    id: `p${n}`,
    identifier: [{ use: 'official', system: 'https://dhp.uz/fhir/core/sid/pid/uz/ni', value: String(30_000_000 + n) }],
    active: true,
    name: [{ use: 'official', family: `${families[n % families.length]!}${n % 701}`, given: ['Aziz', 'Botirovich'] }],
    telecom: [{ system: 'phone', value: `+99890${1_000_000 + n}`, use: 'mobile' }],
    gender: next() < 0.5 ? 'male' : 'female',
    birthDate: new Date(Date.UTC(1930, 0, 1) + Math.floor(next() * 30_000) * day).toISOString().slice(0, 10),
    address: [{ use: 'home', line: [`Amir Temur koʻchasi ${n % 300}`], city: 'Toshkent', country: 'UZ' }],
    managingOrganization: { reference: `Organization/org${n % 50}` },
  };
}

function condition(n: number, next: () => number) {
  return {
    resourceType: 'Condition',
    id: `c${n}`,
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
    },
    code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: `I${Math.floor(next() * 99)}` }] },
    subject: { reference: `Patient/p${Math.floor(n / each)}` },
    recordedDate: new Date(beginning + Math.floor(next() * 730 * day)).toISOString(),
  };
}

function observation(n: number, next: () => number) {
  const code = codeOf(next());
  const laboratory = next() < 0.6;
  return {
    resourceType: 'Observation',
    id: `o${n}`,
    identifier: [{ system: 'https://example.org/observations', value: String(n) }],
    status: next() < 0.97 ? 'final' : 'amended',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: laboratory ? 'laboratory' : 'vital-signs',
          },
        ],
      },
    ],
    code: {
      coding: [
        { system: loinc, code, display: `Measured ${code}` },
        { system: 'https://terminology.dhp.uz/observations', code: `uz-${code}` },
      ],
    },
    subject: { reference: `Patient/p${Math.floor(next() * patients)}` },
    encounter: { reference: `Encounter/e${Math.floor(n / 5)}` },
    effectiveDateTime: new Date(beginning + Math.floor(next() * 730 * day)).toISOString(),
    performer: [{ reference: `Practitioner/d${Math.floor(next() * 500)}` }],
    valueQuantity: { value: Math.round(next() * 2000) / 10, unit: 'mmol/L', system: ucum, code: 'mmol/L' },
  };
}
