import { type ParseOptions, SearchFault } from '@dhp/fhir-search';
import { searchParameter } from '@dhp/fhir-search/parameters';
import { type Condition, conditionOf } from '@dhp/search-index';
import { ofPatients } from '@dhp/search-index/keys';
import { membersOf, type Compartment } from './compartments.ts';

/** A compartment and the resource that it is about. */
export interface Within {
  readonly compartment: Compartment;
  readonly id: string;
}

/**
 * The parameter by which a resource of the type is in the compartment and which also covers resources that the caller does not see;
 * undefined if there is none. The resource of the compartment is in it by its id.
 */
export function hiddenMembership(
  compartment: Compartment,
  type: string,
  { own }: Pick<ParseOptions, 'own'>,
): string | undefined {
  if (own?.hidden === undefined || type === compartment) return undefined;
  return membersOf(compartment)
    .get(type)
    ?.find((parameter) => searchParameter(type, parameter, own)?.hidden !== undefined);
}

/** The condition that a resource of the type is in the compartment. @throws SearchFault for a compartment that the caller does not see */
export function inCompartment({ compartment, id }: Within, type: string, options: ParseOptions): Condition {
  const hidden = hiddenMembership(compartment, type, options);
  if (hidden !== undefined) {
    const expected = `an access policy of this environment hides from you by which elements a ${type} is in the compartment`;
    throw new SearchFault([{ kind: 'hidden', parameter: hidden, expected }]);
  }
  if (compartment === 'Patient') return inCompartmentOfPatients([id], type, options);
  const parameters = membersOf(compartment).get(type) ?? [];
  const any = parameters.map((parameter) => conditionOf(type, [[parameter, `${compartment}/${id}`]], options));
  return { op: 'any', of: type === compartment ? [{ op: 'id', any: [id] }, ...any] : any };
}

/** The condition that a resource of a type is in the compartment of one of these patients. */
export function inCompartmentOfPatients(
  ids: readonly string[],
  type: string,
  { own }: Pick<ParseOptions, 'own'>,
): Condition {
  // If a link between patients is hidden, each patient is in only its own compartment.
  const isLinked = type !== 'Patient' || searchParameter(type, 'link', own)?.hidden === undefined;
  if (!isLinked) return { op: 'id', any: ids };
  // The index stores the patients of a resource.
  return ofPatients(ids);
}
