/** @dhp/fhir-model/stamp: the id, version and time that a server sets in a resource, and the resource without them. */
export { rangeOfStamp, stampedParts, stampResource, type ResourceStamp } from './json/stamp.ts';
export { contentHash, sameButForStamp } from './json/unstamped.ts';
