import type { Extractor } from '../types/planned-parameter.ts';
import { onlySystem } from '@dhp/fhir-search/elements';
import {
  leadsAnywhere,
  type OwnParameters,
  reasonNotIndexed,
  type SearchParameter,
  searchParametersOf,
} from '@dhp/fhir-search/parameters';
import { compile } from '@dhp/fhirpath';
import { componentsOf, type SimpleType } from '../types/composite/reading.ts';
import { itemsBy, walkedBy } from '../types/items.ts';

const known = new Map<string, readonly Extractor[]>();

/** The extractors of all search parameters of a resource type that have values; empty for an unknown type. */
export function extractorsOf(type: string): readonly Extractor[] {
  const found = known.get(type);
  if (found !== undefined) return found;
  const made = extractors(type, searchParametersOf(type).values());
  // Only known types have any: a resource cannot fill the map.
  if (made.length > 0) known.set(type, made);
  return made;
}

/** For the search parameters of the environment's own: includes ask for them at each resource. */
export function ownExtractorsOf(type: string, own: OwnParameters): readonly Extractor[] {
  return own.prepared(preparedExtractors, type);
}

function preparedExtractors(type: string, own: OwnParameters): readonly Extractor[] {
  return extractors(type, own.parametersOf(type).values());
}

/** @throws FhirPathError for an expression that cannot be compiled */
function extractors(type: string, parameters: Iterable<SearchParameter>): Extractor[] {
  const made: Extractor[] = [];
  for (const parameter of parameters) {
    if (parameter.expression === undefined || reasonNotIndexed(parameter) !== undefined) continue;
    const path = compile(parameter.expression, { context: 'SearchParameter', type });
    made.push({
      parameter: parameter.code,
      rows: parameter.rows,
      type: parameter.type === 'composite' ? undefined : (parameter.type as SimpleType),
      components: componentsOf(type, parameter),
      leadsAnywhere: leadsAnywhere(parameter),
      onlySystem: onlySystem(type, parameter),
      items: itemsBy(path),
      walked: walkedBy(path),
      begins: path.begins,
      needs: parameter.expression === type ? neededBy(type, parameter) : undefined,
    });
  }
  return made;
}

function neededBy(type: string, { component }: SearchParameter): (readonly string[])[] {
  return component.flatMap(({ expression }) => {
    const { begins } = compile(expression, { context: 'SearchParameter', type });
    return begins === undefined ? [] : [[...begins.keys()]];
  });
}
