import type { CatalogueEntry } from './entry.ts';

/** Failures of the stored resource of a request, and failures of the server. */
export const resourceErrors = {
  'resource-not-found': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    example: { values: { type: 'Patient', id: '1' }, diagnostics: 'Patient/1 has never existed here.' },
  },
  'version-not-found': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    example: {
      values: { type: 'Patient', id: '1', version: '9' },
      diagnostics: 'Patient/1 has no version "9".',
    },
  },
  'resource-deleted': {
    status: 410,
    issue: 'deleted',
    severity: 'error',
    example: { values: { type: 'Patient', id: '1' }, diagnostics: 'Patient/1 was deleted in version 3.' },
  },
  'version-mismatch': {
    status: 412,
    issue: 'invalid',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'If-Match names version 2; the current version of Patient/1 is 3. Read it again and repeat.',
    },
  },
  'if-match-required': {
    status: 412,
    issue: 'invalid',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'If-Match is required to update Patient/1; its current version is W/"3".',
    },
  },
  'resource-exists': {
    status: 412,
    issue: 'duplicate',
    severity: 'error',
    example: {
      values: { type: 'Patient', id: '1' },
      diagnostics: 'If-None-Match is "*", but Patient/1 exists; its current version is W/"3".',
    },
  },
  'reference-not-found': {
    status: 422,
    issue: 'not-found',
    severity: 'error',
    example: {
      values: { reference: 'Patient/1' },
      diagnostics: 'Observation.subject.reference refers to Patient/1, which does not exist or is deleted.',
      expression: 'Observation.subject.reference',
    },
  },
  'resource-referenced': {
    status: 409,
    issue: 'conflict',
    severity: 'error',
    example: {
      values: { type: 'Patient', id: '1', referrers: 'Observation/2' },
      diagnostics:
        'Patient/1 is referred to by Observation/2. Change or delete these first, or send "X-Cascade: delete" to delete them, too.',
    },
  },
  'document-incomplete': {
    status: 422,
    issue: 'not-found',
    severity: 'error',
    example: {
      values: { reference: 'Patient/1' },
      diagnostics: 'Composition.subject[0].reference refers to Patient/1, which was deleted.',
      expression: 'Composition.subject[0].reference',
    },
  },
  'document-invalid': {
    status: 422,
    issue: 'structure',
    severity: 'error',
    example: {
      values: { rule: 'bdl-11' },
      diagnostics: 'bdl-11: a document must have a Composition as the first resource.',
      expression: 'Bundle.entry[0].resource',
    },
  },
  'internal-error': {
    status: 500,
    issue: 'exception',
    severity: 'fatal',
    example: {
      values: { incident: '019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55' },
      diagnostics: 'Incident 019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55.',
    },
  },
  'outcome-unknown': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 5,
    example: {
      values: {},
      diagnostics:
        'The database did not say whether the write was stored. Incident 019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55.',
    },
  },
  'writes-blocked': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 2,
    example: {
      values: {},
      diagnostics:
        'The synchronous standby or the disk of the database does not confirm commits now. Incident 019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55.',
    },
  },
  'disk-full': {
    status: 507,
    issue: 'no-store',
    severity: 'error',
    retryAfter: 60,
    example: {
      values: {},
      diagnostics: 'The disk of the database has no room. Incident 019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55.',
    },
  },
  'database-unavailable': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 5,
    example: {
      values: {},
      diagnostics: 'The database cannot be reached. Incident 019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55.',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
