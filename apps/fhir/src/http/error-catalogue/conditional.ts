import type { CatalogueEntry } from './entry.ts';

/** Conditional interactions: what is wrong with their criteria, or with what meets them. */
export const conditionalErrors = {
  'criteria-missing': {
    status: 400,
    issue: 'required',
    severity: 'error',
    when: 'A PUT, PATCH or DELETE on a type, or an `If-None-Exist`, has no search parameters.',
    remedy: 'Name the resource (`Patient/123`), or say by which parameters it is found (`Patient?identifier=…`).',
    example: {
      values: {},
      diagnostics: 'A conditional interaction on Patient needs search parameters that say which resource is meant.',
    },
  },
  'criteria-address-invalid': {
    status: 400,
    issue: 'value',
    severity: 'error',
    when: '`If-None-Exist` (in a Bundle `ifNoneExist`) holds the address of a search of another type, or of another server.',
    remedy:
      'Send the query alone (`identifier=…`), or the address of a search of the type that is created, relative or below the base URL of this server.',
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
    when: 'The criteria of a conditional interaction, or a conditional reference, match more than one resource. They are named.',
    remedy: 'Narrow the criteria; where the resources are duplicates of each other, have them merged.',
    example: {
      values: { type: 'Patient' },
      diagnostics: 'Patient?identifier=https%3A//id.example.uz|1 matches Patient/a, Patient/b.',
    },
  },
  'criteria-no-match': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    when: 'A conditional patch finds nothing to patch.',
    remedy: 'Check the criteria; to create the resource, send a conditional update.',
    example: { values: { type: 'Patient' }, diagnostics: 'Patient?identifier=1 matches nothing.' },
  },
  'criteria-id-mismatch': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    when: 'A conditional update finds one resource, and the body has another id.',
    remedy: 'Leave the id out of the body, or correct it or the criteria.',
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
    when: 'A conditional update finds nothing and would create the resource under the id in the body, which is taken.',
    remedy: 'Leave the id out of the body, or update that resource by its id.',
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
    when: 'Whatever a conditional interaction found was changed by others before it could be written, many times.',
    remedy: 'Repeat after the seconds in `Retry-After`.',
    example: { values: {}, diagnostics: 'What Patient?identifier=1 matches was changed by others 10 times.' },
  },
  'delete-limit-exceeded': {
    status: 412,
    issue: 'too-costly',
    severity: 'error',
    when: 'A conditional delete with `_count` matches more than that.',
    remedy: 'Look at what the criteria match; raise `_count` (at most 1000), or narrow the criteria.',
    example: {
      values: { count: '10' },
      diagnostics: 'Observation?patient=1 matches more than 10, the _count of the request; nothing was deleted.',
    },
  },
  'reference-no-match': {
    status: 412,
    issue: 'not-found',
    severity: 'error',
    when: 'A conditional reference (`Patient?identifier=…`) in a batch or transaction matches nothing, neither what is stored nor what the transaction writes.',
    remedy: 'Create the resource first, or in the same transaction; check the criteria.',
    example: {
      values: { reference: 'Patient?identifier=1' },
      diagnostics: 'Bundle.entry[2] (urn:uuid:1c5b…): Patient?identifier=1 matches nothing.',
      expression: 'Bundle.entry[2].resource.ofType(Observation).subject.reference',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
