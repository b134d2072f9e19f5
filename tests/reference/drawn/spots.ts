/** Elements of published examples that profiles can say something about, with the values that stand there. */
import { elementsOf, memberOf, typeOf, type MemberModel } from '@dhp/fhir-model';
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';

/** Statements about elements, by their ids. */
export type Elements = Readonly<Record<string, Json>>;

/** An element of an example, as a profile names it. */
export interface Spot {
  readonly path: string;
  readonly type: string;
  readonly member: MemberModel;
  readonly values: readonly unknown[];
  /** The object that it is in, of a type. */
  readonly owner: Json;
  readonly ownerType: string;
  /** Statements about elements above it that it needs: the type of a choice. */
  readonly above: Elements;
  /** Where it stands among the elements of its type, from the top down: statements are written in that order. */
  readonly order: readonly number[];
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isPrimitive = (type: string): boolean => typeOf(type)?.kind === 'primitive';

/** Members that no profile here is about. */
const left =
  /^(?:id|meta|implicitRules|language|text|contained|extension|modifierExtension|resourceType|resource|div)$/;

/** Elements are looked for so deep. */
const deepest = 3;

/** An element of chance of the resource; undefined if it has none. */
export function spotOf(resource: Json, random: Random): Spot | undefined {
  const type = resource['resourceType'] as string;
  let found: Spot | undefined;
  let owner = { object: resource, type, path: type, above: {} as Elements, order: [] as readonly number[] };
  for (let depth = 0; depth < deepest; depth += 1) {
    const spot = below(owner, random);
    if (spot === undefined) return found;
    found = spot;
    const inner = random.pick(spot.values);
    if (!isObject(inner) || isPrimitive(spot.type) || !random.oneIn(2)) return found;
    const above = spot.member.element.choice
      ? { ...spot.above, [spot.path]: { type: [{ code: spot.type }] } }
      : spot.above;
    owner = { object: inner, type: spot.type, path: spot.path, above, order: spot.order };
  }
  return found;
}

function below(
  {
    object,
    type,
    path,
    above,
    order,
  }: {
    readonly object: Json;
    readonly type: string;
    readonly path: string;
    readonly above: Elements;
    readonly order: readonly number[];
  },
  random: Random,
): Spot | undefined {
  const names = Object.keys(object).filter((name) => {
    const member = memberOf(type, name);
    if (member === undefined || member.isSibling || left.test(name)) return false;
    // An element that repeats another one has no path of its own.
    return !member.type.includes('.') || path.includes('[x]') || member.type.startsWith(`${type}.`);
  });
  if (names.length === 0) return undefined;
  const name = random.pick(names);
  const member = memberOf(type, name)!;
  const value = object[name];
  const elements = [...(elementsOf(type)?.keys() ?? [])];
  return {
    path: `${path}.${member.element.name}${member.element.choice ? '[x]' : ''}`,
    type: member.type,
    member,
    values: Array.isArray(value) ? (value as unknown[]) : [value],
    ...{ owner: object, ownerType: type, above },
    order: [...order, elements.indexOf(member.element.name)],
  };
}

/** Whether one element is before the other. */
export function isBefore(one: readonly number[], other: readonly number[]): boolean {
  for (const [i, place] of one.entries()) {
    if (other[i] === undefined) return false;
    if (place !== other[i]) return place < other[i];
  }
  return true;
}
