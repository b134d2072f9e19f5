import { type JsonResource, patientCompartment } from '@dhp/fhir-search';

/**
 * The key that places all rows of a resource: its patient when it belongs to exactly one, so that a patient's data are on one shard, else
 * the resource itself. An int32: the hash of `Patient/<id>` or `<type>/<id>`.
 *
 * The value is stored in every table. Neither the hash nor its input may ever change.
 *
 * @param id the id under which the resource is stored (the body may not have it yet)
 */
export function shardKeyOf(resource: JsonResource, id: string): number {
  const { resourceType } = resource;
  if (resourceType !== 'Patient') {
    const patients = patientCompartment(resource);
    if (patients.length === 1) return hashOf(`Patient/${patients[0]!}`);
  }
  return hashOf(`${resourceType}/${id}`);
}

/**
 * FNV-1a of 32 bits over the text's bytes, as a signed integer, then mixed once more (the finaliser of MurmurHash3), because
 * the low bits of plain FNV-1a, which choose among few shards, are poor for texts that differ in their last characters.
 * Types and ids are ASCII, so a UTF-16 unit is the byte.
 */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
