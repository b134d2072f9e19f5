import { extractorsOf } from './extractors.ts';
import type { OwnParameters } from './parameters/own-parameters.ts';
import type { JsonResource } from './patient-compartment.ts';
import { compositeValues } from './values/composite.ts';
import type { IndexValue } from './values/index-value.ts';
import { simpleValues, type Reading } from './values/simple.ts';

/** `own`: the search parameters of the environment, whose values are wanted too. */
export type IndexOptions = Partial<Reading> & { readonly own?: OwnParameters };

/** What holds where the options say nothing: dates of Tashkent, no base of one's own. */
export function readingOf({ timeZone = 'Asia/Tashkent', ownBases = [] }: IndexOptions): Reading {
  return { timeZone, ownBases };
}

/**
 * Everything by which a resource is found: the values of all search parameters of its type, in the order of the parameters;
 * `notIndexed` lists those that have none. Parts of the wrong shape are passed over; for an unknown type there is nothing.
 * @throws FhirPathError `limit` for a resource of more than a million items
 */
export function indexValues(resource: JsonResource, options: IndexOptions = {}): IndexValue[] {
  const reading = readingOf(options);
  const found: IndexValue[] = [];
  for (const { parameter, type, components, items } of extractorsOf(resource.resourceType)) {
    for (const item of items(resource)) {
      const values =
        type === undefined
          ? compositeValues(item, components, reading)
          : simpleValues(item, type, reading, resource.resourceType);
      for (const value of values) found.push({ parameter, value });
    }
  }
  return found;
}
