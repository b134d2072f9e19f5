/** Search parameters by which a resource belongs to another one: as a part of it, or to the record of a patient. */
import { searchParameter, type SearchParameter } from './search-parameters.ts';
import { patientCompartmentPaths } from '@dhp/fhir-model/compartment';
import { branchesOf } from './expression-branches.ts';

/**
 * The search parameters by which a resource of the type names another one of which it is a part, such as `Location?partof`.
 * @example
 * partParameters('Location'); // [ 'partof' ]
 */
export function partParameters(type: string): readonly string[] {
  return ['partof', 'part-of'].filter((code) => searchParameter(type, code)?.target.includes(type) === true);
}

const known = new Map<string, boolean>();

/**
 * Whether a resource that refers to a patient by this parameter is always in that patient's compartment: the compartment includes every
 * place that the parameter reads.
 * @example
 * impliesPatientCompartment('Observation', searchParameter('Observation', 'subject')!); // true
 */
export function impliesPatientCompartment(type: string, parameter: SearchParameter): boolean {
  const key = `${type} ${parameter.rows}`;
  let found = known.get(key);
  if (found === undefined) known.set(key, (found = decide(type, parameter)));
  return found;
}

function decide(type: string, parameter: SearchParameter): boolean {
  const places = new Set(patientCompartmentPaths(type).map(({ path }) => path.join('.')));
  if (places.size === 0 || parameter.expression === undefined) return false;
  const branches = branchesOf(parameter.expression, type);
  return (
    branches.length > 0 &&
    branches.every((branch) => places.has(branch.replace(/\.where\(resolve\(\) is Patient\)$/, '')))
  );
}
