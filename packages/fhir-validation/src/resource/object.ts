import { isId, isResourceType, typeOf } from '@dhp/fhir-model';
import { checkRules, checkSomeRules } from '../invariants/rule.ts';
import type { FindingValues } from '../issue.ts';
import { isObject, jsonKind, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { isUndefinedAtHl7 } from '../terminology/defined-urls.ts';
import { reportEmpty } from '../base/primitive.ts';
import { checkClaimedProfiles, checkResourceParts, profilesAsked } from './resource.ts';
import { askedRules, shapeOf, type Member, type Shape } from '../base/shape.ts';
import { distance } from 'fastest-levenshtein';

/**
 * Checks a resource against R5 and, if configured, the profiles that it claims. The caller has entered its place. With `isContained` the
 * container stays `%rootResource`.
 * @returns the resource as rules read it
 */
export function checkResource(resource: unknown, run: Run, isContained: boolean): unknown {
  if (!isObject(resource)) {
    run.report('resource-expected', { found: jsonKind(resource) });
    return resource;
  }
  const type = resource['resourceType'];
  if (typeof type !== 'string') {
    run.report('resource-type-missing');
    return resource;
  }
  if (!isResourceType(type)) {
    run.report('resource-type-unknown', { type });
    return resource;
  }
  const outer = {
    resource: run.resource,
    rootResource: run.rootResource,
    bundle: run.bundle,
    ids: run.elementIds,
    depth: run.resourceDepth,
  };
  run.resource = resource;
  run.resourceDepth = run.depth;
  if (!isContained) run.rootResource = resource;
  if (type === 'Bundle' && run.bundle === undefined) run.bundle = resource;
  run.environment = undefined;
  run.elementIds = undefined;
  const read = checkObject(resource, shapeOf(type), run);
  checkResourceParts(resource, type, run);
  if (run.rules.claimed) checkClaimedProfiles(resource, type, run);
  run.resource = outer.resource;
  run.rootResource = outer.rootResource;
  run.bundle = outer.bundle;
  run.elementIds = outer.ids;
  run.resourceDepth = outer.depth;
  run.environment = undefined;
  return read;
}

/** No real resource is nested this deeply, and the stack is limited. */
const deepest = 500;

/**
 * Checks the members of an object whose type is not primitive.
 * @returns the object as rules read it: unchanged, or a copy without unreadable parts; undefined if nothing is left
 */
function checkObject(object: Json, shape: Shape, run: Run): Json | undefined {
  if (run.depth > deepest) {
    run.report('nested-too-deep', { most: deepest });
    return object;
  }
  const asked = shape.asked === undefined ? askedRules(shape) : shape.asked;
  const hasSiblings = hasSiblingsIn(object);
  let seen = 0;
  let members = 1;
  let asks = 0;
  let hasContent = shape.isResource;
  /** Whether the object has more than an id. */
  let hasMore = false;
  /** Members that rules read differently from the JSON, or not at all (undefined). */
  let others: Map<string, unknown> | undefined;
  for (const name in object) {
    members += 1;
    const member = shape.members.get(name);
    const value = object[name];
    if (member === undefined) {
      if (name !== 'resourceType' || !shape.isResource) unknownElement(name, shape, run);
      continue;
    }
    asks |= member.asks;
    const sibling = hasSiblings && member.siblingName !== undefined ? object[member.siblingName] : undefined;
    let isThere = isReadable(value, sibling, member);
    let left: unknown = value;
    if (member.bit !== 0) {
      if ((seen & member.bit) !== 0 && member.element.choice) checkChoice(object, shape, member, run);
      // A value of the wrong JSON kind counts as missing.
      if (isThere) seen |= member.bit;
    }
    if (member.isSibling) checkSiblings(value, object, member, run);
    else if (member.isList) {
      left = checkList(value, object, member, run, sibling);
      if (member.isContent && Array.isArray(value) && value.length > 0) hasMore = true;
    } else if (Array.isArray(value)) atMember(member, run, 'array-not-allowed');
    else {
      run.enter(member.label, -1);
      left = checkValue(value, object, member, run, sibling);
      isThere &&= left !== undefined;
      if (member.isContent && isThere) hasMore = true;
      run.leave();
    }
    if (isThere) hasContent = true;
    if (!isThere || left !== value) (others ??= new Map<string, unknown>()).set(name, isThere ? left : undefined);
  }
  if (members === 1) run.report('object-empty');
  if ((seen & shape.requiredBits) !== shape.requiredBits) {
    for (const { element, bit } of shape.required) {
      if ((seen & bit) === 0) reportMissing({ element: nameOf(element), min: element.min, count: 0 }, shape, run);
    }
  }
  const isWhole = hasContent && others === undefined && asked !== null;
  run.spend(isWhole ? members + shape.rules.length : members);
  if (isWhole) {
    shape.special?.(object, run);
    const rules = (asked.always | asks) & (hasMore ? ~asked.content : -1);
    checkSomeRules(shape.rules, asked.holds, rules, object, run);
    return object;
  }
  // For rules, an element without readable content does not exist. That it is empty was already reported.
  const read = !hasContent ? nothing : others === undefined ? object : replaced(object, others);
  if (read !== object) (run.readings ??= new Map<unknown, Json>()).set(object, read);
  shape.special?.(read, run);
  checkRules(hasContent ? shape.rules : withoutContentRule(shape), read, undefined, run);
  return hasContent ? read : undefined;
}

const nothing: Json = {};

/**
 * Each claimed profile inherits the required elements of a resource, so a missing one is reported for each profile too. This does not apply
 * to elements of data types.
 */
function reportMissing(values: FindingValues<'element-missing'>, { name, isResource }: Shape, run: Run): void {
  run.report('element-missing', values);
  if (!isResource && typeOf(name)?.kind !== 'backbone') return;
  for (const { url: profile } of profilesAsked(run)) run.report('element-missing', { ...values, profile });
}

/** Returns a copy with other values for some members; members without a value are removed. */
const replaced = (object: Json, others: ReadonlyMap<string, unknown>): Json =>
  Object.fromEntries(
    Object.entries(object)
      .map(([name, value]): [string, unknown] => [name, others.has(name) ? others.get(name) : value])
      .filter(([, value]) => value !== undefined),
  );

/**
 * Whether a value has the JSON kind of its member; otherwise it counts as missing. A primitive and the member with its extensions count
 * together: if one is unreadable, both are missing.
 */
function isReadable(value: unknown, sibling: unknown, member: Member): boolean {
  // An empty list counts as missing. It is reported separately.
  if (Array.isArray(value) && member.isList) return value.length > 0;
  if (member.isList) return member.isSibling || member.primitive === undefined;
  if (member.isSibling) return isObject(value) && (sibling === undefined || typeof sibling !== 'object');
  if (member.primitive === undefined) return isObject(value);
  return typeof value !== 'object' && (sibling === undefined || isObject(sibling));
}

/** Returns the rules of a type except the one that requires content, whose violation was already reported. */
const withoutContentRule = ({ rules }: Shape): Shape['rules'] => rules.filter(({ key }) => key !== 'ele-1');

/**
 * Whether an object has ids or extensions of primitives. Most have none, and looking for a sibling of each member takes longer than reading
 * all names.
 */
function hasSiblingsIn(object: Json): boolean {
  for (const name in object) if (name.charCodeAt(0) === 0x5f) return true;
  return false;
}

function isEmpty(object: Json): boolean {
  for (const _ in object) return false;
  return true;
}

/** Reports a fault in the JSON of a member as a whole, at the element. */
function atMember(
  { element, label }: Member,
  run: Run,
  id: 'array-not-allowed' | 'array-expected' | 'array-empty',
): void {
  run.enter(label, -1);
  run.report(id, { element: element.name });
  run.leave();
}

const nameOf = ({ name, choice }: Member['element']): string => (choice ? `${name}[x]` : name);

function unknownElement(name: string, { name: type }: Shape, run: Run): void {
  run.spend(100);
  const near = nearest(name, [...shapeOf(type).members.keys()]);
  run.report('unknown-element', { element: name, type, ...(near !== undefined && { near }) });
}

/** Reports a second type of a choice. A value and its sibling count as one, values of two types as two. */
function checkChoice(object: Json, { members }: Shape, { element }: Member, run: Run): void {
  const names = Object.keys(object).filter((name) => members.get(name)?.element === element);
  const values = new Set(names.map((name) => (name.startsWith('_') ? name.slice(1) : name)));
  if (values.size > 1) run.report('choice-twice', { element: `${element.name}[x]`, names: [...values].join(', ') });
}

/** ¶ @returns the list as rules read it, with all its items, because rules count them */
function checkList(value: unknown, object: Json, member: Member, run: Run, sibling: unknown): unknown {
  const { element, label } = member;
  if (!Array.isArray(value)) {
    checkLone(value, object, member, run);
    return value;
  }
  if (value.length === 0) {
    atMember(member, run, 'array-empty');
    return value;
  }
  if (value.length > element.max)
    run.report('too-many', { element: element.name, max: element.max, count: value.length });
  const siblings = Array.isArray(sibling) ? (sibling as unknown[]) : undefined;
  run.spend(value.length);
  let others: unknown[] | undefined;
  for (let i = 0; i < value.length; i += 1) {
    run.enter(label, i);
    const one: unknown = value[i];
    const other = siblings?.[i];
    // In a list, null is the placeholder of a primitive that has only extensions.
    if (one !== null || !isObject(other)) {
      const left = checkValue(one, object, member, run, other);
      if (left !== one && left !== undefined) (others ??= [...(value as unknown[])])[i] = left;
    }
    run.leave();
  }
  return others ?? value;
}

/** Reports a single value where an array is required, and checks it as the only item. */
function checkLone(value: unknown, object: Json, member: Member, run: Run): void {
  atMember(member, run, 'array-expected');
  if (member.primitive !== undefined) return;
  run.enter(member.label, isObject(value) && !isEmpty(value) ? 0 : -1);
  checkValue(value, object, member, run, undefined);
  run.leave();
}

/** ¶ @returns the value as rules read it; undefined if nothing in it is readable */
function checkValue(value: unknown, owner: Json, member: Member, run: Run, sibling: unknown): unknown {
  if (value === null || value === undefined) {
    run.report('null-not-allowed', { element: member.element.name });
    return undefined;
  }
  if (member.primitive !== undefined) {
    checkPrimitive(value, member, run, sibling);
    return value;
  }
  if (member.isResource) return checkResource(value, run, member.element.name === 'contained');
  if (!isObject(value)) {
    const values = { type: member.type, found: jsonKind(value), value: shown(value) };
    if (member.element.choice) run.reportJson('object-expected', values);
    else run.report('object-expected', values);
    return undefined;
  }
  if (member.type === 'Coding') run.codingIsBound = member.isBound;
  const read = checkObject(value, member.shape(), run);
  member.binding?.(value, run);
  member.targets?.(value, run);
  member.extension?.(value, owner, run);
  if (member.rules.length > 0) checkRules(member.rules, value, undefined, run);
  return read;
}

function checkPrimitive(value: unknown, member: Member, run: Run, sibling: unknown): void {
  if (!member.primitive!(value, run)) {
    if (value === '') reportNoCode(member, run);
    // A code with white space or of another JSON kind is also not in the value set.
    else if (
      member.type === 'code' &&
      (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    )
      member.binding?.(String(value), run);
    return;
  }
  member.binding?.(value, run);
  if (member.rules.length > 0) checkRules(member.rules, value, isObject(sibling) ? sibling : undefined, run);
  if (member.isAddress && isUndefinedAtHl7(value as string, run))
    run.report('url-not-defined', { url: shown(value) }, run.rules.beyondSpecification);
  if (member.isElementId) checkElementId(value as string, member.isTypeId, run);
}

/** Checks the `_` members, which hold the ids and extensions of primitives. https://hl7.org/fhir/R5/json.html#primitive */
function checkSiblings(value: unknown, object: Json, member: Member, run: Run): void {
  const { element, label, isList, siblingName } = member;
  const values = object[siblingName!];
  if (!isList) {
    run.enter(label, -1);
    checkSibling(value, values !== undefined, run);
    if (values === undefined) reportNoCode(member, run);
    run.leave();
    return;
  }
  if (!Array.isArray(value)) {
    run.report('array-expected', { element: `_${element.name}` });
    return;
  }
  if (Array.isArray(values) && values.length !== value.length) {
    run.report('sibling-length', { element: element.name, count: value.length, expected: values.length });
  }
  for (let i = 0; i < value.length; i += 1) {
    const one: unknown = value[i];
    const own: unknown = Array.isArray(values) ? values[i] : undefined;
    run.enter(label, i);
    const hasOwn = own !== undefined && own !== null;
    if (one !== null) {
      checkSibling(one, hasOwn, run);
      if (!hasOwn) reportNoCode(member, run);
    } else if (!Array.isArray(values)) run.report('null-not-allowed', { element: element.name });
    run.leave();
  }
}

/**
 * Reports a primitive that has only extensions although a code from a value set is required.
 * https://hl7.org/fhir/R5/terminologies.html#required
 */
function reportNoCode({ required }: Member, run: Run): void {
  if (required !== undefined) run.report('code-missing', { valueSet: required }, run.rules.beyondSpecification);
}

/** The shape for siblings of primitives that have a value. */
let withoutRules: Shape | undefined;

/** Checks the `_` sibling of a primitive. If there is no value it must have an extension (ele-1). */
function checkSibling(sibling: unknown, hasValue: boolean, run: Run): void {
  const shape = shapeOf('Element');
  withoutRules ??= { ...shape, rules: [], asked: { always: 0, content: 0, holds: [] } };
  if (isObject(sibling)) {
    const isBare = isEmpty(sibling);
    checkObject(sibling, hasValue || isBare ? withoutRules : shape, run);
    if (isBare && !hasValue) reportEmpty('primitive', run);
  } else run.report('object-expected', { type: 'Element', found: jsonKind(sibling), value: shown(sibling) });
}

/** Ids of elements must be unique within their resource. The current place is the id. https://hl7.org/fhir/R5/element.html#id */
function checkElementId(id: string, isTypeId: boolean, run: Run): void {
  if (isTypeId && !isId(id)) run.report('value-format', { value: shown(id), type: 'id', example: 'a-1' });
  // In a StructureDefinition, the differential and the snapshot must use the same ids for the same elements.
  if (run.resource['resourceType'] === 'StructureDefinition') return;
  run.elementIds ??= new Set();
  if (run.elementIds.has(id)) run.reportAbove('id-duplicate', { id });
  run.elementIds.add(id);
}

/** Returns the most similar known name; undefined if none is similar enough. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const most = name.length < 5 ? 1 : 2;
  let best: string | undefined;
  let least = most + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > most) continue;
    const changes = candidate.toLowerCase() === name.toLowerCase() ? 0 : distance(name, candidate);
    if (changes < least) [best, least] = [candidate, changes];
  }
  return best;
}
