import { Refusal } from '../fault.ts';
import { isObject, type JsonObject, type JsonValue } from '../json.ts';
import type { Meter } from '../limits.ts';
import { serverOwned } from '../resource.ts';
import { containerFor, listLength, removeElement, setOne, spliceList, type Halves } from './edit.ts';
import { select, tokensIn } from './expression.ts';
import type { Operation } from './operation.ts';
import {
  elementOf,
  insideOf,
  memberName,
  placeOf,
  presentType,
  rootOf,
  valueAt,
  type Inside,
  type Place,
} from './place.ts';
import { follow, followToLists, stepsOf } from './path.ts';
import { readValue, type ElementValue } from './value.ts';

/** A resource while it is patched. */
export interface Document {
  /** Numbers keep their text. */
  readonly exact: JsonObject;
  /** With plain numbers, for the FHIRPath engine: the same tree where all numbers are plain, else made when it is needed. */
  plain: JsonObject | undefined;
}

export interface Costs {
  readonly tokens: Meter;
  readonly visits: Meter;
  /** Pays for a change to a list: for each element of it, whether its place changes or not. */
  readonly changed: (elements: number) => void;
}

type OperationOf<T extends Operation['type']> = Operation & { readonly type: T };

/** Applies one operation, in place. @throws Refusal */
export function apply(document: Document, operation: Operation, costs: Costs): void {
  switch (operation.type) {
    case 'add':
      add(document, operation, costs);
      break;
    case 'insert':
      insert(document, operation, costs);
      break;
    case 'delete':
      remove(document, operation, costs);
      break;
    case 'replace':
      replace(document, operation, costs);
      break;
    case 'move':
      move(document, operation, costs);
      break;
  }
}

function add(document: Document, { path, name, value: source }: OperationOf<'add'>, costs: Costs): void {
  const place = one(places(document, path, costs));
  const parent = place === undefined ? rootOf(document.exact) : insideOf(place);
  const element = elementOf(parent, name);
  const label = `${parent.label}.${name}`;
  refuseServerOwned(parent, name);
  const value = readValue(source, element, label);
  if (element.max === 1 && presentType(valueAt(document.exact, parent.path), element) !== undefined) {
    throw new Refusal('already-exists', `${label} is there already and does not repeat; use replace`);
  }
  const member = memberName(element, value.type);
  const present = valueAt(document.exact, [...parent.path, member]);
  if (Array.isArray(present)) costs.changed(present.length);
  if (element.max > 1 && present !== undefined && !Array.isArray(present)) {
    throw new Refusal('invalid-target', `${label} must be a JSON array; correct it first`);
  }
  both(document, value, (tree, halves) => {
    const container = containerFor(tree, parent);
    if (element.max === 1) setOne(container, member, halves);
    else spliceList(container, member, listLength(container, member), 0, halves);
  });
}

function insert(document: Document, { path, index, value: source }: OperationOf<'insert'>, costs: Costs): void {
  const { place, length } = list(document, path, costs);
  const label = `${place.parent.label}.${place.element.name}`;
  if (index > length) throw outOfRange('index', index, length, length);
  costs.changed(length);
  const value = readValue(source, place.element, label);
  both(document, value, (tree, halves) => {
    spliceList(containerFor(tree, place.parent), place.member, index, 0, halves);
  });
}

function remove(document: Document, { path }: OperationOf<'delete'>, costs: Costs): void {
  const found = places(document, path, costs);
  // "Path of the element to delete (if found)"
  if (found.length === 0) return;
  const place = one(found);
  if (place === undefined) throw new Refusal('invalid-target', 'a patch cannot delete the whole resource; use DELETE');
  refuseServerOwned(place.parent, place.element.name);
  payForList(document, place, costs);
  each(document, (tree) => removeElement(tree, place.parent.path, place.member, place.index));
}

function replace(document: Document, { path, value: source }: OperationOf<'replace'>, costs: Costs): void {
  const place = one(places(document, path, costs));
  if (place === undefined) throw new Refusal('invalid-target', 'a patch cannot replace the whole resource; use PUT');
  const { parent, element, member, index, label } = place;
  refuseServerOwned(parent, element.name);
  const value = readValue(source, element, label);
  const newMember = memberName(element, value.type);
  payForList(document, place, costs);
  both(document, value, (tree, halves) => {
    const container = containerFor(tree, parent);
    if (index !== undefined) spliceList(container, member, index, 1, halves);
    else {
      // The element goes with all it has, extensions of a primitive too; of a choice the type may change.
      if (newMember !== member) setOne(container, member, { value: undefined, sibling: undefined });
      setOne(container, newMember, halves);
    }
  });
}

function move(document: Document, { path, source, destination }: OperationOf<'move'>, costs: Costs): void {
  const { place, length } = list(document, path, costs);
  if (source >= length) throw outOfRange('source', source, length, length - 1);
  if (destination >= length) throw outOfRange('destination', destination, length, length - 1);
  costs.changed(2 * length);
  each(document, (tree) => {
    const container = containerFor(tree, place.parent);
    const moved = spliceList(container, place.member, source, 1);
    spliceList(container, place.member, destination, 0, ...moved);
  });
}

/** Pays for changing the list that a place is in, if it is in one. */
function payForList(document: Document, { parent, member, index }: Place, costs: Costs): void {
  if (index === undefined) return;
  const container = valueAt(document.exact, parent.path);
  if (isObject(container)) costs.changed(listLength(container, member));
}

/** The places that a path selects; undefined is the resource itself. */
function places(document: Document, path: string, { tokens, visits }: Costs): (Place | undefined)[] {
  const steps = stepsOf(path);
  if (steps !== undefined) return follow(document.exact, steps, visits);
  tokens.spend(tokensIn(path));
  const plain = (document.plain ??= JSON.parse(JSON.stringify(document.exact)) as JsonObject);
  return select(plain, path, visits).map((node) => placeOf(plain, node));
}

/** The only one of the places. @throws Refusal `path-not-found`, `ambiguous` */
function one(found: readonly (Place | undefined)[]): Place | undefined {
  if (found.length === 0) {
    throw new Refusal('path-not-found', 'the path selects nothing in this resource; add what it goes through first');
  }
  if (found.length === 1) return found[0];
  const labels = found.slice(0, 3).map((place) => place?.label ?? 'the resource');
  const more = found.length > 3 ? ' …' : '';
  const reason = `the path selects ${found.length} elements (${labels.join(', ')}${more}) where one is needed`;
  throw new Refusal('ambiguous', `${reason}; narrow it with an index or where()`);
}

/** The list that a path selects: every element of it, and nothing else. @throws Refusal */
function list(document: Document, path: string, costs: Costs): { place: Place; length: number } {
  const steps = stepsOf(path);
  const firsts = steps === undefined ? undefined : followToLists(document.exact, steps, costs.visits);
  const found = firsts ?? places(document, path, costs);
  const place = found[0];
  if (found.length === 0) {
    throw new Refusal('path-not-found', 'the path selects no list in this resource; an absent list is begun with add');
  }
  if (place?.index === undefined) {
    const label = place?.label ?? 'the resource';
    throw new Refusal('invalid-target', `${label} is no list; the path of insert and move ends in one`);
  }
  const name = listLabel(place);
  const other = found.find((candidate) => candidate === undefined || listLabel(candidate) !== name);
  if (other !== undefined) {
    const reason = `the path selects several lists (${name}, ${listLabel(other)} …) where one is needed`;
    throw new Refusal('ambiguous', `${reason}; narrow it with an index`);
  }
  const length = listLength(containerFor(document.exact, place.parent), place.member);
  if (firsts === undefined && found.length !== length) {
    const reason = `the path selects ${found.length} of the ${length} elements of ${name}; positions count in the whole list`;
    throw new Refusal('invalid-target', `${reason}: end the path with its name`);
  }
  return { place, length };
}

function listLabel({ parent, element }: Place): string {
  return `${parent.label}.${element.name}`;
}

function outOfRange(part: string, given: number, length: number, last: number): Refusal {
  return new Refusal('index-out-of-range', `the list has ${length} elements: '${part}' is 0 to ${last}, not ${given}`);
}

/** @throws Refusal `invalid-target` for elements that the server sets */
function refuseServerOwned({ path }: Inside, name: string): void {
  const isRoot = path.length === 0;
  const isMeta = path.length === 1 && path[0] === 'meta';
  if ((isRoot && name === 'id') || (isMeta && (name === 'versionId' || name === 'lastUpdated'))) {
    throw new Refusal('invalid-target', serverOwned);
  }
}

/** Makes a change to each tree of a document. */
function each({ exact, plain }: Document, change: (tree: JsonObject) => void): void {
  change(exact);
  if (plain !== undefined && plain !== exact) change(plain);
}

/** Applies a change with a value to each tree of a document, with a separate value for each. */
function both(
  { exact, plain }: Document,
  value: ElementValue,
  change: (tree: JsonObject, halves: Halves) => void,
): void {
  const isApart = plain !== undefined && plain !== exact;
  // The copy is made before the change, which puts the value itself into the tree.
  const copy = isApart ? { value: plainCopy(value.value), sibling: plainCopy(value.sibling) } : undefined;
  change(exact, value);
  if (copy !== undefined) change(plain!, copy);
}

function plainCopy(value: JsonValue | undefined): JsonValue | undefined {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as JsonValue);
}
