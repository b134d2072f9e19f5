import { memberOf } from '@dhp/fhir-model';
import { Refusal } from '../fault.ts';
import { isObject, memberValue, type JsonObject, type JsonValue } from '../json.ts';

/** One parsed operation of a FHIRPath Patch; `value` is the part in the Parameters. */
export type Operation =
  | { readonly type: 'add'; readonly path: string; readonly name: string; readonly value: JsonObject }
  | { readonly type: 'insert'; readonly path: string; readonly index: number; readonly value: JsonObject }
  | { readonly type: 'delete'; readonly path: string }
  | { readonly type: 'replace'; readonly path: string; readonly value: JsonObject }
  | { readonly type: 'move'; readonly path: string; readonly source: number; readonly destination: number };

/** Parts of each type of operation, all of them mandatory. https://hl7.org/fhir/R5/fhirpatch.html#concept */
const partsOf = {
  add: ['path', 'name', 'value'],
  insert: ['path', 'index', 'value'],
  delete: ['path'],
  replace: ['path', 'value'],
  move: ['path', 'source', 'destination'],
} as const satisfies Record<Operation['type'], readonly string[]>;

const types = Object.keys(partsOf).join(', ');

/** The parameters of a FHIRPath Patch, one per operation; none for an empty patch. @throws Refusal `malformed-patch` */
export function operationParameters(patch: JsonValue): readonly JsonValue[] {
  if (Array.isArray(patch)) throw malformed('a JSON Patch is sent with Content-Type: application/json-patch+json');
  if (!isObject(patch) || patch['resourceType'] !== 'Parameters') {
    throw malformed(
      'a FHIRPath Patch is a Parameters resource; parts of a resource are no patch, nor is a JSON Patch, which is sent as application/json-patch+json',
    );
  }
  const parameters = memberValue(patch, 'parameter') ?? [];
  if (!Array.isArray(parameters)) throw malformed('Parameters.parameter is an array');
  return parameters;
}

/** Reads a parameter as an operation. @throws Refusal `malformed-patch` */
export function readOperation(parameter: JsonValue): Operation {
  if (!isObject(parameter) || parameter['name'] !== 'operation') {
    throw malformed(`each parameter of a FHIRPath Patch has the name 'operation'`);
  }
  const parts = partsByName(parameter);
  const type = text(parts, 'type');
  if (!Object.hasOwn(partsOf, type)) throw malformed(`the part 'type' is one of ${types}`);
  const known: readonly string[] = partsOf[type as Operation['type']];
  for (const name of parts.keys()) {
    if (name !== 'type' && !known.includes(name)) {
      throw malformed(`${type} takes no part '${name.slice(0, 40)}' (it takes ${known.join(', ')})`);
    }
  }
  const path = text(parts, 'path');
  switch (type as Operation['type']) {
    case 'add':
      return { type: 'add', path, name: text(parts, 'name'), value: part(parts, 'value') };
    case 'insert':
      return { type: 'insert', path, index: position(parts, 'index'), value: part(parts, 'value') };
    case 'delete':
      return { type: 'delete', path };
    case 'replace':
      return { type: 'replace', path, value: part(parts, 'value') };
    case 'move':
      return { type: 'move', path, source: position(parts, 'source'), destination: position(parts, 'destination') };
  }
}

/** Type and path of an operation as far as they can be read, for a message. */
export function describe(parameter: JsonValue): { name?: string; path?: string } {
  const found: { name?: string; path?: string } = {};
  const parts = isObject(parameter) ? parameter['part'] : undefined;
  for (const source of Array.isArray(parts) ? parts : []) {
    if (!isObject(source)) continue;
    const value = source['valueCode'] ?? source['valueString'];
    if (typeof value !== 'string') continue;
    if (source['name'] === 'type' && Object.hasOwn(partsOf, value)) found.name = value;
    if (source['name'] === 'path') found.path = value;
  }
  return found;
}

/** The type and member of the `value[x]` of a parameter. */
export interface TypedValue {
  readonly type: string;
  /** `valueDate` */
  readonly member: string;
}

/** Finds the one `value[x]` of a parameter, undefined if it has none. @throws Refusal `malformed-patch` for two. */
export function typedValue(parameter: JsonObject): TypedValue | undefined {
  let found: TypedValue | undefined;
  for (const name of Object.keys(parameter)) {
    const member = memberOf('Parameters.parameter', name);
    if (member === undefined)
      throw malformed(`a parameter has no '${name.slice(0, 40)}'; a value is a value[x] such as valueString`);
    if (member.element.name !== 'value') continue;
    if (found !== undefined && found.type !== member.type) throw malformed('a parameter has one value[x], not two');
    found = { type: member.type, member: member.isSibling ? name.slice(1) : name };
  }
  return found;
}

function partsByName(parameter: JsonObject): Map<string, JsonObject> {
  const parts = memberValue(parameter, 'part');
  if (!Array.isArray(parts)) throw malformed(`an operation has an array 'part' with ${types} as 'type' and a 'path'`);
  const byName = new Map<string, JsonObject>();
  for (const source of parts) {
    const name = isObject(source) ? source['name'] : undefined;
    if (typeof name !== 'string') throw malformed(`each part has a 'name'`);
    if (byName.has(name)) throw malformed(`the part '${name.slice(0, 40)}' stands twice`);
    byName.set(name, source as JsonObject);
  }
  return byName;
}

function part(parts: Map<string, JsonObject>, name: string): JsonObject {
  const found = parts.get(name);
  if (found === undefined) throw malformed(`the part '${name}' is missing`);
  return found;
}

/** The text of a part; a code and a string are both taken, for clients send either. */
function text(parts: Map<string, JsonObject>, name: string): string {
  const source = part(parts, name);
  const value = source['valueString'] ?? source['valueCode'];
  if (typeof value !== 'string' || value === '') {
    throw malformed(`the part '${name}' has a ${name === 'type' ? 'valueCode' : 'valueString'}`);
  }
  return value;
}

function position(parts: Map<string, JsonObject>, name: string): number {
  const source = part(parts, name);
  const value = source['valueInteger'] ?? source['valueUnsignedInt'] ?? source['valuePositiveInt'];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw malformed(`the part '${name}' has a valueInteger, 0 for the first element`);
  }
  return value;
}

function malformed(reason: string): Refusal {
  return new Refusal('malformed-patch', reason);
}
