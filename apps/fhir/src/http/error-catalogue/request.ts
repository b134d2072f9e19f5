import type { CatalogueEntry } from './entry.ts';

/** Failures of the request line and the headers. */
export const requestErrors = {
  'request-malformed': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    example: { values: {}, diagnostics: 'Parse Error: Invalid method encountered (HPE_INVALID_METHOD).' },
  },
  'url-malformed': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    example: { values: {}, diagnostics: "The path '/Patient/%E0' is not valid percent-encoding." },
  },
  'route-unknown': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'Nothing is served at "/a/b/c". What there is: https://playground.example.uz/fhir/metadata.',
    },
  },
  'type-unknown': {
    status: 404,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: { type: 'patient' },
      diagnostics: '"patient" is not a resource type of FHIR R5. Did you mean Patient?',
    },
  },
  'operation-unknown': {
    status: 404,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: { operation: '$expunge', known: '$meta, $meta-add, $meta-delete' },
      diagnostics: '$expunge is no operation at /Patient/1/. There are: $meta, $meta-add, $meta-delete.',
    },
  },
  'operation-too-costly': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    example: { values: { operation: '$meta' }, diagnostics: 'There are more than 2000 labels.' },
  },
  'view-invalid': {
    status: 422,
    issue: 'invalid',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'ViewDefinition.select[0].column[1].name gives a second column id. Name it otherwise.',
      expression: 'ViewDefinition.select[0].column[1].name',
    },
  },
  'view-canonical-taken': {
    status: 409,
    issue: 'duplicate',
    severity: 'error',
    example: {
      values: { id: '1' },
      diagnostics: 'ViewDefinition/1 has the same url and version. Change that one, or give another version.',
      expression: 'ViewDefinition.url',
    },
  },
  'query-invalid': {
    status: 422,
    issue: 'invalid',
    severity: 'error',
    example: { values: {}, diagnostics: 'SQLite: no such column: agee', expression: 'Library.content' },
  },
  'view-row-invalid': {
    status: 422,
    issue: 'value',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        'Patient/1: the column given has 2 values. Choose one of them, such as by first(), or declare collection: true.',
      expression: 'ViewDefinition.select[0].column[0]',
    },
  },
  'method-not-allowed': {
    status: 405,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: { method: 'POST', allowed: 'GET, HEAD, PUT, DELETE, OPTIONS' },
      diagnostics: 'POST is not supported at /Patient/1; to create a resource POST to /Patient.',
    },
  },
  'id-malformed': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    example: { values: {}, diagnostics: 'The id "a_b" does not match [A-Za-z0-9\\-\\.]{1,64}.' },
  },
  'parameter-unknown': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: { name: '_sort' },
      diagnostics:
        'read knows these parameters: _format, _pretty, _summary, _elements. With "Prefer: handling=lenient" unknown ones are ignored.',
    },
  },
  'parameter-invalid': {
    status: 400,
    issue: 'value',
    severity: 'error',
    example: { values: { name: '_count' }, diagnostics: '_count is a whole number of 0 or more, not "ten".' },
  },
  'header-unsupported': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    example: { values: { name: 'If-None-Exist' }, diagnostics: 'create does not support If-None-Exist.' },
  },
  'if-match-malformed': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    example: { values: {}, diagnostics: 'If-Match is "3"; an entity tag is written W/"3".' },
  },
  'staleness-invalid': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'X-Max-Staleness is "a minute"; it is a whole number of seconds from 0 to 3600.',
    },
  },
  'position-invalid': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'X-Position is "1234"; it is what an answer to a write of this server has there.',
    },
  },
  'not-acceptable': {
    status: 406,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        'Accept is "text/turtle"; available are application/fhir+json and application/fhir+xml; fhirVersion=5.0.',
    },
  },
  'xml-impossible': {
    status: 406,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'Patient has no element colour (line 1, column 27)',
      expression: 'Patient.colour',
    },
  },
  'headers-too-large': {
    status: 431,
    issue: 'too-long',
    severity: 'error',
    example: { values: {}, diagnostics: 'Parse Error: Header overflow (HPE_HEADER_OVERFLOW).' },
  },
  'transfer-coding-unsupported': {
    status: 501,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'Transfer-Encoding is "gzip, chunked"; the only coding that is undone is chunked.',
    },
  },
  'expectation-unsupported': {
    status: 417,
    issue: 'not-supported',
    severity: 'error',
    example: { values: {}, diagnostics: 'Expect is "200-ok"; the only expectation that is met is 100-continue.' },
  },
  'request-timeout': {
    status: 408,
    issue: 'timeout',
    severity: 'error',
    example: { values: {}, diagnostics: 'Request timeout (ERR_HTTP_REQUEST_TIMEOUT).' },
  },
  'too-many-requests': {
    status: 429,
    issue: 'throttled',
    severity: 'error',
    example: {
      values: { seconds: '1' },
      diagnostics: 'One node answers 60000 requests of this client in 60 seconds. Come again in 1.',
    },
  },
  'job-unknown': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        'There is no job 2f1e0c9a-5d3b-4a77-9a0e-0c1d2e3f4a5b of this client, person and set of rights. What came of a job is kept for a time only.',
    },
  },
  'job-failed': {
    status: 500,
    issue: 'exception',
    severity: 'error',
    example: { values: {}, diagnostics: 'The job was begun 5 times, and no attempt came to its end.' },
  },
  'async-required': {
    status: 400,
    issue: 'required',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'An export is answered later. Send it again with the header Prefer: respond-async.',
    },
  },
  'exports-off': {
    status: 501,
    issue: 'not-supported',
    severity: 'error',
    example: { values: {}, diagnostics: 'DHP_JOBS or DHP_EXPORTS is off in this environment.' },
  },
  'publishing-off': {
    status: 501,
    issue: 'not-supported',
    severity: 'error',
    example: { values: {}, diagnostics: 'DHP_BULK_PUBLISH is off in this environment.' },
  },
  'published-file-unknown': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        'There is no published file "Organization-1764579600000.ndjson". GET [base]/$bulk-publish names those that there are.',
    },
  },
  'imports-off': {
    status: 501,
    issue: 'not-supported',
    severity: 'error',
    example: { values: {}, diagnostics: 'DHP_JOBS or DHP_IMPORTS is off in this environment.' },
  },
  'import-line-refused': {
    status: 422,
    issue: 'invalid',
    severity: 'error',
    example: {
      values: { reason: 'unnamed' },
      diagnostics: 'id is absent. A line has an id of 1 to 64 letters, digits, - and dots.',
    },
  },
  'import-line-waits': {
    status: 422,
    issue: 'conflict',
    severity: 'error',
    example: {
      values: { name: 'Observation/1' },
      diagnostics: 'An earlier line of Observation/1 waits for what it refers to.',
    },
  },
  'import-source-failed': {
    status: 422,
    issue: 'not-found',
    severity: 'error',
    example: {
      values: { source: 'https://registry.example/Patient.ndjson' },
      diagnostics: 'https://registry.example/Patient.ndjson: it was answered with 302, not with 200.',
    },
  },
  'submission-conflict': {
    status: 409,
    issue: 'conflict',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'The submission is completed, or is being removed: nothing more is taken for it. Begin another one.',
    },
  },
  'import-storage-failed': {
    status: 507,
    issue: 'exception',
    severity: 'error',
    example: {
      values: { reason: 'ENOSPC' },
      diagnostics: 'The lines of an input could not be stored: ENOSPC (write).',
    },
  },
  'export-storage-failed': {
    status: 507,
    issue: 'exception',
    severity: 'error',
    example: {
      values: { reason: 'ENOSPC' },
      diagnostics: 'A file of the export could not be stored: ENOSPC (write).',
    },
  },
  'files-unavailable': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 30,
    example: {
      values: { reason: 'SlowDown' },
      diagnostics: 'Files of jobs: SlowDown (read). Incident 0b5c2d1e-5f0e-4d0a-9f4e-3a1c2b4d5e6f.',
    },
  },
  'export-too-large': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        'The files of one client have 68719476736 bytes at most, those of all 274877906944. DELETE exports that you have, or ask for less, by _type, _since or a Group.',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
