import { elementsOf } from '@dhp/fhir-model';
import { branchesOf } from '@dhp/fhir-search/elements';
import { searchParametersOf } from '@dhp/fhir-search/parameters';
import { seedOf } from './keys.ts';

const known = new Map<string, boolean>();

/**
 * Whether the parameter is `patient` and has the values of `subject` that are Patients: such a reference has a key under `subject` alone.
 * Only for types with at most one subject, so that a search by another name (a URL, say) only needs the additional condition that the
 * subject is a Patient.
 * @param rows `SearchParameter.rows`
 */
export function isSubject(type: string, rows: string): boolean {
  if (rows !== 'patient') return false;
  let found = known.get(type);
  if (found === undefined) known.set(type, (found = decide(type)));
  return found;
}

function decide(type: string): boolean {
  const parameters = searchParametersOf(type);
  const [subject, patient] = ['subject', 'patient'].map((code) =>
    branchesOf(parameters.get(code)?.expression ?? '', type),
  );
  const [element, ...others] = subject!;
  if (element === undefined || others.length > 0 || elementsOf(type)?.get(element)?.max !== 1) return false;
  return patient!.length === 1 && patient![0] === `${element}.where(resolve() is Patient)`;
}

/** The seed for the keys of the targets of a reference parameter. */
export function referenceSeed(type: string, rows: string): bigint {
  return seedOf(type, isSubject(type, rows) ? 'subject' : rows);
}
