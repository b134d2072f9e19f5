import type { CatalogueEntry } from './entry.ts';

/** Failures of a patch. Nothing is stored then: a patch is applied whole or not at all. */
export const patchErrors = {
  'patch-format-unsupported': {
    status: 415,
    issue: 'not-supported',
    severity: 'error',
    when: 'The `Content-Type` of a PATCH is none of those in the header `Accept-Patch`. JSON Merge Patch is refused on purpose: it cannot change one item of a list, and FHIR has lists everywhere.',
    remedy: 'Send one of the formats in `Accept-Patch`.',
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
    when: 'The patch breaks its own specification, whatever the resource: an unknown operation, a missing path, a pointer or a FHIRPath that cannot be read.',
    remedy: 'Correct the operation that the diagnostics name; they count from 0.',
    example: { values: {}, diagnostics: 'operation 0 (replace): there is no "path"' },
  },
  'patch-path-not-found': {
    status: 422,
    issue: 'not-found',
    severity: 'error',
    when: 'Nothing stands where an operation needs something.',
    remedy: 'Read the resource and correct the path.',
    example: {
      values: {},
      diagnostics: "operation 0 (replace '/birthDate'): the resource has no member 'birthDate'",
    },
  },
  'patch-path-ambiguous': {
    status: 422,
    issue: 'multiple-matches',
    severity: 'error',
    when: 'A FHIRPath names several elements where the operation needs one.',
    remedy: 'Make the path narrower, for example with an index or `where(…)`.',
    example: { values: {}, diagnostics: "operation 0 (replace 'Patient.name'): the path names 2 elements" },
  },
  'patch-target-exists': {
    status: 422,
    issue: 'duplicate',
    severity: 'error',
    when: 'An `add` on an element that holds one value and has it.',
    remedy: 'Use `replace`.',
    example: { values: {}, diagnostics: "operation 0 (add 'Patient'): birthDate has a value already" },
  },
  'patch-index-out-of-range': {
    status: 422,
    issue: 'value',
    severity: 'error',
    when: 'An operation names a position beyond the end of a list.',
    remedy: 'Read the resource and correct the index; it counts from 0.',
    example: {
      values: {},
      diagnostics: "operation 0 (remove '/name/4'): '/name' ends at index 1 here: there is no 4",
    },
  },
  'patch-test-failed': {
    status: 422,
    issue: 'conflict',
    severity: 'error',
    when: 'A `test` of a JSON Patch found another value.',
    remedy: 'Read the resource again and decide anew.',
    example: { values: {}, diagnostics: "operation 0 (test '/active'): the value is another one" },
  },
  'patch-target-invalid': {
    status: 422,
    issue: 'business-rule',
    severity: 'error',
    when: 'The operation would change the type, the id or what the server sets (`meta.versionId`, `meta.lastUpdated`), or names an element that the resource type does not have.',
    remedy: 'Leave the operation out, or correct its path.',
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
    when: 'A value of a FHIRPath Patch is not of the type that the element has.',
    remedy: 'Send a value of the right type (`valueDate`, `valueCode` …).',
    example: { values: {}, diagnostics: "operation 0 (replace 'Patient.birthDate'): a date is needed" },
  },
  'patch-too-costly': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    when: 'The patch has more operations, copies more or visits more elements than the server allows in one request.',
    remedy: 'Send several smaller patches, or an update.',
    example: { values: {}, diagnostics: 'the patch has 1001 operations and 1000 are the limit: split it' },
  },
  'patch-contended': {
    status: 409,
    issue: 'conflict',
    severity: 'error',
    retryAfter: 1,
    when: 'A PATCH without `If-Match` is applied anew when somebody changed the resource in between. It was, many times in a row.',
    remedy: 'Repeat after the seconds in `Retry-After`.',
    example: {
      values: { type: 'Patient', id: '1' },
      diagnostics: 'Patient/1 was changed by others 10 times while the patch was applied.',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
