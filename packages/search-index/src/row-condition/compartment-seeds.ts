import { resourceTypes } from '@dhp/fhir-model';
import { impliesPatientCompartment } from '@dhp/fhir-search/elements';
import { searchParametersOf } from '@dhp/fhir-search/parameters';
import { referenceSeed } from '../keys/shared-references.ts';

let seeds: ReadonlySet<bigint> | undefined;

/** The seeds of parameters whose references to a patient always put the resource into that patient's compartment. */
export function compartmentSeeds(): ReadonlySet<bigint> {
  return (seeds ??= new Set(
    resourceTypes.flatMap((type) =>
      [...searchParametersOf(type).values()]
        .filter((parameter) => parameter.type === 'reference' && impliesPatientCompartment(type, parameter))
        .map(({ code }) => referenceSeed(type, code)),
    ),
  ));
}
