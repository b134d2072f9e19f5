import { memberOf, type MemberModel } from '@dhp/fhir-model';
import { placed, places } from '../../../packages/fhir-validation/test/mutants.ts';
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';

/**
 * Makes one fault in a copy of a resource. Returns the copy, or its JSON text where the fault is one of the text; undefined for a resource
 * that this kind of fault does not fit.
 */
export type Fault = (resource: Json, random: Random) => Json | string | undefined;

/** Kinds of faults by their names. */
export type Faults = Readonly<Record<string, Fault>>;

/** Returns the object with one member changed, or undefined if the change does not fit. */
export type MemberChange = (
  object: Json,
  name: string,
  member: MemberModel,
  type: string,
  random: Random,
) => Json | undefined;

interface Candidate {
  readonly object: Json;
  readonly type: string;
  readonly path: readonly (string | number)[];
}

/** The items of a list in an order of chance. */
function* shuffled<Item>(items: readonly Item[], random: Random): Generator<Item> {
  const left = [...items];
  while (left.length > 0) {
    const at = random.below(left.length);
    yield left[at]!;
    left[at] = left[left.length - 1]!;
    left.pop();
  }
}

/** A fault in one member, at a place of chance among those that it fits. */
export function inMember(change: MemberChange): Fault {
  return (resource, random) => {
    const all = [...places(resource, resource['resourceType'] as string)].flatMap((place) =>
      Object.keys(place.object).map((name) => ({ ...place, name })),
    );
    for (const { object, type, path, name } of shuffled(all, random)) {
      const member = memberOf(type, name);
      if (member === undefined || member.isSibling) continue;
      const changed = change(object, name, member, type, random);
      if (changed !== undefined) return placed(resource, path, changed);
    }
    return undefined;
  };
}

/** A fault in an object of one of the types, at a place of chance; of the type `*` in any. */
export function inObject(
  types: string,
  change: (object: Json, random: Random, type: string) => Json | undefined,
): Fault {
  const wanted = new Set(types.split(' '));
  return (resource, random) => {
    const all: Candidate[] = [...places(resource, resource['resourceType'] as string)];
    for (const { object, type, path } of shuffled(all, random)) {
      if (!wanted.has('*') && !wanted.has(type)) continue;
      const changed = change(object, random, type);
      if (changed !== undefined) return placed(resource, path, changed);
    }
    return undefined;
  };
}

/** A fault in the resource itself, when it is of one of the types. */
export function inResource(
  types: string,
  change: (resource: Json, random: Random) => Json | string | undefined,
): Fault {
  const wanted = new Set(types.split(' '));
  return (resource, random) =>
    wanted.has('*') || wanted.has(resource['resourceType'] as string) ? change(resource, random) : undefined;
}

/** The value as an item of the list, when the element repeats; of the other items the rest. */
export const put = (object: Json, name: string, value: unknown): Json => {
  const old = object[name];
  return { ...object, [name]: Array.isArray(old) ? [value, ...(old.slice(1) as unknown[])] : value };
};

export const without = (object: Json, ...names: readonly string[]): Json =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !names.includes(key)));

/** The objects of a list member. */
export const listed = (object: Json, name: string): Json[] =>
  Array.isArray(object[name])
    ? (object[name] as unknown[]).filter((one): one is Json => typeof one === 'object' && one !== null)
    : [];

/** The object with one item of a list member changed, one of chance; undefined if it has none. */
export function inItem(
  object: Json,
  name: string,
  random: Random,
  change: (item: Json) => Json | undefined,
): Json | undefined {
  const items = listed(object, name);
  if (items.length === 0) return undefined;
  const at = random.below(items.length);
  const changed = change(items[at]!);
  return changed === undefined ? undefined : { ...object, [name]: items.map((one, i) => (i === at ? changed : one)) };
}

/** The object with an item added to a list member. */
export const added = (object: Json, name: string, ...items: readonly unknown[]): Json => ({
  ...object,
  [name]: [...(Array.isArray(object[name]) ? (object[name] as unknown[]) : []), ...items],
});

/** The first item of a list, or the value itself. */
export const firstOf = (value: unknown): unknown => (Array.isArray(value) ? (value[0] as unknown) : value);
