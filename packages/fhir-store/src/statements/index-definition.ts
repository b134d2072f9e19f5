/** Definitions of the search index: what the rows of a resource are. docs/decisions/0027-index-definitions.md */
import type { JsonResource } from '@dhp/fhir-search';
import type { SearchRowValues } from '@dhp/search-index';
import { indexRow, type IndexRow, indexVersion } from '@dhp/search-index/rows';
import type { IndexTables } from './index-tables.ts';

export interface IndexDefinition {
  /** Of two, the later one has the higher number. */
  readonly version: number;
  /** @throws BudgetSpent */
  readonly row: (resource: JsonResource, options: NonNullable<Parameters<typeof indexRow>[1]>) => IndexRow;
}

/** The definitions that this program makes, in ascending order: the last one is its own, and those before it can be kept up beside it. */
export type IndexDefinitions = readonly [IndexDefinition, ...IndexDefinition[]];

/**
 * The definitions before that of this release whose rows its searches read as well, in ascending order: a database that has one of them is
 * searched by it until the next one is built beside. One that is not named here is indexed anew in place, and searches are refused meanwhile.
 * So to have all rows made anew, `indexVersion` is raised, and the number before stands here.
 */
const versionsBefore: readonly number[] = [];

const definitionOf = (version: number): IndexDefinition => ({ version, row: indexRow });
const [earliest, ...later] = [...versionsBefore, indexVersion];

export const programDefinitions: IndexDefinitions = [definitionOf(earliest), ...later.map(definitionOf)];

export function ownDefinition(definitions: IndexDefinitions): IndexDefinition {
  return definitions.at(-1)!;
}

/** A definition, and the tables that it is in. */
export interface PlacedDefinition {
  readonly definition: IndexDefinition;
  readonly tables: IndexTables;
}

/** The definitions whose rows are stored at one moment: the one that is searched, and the one that is built beside it. */
export interface StoredDefinitions {
  readonly active: PlacedDefinition;
  readonly next: PlacedDefinition | undefined;
}

/** The rows of a resource in the definitions that are stored. */
export interface IndexValues {
  /** Of the search parameters that the values follow. It is raised with each change of the definitions, too. */
  readonly generation: number;
  readonly stored: StoredDefinitions;
  readonly active: SearchRowValues;
  /** Undefined where no definition is built. */
  readonly next: SearchRowValues | undefined;
}

export function allOf({ active, next }: StoredDefinitions): PlacedDefinition[] {
  return next === undefined ? [active] : [active, next];
}
