import { isObject, memberValue, removeMember, setMember, type JsonObject, type JsonValue } from '../json.ts';
import { valueAt, type Inside, type JsonPath } from './place.ts';

// Changes to one JSON tree. A primitive has two halves there, its value and its sibling (`_given`) with id and extensions; in a list both
// are arrays, padded with null so that a value and its sibling have the same index. https://hl7.org/fhir/R5/json.html

/** The halves of an element; those of a complex element have no sibling. */
export interface Halves {
  readonly value: JsonValue | undefined;
  readonly sibling: JsonValue | undefined;
}

/** The object with the children of an element, made if a primitive has none yet. */
export function containerFor(resource: JsonObject, { path }: Inside): JsonObject {
  const found = valueAt(resource, path);
  if (isObject(found)) return found;
  const made: JsonObject = {};
  const last = path.at(-1);
  if (typeof last === 'number') {
    const owner = valueAt(resource, path.slice(0, -2)) as JsonObject;
    const name = path.at(-2) as string;
    const list = padded(memberValue(owner, name), Math.max(last + 1, listLength(owner, name.replace(/^_/, ''))));
    list[last] = made;
    setMember(owner, name, list);
  } else setMember(valueAt(resource, path.slice(0, -1)) as JsonObject, last!, made);
  return made;
}

/** Sets an element that does not repeat. */
export function setOne(container: JsonObject, member: string, { value, sibling }: Halves): void {
  if (value === undefined) removeMember(container, member);
  else setMember(container, member, value);
  if (sibling === undefined) removeMember(container, `_${member}`);
  else setMember(container, `_${member}`, sibling);
}

/** Takes `remove` elements out of a list at `index` and puts others there. Returns those taken out. */
export function spliceList(
  container: JsonObject,
  member: string,
  index: number,
  remove: number,
  ...inserted: readonly Halves[]
): Halves[] {
  const length = listLength(container, member);
  const values = padded(memberValue(container, member), length);
  const other = memberValue(container, `_${member}`);
  if (other === undefined && inserted.every(({ sibling }) => sibling === undefined)) {
    // Most lists have no siblings, so the list of siblings is made only when it is needed.
    const taken = values.splice(index, remove, ...inserted.map(({ value }) => value ?? null));
    setList(container, member, values);
    return taken.map((value) => ({ value, sibling: undefined }));
  }
  const siblings = padded(other, length);
  const oldValues = values.splice(index, remove, ...inserted.map(({ value }) => value ?? null));
  const oldSiblings = siblings.splice(index, remove, ...inserted.map(({ sibling }) => sibling ?? null));
  setList(container, member, values);
  setList(container, `_${member}`, siblings);
  return oldValues.map((value, at) => ({ value, sibling: oldSiblings[at] }));
}

/** Returns the number of elements of a list: a primitive may have a sibling only. */
export function listLength(container: JsonObject, member: string): number {
  const lengths = [member, `_${member}`].map((name) => memberValue(container, name));
  return Math.max(...lengths.map((list) => (Array.isArray(list) ? list.length : 0)));
}

/** Removes an element, and then everything around it that has become empty: FHIR JSON has no empty objects and arrays. */
export function removeElement(resource: JsonObject, parent: JsonPath, member: string, index: number | undefined): void {
  const container = valueAt(resource, parent);
  if (!isObject(container)) return;
  if (index === undefined) setOne(container, member, { value: undefined, sibling: undefined });
  else spliceList(container, member, index, 1);
  if (Object.keys(container).length === 0) removeEmptied(resource, parent);
}

/** Removes the object at a path, which has lost its last member. */
function removeEmptied(resource: JsonObject, path: JsonPath): void {
  const last = path.at(-1);
  if (last === undefined) return;
  const index = typeof last === 'number' ? last : undefined;
  const name = (index === undefined ? last : path.at(-2)) as string;
  const parent = path.slice(0, index === undefined ? -1 : -2);
  const container = valueAt(resource, parent) as JsonObject;
  if (!name.startsWith('_')) {
    removeElement(resource, parent, name, index);
    return;
  }

  // The sibling of a primitive: its value stays.
  const member = name.slice(1);
  if (index === undefined) {
    if (Object.hasOwn(container, member)) removeMember(container, name);
    else removeElement(resource, parent, member, undefined);
    return;
  }
  const values = memberValue(container, member);
  const value = Array.isArray(values) ? (values[index] ?? undefined) : undefined;
  if (value === undefined) removeElement(resource, parent, member, index);
  else spliceList(container, member, index, 1, { value, sibling: undefined });
}

function padded(list: JsonValue | undefined, length: number): JsonValue[] {
  const values = Array.isArray(list) ? list : [];
  while (values.length < length) values.push(null);
  return values;
}

function setList(container: JsonObject, name: string, list: JsonValue[]): void {
  if (list.every((item) => item === null)) removeMember(container, name);
  else setMember(container, name, list);
}
