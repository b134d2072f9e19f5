import type { JsonResource } from '@dhp/fhir-search';
import { hash64 } from './hash.ts';

/** Among the keys of a container: that it contains a resource of the type. */
export function containsKey(type: string): bigint {
  return hash64(`contained\n${type}`);
}

/**
 * Among the keys of a container: that it contains this resource. A reference to it has the key of the parameter's seed combined
 * with this, as one to a stored resource has with the hash of its name; so chains lead to both alike.
 */
export function containedKey(within: string, resource: JsonResource): bigint {
  return hash64(`contained in ${within}\n${JSON.stringify(resource)}`);
}
