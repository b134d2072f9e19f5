import type { CodeableConcept, Coding, Extension, Identifier, Meta, Quantity, Reference } from '@dhp/fhir-model';

const nationalProfile = 'https://dhp.uz/fhir/core/StructureDefinition/';
const nationalCodes = 'https://terminology.dhp.uz/fhir/core/CodeSystem/';
const hl7Codes = 'http://terminology.hl7.org/CodeSystem/';

/** Canonical of a national profile or extension. */
export function national(name: string): string {
  return nationalProfile + name;
}

/** Code systems by short names: one place for every URL that the population writes. */
export const systems = {
  icd10: 'http://hl7.org/fhir/sid/icd-10',
  cvx: 'http://hl7.org/fhir/sid/cvx',
  loinc: 'http://loinc.org',
  snomed: 'http://snomed.info/sct',
  ucum: 'http://unitsofmeasure.org',
  atc: 'http://www.whocc.no/atc',
  iso3166: 'urn:iso:std:iso:3166',
  v2: (table: string): string => `${hl7Codes}v2-${table}`,
  v3: (name: string): string => `${hl7Codes}v3-${name}`,
  hl7: (name: string): string => hl7Codes + name,
  national: (name: string): string => nationalCodes + name,
} as const;

/** Identifier systems of the platform: `pid` people, `pro` professionals, `org` organisations. */
export function sid(path: string): string {
  return `https://dhp.uz/fhir/core/sid/${path}`;
}

export function coding(system: string, code: string, display?: string): Coding {
  return display === undefined ? { system, code } : { system, code, display };
}

export function concept(system: string, code: string, display?: string): CodeableConcept {
  return { coding: [coding(system, code, display)] };
}

export function quantity(value: number, unit: string, code: string): Quantity {
  return { value, unit, system: systems.ucum, code };
}

export function reference(type: string, id: string, display?: string): Reference {
  return display === undefined ? { reference: `${type}/${id}` } : { reference: `${type}/${id}`, display };
}

/** An identifier with its type from HL7 table 0203. Some national profiles fix the display too. */
export function identifier(
  system: string,
  value: string,
  type: string,
  o: { use?: string; display?: string },
): Identifier {
  const base = { type: concept(systems.v2('0203'), type, o.display), system, value };
  return o.use === undefined ? base : { use: o.use, ...base };
}

/** Names and titles are Uzbek; other languages follow by this extension. */
export function translation(language: string, content: string): Extension {
  return {
    url: 'http://hl7.org/fhir/StructureDefinition/translation',
    extension: [
      { url: 'lang', valueCode: language },
      { url: 'content', valueString: content },
    ],
  };
}

/** HTEST (test health data): every person of the population has this label, so that nobody is mistaken for a real one. */
const testData = coding(systems.v3('ActReason'), 'HTEST', 'test health data');

export function meta(...profiles: string[]): Meta {
  return { profile: profiles };
}

export function personMeta(profile: string): Meta {
  return { profile: [profile], security: [testData] };
}
