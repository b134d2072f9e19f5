/** The input of an operation: a query, or Parameters in the body. https://hl7.org/fhir/R5/operations.html#executing */
import { receiveResource, receiveText } from '../http/body.ts';
import { isLenient } from '../http/negotiate.ts';
import { fail } from '../http/errors.ts';
import { headerOf, type Call } from '../contract/interaction.ts';
import type { Input, Operation, OperationParameter } from './operation.ts';

/** Fails with `parameter-unknown` for a parameter that the operation does not have, unless the client is lenient about it; `parameter-invalid` for a wrong value. */
export function readInput(operation: Operation, call: Call): Input {
  const known = new Map(operation.parameters.filter(({ use }) => use === 'in').map((each) => [each.name, each]));
  const input = new Map<string, unknown[]>();
  const add = (parameter: OperationParameter, value: unknown): void => {
    const values = input.get(parameter.name);
    if (values === undefined) input.set(parameter.name, [value]);
    else values.push(value);
  };
  for (const [name, given] of Object.entries(call.query)) {
    const parameter = known.get(name);
    // Other parameters of the query concern the form of the answer and were checked before.
    if (parameter?.part !== undefined) invalid(name, `${name} has parts. Send it in Parameters.`);
    if (parameter?.type === 'Resource') invalid(name, `${name} is a resource. Send it in Parameters.`);
    if (parameter !== undefined) for (const value of [given].flat()) if (value !== undefined) add(parameter, value);
  }
  const lenient = isLenient(headerOf(call, 'prefer'));
  for (const [n, part] of partsOf(call, operation).entries()) {
    const place = `Parameters.parameter[${n}]`;
    const { name } = isObject(part) ? part : {};
    const parameter = typeof name === 'string' ? known.get(name) : undefined;
    if (isObject(part) && parameter === undefined && (lenient || isIgnored(operation, name))) continue;
    if (!isObject(part) || parameter === undefined) failUnknown(operation, name, place, [...known.keys()]);
    add(parameter, parameter.part === undefined ? valueOf(part, parameter, place) : partsIn(part, parameter, place));
  }
  for (const { name, min, max } of known.values()) {
    const count = input.get(name)?.length ?? 0;
    if (count < min) invalid(name, `$${operation.code} needs the parameter ${name}.`, 'Parameters.parameter');
    if (max === '1' && count > 1) invalid(name, `${name} stands ${count} times; it can stand once.`);
  }
  return input;
}

export function invalid(name: string, diagnostics: string, expression?: string): never {
  fail('parameter-invalid', { name: name.slice(0, 100) }, { diagnostics, expression });
}

/** Units of a parameter beside those of its characters: it is looked up and its value is taken. */
const unitsOfPart = 20;

/** The parameters in the body. @throws BudgetSpent */
export function partsOf(call: Call, { takesResource = false }: Pick<Operation, 'takesResource'> = {}): unknown[] {
  const isEmpty = call.body === undefined || (Buffer.isBuffer(call.body) && call.body.length === 0);
  if (isEmpty) return [];
  if (takesResource && receiveText(call.body).resourceType !== 'Parameters') return [];
  const { resource } = receiveResource(call.body, 'Parameters');
  const parts = resource['parameter'];
  if (parts === undefined) return [];
  if (!Array.isArray(parts)) invalid('parameter', 'Parameters.parameter is no array.', 'Parameters.parameter');
  call.budget.spend(unitsOfPart * parts.length, 'Parameters');
  return parts as unknown[];
}

/** The values of the parts of a parameter by name, each of which stands once. */
export interface PartValues {
  /** Of the parameter, as FHIRPath. */
  readonly place: string;
  readonly values: ReadonlyMap<string, unknown>;
}

function partsIn(given: Record<string, unknown>, { name, part = [] }: OperationParameter, place: string): PartValues {
  const names = part.map((each) => each.name).join(', ');
  const parts = given['part'];
  if (!Array.isArray(parts)) invalid(name, `${name} has parts: ${names}.`, place);
  const values = new Map<string, unknown>();
  for (const [n, one] of (parts as unknown[]).entries()) {
    const at = `${place}.part[${n}]`;
    const known = isObject(one) ? part.find((each) => each.name === one['name']) : undefined;
    if (!isObject(one) || known === undefined) invalid(name, `${name} has these parts: ${names}.`, at);
    if (values.has(known.name)) invalid(name, `${known.name} stands twice in one ${name}; it can stand once.`, at);
    values.set(known.name, valueOf(one, { ...known, use: 'in' }, at));
  }
  return { place, values };
}

const jsonTypes: Partial<Record<string, string>> = {
  boolean: 'boolean',
  decimal: 'number',
  integer: 'number',
  positiveInt: 'number',
};

function valueOf(
  part: Record<string, unknown>,
  { name, type = 'string', also = [] }: OperationParameter,
  place: string,
): unknown {
  if (type === 'Resource') {
    if (!isObject(part['resource'])) invalid(name, `${name} has a resource.`, place);
    return part['resource'];
  }
  const member = memberOf(type);
  const own = part[member];
  const value = own ?? also.map((each) => part[memberOf(each)]).find((one) => one !== undefined);
  const isComplex = ['Bundle', 'Coding', 'Identifier', 'Meta', 'Period', 'Reference', 'UsageContext'].includes(type);
  const isObjectWanted = isComplex && (own !== undefined || value === undefined);
  const isRight = isObjectWanted ? isObject(value) : typeof value === (jsonTypes[type] ?? 'string');
  if (!isRight) invalid(name, `${name} is of type ${type}: it has a ${member}.`, place);
  return isComplex || typeof value === 'string' ? value : String(value);
}

function memberOf(type: string): string {
  return `value${type.charAt(0).toUpperCase()}${type.slice(1)}`;
}

/** Whether the operation passes over a parameter of this name, which it does not know. */
export function isIgnored({ ignores = [] }: Operation, name: unknown): boolean {
  return ignores === 'all' || (typeof name === 'string' && ignores.includes(name));
}

export function failUnknown(operation: Operation, name: unknown, place: string, known: readonly string[]): never {
  const shown = typeof name === 'string' ? name.slice(0, 100) : 'parameter';
  const diagnostics = `$${operation.code} knows these parameters: ${known.join(', ') || 'none'}.`;
  fail('parameter-unknown', { name: shown }, { diagnostics, expression: place });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
