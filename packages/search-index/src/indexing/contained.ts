import { containedKey, containsKey } from '../keys/contained-keys.ts';
import type { Budget } from '@dhp/budget';
import { isId } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import type { IndexRow } from '../row/index-row.ts';
import type { RowBuilder } from '../row/row-builder.ts';
import { objectOf, objectsOf } from '../types/json.ts';
import type { PlannedParameter } from '../types/planned-parameter.ts';
import type { IndexOptions } from './index-values.ts';

/** The contained resources of a resource, at their places in `contained`; undefined for entries that are not resources. */
export function containedIn({ contained }: JsonResource): readonly (JsonResource | undefined)[] {
  if (!Array.isArray(contained)) return [];
  return contained.map((each: unknown) => {
    const { resourceType } = objectOf(each);
    return typeof resourceType === 'string' ? (each as JsonResource) : undefined;
  });
}

/**
 * Adds to the rows of a resource the keys that lead to its contained resources.
 * @param plans the parameters of the container
 * @param generation of the search parameters that `rowOf` follows
 * @param rowOf the rows of a contained resource by itself
 * @param work the budget for finding the references
 * @param leftOut parameters without rows: a contained row that may lack values has the generation -1, so that a whole one replaces it
 */
export function addContained(
  rows: RowBuilder,
  container: JsonResource,
  {
    plans,
    generation,
    rowOf,
    work,
    leftOut,
  }: {
    plans: readonly PlannedParameter[];
    generation: number;
    rowOf: (contained: JsonResource) => IndexRow;
    work: Budget;
    leftOut: IndexOptions['leftOut'];
  },
): void {
  const keys = new Map<string, bigint>();
  for (const contained of containedIn(container)) {
    if (contained === undefined || typeof contained.id !== 'string' || !isId(contained.id)) continue;
    const { resourceType: type, id } = contained;
    const key = containedKey(container.resourceType, contained);
    const row = rowOf(contained);
    rows.key(key);
    rows.key(containsKey(type));
    for (const { parameter, key: word, text, boundary } of row.words) {
      if (boundary === undefined) rows.word(parameter, word, text);
      else rows.boundary(word, boundary);
    }
    const follows = leftOut === undefined || leftOut.size === 0 ? generation : -1;
    rows.contained(key, { type, within: container.resourceType, id, generation: follows, row });
    keys.set(`#${id}`, key);
  }
  if (keys.size === 0) return;
  for (const { extractor, refers } of plans) {
    if (extractor.type !== 'reference') continue;
    if (leftOut?.has(`${container.resourceType}.${extractor.parameter}`) === true) continue;
    for (const { value } of itemsOf(extractor, container, work, leftOut)) {
      for (const name of localNames(value)) {
        const key = keys.get(name);
        if (key !== undefined) rows.key(refers ^ key);
      }
    }
  }
}

function itemsOf(
  { items, parameter }: PlannedParameter['extractor'],
  container: JsonResource,
  work: Budget,
  leftOut: IndexOptions['leftOut'],
): ReturnType<PlannedParameter['extractor']['items']> {
  try {
    return items(container, undefined, work);
  } catch (error) {
    leftOut?.add(`${container.resourceType}.${parameter}`);
    throw error;
  }
}

/** `#id` of a Reference, of the one in a CodeableReference, or as a canonical is written. */
function localNames(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  const { reference } = objectOf(value);
  if (typeof reference === 'string') return [reference];
  return objectsOf([reference]).flatMap((inner) => (typeof inner.reference === 'string' ? [inner.reference] : []));
}
