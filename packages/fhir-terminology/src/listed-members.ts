import type { ValueSet, ValueSetComposeInclude } from '@dhp/fhir-model';
import type { Code } from './membership.ts';
import { TerminologyFault } from './outcome/fault.ts';

type Members = (part: ValueSet) => readonly Code[];

/** Parts of value sets by the value set, so that what was collected of a part before is known by it. */
const partsOf = new WeakMap<
  ValueSet,
  { readonly include: readonly ValueSet[]; readonly exclude: readonly ValueSet[] }
>();

/**
 * The codes of a value set, part by part. A part of which the code system is not at hand (LOINC, where the country has not
 * loaded it) counts with the codes that the value set itself lists: they are in it whatever the system says of them.
 * @param members lists a value set that is one of the parts
 * @throws TerminologyFault of a part that neither can be collected nor lists its codes
 */
export function membersByPart(valueSet: ValueSet, members: Members): readonly Code[] {
  const { include, exclude } = separated(valueSet);
  const excluded = new Set(exclude.flatMap((part) => codesOf(part, members)).map(nameOf));
  const codes = new Map(include.flatMap((part) => codesOf(part, members)).map((code) => [nameOf(code), code]));
  return [...codes].filter(([name]) => !excluded.has(name)).map(([, code]) => code);
}

function codesOf(part: ValueSet, members: Members): readonly Code[] {
  try {
    return members(part);
  } catch (error) {
    const listed = error instanceof TerminologyFault ? listedBy(part.compose!.include[0]!) : undefined;
    if (listed === undefined) throw error;
    return listed;
  }
}

function listedBy({ system, concept, filter, valueSet }: ValueSetComposeInclude): readonly Code[] | undefined {
  if (system === undefined || concept === undefined || filter !== undefined || valueSet !== undefined) return undefined;
  return concept.map(({ code }) => ({ system, code }));
}

function separated(valueSet: ValueSet): { include: readonly ValueSet[]; exclude: readonly ValueSet[] } {
  const known = partsOf.get(valueSet);
  if (known !== undefined) return known;
  const { compose } = valueSet;
  // Nameless, so that nothing takes a part for the whole; an inactive code is left out of a part where it is of the whole.
  const part = (include: ValueSetComposeInclude, inactive?: boolean): ValueSet => ({
    resourceType: 'ValueSet',
    status: valueSet.status,
    compose: { include: [include], ...(inactive !== undefined && { inactive }) },
  });
  const parts = {
    include: (compose?.include ?? []).map((one) => part(one, compose?.inactive)),
    exclude: (compose?.exclude ?? []).map((one) => part(one)),
  };
  partsOf.set(valueSet, parts);
  return parts;
}

function nameOf({ system, code }: Code): string {
  return `${system}|${code}`;
}
