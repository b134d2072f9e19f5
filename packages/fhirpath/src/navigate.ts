import { elementsOf, memberOf, typeOf } from '@dhp/fhir-model';
import { Primitive, type Collection, type Site } from './collection.ts';
import { resourceTypeOf, systemTypeOfValue } from './types.ts';

type Json = Readonly<Record<string, unknown>>;

/** One JSON member of an element name: `valueQuantity` for `value`. */
interface Member {
  readonly json: string;
  /** The member with id and extensions; undefined unless it is a primitive. */
  readonly sibling: string | undefined;
  readonly type: string;
  /** Whether it may hold any resource, so that the type is read from the value. */
  readonly isResource: boolean;
}

/** Plan for reading an element from objects of one type. Choices with many types go by the object's keys instead of by their own. */
interface Plan {
  readonly members: readonly Member[];
  readonly byKey: ReadonlyMap<string, Member> | undefined;
}

/** Above this many possible types the keys of the object are fewer than the names to look up. */
const fewTypes = 4;
const noPlan: Plan = { members: [], byKey: undefined };

function makePlan(type: string, { name, takes, byJsonName }: ElementStep): Plan {
  const element = elementsOf(type)?.get(name);
  if (element === undefined) return byJsonName ? planOfMember(type, name) : noPlan;
  // The type of an element that may be any resource is read from the value.
  const isTaken = (memberType: string): boolean =>
    takes === undefined || typeOf(memberType)?.kind === 'resource' || takes(memberType);
  const members = element.types.filter(isTaken).map((memberType): Member => {
    const json = element.choice ? name + memberType.charAt(0).toUpperCase() + memberType.slice(1) : name;
    const model = typeOf(memberType);
    const sibling = memberOf(type, `_${json}`) === undefined ? undefined : `_${json}`;
    return { json, sibling, type: memberType, isResource: model?.kind === 'resource' };
  });
  if (members.length <= fewTypes) return { members, byKey: undefined };
  const byKey = new Map<string, Member>();
  for (const member of members) {
    byKey.set(member.json, member);
    if (member.sibling !== undefined) byKey.set(member.sibling, member);
  }
  return { members, byKey };
}

/** A choice by the name that it has in JSON. */
function planOfMember(type: string, json: string): Plan {
  const member = memberOf(type, json);
  if (member === undefined || member.isSibling || !member.element.choice) return noPlan;
  const sibling = memberOf(type, `_${json}`) === undefined ? undefined : `_${json}`;
  return { members: [{ json, sibling, type: member.type, isResource: false }], byKey: undefined };
}

/** One element name of a path. It remembers how it was read last: paths meet the same type again and again. */
export class ElementStep {
  readonly name: string;
  /** The test of types that selects items; absent: all. */
  readonly takes: ((type: string) => boolean) | undefined;
  /** A further condition on the value. */
  readonly keeps: ((value: unknown, type: string) => boolean) | undefined;
  /** Whether a choice is also found by its name in JSON (`valueQuantity`). */
  readonly byJsonName: boolean;
  #lastType = '';
  #lastPlan: Plan = noPlan;
  readonly #plans = new Map<string, Plan>();

  constructor(name: string, takes?: ElementStep['takes'], keeps?: ElementStep['keeps'], byJsonName = false) {
    this.name = name;
    this.takes = takes;
    this.keeps = keeps;
    this.byJsonName = byJsonName;
  }

  /** The JSON members of objects of a known type that may hold this element, and the type of each; undefined if it depends on the value. */
  membersOf(type: string): [name: string, type: string | undefined][] {
    const found: [string, string | undefined][] = [];
    for (const { json, sibling, type: own, isResource } of this.planFor(type).members) {
      found.push([json, isResource ? undefined : own]);
      if (sibling !== undefined) found.push([sibling, undefined]);
    }
    return found;
  }

  /** Returns the plan for reading this element from objects of a known type. */
  planFor(type: string): Plan {
    if (type === this.#lastType) return this.#lastPlan;
    let plan = this.#plans.get(type);
    if (plan === undefined) {
      plan = makePlan(type, this);
      this.#plans.set(type, plan);
    }
    this.#lastType = type;
    this.#lastPlan = plan;
    return plan;
  }
}

/** Counts the members that walks visit, which is their cost. */
export interface Tally {
  visited: number;
}

/** Adds the items that the steps from `k` on find under a value to `out`. `site` undefined: locations are not needed. */
export function walk(
  steps: readonly ElementStep[],
  k: number,
  value: unknown,
  type: string,
  site: Site | undefined,
  out: Collection,
  tally: Tally,
): void {
  visit(steps, k, value, type, site, out, tally);
}

/** Whether the steps find anything; no collection is made. */
export function finds(steps: readonly ElementStep[], k: number, value: unknown, type: string, tally: Tally): boolean {
  return visit(steps, k, value, type, undefined, undefined, tally);
}

/** The walk: returning true ends it, as after the first item if no collection takes the items. */
function visit(
  steps: readonly ElementStep[],
  k: number,
  value: unknown,
  type: string,
  site: Site | undefined,
  out: Collection | undefined,
  tally: Tally,
): boolean {
  if (k === steps.length) {
    out?.push(value, type, site);
    return out === undefined;
  }
  if (typeof value !== 'object' || value === null) return false;
  const step = steps[k]!;
  let object = value as Json;
  if (value instanceof Primitive) object = value.sibling;
  else if (type === '') return visitUnknown(steps, k, object, site, out, tally);
  const plan = step.planFor(type);
  if (plan.byKey === undefined) {
    for (const member of plan.members) {
      if (visitMember(steps, k, object, member, site, out, tally)) return true;
    }
    return false;
  }
  for (const key in object) {
    tally.visited++;
    const member = plan.byKey.get(key);
    // A value and its sibling are one element, found at the value.
    if (member === undefined || (key === member.sibling && object[member.json] !== undefined)) continue;
    if (visitMember(steps, k, object, member, site, out, tally)) return true;
  }
  return false;
}

function visitMember(
  steps: readonly ElementStep[],
  k: number,
  object: Json,
  member: Member,
  site: Site | undefined,
  out: Collection | undefined,
  tally: Tally,
): boolean {
  const value = object[member.json];
  const sibling = member.sibling === undefined ? undefined : object[member.sibling];
  if (value === undefined && sibling === undefined) return false;
  const { name } = steps[k]!;
  tally.visited++;
  if (!Array.isArray(value) && !Array.isArray(sibling)) {
    return visitOne(steps, k, value, sibling, member, site && { parent: site, name, index: undefined }, out, tally);
  }
  const values = Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value];
  const siblings = Array.isArray(sibling) ? (sibling as unknown[]) : [];
  const length = Math.max(values.length, siblings.length);
  if (out !== undefined) tally.visited += length;
  for (let index = 0; index < length; index++) {
    if (out === undefined) tally.visited++;
    const place = site && { parent: site, name, index };
    if (visitOne(steps, k, values[index], siblings[index], member, place, out, tally)) return true;
  }
  return false;
}

function visitOne(
  steps: readonly ElementStep[],
  k: number,
  value: unknown,
  sibling: unknown,
  member: Member,
  site: Site | undefined,
  out: Collection | undefined,
  tally: Tally,
): boolean {
  if (typeof sibling === 'object' && sibling !== null) {
    value = new Primitive(value ?? undefined, sibling as Json);
  } else if (value === undefined || value === null) return false;
  const type = member.isResource ? resourceTypeOf(value, member.type) : member.type;
  const { takes, keeps } = steps[k]!;
  if (member.isResource && takes?.(type) === false) return false;
  if (keeps?.(value, type) === false) return false;
  return visit(steps, k + 1, value, type, site, out, tally);
}

/** Objects of no known type: the member of that very name, if it is their own. */
function visitUnknown(
  steps: readonly ElementStep[],
  k: number,
  object: Json,
  site: Site | undefined,
  out: Collection | undefined,
  tally: Tally,
): boolean {
  const { name } = steps[k]!;
  if (!Object.hasOwn(object, name)) return false;
  const value = object[name];
  for (const [index, item] of (Array.isArray(value) ? value : [value]).entries()) {
    tally.visited++;
    if (item === null || item === undefined) continue;
    const place = site && { parent: site, name, index: Array.isArray(value) ? index : undefined };
    if (visit(steps, k + 1, item, resourceTypeOf(item, systemTypeOfValue(item) ?? ''), place, out, tally)) return true;
  }
  return false;
}

/** Child elements of a JSON member: the element's step and its plan. */
interface Child {
  readonly step: readonly [ElementStep];
  readonly member: Member;
  /** Set when the key is that of the sibling: read only if the value itself is absent. */
  readonly valueKey: string | undefined;
}

/** Children by type and JSON member; only members of the model are stored, so their number is bounded. */
const childrenOf = new Map<string, Map<string, Child>>();

function childOf(type: string, key: string): Child | undefined {
  let known = childrenOf.get(type);
  const found = known?.get(key);
  if (found !== undefined) return found;
  const model = memberOf(type, key);
  if (model === undefined) return undefined;
  const json = model.isSibling ? key.slice(1) : key;
  const sibling = memberOf(type, `_${json}`) === undefined ? undefined : `_${json}`;
  const isResource = typeOf(model.type)?.kind === 'resource';
  const child: Child = {
    step: [new ElementStep(model.element.name)],
    member: { json, sibling, type: model.type, isResource },
    valueKey: model.isSibling ? json : undefined,
  };
  if (known === undefined) childrenOf.set(type, (known = new Map<string, Child>()));
  known.set(key, child);
  return child;
}

/** Adds every child element of an item, in the order of its JSON members. */
export function addChildren(value: unknown, type: string, site: Site | undefined, out: Collection, tally: Tally): void {
  if (typeof value !== 'object' || value === null) return;
  const object = (value instanceof Primitive ? value.sibling : value) as Json;
  for (const key in object) {
    tally.visited++;
    if (type === '') {
      if (key !== 'resourceType' && key !== '__proto__')
        visitUnknown([new ElementStep(key)], 0, object, site, out, tally);
      continue;
    }
    const child = childOf(type, key);
    if (child === undefined || (child.valueKey !== undefined && object[child.valueKey] !== undefined)) continue;
    visitMember(child.step, 0, object, child.member, site, out, tally);
  }
}
