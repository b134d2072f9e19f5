import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { elementsOf, resourceTypes } from '@dhp/fhir-model';

/** The parts of a ValueSet that are read. https://hl7.org/fhir/R5/valueset.html */
interface ValueSet {
  readonly url: string;
  readonly compose?: { readonly include: readonly Include[] };
}

interface Include {
  readonly system?: string;
  readonly concept?: readonly Concept[];
  readonly valueSet?: readonly string[];
}

/** https://hl7.org/fhir/R5/codesystem.html */
interface CodeSystem {
  readonly url: string;
  readonly concept?: readonly Concept[];
}

interface Concept {
  readonly code: string;
  readonly concept?: readonly Concept[];
}

/** The codes of a value set that are of one system; no codes when all of them are. */
export interface EncodedCodes {
  readonly valueSet: string;
  readonly system: string;
  readonly codes: readonly string[];
}

/**
 * For every value set of the package to which an element of type `code` is bound as required, the systems of its codes, if the package has
 * them. A search may name the system, although the element does not. https://hl7.org/fhir/R5/search.html#token
 */
export function encodeCodeSystems(folder: string): EncodedCodes[] {
  const valueSets = byUrl<ValueSet>(folder, 'ValueSet-');
  const codeSystems = byUrl<CodeSystem>(folder, 'CodeSystem-');
  return [...requiredBindings()].sort().flatMap((valueSet) => {
    const includes = includesOf(valueSets, valueSet);
    const [system, ...others] = new Set(includes.map((include) => include.system));
    if (system === undefined) return [];
    if (others.length === 0) return [{ valueSet, system, codes: [] }];
    return includes.flatMap((include) => {
      const codes = allCodes(include.concept ?? codeSystems.get(include.system)?.concept);
      return codes.length === 0 ? [] : [{ valueSet, system: include.system, codes }];
    });
  });
}

function byUrl<Definition extends { readonly url: string }>(folder: string, prefix: string): Map<string, Definition> {
  return new Map(
    readdirSync(folder)
      .filter((name) => name.startsWith(prefix) && name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Definition)
      .map((definition) => [definition.url, definition]),
  );
}

/** The value sets of required bindings of codes in all that resources consist of. */
function requiredBindings(): Set<string> {
  const valueSets = new Set<string>();
  const seen = new Set<string>();
  const waiting: string[] = [...resourceTypes];
  for (let type = waiting.pop(); type !== undefined; type = waiting.pop()) {
    if (seen.has(type)) continue;
    seen.add(type);
    for (const { types, binding } of elementsOf(type)?.values() ?? []) {
      waiting.push(...types);
      if (types.includes('code') && binding?.strength === 'required' && binding.valueSet !== undefined) {
        valueSets.add(withoutVersion(binding.valueSet));
      }
    }
  }
  return valueSets;
}

/** Returns the includes of a value set, with those of the value sets that it includes. */
function includesOf(valueSets: ReadonlyMap<string, ValueSet>, url: string): (Include & { readonly system: string })[] {
  return (valueSets.get(url)?.compose?.include ?? []).flatMap(({ system, concept, valueSet = [] }) =>
    system === undefined
      ? valueSet.flatMap((canonical) => includesOf(valueSets, withoutVersion(canonical)))
      : [{ system, ...(concept !== undefined && { concept }) }],
  );
}

function allCodes(concepts: readonly Concept[] = []): string[] {
  return concepts.flatMap(({ code, concept }) => [code, ...allCodes(concept)]);
}

function withoutVersion(canonical: string): string {
  return canonical.replace(/\|.*/, '');
}
