/** The index values of a write. */
import { BudgetSpent, type Budget } from '@dhp/budget';
import { typeNumber } from '@dhp/fhir-model';
import { type JsonResource, patientCompartment } from '@dhp/fhir-search';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import { searchRowValues } from '@dhp/search-index';
import { indexRow, type IndexRow } from '@dhp/search-index/rows';
import {
  allOf,
  type IndexValues,
  type PlacedDefinition,
  type StoredDefinitions,
} from '../statements/index-definition.ts';
import type { Parameters } from '../parameters/parameters.ts';
import { patientShardsOf } from '../placement/patient-shards.ts';
import { shardKeyOf } from '../placement/shard-key.ts';
import type { ShardMap } from '../placement/shard-map.ts';
import { indexUnder, type PreparedIndex } from './prepared-index.ts';
import { termOf, termsIn, type PlacedTerm } from './term-dictionary.ts';

/** Inputs of a version's content beside the resource. */
export interface BodyOptions {
  /** IANA name of the zone in whose offset `meta.lastUpdated` is written, and of dates without one. */
  readonly timeZone: string;
  /** Base URLs of this server: references below them are its own. */
  readonly ownBases: readonly string[];
  readonly parameters: Pick<
    Parameters,
    'known' | 'refresh' | 'forWriting' | 'renew' | 'stored' | 'labelling' | 'linksCare'
  >;
  /** Where rows are on several nodes: undefined on one. */
  readonly shards: () => ShardMap | undefined;
}

/** A resource with the inputs of its index values. */
export interface IndexedBody {
  readonly resource: JsonResource;
  readonly budget?: Budget | undefined;
  readonly prepared?: PreparedIndex | undefined;
  /** Its last index values: a write that has to read again need not make them again. */
  indexed?: Indexed & { readonly id: string; readonly own: OwnParameters; readonly stored: StoredDefinitions };
  /** The error that ended its index values. Writes that shared a statement are tried again alone, with budgets that are spent. */
  refused?: BudgetSpent;
}

interface Indexed {
  readonly index: IndexValues;
  readonly words: readonly PlacedTerm[];
}

/**
 * Returns the index values of a resource under its id; the body may have no id yet, or another one.
 * @param leftOut as `IndexOptions.leftOut`: for indexing stored resources; a write stores whole rows or nothing
 * @param stored the definitions whose rows are made (default: all that are stored)
 */
export function indexOf(
  body: IndexedBody,
  id: string,
  options: BodyOptions,
  { leftOut, stored = options.parameters.stored() }: { leftOut?: Set<string>; stored?: StoredDefinitions } = {},
): Indexed {
  const { refused, indexed } = body;
  if (refused !== undefined) throw refused;
  const own = options.parameters.forWriting();
  const isSame = indexed?.own === own && indexed.stored === stored && indexed.id === id && leftOut === undefined;
  if (isSame) return indexed;
  const values = madeIndex(body, id, options, { leftOut, stored, own });
  const lies = placesOf(body, id, options);
  const made = lies.length === 0 ? values : { ...values, words: [...values.words, ...lies] };
  if (leftOut === undefined) body.indexed = { ...made, id, own, stored };
  return made;
}

function madeIndex(
  body: IndexedBody,
  id: string,
  { timeZone, ownBases }: BodyOptions,
  { leftOut, stored, own }: { leftOut: Set<string> | undefined; stored: StoredDefinitions; own: OwnParameters },
): Indexed {
  const { resource, budget, prepared } = body;
  const { generation } = own;
  if (prepared?.generation === generation && allOf(stored).every(({ definition }) => definition.row === indexRow)) {
    const { index, words } = indexUnder(prepared, resource.resourceType, id);
    return { index: { generation, stored, active: index, next: stored.next && index }, words: termsIn(stored, words) };
  }
  const identified = resource['id'] === id ? resource : { ...resource, id };
  const rowOf = ({ definition }: PlacedDefinition, limit: Budget | undefined): IndexRow =>
    definition.row(identified, { timeZone, ownBases, own, budget: limit, leftOut });
  const valuesOf = (row: IndexRow) => searchRowValues(row, resource.resourceType, id, generation);
  try {
    const { active, next } = stored;
    const row = rowOf(active, budget);
    const values = valuesOf(row);
    if (next === undefined || next.definition.row === active.definition.row) {
      return { index: { generation, stored, active: values, next: next && values }, words: termsIn(stored, row.words) };
    }
    // The second row is not part of the request: it is not charged to its budget.
    const beside = rowOf(next, undefined);
    return {
      index: { generation, stored, active: values, next: valuesOf(beside) },
      words: termsIn(stored, row.words, beside.words),
    };
  } catch (error) {
    if (error instanceof BudgetSpent) body.refused = error;
    throw error;
  }
}

/** Its notes for searches by patient, which are stored before it. */
function placesOf({ resource }: IndexedBody, id: string, { ownBases, shards }: BodyOptions): readonly PlacedTerm[] {
  const map = shards();
  if (map === undefined) return [];
  const identified = { ...resource, id };
  const patients = patientCompartment(identified, ownBases);
  const ty = typeNumber(resource.resourceType);
  if (ty === undefined) return [];
  return patientShardsOf(map, { ty, key: shardKeyOf(identified, id), patients }).map(termOf);
}
