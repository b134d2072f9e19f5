import { isResourceType, memberOf, typeOf, type MemberModel } from '@dhp/fhir-model';
import { Refusal } from '../fault.ts';
import { isNumber, isObject, type JsonObject, type JsonValue } from '../json.ts';

/** The primitive types that JSON does not write as a string. https://hl7.org/fhir/R5/json.html#primitive */
const jsonTypes: ReadonlyMap<string, 'boolean' | 'number'> = new Map(
  Object.entries<'boolean' | 'number'>({
    boolean: 'boolean',
    decimal: 'number',
    integer: 'number',
    positiveInt: 'number',
    unsignedInt: 'number',
  }),
);

/**
 * Checks that a JSON value has the form of a FHIR type: its members exist, lists are arrays, primitives are of the right JSON type, nothing
 * is empty. Rules beyond the form (formats, bindings, invariants) are checked with the result.
 * @throws Refusal `invalid-value`
 */
export function checkShape(value: JsonValue, type: string, label: string): void {
  if (typeOf(type)?.kind === 'primitive') checkPrimitive(value, type, label);
  else checkComplex(value, type, label);
}

function checkComplex(value: JsonValue, type: string, label: string): void {
  if (!isObject(value)) throw invalid(label, 'a JSON object');
  const actual = type === 'Resource' ? resourceTypeOf(value, label) : type;
  const names = Object.keys(value);
  if (names.length === 0) throw new Refusal('invalid-value', `${label} is empty; leave it out, or delete the element`);
  for (const name of names) {
    if (name === 'resourceType' && type === 'Resource') continue;
    const member = memberOf(actual, name);
    if (member === undefined) {
      throw new Refusal('invalid-value', `${label} (${actual}) has no '${name.slice(0, 60)}'`);
    }
    checkMember(value[name]!, member, `${label}.${name}`);
  }
}

function checkMember(value: JsonValue, member: MemberModel, label: string): void {
  if (member.element.max === 1) {
    checkOne(value, member, label);
    return;
  }
  if (!Array.isArray(value)) throw invalid(label, 'a JSON array');
  if (value.length === 0) throw new Refusal('invalid-value', `${label} is an empty array; leave it out`);
  // In the two lists of a primitive null means that the other one has the value.
  const mayBeNull = typeOf(member.type)?.kind === 'primitive';
  value.forEach((item, index) => {
    if (item !== null || !mayBeNull) checkOne(item, member, `${label}[${index}]`);
  });
}

function checkOne(value: JsonValue, member: MemberModel, label: string): void {
  checkShape(value, member.isSibling ? 'Element' : member.type, label);
}

function checkPrimitive(value: JsonValue, type: string, label: string): void {
  const expected = jsonTypes.get(type) ?? 'string';
  const actual = isNumber(value) ? 'number' : typeof value;
  if (actual !== expected) throw invalid(label, `a JSON ${expected} (${type})`);
  if (value === '') throw new Refusal('invalid-value', `${label} is empty; leave it out, or delete the element`);
}

function resourceTypeOf(value: JsonObject, label: string): string {
  const type = value['resourceType'];
  if (typeof type === 'string' && isResourceType(type)) return type;
  throw invalid(label, 'a resource of R5 with its resourceType');
}

function invalid(label: string, expected: string): Refusal {
  return new Refusal('invalid-value', `${label} must be ${expected}`);
}
