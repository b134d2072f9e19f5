import { elementsOf, isResourceType, isSubtype, memberOf, typeOf } from '@dhp/fhir-model';
import type { Invariant, Json } from './published.ts';

/** An element of a resource on which invariants hold. */
export interface Occurrence {
  readonly value: unknown;
  readonly type: string;
  /** The element as its parent's type defines it: `ElementDefinition.max`. For a resource its type. */
  readonly path: string;
  readonly sibling: Json | undefined;
  readonly resource: Json;
  readonly rootResource: Json;
}

/** Every element of a resource, depth first, the resource itself first; contained resources and those of bundles too. */
export function* occurrences(resource: Json, root: Json = resource): Generator<Occurrence> {
  const type = resource['resourceType'] as string;
  yield { value: resource, type, path: type, sibling: undefined, resource, rootResource: root };
  yield* within(resource, type, resource, root);
}

function* within(object: Json, type: string, resource: Json, rootResource: Json): Generator<Occurrence> {
  for (const key of Object.keys(object)) {
    const model = memberOf(type, key);
    if (model === undefined || (model.isSibling && object[key.slice(1)] !== undefined)) continue;
    const values: unknown[] = list(model.isSibling ? undefined : object[key]);
    const siblings = list(model.isSibling ? object[key] : object[`_${key}`]);
    const path = `${definer(type, model.element.name)}.${model.element.name}`;
    for (let i = 0; i < Math.max(values.length, siblings.length); i++) {
      const value = values[i] ?? undefined;
      const sibling = (siblings[i] as Json | null) ?? undefined;
      const isObject = typeof value === 'object';
      const nested = isObject ? (value as Json)['resourceType'] : undefined;
      if (typeof nested === 'string' && isResourceType(nested)) {
        yield* occurrences(value as Json, model.element.name === 'contained' ? rootResource : (value as Json));
        continue;
      }
      yield { value, type: model.type, path, sibling, resource, rootResource };
      if (isObject) yield* within(value as Json, model.type, resource, rootResource);
    }
  }
}

const list = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

/** The type that introduces an element, which subtypes inherit. */
function definer(type: string, element: string): string {
  let found = type;
  for (let base = typeOf(type)?.base; base !== undefined && elementsOf(base)?.has(element); base = typeOf(base)?.base) {
    found = base;
  }
  return found;
}

/** The invariants that hold for an occurrence: of its type and those above it, and of the element. */
export function invariantsFor(all: readonly Invariant[]): (occurrence: Occurrence) => readonly Invariant[] {
  const cache = new Map<string, Invariant[]>();
  return ({ type, path }) => {
    const key = `${type} ${path}`;
    let found = cache.get(key);
    if (found === undefined) {
      found = all.filter((invariant) => invariant.path === path || isSubtype(type, invariant.path));
      cache.set(key, found);
    }
    return found;
  };
}
