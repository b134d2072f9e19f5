import { resourceTypes } from '@dhp/fhir-model';
import { searchParametersOf } from '@dhp/fhir-search/parameters';
import { seedOf } from './keys.ts';

/**
 * Parameters of strings for all parts of a name or an address, and those for one part: a value of the latter has a row in `fhir.str` only
 * there. A search by `name` also searches under `family` and `given`.
 */
const partsOf: Readonly<Record<string, readonly string[]>> = {
  name: ['family', 'given'],
  address: ['address-city', 'address-country', 'address-postalcode', 'address-state'],
};

const none: readonly bigint[] = [];

/** By the seeds of the parameters for the whole: an Organization's own name has no parameters for parts. */
const seedsOfParts: ReadonlyMap<bigint, readonly bigint[]> = new Map(
  resourceTypes.flatMap((type) => Object.entries(partsOf).flatMap(([whole, parts]) => seedsWithin(type, whole, parts))),
);

function seedsWithin(type: string, whole: string, parts: readonly string[]): [bigint, readonly bigint[]][] {
  const parameters = searchParametersOf(type);
  const within = parts.filter((part) => parameters.has(part));
  if (!parameters.has(whole) || within.length === 0) return [];
  return [[seedOf(type, whole), within.map((part) => seedOf(type, part))]];
}

/**
 * Keys under which a string of this key may have its row of `fhir.str` instead; all strings under them are also strings of this key. Empty for
 * most keys.
 */
export function keysOfParts(key: bigint): readonly bigint[] {
  return seedsOfParts.get(key) ?? none;
}
