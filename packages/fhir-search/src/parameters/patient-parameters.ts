import { patientCompartmentPaths } from '@dhp/fhir-model';
import type { SearchParameter } from './search-parameters.ts';
import { branchesOf } from './expression-branches.ts';

const known = new Map<string, boolean>();

/**
 * Whether a resource that refers to a patient by this parameter is always in that patient's compartment: all that the
 * parameter reads are places of which the compartment is made.
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
