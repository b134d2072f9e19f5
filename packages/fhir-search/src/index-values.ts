import { compile, type CompiledPath, type Item } from '@dhp/fhirpath';
import { reasonNotIndexed } from './parameters/not-indexed.ts';
import { searchParametersOf } from './parameters/search-parameters.ts';
import type { JsonResource } from './patient-compartment.ts';
import { componentsOf, compositeValues, type Component, type SimpleType } from './values/composite.ts';
import { dateValues } from './values/date.ts';
import type { IndexValue, Value } from './values/index-value.ts';
import { numberValues } from './values/number.ts';
import { quantityValues } from './values/quantity.ts';
import { referenceValues } from './values/reference.ts';
import { stringValues } from './values/string.ts';
import { tokenValues } from './values/token.ts';
import { uriValues } from './values/uri.ts';

export interface IndexOptions {
  /** IANA name of the zone of dates without one. Default `Asia/Tashkent`. */
  readonly timeZone?: string;
  /** Base URLs of this server, without a slash at the end: references below them count as relative. */
  readonly ownBases?: readonly string[];
}

/** A search parameter made ready: its expression compiled for the type. */
interface Extractor {
  readonly parameter: string;
  readonly path: CompiledPath;
  /** Undefined for a composite, which has components. */
  readonly type: SimpleType | undefined;
  readonly components: readonly Component[];
}

const extractors = new Map<string, readonly Extractor[]>();

/**
 * Everything by which a resource is found: the values of all search parameters of its type, in the order of the parameters;
 * `notIndexed` lists those that have none. Parts of the wrong shape are passed over; for an unknown type there is nothing.
 * @throws FhirPathError `limit` for a resource of more than a million items
 */
export function indexValues(resource: JsonResource, options: IndexOptions = {}): IndexValue[] {
  const { timeZone = 'Asia/Tashkent', ownBases = [] } = options;
  const valuesOf = (item: Item, type: SimpleType): Value[] => simpleValues(item, type, timeZone, ownBases);
  const found: IndexValue[] = [];
  for (const { parameter, path, type, components } of extractorsOf(resource.resourceType)) {
    for (const item of path.evaluate(resource)) {
      const values = type === undefined ? compositeValues(item, components, valuesOf) : valuesOf(item, type);
      for (const value of values) found.push({ parameter, value });
    }
  }
  return found;
}

function extractorsOf(type: string): readonly Extractor[] {
  let known = extractors.get(type);
  if (known !== undefined) return known;
  const made: Extractor[] = [];
  for (const parameter of searchParametersOf(type).values()) {
    if (parameter.expression === undefined || reasonNotIndexed(parameter) !== undefined) continue;
    made.push({
      parameter: parameter.code,
      path: compile(parameter.expression, { context: 'SearchParameter', type }),
      type: parameter.type === 'composite' ? undefined : (parameter.type as SimpleType),
      components: componentsOf(parameter),
    });
  }
  // Only known types have any: a resource cannot fill the map.
  if (made.length > 0) extractors.set(type, (known = made));
  return known ?? made;
}

function simpleValues(
  { value, type: itemType }: Item,
  type: SimpleType,
  timeZone: string,
  ownBases: readonly string[],
): Value[] {
  if (value === undefined) return [];
  switch (type) {
    case 'token':
      return tokenValues(value, itemType);
    case 'string':
      return stringValues(value, itemType);
    case 'reference':
      return referenceValues(value, itemType, ownBases);
    case 'date':
      return dateValues(value, itemType, timeZone);
    case 'number':
      return numberValues(value, itemType);
    case 'quantity':
      return quantityValues(value, itemType);
    case 'uri':
      return uriValues(value);
  }
}
