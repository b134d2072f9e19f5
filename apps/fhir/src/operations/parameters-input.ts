/** The input of an operation as Parameters, from query or body. https://hl7.org/fhir/R5/operations.html#request */
import type { Parameters, ParametersParameter } from '@dhp/fhir-model';
import { isLenient } from '../http/negotiate.ts';
import { headerOf, type Call } from '../contract/interaction.ts';
import { failUnknown, invalid, isIgnored, isObject, partsOf } from './input.ts';
import type { Operation, OperationParameter } from './operation.ts';

/**
 * The parameters of the query and of the body. The primitive type of a value may vary: `valueUri`, `valueCanonical` and `valueString` are
 * treated alike, since clients differ. Fails with `parameter-unknown` for a parameter that the operation does not have, unless the client
 * asks for leniency, and with `parameter-invalid` for a wrong value.
 */
export function readParameters(operation: Operation, call: Call): Parameters {
  const known = new Map(operation.parameters.filter(({ use }) => use === 'in').map((each) => [each.name, each]));
  const parameter: ParametersParameter[] = [];
  for (const [name, given] of Object.entries(call.query)) {
    const definition = known.get(name);
    // Other parameters of the query concern the form of the answer and were checked before.
    if (definition === undefined) continue;
    for (const value of [given].flat()) if (value !== undefined) parameter.push(fromQuery(definition, value));
  }
  const lenient = isLenient(headerOf(call, 'prefer'));
  for (const [n, part] of partsOf(call).entries()) {
    const place = `Parameters.parameter[${n}]`;
    const { name } = isObject(part) ? part : {};
    const definition = typeof name === 'string' ? known.get(name) : undefined;
    if (!isObject(part) || definition === undefined) {
      if (isObject(part) && (lenient || isIgnored(operation, name))) continue;
      failUnknown(operation, name, place, [...known.keys()]);
    }
    requireType(part, definition, place);
    parameter.push(part as unknown as ParametersParameter);
  }
  requireCounts(operation, known, parameter);
  for (const { name } of parameter) {
    if (call.id !== '' && known.get(name)?.scope?.includes('instance') === false) {
      invalid(name, `${name} is not given on an instance: it is that of ${call.type}/${call.id}.`);
    }
  }
  return { resourceType: 'Parameters', parameter };
}

/** A query contains texts: values that are not primitive must be sent in a body. */
function fromQuery({ name, type }: OperationParameter, value: string): ParametersParameter {
  if (!isPrimitive(type)) invalid(name, `${name} is of type ${type ?? 'parts'}, so it is sent as Parameters by POST.`);
  if (type === 'boolean' && value !== 'true' && value !== 'false') {
    invalid(name, `${name} is true or false, not ${JSON.stringify(value.slice(0, 100))}.`);
  }
  return type === 'boolean' ? { name, valueBoolean: value === 'true' } : { name, valueString: value };
}

function isPrimitive(type: OperationParameter['type']): boolean {
  return type !== undefined && /^[a-z]/.test(type);
}

const complex = ['CodeableConcept', 'Coding', 'Meta'];

function requireType(
  part: Record<string, unknown>,
  { name, type, part: parts }: OperationParameter,
  place: string,
): void {
  if (parts !== undefined) {
    if (!Array.isArray(part['part']))
      invalid(name, `${name} has parts: ${parts.map((each) => each.name).join(', ')}.`, place);
  } else if (type !== undefined && complex.includes(type)) {
    if (!isObject(part[`value${type}`])) invalid(name, `${name} is of type ${type}: it has a value${type}.`, place);
  } else if (isPrimitive(type)) {
    const [value] = Object.entries(part).flatMap(([member, given]) => (member.startsWith('value') ? [given] : []));
    if (value === undefined || typeof value === 'object') invalid(name, `${name} is of type ${type!}.`, place);
    if (type === 'boolean' && ![true, false, 'true', 'false'].includes(value as string | boolean)) {
      invalid(name, `${name} is true or false, not ${JSON.stringify(value).slice(0, 100)}.`, place);
    }
  } else {
    const { resource } = part;
    const given = isObject(resource) ? resource['resourceType'] : undefined;
    const isRight = type === 'Resource' ? typeof given === 'string' : given === type;
    if (!isRight) invalid(name, `${name} is a resource: it has a member resource of type ${type!}.`, place);
  }
}

function requireCounts(
  operation: Operation,
  known: ReadonlyMap<string, OperationParameter>,
  given: readonly ParametersParameter[],
): void {
  for (const { name, min, max } of known.values()) {
    const count = given.filter((each) => each.name === name).length;
    if (count < min) invalid(name, `$${operation.code} needs the parameter ${name}.`, 'Parameters.parameter');
    if (max === '1' && count > 1) invalid(name, `${name} stands ${count} times; it can stand once.`);
  }
}
