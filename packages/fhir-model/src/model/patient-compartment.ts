import type { EncodedCompartmentPath } from './encoding.ts';
import { encodedModel } from './model.ts';

/** A way into the Patient compartment: the search parameter that defines it and the JSON members that lead to its reference. */
export interface CompartmentPath {
  readonly param: string;
  /** `['participant', 'actor']`; each member may hold one value or a list. */
  readonly path: readonly string[];
}

const none: readonly EncodedCompartmentPath[] = [];

/**
 * The places in a resource type whose `Patient/…` references put a resource into that patient's compartment; none for types
 * that are never in it. https://hl7.org/fhir/R5/compartmentdefinition-patient.html
 * @example
 * patientCompartmentPaths('Observation').length > 0; // true
 * patientCompartmentPaths('Medication'); // []
 */
export function patientCompartmentPaths(type: string): readonly CompartmentPath[] {
  const all = encodedModel().patientCompartment;
  return Object.hasOwn(all, type) ? all[type]! : none;
}

/**
 * The parameters (`Type.param`) of the compartment's definition without a place: `{def}` is the Patient itself.
 * @example
 * patientCompartmentWithoutPath(); // [ 'Patient.{def}' ]
 */
export function patientCompartmentWithoutPath(): readonly string[] {
  return encodedModel().patientCompartmentWithoutPath;
}
