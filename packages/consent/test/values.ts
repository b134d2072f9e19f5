/** Consents and callers for tests. */
import { nationalProfile, readConsent, type Asked, type ReadConsent } from '../src/index.ts';

export const means = { timeZone: 'Asia/Tashkent', ownBases: ['https://fhir.example/base'] };
const fhirTypes = 'http://hl7.org/fhir/fhir-types';

export const patient = { reference: 'Patient/1' };
export const act = (code: string): object => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentaction', code }],
});
export const actor = (reference: string, role?: string): object => ({
  reference: { reference },
  ...(role !== undefined && {
    role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: role }] },
  }),
});
export const type = (code: string): object => ({ system: fhirTypes, code });
export const purpose = (code: string): object => ({
  system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  code,
});
export const data = (meaning: string, reference: string): object => ({ meaning, reference: { reference } });

/** An active Consent of the patient, as R5 reads it. */
export function consent(members: object): Record<string, unknown> {
  return { resourceType: 'Consent', status: 'active', subject: patient, ...members };
}

/** The same as the national profile reads it. */
export function national(members: object): Record<string, unknown> {
  return consent({ meta: { profile: [nationalProfile] }, ...members });
}

/** @throws if the consent has no meaning */
export function read(given: Record<string, unknown>): ReadConsent {
  const found = readConsent(given, means);
  if (found === undefined) throw new Error(`says nothing: ${JSON.stringify(given)}`);
  return found;
}

export const doctor: Asked = {
  ...{ action: 'read', at: Date.parse('2026-03-01T12:00:00+05:00'), client: 'clinic', persons: ['Practitioner/1'] },
  ...{ organizations: ['Organization/1'], purposes: ['TREAT'] },
};
