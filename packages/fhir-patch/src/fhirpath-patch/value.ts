import { isSubtype, typeOf, type ElementModel } from '@dhp/fhir-model';
import { Refusal } from '../fault.ts';
import { isObject, memberValue, setMember, type JsonObject, type JsonValue } from '../json.ts';
import { typedValue } from './operation.ts';
import { elementOf, isPrimitive, memberName } from './place.ts';
import { checkShape } from './shape.ts';

/** A value for an element, in the two halves that JSON has for a primitive. */
export interface ElementValue {
  /** The type that names the JSON member of a choice. */
  readonly type: string;
  /** Undefined for a primitive that has only extensions. */
  readonly value: JsonValue | undefined;
  /** Id and extensions of a primitive. */
  readonly sibling: JsonValue | undefined;
}

/**
 * Reads a parameter as the value of an element: a `value[x]`, a `resource`, or nested parts for the types that have no `value[x]`.
 * https://hl7.org/fhir/R5/fhirpatch.html#anonymous
 *
 * @throws Refusal `invalid-value` if the type is not one of the element, or the JSON not of the form of its type; `malformed-patch` if
 * there is no value, or several
 */
export function readValue(parameter: JsonObject, element: ElementModel, label: string): ElementValue {
  const typed = typedValue(parameter);
  const parts = memberValue(parameter, 'part');
  const resource = memberValue(parameter, 'resource');
  const given = [typed, parts, resource].filter((source) => source !== undefined).length;
  if (given !== 1) {
    throw new Refusal('malformed-patch', `the value for ${label} is one of: a value[x], a list of parts, a resource`);
  }
  if (typed !== undefined) {
    const value = memberValue(parameter, typed.member);
    const sibling = memberValue(parameter, `_${typed.member}`);
    const type = accepted(typed.type, element, label);
    if (value !== undefined) checkShape(value, typed.type, label);
    if (sibling !== undefined) checkShape(sibling, 'Element', label);
    return { type, value, sibling };
  }
  if (resource !== undefined) {
    if (!element.types.includes('Resource')) throw wrongType('a resource', element, label);
    checkShape(resource, 'Resource', label);
    return { type: 'Resource', value: resource, sibling: undefined };
  }
  return fromParts(parts!, element, label);
}

/** The type of the element that a value of type `given` is for. */
function accepted(given: string, element: ElementModel, label: string): string {
  if (element.types.includes(given)) return given;
  // A code is a string; but in a choice the member is named by the type itself, so there only its own types count.
  const general = element.choice ? undefined : element.types.find((type) => isSubtype(given, type));
  if (general !== undefined) return general;
  // XHTML has no value[x]; its text comes as a string.
  if (element.types.includes('xhtml') && isSubtype(given, 'string')) return 'xhtml';
  throw wrongType(`a ${given}`, element, label);
}

function wrongType(given: string, element: ElementModel, label: string): Refusal {
  const expected = element.types.map((type) => {
    const isOpen = Object.hasOwn(openTypes, type);
    return isOpen ? type : type === 'Resource' ? 'a resource' : `parts for ${type}`;
  });
  return new Refusal('invalid-value', `${label} cannot be ${given}; it takes ${expected.join(', ')}`);
}

/** The types that a `value[x]` of Parameters can have. https://hl7.org/fhir/R5/datatypes.html#open */
const openTypes = Object.fromEntries(
  (typeOf('Parameters.parameter')?.elements.get('value')?.types ?? []).map((type) => [type, true]),
);

function fromParts(parts: JsonValue, element: ElementModel, label: string): ElementValue {
  const [type, ...others] = element.types;
  if (type === undefined || others.length > 0 || isPrimitive(type) || type === 'Resource') {
    throw wrongType('a list of parts', element, label);
  }
  if (!Array.isArray(parts) || parts.length === 0)
    throw new Refusal('malformed-patch', `the parts for ${label} are a list`);
  const object: JsonObject = {};
  for (const part of parts) addPart(object, part, type, label);
  return { type, value: object, sibling: undefined };
}

function addPart(object: JsonObject, part: JsonValue, type: string, label: string): void {
  const name = isObject(part) ? part['name'] : undefined;
  if (!isObject(part) || typeof name !== 'string')
    throw new Refusal('malformed-patch', `each part of ${label} has a 'name'`);
  const element = elementOf({ path: [], type, label }, name);
  const child = `${label}.${name}`;
  const { type: actual, value, sibling } = readValue(part, element, child);
  const member = memberName(element, actual);
  if (element.max === 1) {
    const isPresent = Object.keys(object).some((key) => namesOf(element).has(key));
    if (isPresent) throw new Refusal('invalid-value', `${child} does not repeat; give it once`);
    if (value !== undefined) setMember(object, member, value);
    if (sibling !== undefined) setMember(object, `_${member}`, sibling);
    return;
  }
  const before = Math.max(lengthOf(object, member), lengthOf(object, `_${member}`));
  if (value !== undefined) push(object, member, before, value);
  if (sibling !== undefined) push(object, `_${member}`, before, sibling);
}

function namesOf(element: ElementModel): Set<string> {
  return new Set(element.types.flatMap((type) => [memberName(element, type), `_${memberName(element, type)}`]));
}

function lengthOf(object: JsonObject, name: string): number {
  const list = memberValue(object, name);
  return Array.isArray(list) ? list.length : 0;
}

/** Puts a value at an index of a list, with null for earlier items that only the other list of a primitive has. */
function push(object: JsonObject, name: string, index: number, value: JsonValue): void {
  const list = memberValue(object, name);
  const padded = Array.isArray(list) ? list : [];
  while (padded.length < index) padded.push(null);
  padded.push(value);
  setMember(object, name, padded);
}
