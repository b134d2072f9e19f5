import type { CatalogueEntry } from './entry.ts';

/** Failures of a patch. Nothing is stored then: a patch is applied whole or not at all. */
export const patchErrors = {
  'patch-format-unsupported': {
    status: 415,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        'Content-Type is "application/merge-patch+json". Accepted are application/json-patch+json, and application/fhir+json or application/fhir+xml with Parameters.',
    },
  },
  'patch-malformed': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    example: { values: {}, diagnostics: 'operation 0 (replace): there is no "path"' },
  },
  'patch-path-not-found': {
    status: 422,
    issue: 'not-found',
    severity: 'error',
    example: {
      values: {},
      diagnostics: "operation 0 (replace '/birthDate'): the resource has no member 'birthDate'",
    },
  },
  'patch-path-ambiguous': {
    status: 422,
    issue: 'multiple-matches',
    severity: 'error',
    example: { values: {}, diagnostics: "operation 0 (replace 'Patient.name'): the path names 2 elements" },
  },
  'patch-target-exists': {
    status: 422,
    issue: 'duplicate',
    severity: 'error',
    example: { values: {}, diagnostics: "operation 0 (add 'Patient'): birthDate has a value already" },
  },
  'patch-index-out-of-range': {
    status: 422,
    issue: 'value',
    severity: 'error',
    example: {
      values: {},
      diagnostics: "operation 0 (remove '/name/4'): '/name' ends at index 1 here: there is no 4",
    },
  },
  'patch-test-failed': {
    status: 422,
    issue: 'conflict',
    severity: 'error',
    example: { values: {}, diagnostics: "operation 0 (test '/active'): the value is another one" },
  },
  'patch-target-invalid': {
    status: 422,
    issue: 'business-rule',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        "operation 0 (replace '/id'): the server sets id, meta.versionId and meta.lastUpdated itself: leave this operation out",
    },
  },
  'patch-value-invalid': {
    status: 422,
    issue: 'value',
    severity: 'error',
    example: { values: {}, diagnostics: "operation 0 (replace 'Patient.birthDate'): a date is needed" },
  },
  'patch-too-costly': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    example: { values: {}, diagnostics: 'the patch has 1001 operations and 1000 are the limit: split it' },
  },
  'patch-contended': {
    status: 409,
    issue: 'conflict',
    severity: 'error',
    retryAfter: 1,
    example: {
      values: { type: 'Patient', id: '1' },
      diagnostics: 'Patient/1 was changed by others 10 times while the patch was applied.',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
