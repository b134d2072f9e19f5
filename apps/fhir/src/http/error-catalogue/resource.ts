import type { CatalogueEntry } from './entry.ts';

/** Failures of the stored resource of a request, and failures of the server. */
export const resourceErrors = {
  'resource-not-found': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    when: 'There has never been a resource of this type and id in this environment.',
    remedy: 'Check the id; playground and production hold different data.',
    example: { values: { type: 'Patient', id: '1' }, diagnostics: 'Patient/1 has never existed here.' },
  },
  'version-not-found': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    when: 'The resource may exist, but not in this version.',
    remedy: 'See which versions there are: `GET [base]/{type}/{id}/_history`.',
    example: {
      values: { type: 'Patient', id: '1', version: '9' },
      diagnostics: 'Patient/1 has no version "9".',
    },
  },
  'resource-deleted': {
    status: 410,
    issue: 'deleted',
    severity: 'error',
    when: 'The resource existed and was deleted, or the version asked for is the deletion itself. `ETag` is the version of the deletion.',
    remedy: 'Read an earlier version through `_history`, or bring the resource back by PUT.',
    example: { values: { type: 'Patient', id: '1' }, diagnostics: 'Patient/1 was deleted in version 3.' },
  },
  'version-mismatch': {
    status: 412,
    issue: 'invalid',
    severity: 'error',
    when: '`If-Match` names another version than the current one: somebody changed the resource in between. The same when the resource does not exist.',
    remedy:
      'Read the resource again, make the change on the new version, and PUT it with the new `ETag` in `If-Match`.',
    example: {
      values: {},
      diagnostics: 'If-Match names version 2; the current version of Patient/1 is 3. Read it again and repeat.',
    },
  },
  'if-match-required': {
    status: 412,
    issue: 'invalid',
    severity: 'error',
    when: 'A PUT on an existing resource has no `If-Match`. It is required, so that nobody overwrites what he has not seen.',
    remedy: 'Read the resource and send its `ETag` in `If-Match`.',
    example: {
      values: {},
      diagnostics: 'If-Match is required to update Patient/1; its current version is W/"3".',
    },
  },
  'resource-exists': {
    status: 412,
    issue: 'duplicate',
    severity: 'error',
    when: 'A PUT with `If-None-Match: *` on a resource that exists. `ETag` is its version.',
    remedy: 'Read the resource; to change it, PUT it with its `ETag` in `If-Match`.',
    example: {
      values: { type: 'Patient', id: '1' },
      diagnostics: 'If-None-Match is "*", but Patient/1 exists; its current version is W/"3".',
    },
  },
  'reference-not-found': {
    status: 422,
    issue: 'not-found',
    severity: 'error',
    when: 'A resource that is written refers to a resource of this server that is not there, in an environment that keeps references whole (production). Logical references and addresses of other servers are left alone.',
    remedy: 'Create the target first, or in the same transaction; correct the reference.',
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
    when: 'A resource is to be deleted to which others refer, in an environment that keeps references whole (production).',
    remedy:
      'Change or delete the resources named first, or all in one transaction; or send `X-Cascade: delete` (or `_cascade=delete`) to delete them, too.',
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
    when: '`Composition/{id}/$document` needs a resource of this server that does not exist or was deleted.',
    remedy: 'Bring the resource back, or take the reference out of the Composition.',
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
    when: 'A Bundle of type `document` has no identifier with system and value, no timestamp, or does not begin with a Composition.',
    remedy: 'Complete the Bundle: https://hl7.org/fhir/R5/documents.html.',
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
    when: 'A fault of the server. The details are in its log under the incident number, and nowhere else.',
    remedy:
      'Read the resource to see whether a write took place, then repeat; report the incident number if it comes again.',
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
    when: 'A write was sent to the database and the connection was lost before the answer, or the synchronous standby has not confirmed it. It may have been stored.',
    remedy:
      'Repeat after the seconds in `Retry-After`, so that a write that was stored is not made twice: a create with `If-None-Exist`, an update or deletion with `If-Match`. Or read first.',
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
    when: 'Commits are known not to be confirmed by the synchronous standby of the database. The write was refused before it was sent there.',
    remedy:
      'Repeat after the seconds in `Retry-After`, as it was: nothing can be done twice. It ends by itself when the standby is back.',
    example: {
      values: {},
      diagnostics:
        'The synchronous standby of the database does not confirm commits now. Incident 019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55.',
    },
  },
  'database-unavailable': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 5,
    when: 'The database cannot be reached, or did not answer in time. Nothing was stored.',
    remedy: 'Repeat after the seconds in `Retry-After`.',
    example: {
      values: {},
      diagnostics: 'The database cannot be reached. Incident 019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55.',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
