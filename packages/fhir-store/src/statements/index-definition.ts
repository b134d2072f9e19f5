/** Definitions of the search index: the rows of a resource. docs/decisions/0027-index-definitions.md */
import type { JsonResource } from '@dhp/fhir-search';
import type { Condition, SearchRowValues } from '@dhp/search-index';
import { maxStringLength } from '@dhp/search-index/keys';
import { LackingDefinition, type Lacks } from '@dhp/search-index/search';
import { indexRow, type IndexRow, indexVersion } from '@dhp/search-index/rows';
import type { IndexTables } from '@dhp/search-index/sql';

export interface IndexDefinition {
  /** Number of the definition; a later one has a higher number. */
  readonly version: number;
  /** @throws BudgetSpent */
  readonly row: (resource: JsonResource, options: NonNullable<Parameters<typeof indexRow>[1]>) => IndexRow;
  /** Whether its rows cannot answer a condition as searches of this release ask it (default: they answer all). */
  readonly lacks?: Lacks;
}

/** The definitions that this program makes, in ascending order: the last one is its own, and those before it can be kept up beside it. */
export type IndexDefinitions = readonly [IndexDefinition, ...IndexDefinition[]];

/**
 * The definitions before that of this release whose rows its searches read as well, in ascending order: a database with one of them is
 * searched by it until the next one is built beside. A database with another definition is reindexed in place, and searches are refused
 * meanwhile. So to have all rows made again, raise `indexVersion` and add the previous definition here, with the conditions that only the next
 * one can answer: only these are refused until the next one takes over.
 */
const before: readonly IndexDefinition[] = [
  {
    version: 10,
    // Servers of the release before find composites of several compared parts by these.
    row: (resource, options) =>
      indexRow(resource, { ...options, firstRepetitions: true, cutTexts: true, allPosted: true }),
    lacks: (condition, units) => condition.op === 'repetition' || units.some(mayBeCut) || isOfWholeTexts(condition),
  },
  {
    version: 12,
    row: (resource, options) => indexRow(resource, { ...options, cutTexts: true, allPosted: true }),
    lacks: isOfWholeTexts,
  },
  {
    version: 13,
    row: (resource, options) => indexRow(resource, { ...options, allPosted: true }),
  },
];

const own: IndexDefinition = { version: indexVersion, row: indexRow };
const [earliest, ...later] = [...before, own];

export const programDefinitions: IndexDefinitions = [earliest, ...later];

/** Definition 12 has only the start of a text: it matches others with the same start, and has neither their parts nor their ends. */
function isOfWholeTexts(condition: Condition): boolean {
  if (condition.op !== 'string' && condition.op !== 'term') return false;
  // Rows before definition 14 have a key instead.
  if (condition.op === 'string' && condition.unposted === true) return false;
  const { op, match, text } = condition;
  if (match === 'contains' || match === 'ends' || (op === 'string' && condition.follows !== undefined)) return true;
  return match !== 'starts' && text.length >= maxStringLength;
}

/** Definition 10 cut a code and a unit at 64 characters, and the whole at 256: then it is no JSON. */
function mayBeCut(unit: string): boolean {
  try {
    const [, ...parts] = JSON.parse(unit) as readonly string[];
    return parts.some((part) => part.length >= 64);
  } catch {
    return true;
  }
}

export function ownDefinition(definitions: IndexDefinitions): IndexDefinition {
  return definitions.at(-1)!;
}

/**
 * For lists of the words of a parameter.
 * @throws LackingDefinition if the rows of the definition lack words of some texts
 */
export function requireAllWords({ lacks }: IndexDefinition, parameters: readonly bigint[]): void {
  const isLacking = parameters.some((parameter) => lacks?.({ op: 'term', parameter, match: 'contains', text: '' }, []));
  if (isLacking) throw new LackingDefinition();
}

/** A definition, and the tables that it is in. */
export interface PlacedDefinition {
  readonly definition: IndexDefinition;
  readonly tables: IndexTables;
}

/** The definitions whose rows are stored at one moment: the active one, and the one that is built beside it. */
export interface StoredDefinitions {
  readonly active: PlacedDefinition;
  readonly next: PlacedDefinition | undefined;
}

/** The rows of a resource in the definitions that are stored. */
export interface IndexValues {
  /** Generation of the search parameters that the values follow. It also rises with each change of the definitions. */
  readonly generation: number;
  readonly stored: StoredDefinitions;
  readonly active: SearchRowValues;
  /** Undefined if no definition is built. */
  readonly next: SearchRowValues | undefined;
}

export function allOf({ active, next }: StoredDefinitions): PlacedDefinition[] {
  return next === undefined ? [active] : [active, next];
}
