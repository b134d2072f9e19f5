import { searchBundle } from '../search/search-bundle.ts';
import { readWithin } from '../search/within-compartment.ts';
import type { Interaction } from '../contract/interaction.ts';

/** The resources in a compartment, of one type or of all (`*`). https://hl7.org/fhir/R5/http.html#search */
export const searchCompartment: Interaction = async (services, call) => {
  const { compartment = '', id, type: asked } = call;
  const type = asked === '' ? '*' : asked;
  const { within, types } = readWithin(compartment, id, type);
  const scope = { path: `/${compartment}/${id}/${type}`, interaction: 'search-compartment', within };
  return searchBundle(services, call, { ...scope, of: type === '*' ? types : type });
};
