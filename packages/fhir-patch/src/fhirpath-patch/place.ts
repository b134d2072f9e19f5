import { elementsOf, typeOf, type ElementModel } from '@dhp/fhir-model';
import type { ResourceNode } from 'fhirpath';
import { Refusal } from '../fault.ts';
import { isObject, memberValue, type JsonObject, type JsonValue } from '../json.ts';

/** JSON members and array indices that lead from a resource to a value in it. */
export type JsonPath = readonly (string | number)[];

/** Position of the children of an element: for a primitive (`birthDate`) in its sibling (`_birthDate`). */
export interface Inside {
  readonly path: JsonPath;
  /** The FHIR type whose elements these children are. */
  readonly type: string;
  /** FHIRPath-like, for messages: `Patient.name[0]`. */
  readonly label: string;
}

/** Position of an element in the JSON of a resource. */
export interface Place {
  /** The element or resource that contains it. */
  readonly parent: Inside;
  readonly element: ElementModel;
  /** The actual type, of a choice or of a contained resource too. */
  readonly type: string;
  /** Its JSON name, with the type in case of a choice: `deceasedBoolean`. */
  readonly member: string;
  /** Whether extensions are in `_member`. */
  readonly isPrimitive: boolean;
  /** Position in the list, undefined for an element that does not repeat. */
  readonly index: number | undefined;
  readonly label: string;
}

/**
 * The place of an element that the engine has found; undefined for the resource itself.
 * @throws Refusal `invalid-target` when the definitions of R5 do not know it, or its JSON has not the form they ask for
 */
export function placeOf(resource: JsonObject, node: ResourceNode): Place | undefined {
  const steps: ResourceNode[] = [];
  for (let step = node; step.parentResNode !== null; step = step.parentResNode) steps.push(step);
  let place: Place | undefined;
  let inside = rootOf(resource);
  for (const step of steps.reverse()) {
    place = childOf(resource, inside, step.propName ?? '', step.index ?? undefined);
    inside = insideOf(place);
  }
  return place;
}

/** Returns the position of the top-level elements of a resource. */
export function rootOf(resource: JsonObject): Inside {
  const type = resource['resourceType'] as string;
  return { path: [], type, label: type };
}

/** Returns the position of the children of an element. */
export function insideOf({ parent, member, index, isPrimitive, type, label }: Place): Inside {
  const name = isPrimitive ? `_${member}` : member;
  return { path: index === undefined ? [...parent.path, name] : [...parent.path, name, index], type, label };
}

/** The value at a path, undefined if it does not exist. */
export function valueAt(resource: JsonObject, path: JsonPath): JsonValue | undefined {
  let value: JsonValue | undefined = resource;
  for (const step of path) {
    if (typeof step === 'number') value = Array.isArray(value) ? value[step] : undefined;
    else value = isObject(value) ? memberValue(value, step) : undefined;
  }
  return value;
}

/** The definition of a child by its FHIRPath name. @throws Refusal `invalid-target` that lists the names there are */
export function elementOf({ type, label }: Inside, name: string): ElementModel {
  const elements = elementsOf(type);
  const element = elements?.get(name);
  if (element !== undefined) return element;
  const choice = [...(elements?.values() ?? [])].find(
    ({ name: stem, choice, types }) => choice && types.some((t) => jsonName(stem, t) === name),
  );
  if (choice !== undefined) {
    throw new Refusal(
      'invalid-target',
      `write '${choice.name}', not '${name}': in FHIRPath the name of a choice has no type`,
    );
  }
  const known = [...(elements?.keys() ?? [])].join(', ');
  throw new Refusal('invalid-target', `${label} (${type}) has no element '${name.slice(0, 60)}'; it has ${known}`);
}

/** The JSON name of an element with a value of that type. */
export function memberName(element: ElementModel, type: string): string {
  return element.choice ? jsonName(element.name, type) : element.name;
}

/** The type of the value of an element in this JSON object, undefined without a value. */
export function presentType(container: JsonValue | undefined, element: ElementModel): string | undefined {
  if (!isObject(container)) return undefined;
  return element.types.find((type) => {
    const name = memberName(element, type);
    return Object.hasOwn(container, name) || Object.hasOwn(container, `_${name}`);
  });
}

export function isPrimitive(type: string): boolean {
  return typeOf(type)?.kind === 'primitive';
}

/** The place of an existing child. @throws Refusal `invalid-target` */
export function childOf(resource: JsonObject, parent: Inside, name: string, index: number | undefined): Place {
  const element = elementOf(parent, name);
  const container = valueAt(resource, parent.path);
  const declared = presentType(container, element);
  if (declared === undefined)
    throw new Refusal('invalid-target', `${parent.label}.${name} cannot be found in the JSON`);
  const member = memberName(element, declared);
  const label = `${parent.label}.${name}${index === undefined ? '' : `[${index}]`}`;
  if ((index !== undefined) !== element.max > 1) {
    throw new Refusal(
      'invalid-target',
      `${label} must ${element.max > 1 ? '' : 'not '}be a JSON array; correct it first`,
    );
  }
  const value = valueAt(resource, index === undefined ? [...parent.path, member] : [...parent.path, member, index]);
  const type = declared === 'Resource' ? resourceTypeOf(value, label) : declared;
  return { parent, element, type, member, isPrimitive: isPrimitive(type), index, label };
}

function resourceTypeOf(value: JsonValue | undefined, label: string): string {
  const type = isObject(value) ? value['resourceType'] : undefined;
  if (typeof type === 'string' && typeOf(type)?.kind === 'resource') return type;
  throw new Refusal('invalid-target', `${label} is not a resource of R5`);
}

function jsonName(stem: string, type: string): string {
  return stem + type.charAt(0).toUpperCase() + type.slice(1);
}
