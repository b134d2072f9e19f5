import type { ParseOptions } from '@dhp/fhir-search';
import { type Condition, conditionOf } from '@dhp/search-index';
import { hash64, referenceText } from '@dhp/search-index/keys';
import { membersOf, type Compartment } from './compartments.ts';

/** A compartment and the resource that it is about. */
export interface Within {
  readonly compartment: Compartment;
  readonly id: string;
}

/** The condition that a resource of the type is in the compartment. */
export function inCompartment({ compartment, id }: Within, type: string, options: ParseOptions): Condition {
  if (compartment === 'Patient') return inCompartmentOfPatients([id]);
  const parameters = membersOf(compartment).get(type) ?? [];
  const any = parameters.map((parameter) => conditionOf(type, [[parameter, `${compartment}/${id}`]], options));
  return { op: 'any', of: type === compartment ? [{ op: 'id', any: [id] }, ...any] : any };
}

/** The condition that a resource of any type is in the compartment of one of these patients. */
export function inCompartmentOfPatients(ids: readonly string[]): Condition {
  // The index knows the patients of a resource.
  return { op: 'patient', any: ids.map((id) => hash64(referenceText('Patient', id))) };
}
