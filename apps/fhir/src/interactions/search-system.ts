import { endpointTypes } from '../endpoint-types.ts';
import { searchBundle } from '../search/search-bundle.ts';
import type { Interaction } from '../contract/interaction.ts';

/** The resources of the types in `_type`, else of all, that meet the parameters. https://hl7.org/fhir/R5/http.html#search */
export const searchSystem: Interaction = (services, call) =>
  searchBundle(services, call, { path: '', interaction: 'search-system', of: endpointTypes });
