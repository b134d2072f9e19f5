import type { CatalogueEntry } from './entry.ts';

/** Failures of a request's body, before anything is stored. */
export const bodyErrors = {
  'media-type-unsupported': {
    status: 415,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        'Content-Type is "text/csv". Accepted are application/fhir+json and application/fhir+xml, charset utf-8, fhirVersion 5.0.',
    },
  },
  'content-encoding-invalid': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    example: { values: {}, diagnostics: 'The body cannot be decompressed: incorrect header check.' },
  },
  'xml-invalid': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    example: {
      values: { line: '3', column: '7' },
      diagnostics: 'Patient has no element colour (line 3, column 7)',
      expression: 'Patient',
    },
  },
  'security-context-invalid': {
    status: 400,
    issue: 'value',
    severity: 'error',
    example: { values: {}, diagnostics: 'X-Security-Context is "nobody"; it is a reference such as Patient/1.' },
  },
  'provenance-header-invalid': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    example: { values: {}, diagnostics: 'X-Provenance: it has a target. The server fills it in: leave it out.' },
  },
  'body-too-large': {
    status: 413,
    issue: 'too-long',
    severity: 'error',
    example: { values: { limit: '67108864' }, diagnostics: 'The body is larger than 67108864 bytes.' },
  },
  'body-missing': {
    status: 400,
    issue: 'required',
    severity: 'error',
    example: { values: {}, diagnostics: 'The body is empty.' },
  },
  'body-incomplete': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    example: { values: {}, diagnostics: 'Request body size did not match Content-Length.' },
  },
  'encoding-invalid': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    example: {
      values: { line: '1', column: '47' },
      diagnostics: 'Invalid UTF-8 at byte 46 (0xe9), line 1, column 47.',
    },
  },
  'json-invalid': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    example: {
      values: { line: '3', column: '14' },
      diagnostics: 'Line 3, column 14 (offset 52): expected "," or "}".',
    },
  },
  'resource-not-object': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    example: { values: {}, diagnostics: 'The body begins with "["; a resource is a JSON object.' },
  },
  'resource-type-missing': {
    status: 400,
    issue: 'required',
    severity: 'error',
    example: {
      values: { type: 'Patient' },
      diagnostics: 'The body has no string member resourceType.',
      expression: 'Patient',
    },
  },
  'resource-type-mismatch': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    example: {
      values: { given: 'Observation', type: 'Patient' },
      diagnostics: 'The body has resourceType "Observation"; the address is for Patient.',
      expression: 'Observation',
    },
  },
  'id-missing': {
    status: 400,
    issue: 'required',
    severity: 'error',
    example: {
      values: { id: '1' },
      diagnostics: 'An update has an id in the body that equals the id in the URL.',
      expression: 'Patient.id',
    },
  },
  'id-mismatch': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    example: { values: { id: '1' }, diagnostics: 'The body has id "2", the URL has "1".', expression: 'Patient.id' },
  },
  'resource-invalid': {
    status: 422,
    issue: 'invalid',
    severity: 'error',
    example: {
      values: { count: '134' },
      diagnostics: 'There are 134 errors.',
    },
  },
  'meta-not-object': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    example: { values: {}, diagnostics: 'Patient.meta is not a JSON object.', expression: 'Patient.meta' },
  },
} as const satisfies Record<string, CatalogueEntry>;
