import type { ValueSet, ValueSetComposeInclude } from '@dhp/fhir-model';
import type { Parts } from './expand/parts.ts';
import type { Code } from './membership.ts';
import { TerminologyFault } from './outcome/fault.ts';

type Members = (part: ValueSet) => readonly Code[];

/**
 * The codes of a value set, part by part. A part whose code system is not available (LOINC, if the country has not loaded it) counts with
 * the codes that the value set itself lists: they are members regardless of the system.
 * @param parts those of the value set: the same objects each time, since they are the cache keys of collected members
 * @param members lists a value set that is one of the parts
 * @throws TerminologyFault for a part that can neither be collected nor lists its codes
 */
export function membersByPart({ include, exclude }: Parts, members: Members): readonly Code[] {
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

function nameOf({ system, code }: Code): string {
  return `${system}|${code}`;
}
