/** The index values of a resource that were made before it is stored: those of a large one, in another thread. */
import type { Budget } from '@dhp/budget';
import type { JsonResource } from '@dhp/fhir-search';
import type { OwnParameters, SearchParameter } from '@dhp/fhir-search/parameters';
import { searchRowValues, type SearchRowValues } from '@dhp/search-index';
import { indexRow, type Term } from '@dhp/search-index/rows';
import { ownHash } from '../own-hash.ts';

/** Inputs of index values beside the resource. */
export interface IndexReading {
  readonly timeZone: string;
  readonly ownBases: readonly string[];
  readonly own: OwnParameters;
}

/** Plain data, which can be passed from one thread to another. It is valid for any id of the resource. */
export interface PreparedIndex {
  /** Generation of the search parameters that the values follow; with another one, they are made again. */
  readonly generation: number;
  readonly columns: SearchRowValues;
  readonly words: readonly Term[];
}

/**
 * The index values of a resource; undefined if they depend on its id, which may differ from that of the body: for a Patient, and if one of
 * the environment's own search parameters may read the id.
 * @throws BudgetSpent
 */
export function prepareIndex(resource: JsonResource, reading: IndexReading, budget: Budget): PreparedIndex | undefined {
  const { resourceType } = resource;
  const { own } = reading;
  if (resourceType === 'Patient' || [...own.parametersOf(resourceType).values()].some(mayReadId)) return undefined;
  const { generation } = own;
  const row = indexRow(resource, { ...reading, budget });
  return { generation, columns: searchRowValues(row, resourceType, '', generation), words: row.words };
}

/** Whether the FHIRPath of a search parameter names `id` or functions that lead to all children, perhaps with an escaped letter. */
function mayReadId({ expression, component }: SearchParameter): boolean {
  const parts = [expression, ...component.map((one) => one.expression)];
  return parts.some((path) => path !== undefined && /\b(?:id|children|descendants)\b|\\/.test(path));
}

/** The values under the id that the resource is stored with. */
export function indexUnder(
  { columns, words }: PreparedIndex,
  type: string,
  id: string,
): { index: SearchRowValues; words: readonly Term[] } {
  return { index: { ...columns, ownHash: ownHash(type, id) }, words };
}
