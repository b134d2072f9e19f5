import { memberOf, typeOf, type ElementModel, type Parameters } from '@dhp/fhir-model';
import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';

/** Types whose JSON is not a string; text is accepted too, since their readers convert it. */
const loose = new Set(['boolean', 'decimal', 'integer', 'integer64', 'positiveInt', 'unsignedInt']);

/**
 * The first place of a resource that has another shape than R5 gives it: a text in the place of an object, one value in the place of a
 * list. Undefined if all of it can be read. Elements unknown in R5, and missing ones, are not faults here: this makes a resource safe to
 * process, and is not validation.
 * @example
 * misshapen({ resourceType: 'ValueSet', url: ['urn:v'] }, 'ValueSet'); // 'ValueSet.url'
 */
export function misshapen(value: unknown, type: string, path: string = type): string | undefined {
  const model = typeOf(type);
  if (model?.kind === 'primitive') return isPrimitive(value, type) ? undefined : path;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return path;
  const actual = actualType(value, type, model?.kind === 'resource');
  if (actual === undefined) return path;
  for (const [name, item] of Object.entries(value)) {
    const member = memberOf(actual, name);
    if (member === undefined || member.isSibling) continue;
    const fault = inMember(item, member.element, member.type, `${path}.${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function inMember(item: unknown, { max }: ElementModel, type: string, path: string): string | undefined {
  if (max <= 1) return misshapen(item, type, path);
  if (!Array.isArray(item)) return path;
  for (const [n, one] of item.entries()) {
    const fault = misshapen(one, type, `${path}[${n}]`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Returns the type that a resource itself names; for other values the expected type. */
function actualType(value: object, type: string, isResource: boolean): string | undefined {
  if (!isResource) return type;
  const { resourceType } = value as { resourceType?: unknown };
  if (typeof resourceType !== 'string' || typeOf(resourceType)?.kind !== 'resource') return undefined;
  return typeOf(type)?.isAbstract === true || type === resourceType ? resourceType : undefined;
}

function isPrimitive(value: unknown, type: string): boolean {
  if (typeof value === 'string') return true;
  return loose.has(type) && (typeof value === 'boolean' || typeof value === 'number');
}

/** @throws TerminologyFault with the place of an unreadable part, in the parameters or in a resource among them */
export function requireShape(parameters: Parameters): void {
  const expression = misshapen(parameters, 'Parameters');
  if (expression === undefined) return;
  const text = message('SHAPE_WRONG', expression);
  throw new TerminologyFault('invalid-request', [issue('error', 'structure', { text, expression })]);
}
