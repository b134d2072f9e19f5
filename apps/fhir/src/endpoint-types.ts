import { resourceTypes } from '@dhp/fhir-model';

/** The types that have an endpoint: all but Parameters, which only travels (https://hl7.org/fhir/R5/parameters.html). */
export const endpointTypes: readonly string[] = resourceTypes.filter((type) => type !== 'Parameters');
