import { fail } from '../http/errors.ts';
import { etag } from '../http/etag.ts';
import { contentOrKnown } from '../http/respond.ts';
import type { Interaction } from '../contract/interaction.ts';

/** One version of a resource; 410 for the version that is its deletion. https://hl7.org/fhir/R5/http.html#vread */
export const vread: Interaction = async ({ store }, { type, id, versionId, headers }) => {
  // Our versions are whole numbers; any other id is well formed but names none.
  const version = /^[1-9]\d{0,8}$/.test(versionId) ? await store.vread(type, id, Number(versionId)) : undefined;
  if (version === undefined) {
    const diagnostics = `${type}/${id} has no version "${versionId}".`;
    fail('version-not-found', { type, id, version: versionId }, { diagnostics });
  }
  if (version.deleted) {
    const diagnostics = `Version ${versionId} of ${type}/${id} is its deletion.`;
    fail('resource-deleted', { type, id }, { diagnostics, headers: { etag: etag(version.versionId) } });
  }
  return contentOrKnown(version, headers);
};
