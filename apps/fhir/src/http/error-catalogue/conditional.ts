import type { CatalogueEntry } from './entry.ts';

/** Conditional interactions: errors in their criteria or their matches. */
export const conditionalErrors = {
  'criteria-missing': {
    status: 400,
    issue: 'required',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'A conditional interaction on Patient needs search parameters that say which resource is meant.',
    },
  },
  'criteria-address-invalid': {
    status: 400,
    issue: 'value',
    severity: 'error',
    example: {
      values: { type: 'Patient', address: 'https://other.example/fhir/Patient' },
      diagnostics:
        'The criteria of a conditional create of Patient are at "https://other.example/fhir/Patient". Send a query ("identifier=…"), or the address of a search of Patient: "Patient?identifier=…" or "https://fhir.example.uz/Patient?identifier=…".',
    },
  },
  'multiple-matches': {
    status: 412,
    issue: 'multiple-matches',
    severity: 'error',
    example: {
      values: { type: 'Patient' },
      diagnostics: 'Patient?identifier=https%3A//id.example.uz|1 matches Patient/a, Patient/b.',
    },
  },
  'criteria-no-match': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    example: { values: { type: 'Patient' }, diagnostics: 'Patient?identifier=1 matches nothing.' },
  },
  'criteria-id-mismatch': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'The body has id "b", but Patient?identifier=1 matches Patient/a.',
      expression: 'Patient.id',
    },
  },
  'criteria-id-taken': {
    status: 409,
    issue: 'conflict',
    severity: 'error',
    example: {
      values: { type: 'Patient', id: 'a' },
      diagnostics: 'Patient?identifier=1 matches nothing, and Patient/a, the id in the body, exists already.',
      expression: 'Patient.id',
    },
  },
  'criteria-contended': {
    status: 409,
    issue: 'conflict',
    severity: 'error',
    retryAfter: 1,
    example: { values: {}, diagnostics: 'What Patient?identifier=1 matches was changed by others 10 times.' },
  },
  'delete-limit-exceeded': {
    status: 412,
    issue: 'too-costly',
    severity: 'error',
    example: {
      values: { count: '10' },
      diagnostics: 'Observation?patient=1 matches more than 10, the _count of the request; nothing was deleted.',
    },
  },
  'reference-no-match': {
    status: 412,
    issue: 'not-found',
    severity: 'error',
    example: {
      values: { reference: 'Patient?identifier=1' },
      diagnostics: 'Bundle.entry[2] (urn:uuid:1c5b…): Patient?identifier=1 matches nothing.',
      expression: 'Bundle.entry[2].resource.ofType(Observation).subject.reference',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
