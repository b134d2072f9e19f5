import type { JsonResource } from '@dhp/fhir-search';
import { compare, examples, type Compared, type Tally } from './compare.ts';
import { searchAll, type Searched } from './searches.ts';

export interface Outcome {
  readonly resources: number;
  /** Tallies by the name of the parameter: the type that has it, and its code. */
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly searched: Searched;
}

/** Every `every`th published example: see `compareAll`. */
export function compareExamples(every: number): Outcome {
  return compareAll(examples(every));
}

/** Compares the rows of each resource with the expected ones, and searches for their values among the resources of their type. */
export function compareAll(resources: Iterable<{ name: string; resource: JsonResource }>): Outcome {
  const tallies = new Map<string, Tally>();
  const compared: Compared[] = [];
  for (const { name, resource } of resources) {
    compared.push(compare(name, resource, tallies));
    // Contained resources have rows of their own.
    const { contained = [] } = resource as { contained?: (JsonResource & { id: string })[] };
    for (const each of contained) compare(`${name}#${each.id}`, each, tallies);
  }
  const searched: Searched = { searches: 0, hits: 0, misses: 0, differences: [] };
  for (const some of Map.groupBy(compared, ({ resource }) => resource.resourceType).values()) searchAll(some, searched);
  return { resources: compared.length, tallies, searched };
}
