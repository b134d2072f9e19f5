import type { JsonResource } from '@dhp/fhir-search';
import { referenceValues } from '../types/reference/indexing.ts';

/**
 * Calls back with the target of every literal reference to a resource of this server, anywhere in the resource: also in extensions and
 * contained resources, but not in the resources of a Bundle, whose targets need not exist here.
 */
export function forEachLocalReference(
  resource: JsonResource,
  ownBases: readonly string[],
  found: (type: string, id: string) => void,
): void {
  forEachReferenceIn(resource, resource.resourceType, ownBases, found);
}

/** As `forEachLocalReference`, of a resource of the type or of a value within it. */
export function forEachReferenceIn(
  value: unknown,
  resourceType: string,
  ownBases: readonly string[],
  found: (type: string, id: string) => void,
): void {
  if (typeof value === 'object' && value !== null) visit(value, resourceType === 'Bundle');

  function visit(value: object, inBundle: boolean): void {
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === 'object' && item !== null) visit(item as object, inBundle);
      return;
    }
    for (const name in value) {
      const member = (value as Record<string, unknown>)[name];
      if (typeof member === 'object') {
        if (member !== null && !(inBundle && name === 'resource')) visit(member, inBundle);
      } else if (name === 'reference' && typeof member === 'string' && isReference(value)) {
        const [target] = referenceValues({ reference: member }, 'Reference', ownBases);
        if (target?.id !== undefined && target.targetType !== undefined) found(target.targetType, target.id);
      }
    }
  }
}

/** An Expression, and some resources, have a `reference` that is a uri. */
function isReference(value: object): boolean {
  return !('resourceType' in value || 'language' in value || 'expression' in value);
}
