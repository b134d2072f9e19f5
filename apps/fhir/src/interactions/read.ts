import { fail } from '../http/errors.ts';
import { etag, isNotModified } from '../http/etag.ts';
import { content, notModified } from '../http/respond.ts';
import type { Interaction } from './interaction.ts';

/** The current version of a resource. https://hl7.org/fhir/R5/http.html#read */
export const read: Interaction = async ({ store }, { type, id, headers }) => {
  const version = await store.read(type, id);
  if (version === undefined) {
    fail('resource-not-found', { type, id }, { diagnostics: `${type}/${id} has never existed here.` });
  }
  const tag = etag(version.versionId);
  if (version.deleted) {
    const diagnostics = `${type}/${id} was deleted in version ${version.versionId}.`;
    fail('resource-deleted', { type, id }, { diagnostics, headers: { etag: tag } });
  }
  return isNotModified(headers, tag, version.lastUpdated) ? notModified(version) : content(version);
};
