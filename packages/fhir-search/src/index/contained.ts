import type { Budget } from '@dhp/budget';
import { isId } from '@dhp/fhir-model';
import type { IndexOptions } from '../index-values.ts';
import type { JsonResource } from '../patient-compartment.ts';
import { objectOf, objectsOf } from '../values/json.ts';
import { hash64 } from './hash.ts';
import type { IndexRow } from './index-row.ts';
import type { RowBuilder } from './row-builder.ts';
import type { PlannedParameter } from './row-plan.ts';

/**
 * A contained resource and the rows that it has by itself. It is kept once under a key of its content, as words are: a version of
 * its container that is stored later has another key, or the same one and the same rows.
 * https://hl7.org/fhir/R5/references.html#contained
 */
export interface ContainedRow {
  readonly type: string;
  /** The type of its container. */
  readonly within: string;
  readonly id: string;
  /** Of the environment's own search parameters, which the row follows too. */
  readonly generation: number;
  readonly row: IndexRow;
}

/** Among the keys of a container: that it contains a resource of the type. */
export function containsKey(type: string): bigint {
  return hash64(`contained\n${type}`);
}

/**
 * Among the keys of a container: that it contains this resource. A reference to it has the key of the parameter's seed combined
 * with this, as one to a stored resource has with the hash of its name; so chains lead to both alike.
 */
export function containedKey(within: string, resource: JsonResource): bigint {
  return hash64(`contained in ${within}\n${JSON.stringify(resource)}`);
}

/** The contained resources of a resource, where they stand in `contained`; undefined for what is none. */
export function containedIn({ contained }: JsonResource): readonly (JsonResource | undefined)[] {
  if (!Array.isArray(contained)) return [];
  return contained.map((each: unknown) => {
    const { resourceType } = objectOf(each);
    return typeof resourceType === 'string' ? (each as JsonResource) : undefined;
  });
}

/**
 * Adds to the rows of a resource what leads to those it contains.
 * @param plans the parameters of the container
 * @param generation of the search parameters that `rowOf` follows
 * @param rowOf the rows of a contained resource by itself
 * @param work what finding the references may cost
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
