import { resourceTypes } from '@dhp/fhir-model';
import { searchParametersOf } from '@dhp/fhir-search/parameters';
import { seedOf } from './keys.ts';

/**
 * Parameters of strings that look at all parts of a name or an address, and those that look at one part of the same: what is under one
 * of these has a row in `fhir.str` there alone. A search by `name` asks under `family` and `given` too.
 */
const partsOf: Readonly<Record<string, readonly string[]>> = {
  name: ['family', 'given'],
  address: ['address-city', 'address-country', 'address-postalcode', 'address-state'],
};

const none: readonly bigint[] = [];

/** By the seeds of the parameters for the whole: where an own name of an Organization is meant, there are none for parts beside it. */
const seedsOfParts: ReadonlyMap<bigint, readonly bigint[]> = new Map(
  resourceTypes.flatMap((type) => Object.entries(partsOf).flatMap(([whole, parts]) => seedsWithin(type, whole, parts))),
);

function seedsWithin(type: string, whole: string, parts: readonly string[]): [bigint, readonly bigint[]][] {
  const parameters = searchParametersOf(type);
  const within = parts.filter((part) => parameters.has(part));
  if (!parameters.has(whole) || within.length === 0) return [];
  return [[seedOf(type, whole), within.map((part) => seedOf(type, part))]];
}

/** Keys under which a string of this key may have its row of `fhir.str` instead; whatever is under them is under this one. None for most keys. */
export function keysOfParts(key: bigint): readonly bigint[] {
  return seedsOfParts.get(key) ?? none;
}
