/** The Observation that is measured: a laboratory result of 1.9 kB with the usual elements. All data is fictitious. */

const serialMark = '00000000000000';
const subjectMark = 'urn:uuid:00000000-0000-4000-8000-000000000000';

const concept = (system: string, code: string, display: string): object => ({
  coding: [{ system, code, display }],
  text: display,
});

const template = {
  resourceType: 'Observation',
  meta: { profile: ['http://example.org/fhir/StructureDefinition/bench-observation'] },
  identifier: [{ use: 'official', system: 'http://example.org/fhir/sid/result', value: serialMark }],
  status: 'final',
  category: [
    concept('http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory', 'Laboratory'),
    concept('http://example.org/fhir/CodeSystem/section', 'BIO', 'Biokimyo laboratoriyasi'),
  ],
  code: concept('http://loinc.org', 'CODE-1', 'Glucose [Moles/volume] in Serum or Plasma'),
  subject: { reference: subjectMark, display: 'Karimova Aziza Rustamovna' },
  encounter: { reference: 'Encounter/bench' },
  effectiveDateTime: '2026-0M-14T08:30:00+05:00',
  issued: '2026-09-14T11:05:00.000+05:00',
  performer: [
    { reference: 'Practitioner/bench', display: 'Yusupov Otabek' },
    { reference: 'Organization/bench', display: 'Markaziy laboratoriya' },
  ],
  valueQuantity: { value: 5.4, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
  interpretation: [concept('http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', 'N', 'Normal')],
  note: [
    { text: "Natija referent oraliqda. Namuna och qoringa olingan, gemoliz yo'q, qayta tekshiruv talab etilmaydi." },
  ],
  method: concept('http://example.org/fhir/CodeSystem/method', 'HK', 'Geksokinaza usuli'),
  referenceRange: [
    {
      low: { value: 3.9, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
      high: { value: 6.1, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
      text: '3.9 – 6.1 mmol/L',
    },
  ],
};

const text = JSON.stringify(template);

/**
 * An Observation as JSON text.
 * @param serial determines its unique identifier, its code and its month
 * @param subject a reference
 */
export function observation(serial: number, subject: string): string {
  return text
    .replace(serialMark, String(serial).padStart(serialMark.length, '0'))
    .replace('CODE-1', `${1000 + (serial % 200)}-1`)
    .replace('0M-14', `0${1 + (serial % 9)}-14`)
    .replace(subjectMark, subject);
}

/** Bytes of an Observation. */
export const observationBytes = Buffer.byteLength(text);
