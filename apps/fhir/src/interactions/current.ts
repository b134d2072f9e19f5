import type { StoredVersion } from '@dhp/fhir-store';
import { fail } from '../http/errors.ts';
import { etag } from '../http/etag.ts';

/** Fails with `resource-not-found` or `resource-deleted` unless there is a current version. */
export function requireCurrent(
  version: StoredVersion | undefined,
  type: string,
  id: string,
): asserts version is StoredVersion {
  if (version === undefined) {
    fail('resource-not-found', { type, id }, { diagnostics: `${type}/${id} has never existed here.` });
  }
  if (version.deleted) {
    const diagnostics = `${type}/${id} was deleted in version ${version.versionId}.`;
    fail('resource-deleted', { type, id }, { diagnostics, headers: { etag: etag(version.versionId) } });
  }
}
