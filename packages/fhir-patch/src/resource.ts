import { isResourceType } from '@dhp/fhir-model';
import { PatchFault } from './fault.ts';
import { isObject, readJson, type JsonObject, type JsonValue } from './json.ts';

/** Reads the resource to patch. @throws PatchFault `invalid-target` when the text is no R5 resource. */
export function readResource(text: string): JsonObject {
  const resource = readJson(text, 'the resource to patch', 'invalid-target');
  if (
    !isObject(resource) ||
    typeof resource['resourceType'] !== 'string' ||
    !isResourceType(resource['resourceType'])
  ) {
    throw new PatchFault('invalid-target', 'what is to be patched is not a FHIR R5 resource');
  }
  return resource;
}

/**
 * Checks that a patched resource is still the resource it was.
 * @throws PatchFault `invalid-target` when its type or id are other ones. https://hl7.org/fhir/R5/http.html#patch
 */
export function checkIdentity(before: { resourceType: string; id: JsonValue | undefined }, after: JsonValue): void {
  const change = identityChange(before, after);
  if (change !== undefined) throw new PatchFault('invalid-target', `a patch cannot change ${change}`);
}

function identityChange(
  before: { resourceType: string; id: JsonValue | undefined },
  after: JsonValue,
): string | undefined {
  if (!isObject(after)) return 'a resource into something else than a JSON object';
  if (after['resourceType'] !== before.resourceType) return `the type of a resource: it stays ${before.resourceType}`;
  // A resource without id has not been stored yet.
  if (before.id !== undefined && after['id'] !== before.id) return 'the id of a resource: leave it as it is';
  return undefined;
}

/** Advice to a client that patches elements which the server sets. */
export const serverOwned = 'the server sets id, meta.versionId and meta.lastUpdated itself: leave this operation out';
