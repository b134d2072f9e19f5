import { elementsOf, memberOf, typeOf } from '@dhp/fhir-model';
import { isObject, type Json } from '../json.ts';

/** One repetition of an element. */
export interface Item {
  /** Undefined for a primitive that has only extensions. */
  readonly value: unknown;
  readonly sibling: Json | undefined;
  readonly type: string;
  readonly label: string;
  readonly index: number;
}

/** A JSON member that can hold an element: one per type of a choice. */
export interface JsonMember {
  readonly json: string;
  readonly sibling: string | undefined;
  readonly type: string;
  readonly label: string;
  readonly isResource: boolean;
}

/** The JSON members that can hold an element of a type. */
export interface Plan {
  readonly jsonMembers: readonly JsonMember[];
  /** The member, if there is only one. */
  readonly only: JsonMember | undefined;
  /** Members by name and by sibling name, if there are many. */
  readonly byMember: ReadonlyMap<string, JsonMember> | undefined;
}

const plans = new Map<string, Map<string, Plan>>();

/** Returns the JSON members that can hold an element of a type; empty if the type does not have it. Cached. */
export function planOf(type: string, name: string): Plan {
  let ofType = plans.get(type);
  if (ofType === undefined) plans.set(type, (ofType = new Map<string, Plan>()));
  let plan = ofType.get(name);
  if (plan === undefined) ofType.set(name, (plan = makePlan(makeMembers(type, name))));
  return plan;
}

function makePlan(jsonMembers: readonly JsonMember[]): Plan {
  const members = jsonMembers.flatMap((jsonMember) =>
    [jsonMember.json, jsonMember.sibling ?? jsonMember.json].map((member) => [member, jsonMember] as const),
  );
  const only = jsonMembers.length === 1 ? jsonMembers[0] : undefined;
  return { jsonMembers, only, byMember: jsonMembers.length < manyTypes ? undefined : new Map(members) };
}

function makeMembers(type: string, name: string): readonly JsonMember[] {
  const element = elementsOf(type)?.get(name);
  return (element?.types ?? []).map((one) => {
    const json = element!.choice ? name + one.charAt(0).toUpperCase() + one.slice(1) : name;
    return {
      json,
      sibling: memberOf(type, `_${json}`) === undefined ? undefined : `_${json}`,
      type: one,
      label: element!.choice ? `${name}.ofType(${one})` : name,
      isResource: typeOf(one)?.kind === 'resource',
    };
  });
}

/** From this number of types on, it is cheaper to go through the members of the object. `value[x]` of an Extension has 54 types. */
const manyTypes = 8;

/** Returns the members that an object has, in the order of the plan. */
function present(object: Json, plan: Plan): readonly JsonMember[] {
  const { jsonMembers, byMember } = plan;
  if (byMember === undefined) return jsonMembers;
  let found: JsonMember[] | undefined;
  for (const member in object) {
    const jsonMember = byMember.get(member);
    if (jsonMember === undefined || found?.includes(jsonMember) === true) continue;
    if (found === undefined) found = [jsonMember];
    else found.push(jsonMember);
  }
  if (found === undefined) return noMembers;
  return found.length === 1 ? found : jsonMembers.filter((one) => found.includes(one));
}

const noMembers: readonly JsonMember[] = [];
const none: readonly Item[] = [];

/** Returns all repetitions of an element in an object, with their concrete types. */
export const itemsOf = (object: Json, type: string, name: string): readonly Item[] =>
  itemsBy(planOf(type, name), object);

/** As `itemsOf`, with a plan from `planOf`. */
export function itemsBy(plan: Plan, object: Json): readonly Item[] {
  const { only } = plan;
  if (only !== undefined) return itemsAt(only, object);
  let items: Item[] | undefined;
  for (const jsonMember of present(object, plan)) {
    const found = itemsAt(jsonMember, object);
    if (found === none) continue;
    if (items === undefined) items = found as Item[];
    else items.push(...found);
  }
  return items ?? none;
}

/** Returns the repetitions in one member, as a new array. */
function itemsAt({ json, sibling, type, label, isResource }: JsonMember, object: Json): readonly Item[] {
  const value = object[json];
  const siblings = sibling === undefined ? undefined : object[sibling];
  if (value === undefined && siblings === undefined) return none;
  if (!Array.isArray(value) && !Array.isArray(siblings)) return [item(value, siblings, type, label, -1, isResource)];
  const values: readonly unknown[] = Array.isArray(value) ? value : none;
  const others: readonly unknown[] = Array.isArray(siblings) ? siblings : none;
  const length = Math.max(values.length, others.length);
  const items: Item[] = [];
  for (let i = 0; i < length; i += 1) items.push(item(values[i], others[i], type, label, i, isResource));
  return items;
}

function item(value: unknown, sibling: unknown, type: string, label: string, index: number, isResource: boolean): Item {
  const resourceType = isResource && isObject(value) ? value['resourceType'] : undefined;
  return {
    value: value ?? undefined,
    sibling: isObject(sibling) ? sibling : undefined,
    type: typeof resourceType === 'string' && typeOf(resourceType) !== undefined ? resourceType : type,
    label,
    index,
  };
}
