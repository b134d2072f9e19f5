import { elementsOf, memberOf, typeOf } from '@dhp/fhir-model';
import { isObject, type Json } from '../json.ts';

/** Members that an item of these types requires, among those that are read from definitions; an item without one is omitted. */
const needed: ReadonlyMap<string, readonly string[]> = new Map([
  ['Extension', ['url']],
  ['ElementDefinition', ['path']],
  ['ElementDefinition.type', ['code']],
  ['ElementDefinition.slicing.discriminator', ['type', 'path']],
  ['ElementDefinition.constraint', ['key']],
  ['ElementDefinition.binding.additional', ['purpose', 'valueSet']],
  ['StructureDefinition.context', ['type', 'expression']],
  ['Questionnaire.item', ['linkId']],
  ['Questionnaire.item.enableWhen', ['question', 'operator']],
  ['UsageContext', ['code']],
  ['ValueSet.compose', ['include']],
]);

/**
 * The part of a definition whose JSON matches its type, so that code that compiles it need not expect a number instead of a path: packages
 * are not validated before installation. Returns the definition itself if nothing is omitted, and undefined if nothing is usable.
 */
export function soundOf<T extends object>(definition: T, type: string): T | undefined {
  return (isObject(definition) ? fittingObject(definition, type) : undefined) as T | undefined;
}

/** The object with the members that match its type, or itself if all do; undefined if a required one is missing. */
function fittingObject(value: Json, type: string): Json | undefined {
  const members = Object.entries(value).map(([name, item]) => [name, item, fittingMember(type, name, item)] as const);
  const isWhole = members.every(([, item, fitting]) => fitting === item);
  const fitting = members.flatMap(([name, , item]) => (item === undefined ? [] : [[name, item] as const]));
  const found: Json = isWhole ? value : Object.fromEntries(fitting);
  return needed.get(type)?.every((name) => found[name] !== undefined) === false ? undefined : found;
}

function fittingMember(type: string, name: string, value: unknown): unknown {
  const member = memberOf(type, name);
  // Unknown members are never read; members beside a value are read with care.
  if (member === undefined || name.startsWith('_')) return value;
  if (member.element.max <= 1) return fittingValue(value, member.type);
  if (!Array.isArray(value)) return undefined;
  const items = value.map((item: unknown) => fittingValue(item, member.type));
  return items.every((item, i) => item === value[i]) ? value : items.filter((item) => item !== undefined);
}

function fittingValue(value: unknown, type: string): unknown {
  if (typeOf(type)?.kind === 'primitive') return typeof value === (jsonTypes.get(type) ?? 'string') ? value : undefined;
  if (!isObject(value)) return undefined;
  return elementsOf(type) === undefined ? value : fittingObject(value, type);
}

/** JSON types of primitive types that are not strings. https://hl7.org/fhir/R5/json.html#primitive */
const jsonTypes: ReadonlyMap<string, string> = new Map([
  ['boolean', 'boolean'],
  ['integer', 'number'],
  ['positiveInt', 'number'],
  ['unsignedInt', 'number'],
  ['decimal', 'number'],
]);
