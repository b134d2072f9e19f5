/** Searches of a type, of all types and of a compartment: they differ in their addresses alone. */
import { searchBundle } from '../search/search-bundle.ts';
import type { Interaction } from '../contract/interaction.ts';
import { endpointTypes } from '../endpoint-types.ts';
import { fail } from '../http/errors.ts';
import { compartments, isCompartment, membersOf } from '../search/compartments.ts';
import type { Within } from '../search/within-compartment.ts';

/** The resources of a type that meet the parameters. https://hl7.org/fhir/R5/http.html#search */
export const searchType: Interaction = (services, call) =>
  searchBundle(services, call, { path: `/${call.type}`, interaction: 'search-type', of: call.type });

/** The resources of the types in `_type`, else of all, that meet the parameters. https://hl7.org/fhir/R5/http.html#search */
export const searchSystem: Interaction = (services, call) =>
  searchBundle(services, call, { path: '', interaction: 'search-system', of: endpointTypes });

/** The resources in a compartment, of one type or of all (`*`). https://hl7.org/fhir/R5/http.html#search */
export const searchCompartment: Interaction = async (services, call) => {
  const { compartment = '', id, type: asked } = call;
  const type = asked === '' ? '*' : asked;
  const { within, types } = readWithin(compartment, id, type);
  const scope = { path: `/${compartment}/${id}/${type}`, interaction: 'search-compartment', within };
  return searchBundle(services, call, { ...scope, of: type === '*' ? types : type });
};

/**
 * The compartment at an address, and the types that can be in it: all of them for `*`. Fails with
 * `compartment-member-unknown` for a type that has no compartment or cannot be in it.
 */
function readWithin(compartment: string, id: string, type: string): { within: Within; types: readonly string[] } {
  if (!isCompartment(compartment)) {
    const diagnostics = `${compartment} has no compartment; ${compartments.join(', ')} have one.`;
    fail('compartment-member-unknown', { type, compartment }, { diagnostics });
  }
  const members = membersOf(compartment);
  if (type !== '*' && !members.has(type)) {
    const diagnostics = `${type} cannot be in the compartment of a ${compartment}. Search ${type} itself.`;
    fail('compartment-member-unknown', { type, compartment }, { diagnostics });
  }
  return { within: { compartment, id }, types: type === '*' ? [...members.keys()] : [type] };
}
