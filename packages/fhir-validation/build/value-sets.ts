import type { EncodedValueSets } from '../src/terminology/encoding.ts';
import type { BaseDefinition, CodeSystem, Concept, Contained, ConceptSet, ValueSet } from './packages.ts';

/** Larger value sets of extensible bindings are left to a terminology service: leaving one is a warning at most. */
const mostExtensible = 600;

/** Marked as limited since their systems are not HL7's, though the list is whole. */
const completeAllTheSame = /\/(?:timezones|currencies|units-of-time|age-units|distance-units|duration-units)$/;

/** Systems whose codes are a grammar, which is in `src/terminology/grammars.ts`: what a value set has beside them is listed. */
const ofGrammar: ReadonlySet<string> = new Set(['http://hl7.org/fhir/color-rgb']);

interface Sources {
  readonly expansions: readonly ValueSet[];
  readonly valueSets: readonly ValueSet[];
  readonly codeSystems: readonly CodeSystem[];
}

/** The codes of every value set that R5 binds to an element and that can be enumerated, by system. */
export function encodeValueSets(definitions: readonly BaseDefinition[], sources: Sources): EncodedValueSets {
  const encoded: EncodedValueSets = {};
  for (const [url, isRequired] of boundValueSets(definitions)) {
    const codes = expanded(url, sources);
    if (codes === undefined) continue;
    const count = [...codes.values()].reduce((sum, { size }) => sum + size, 0);
    if (!isRequired && count > mostExtensible) continue;
    encoded[url] = Object.fromEntries([...codes].map(([system, set]) => [system, [...set]]));
  }
  return encoded;
}

/** Canonicals without version; true when some element is bound to it as required or as maximum. */
function boundValueSets(definitions: readonly BaseDefinition[]): Map<string, boolean> {
  const bound = new Map<string, boolean>();
  const add = (canonical: string | undefined, isRequired: boolean) => {
    const url = canonical?.split('|')[0];
    if (url !== undefined) bound.set(url, isRequired || bound.get(url) === true);
  };
  for (const { binding } of definitions.flatMap(({ snapshot }) => snapshot?.element ?? [])) {
    if (binding === undefined || (binding.strength !== 'required' && binding.strength !== 'extensible')) continue;
    add(binding.valueSet, binding.strength === 'required');
    for (const { valueSet } of binding.additional ?? []) add(valueSet, true);
  }
  return new Map([...bound].sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Codes = Map<string, Set<string>>;

/** Undefined when it cannot be enumerated completely from what is at hand. */
function expanded(url: string, sources: Sources): Codes | undefined {
  const ready = sources.expansions.find((valueSet) => valueSet.url === url)?.expansion;
  // An expansion that is limited shows examples of a grammar (languages, mime types).
  const isLimited = ready?.parameter?.some(({ name }) => name === 'limitedExpansion') === true;
  if (ready?.contains !== undefined && ready.contains.length > 0) {
    const codes: Codes = new Map();
    addContained(codes, ready.contains);
    if (!isLimited || completeAllTheSame.test(url)) return codes;
  }
  const compose = sources.valueSets.find((valueSet) => valueSet.url === url)?.compose;
  if (compose === undefined || compose.exclude !== undefined) return undefined;
  const codes: Codes = new Map();
  return compose.include.every((include) => addIncluded(codes, include, sources)) ? codes : undefined;
}

function addContained(codes: Codes, contained: readonly Contained[]): void {
  for (const { system, code, abstract, contains } of contained) {
    if (system !== undefined && code !== undefined && abstract !== true) add(codes, system, code);
    addContained(codes, contains ?? []);
  }
}

/** False when what is included is not known in full. */
function addIncluded(codes: Codes, include: ConceptSet, sources: Sources): boolean {
  const { system, concept, filter, valueSet } = include;
  if (filter !== undefined || system === undefined || valueSet !== undefined) return false;
  if (concept !== undefined) {
    for (const { code } of concept) add(codes, system, code);
    return true;
  }
  if (ofGrammar.has(system)) return true;
  const found = sources.codeSystems.find(({ url }) => url === system);
  if (found?.content !== 'complete') return false;
  addConcepts(codes, system, found.concept ?? []);
  return true;
}

function addConcepts(codes: Codes, system: string, concepts: readonly Concept[]): void {
  for (const { code, concept } of concepts) {
    add(codes, system, code);
    addConcepts(codes, system, concept ?? []);
  }
}

function add(codes: Codes, system: string, code: string): void {
  const set = codes.get(system) ?? new Set();
  codes.set(system, set.add(code));
}
