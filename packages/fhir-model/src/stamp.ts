/** @dhp/fhir-model/stamp: the id, version and time that a server puts into a resource, and what the resource is without them. */
export { rangeOfStamp, stampedParts, stampResource, type ResourceStamp } from './json/stamp.ts';
export { contentHash, sameButForStamp } from './json/unstamped.ts';
