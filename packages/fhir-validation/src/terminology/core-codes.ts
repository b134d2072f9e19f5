import { valueSets } from '../../generated/definitions.ts';
import type { Membership } from './codes.ts';
import type { EncodedValueSets } from './encoding.ts';
import { grammars } from './grammars.ts';

/** A value set of R5 that needs no terminology service. */
export interface CoreValueSet {
  validate(system: string | undefined, code: string): Membership;
}

let encoded: EncodedValueSets | undefined;
const known = new Map<string, CoreValueSet | undefined>();

/**
 * Returns the value set of R5 with this canonical, whose codes are in this package; undefined if R5 does not define it or its codes cannot
 * be enumerated.
 */
export function coreValueSet(canonical: string): CoreValueSet | undefined {
  const bar = canonical.indexOf('|');
  const url = bar < 0 ? canonical : canonical.slice(0, bar);
  const version = bar < 0 ? undefined : canonical.slice(bar + 1);
  if (version !== undefined && !version.startsWith('5.0') && url.startsWith('http://hl7.org/fhir/ValueSet/'))
    return undefined;
  if (!known.has(url)) known.set(url, decode(url));
  return known.get(url);
}

/** The URLs of value sets that HL7 publishes, in addition to those that R5 enumerates. */
const published = /^http:\/\/(?:hl7\.org\/fhir|terminology\.hl7\.org)\/ValueSet\//;

/** Whether a canonical names a value set that HL7 publishes. */
export function isValueSet(canonical: string): boolean {
  return canonical.includes('/ValueSet/') && published.test(canonical);
}

function decode(url: string): CoreValueSet | undefined {
  const grammar = grammars.get(url);
  encoded ??= JSON.parse(valueSets) as EncodedValueSets;
  if (grammar !== undefined) {
    // Codes that the grammar does not cover, such as names of colours.
    const listed = new Set(Object.values(Object.hasOwn(encoded, url) ? encoded[url]! : {}).flat());
    return { validate: (_, code) => (grammar(code) || listed.has(code) ? 'in' : 'out') };
  }
  if (!Object.hasOwn(encoded, url)) return undefined;
  const systems = new Map(Object.entries(encoded[url]!).map(([system, codes]) => [system, new Set(codes)]));
  const all =
    systems.size === 1 ? [...systems.values()][0]! : new Set([...systems.values()].flatMap((set) => [...set]));
  return {
    validate: (system, code) => ((system === undefined ? all : systems.get(system))?.has(code) === true ? 'in' : 'out'),
  };
}
