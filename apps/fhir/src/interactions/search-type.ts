import { searchBundle } from '../search/search-bundle.ts';
import type { Interaction } from '../contract/interaction.ts';

/** The resources of a type that meet the parameters. https://hl7.org/fhir/R5/http.html#search */
export const searchType: Interaction = (services, call) =>
  searchBundle(services, call, { path: `/${call.type}`, interaction: 'search-type', of: call.type });
