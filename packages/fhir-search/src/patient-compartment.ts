import { isId, patientCompartmentPaths } from '@dhp/fhir-model';

/** A resource as `JSON.parse` gives it; members may have any shape, since nothing has validated them yet. */
export interface JsonResource {
  readonly resourceType: string;
  readonly [member: string]: unknown;
}

/**
 * The ids of the patients whose compartment holds the resource, each once, in the order found: those that its compartment
 * parameters reference as `Patient/<id>` (with or without a version), and for a Patient its own id and its links. Absolute
 * URLs, logical references and contained resources are not of this server and do not count. Never throws: what has the wrong
 * shape is passed over. https://hl7.org/fhir/R5/compartmentdefinition-patient.html
 */
export function patientCompartment(resource: JsonResource): string[] {
  const patients: string[] = [];
  if (resource.resourceType === 'Patient' && typeof resource.id === 'string') patients.push(resource.id);
  for (const { path } of patientCompartmentPaths(resource.resourceType)) collect(resource, path, 0, patients);
  return patients;
}

/** Follows the members from `path[depth]` on, through lists, and adds the patients that are referenced at the end. */
function collect(value: unknown, path: readonly string[], depth: number, patients: string[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, path, depth, patients);
    return;
  }
  if (depth < path.length) {
    collect((value as Record<string, unknown>)[path[depth]!], path, depth + 1, patients);
    return;
  }
  const id = localPatient((value as { reference?: unknown }).reference);
  if (id !== undefined && !patients.includes(id)) patients.push(id);
}

const prefix = 'Patient/';

/** The id in `Patient/<id>` or `Patient/<id>/_history/<version>`, undefined for anything else. */
function localPatient(reference: unknown): string | undefined {
  if (typeof reference !== 'string' || !reference.startsWith(prefix)) return undefined;
  const slash = reference.indexOf('/', prefix.length);
  if (slash >= 0 && !reference.startsWith('/_history/', slash)) return undefined;
  const id = slash < 0 ? reference.slice(prefix.length) : reference.slice(prefix.length, slash);
  return isId(id) ? id : undefined;
}
