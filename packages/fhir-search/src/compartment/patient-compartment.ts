import { isId } from '@dhp/fhir-model';
import { patientCompartmentPaths } from '@dhp/fhir-model/compartment';

/** A resource as `JSON.parse` gives it; members may have any shape, since nothing has validated them yet. */
export interface JsonResource {
  readonly resourceType: string;
  readonly [member: string]: unknown;
}

/**
 * The ids of the patients whose compartment holds the resource, each once, in the order found: those that its compartment parameters
 * reference as `Patient/<id>` (with or without a version, relative or below a base URL of this server), and for a Patient its own id and
 * its links. URLs of other servers, logical references and contained resources do not count. Never throws: values of the wrong shape are
 * skipped. https://hl7.org/fhir/R5/compartmentdefinition-patient.html
 * @param ownBases base URLs of this server, without a slash at the end
 * @example
 * patientCompartment({ resourceType: 'Observation', subject: { reference: 'Patient/1' } }); // [ '1' ]
 */
export function patientCompartment(resource: JsonResource, ownBases: readonly string[] = []): string[] {
  const patients = new Set<string>();
  if (resource.resourceType === 'Patient' && typeof resource.id === 'string') patients.add(resource.id);
  for (const { path } of patientCompartmentPaths(resource.resourceType)) {
    collect(resource, path, 0, (reference) => {
      const id = localPatient(reference, ownBases);
      if (id !== undefined) patients.add(id);
    });
  }
  return [...patients];
}

/** Follows the members from `path[depth]` on, through lists, and hands over the references at the end. */
function collect(value: unknown, path: readonly string[], depth: number, found: (reference: unknown) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, path, depth, found);
    return;
  }
  if (depth < path.length) collect((value as Record<string, unknown>)[path[depth]!], path, depth + 1, found);
  else found((value as { reference?: unknown }).reference);
}

const prefix = 'Patient/';

/** The id in `Patient/<id>` or `Patient/<id>/_history/<version>`, undefined for anything else. */
function localPatient(given: unknown, ownBases: readonly string[]): string | undefined {
  if (typeof given !== 'string') return undefined;
  const base = ownBases.find((one) => given.startsWith(`${one}/`));
  const reference = base === undefined ? given : given.slice(base.length + 1);
  if (!reference.startsWith(prefix)) return undefined;
  const slash = reference.indexOf('/', prefix.length);
  if (slash >= 0 && !reference.startsWith('/_history/', slash)) return undefined;
  const id = slash < 0 ? reference.slice(prefix.length) : reference.slice(prefix.length, slash);
  return isId(id) ? id : undefined;
}
