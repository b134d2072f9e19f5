import { impliedSystem } from '@dhp/fhir-search/elements';
import type { Item } from '@dhp/fhirpath';
import type { SimpleType } from './composite/reading.ts';
import { dateValues } from './date/indexing.ts';
import { numberValues } from './number/indexing.ts';
import { quantityValues } from './quantity/indexing.ts';
import { referenceValues } from './reference/indexing.ts';
import { stringValues } from './string/indexing.ts';
import { tokenValues } from './token/indexing.ts';
import { uriValues } from './uri/indexing.ts';
import type { Value } from './value.ts';

/** Context on which the values of a resource depend beside its content. */
export interface Reading {
  /** IANA name of the zone of dates without one. */
  readonly timeZone: string;
  /** Base URLs of this server, without a slash at the end: references below them count as relative. */
  readonly ownBases: readonly string[];
}

/**
 * Returns the index values of an item for a search parameter of the type; empty if it has the wrong shape.
 * @param root the type at which the item's location begins
 */
export function simpleValues(item: Item, type: SimpleType, reading: Reading, root: string): Value[] {
  const { value, type: itemType, location } = item;
  if (value === undefined) return [];
  switch (type) {
    case 'token':
      return tokenValues(value, itemType, location === undefined ? undefined : impliedSystem(root, location, value));
    case 'string':
      return stringValues(value, itemType);
    case 'reference':
      return referenceValues(value, itemType, reading.ownBases);
    case 'date':
      return dateValues(value, itemType, reading.timeZone);
    case 'number':
      return numberValues(value, itemType);
    case 'quantity':
      return quantityValues(value, itemType);
    case 'uri':
      return uriValues(value);
  }
}
