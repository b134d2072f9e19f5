import { memberOf, typeOf, type MemberModel } from '@dhp/fhir-model';
import type { Json } from './published.ts';

/** One deliberate fault in a copy of a resource. */
export interface Mutant {
  readonly kind: string;
  /** Path to the changed object, and the changed member in it. */
  readonly path: readonly (string | number)[];
  readonly member: string;
  readonly resource: Json;
}

interface Place {
  readonly object: Json;
  readonly type: string;
  readonly path: readonly (string | number)[];
}

/** Yields all objects of known types in a resource, starting with the resource itself, including contained resources and entries. */
export function* places(object: Json, type: string, path: readonly (string | number)[] = []): Generator<Place> {
  yield { object, type, path };
  for (const [name, value] of Object.entries(object)) {
    const member = memberOf(type, name);
    if (member === undefined || member.isSibling || typeof value !== 'object' || value === null) continue;
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const [i, item] of items.entries()) {
      if (typeof item !== 'object' || item === null) continue;
      const inner = (item as Json)['resourceType'];
      const itemType = typeof inner === 'string' ? inner : member.type;
      yield* places(item as Json, itemType, [...path, name, ...(Array.isArray(value) ? [i] : [])]);
    }
  }
}

type Change = (object: Json, name: string, member: MemberModel, type: string) => Json | undefined;

const replaced = (object: Json, name: string, value: unknown): Json => ({ ...object, [name]: value });
const without = (object: Json, name: string): Json =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
const isPrimitive = ({ type }: MemberModel) => typeOf(type)?.kind === 'primitive';

/** Returns the object with this value, as the only item of a list if the element repeats. */
const asMany = (object: Json, name: string, value: unknown): Json =>
  replaced(object, name, Array.isArray(object[name]) ? [value] : value);

const dates = new Set(['date', 'dateTime', 'instant']);

/** The faults. Each violates a rule of R5 for all elements to which it applies. */
export const changes: Readonly<Record<string, Change>> = {
  'unknown member': (object, name) => ({ ...without(object, name), [`${name}Xyz`]: object[name] }),
  'required member left out': (object, name, { element }) =>
    element.min > 0 && !element.choice && object[`_${name}`] === undefined ? without(object, name) : undefined,
  'list as a single value': (object, name) =>
    Array.isArray(object[name]) ? replaced(object, name, object[name][0]) : undefined,
  'single value as a list': (object, name) =>
    Array.isArray(object[name]) ? undefined : replaced(object, name, [object[name]]),
  null: (object, name) => replaced(object, name, null),
  'empty list': (object, name) => (Array.isArray(object[name]) ? replaced(object, name, []) : undefined),
  'empty object': (object, name, member) => (isPrimitive(member) ? undefined : asMany(object, name, {})),
  'text for an object': (object, name, member) => (isPrimitive(member) ? undefined : asMany(object, name, 'text')),
  'object for a primitive': (object, name, member) =>
    isPrimitive(member) ? asMany(object, name, { value: 1 }) : undefined,
  'number for text': (object, name, member) =>
    isPrimitive(member) && typeof first(object[name]) === 'string' ? asMany(object, name, 7) : undefined,
  'text for a number': (object, name) =>
    typeof first(object[name]) === 'number' ? asMany(object, name, '7') : undefined,
  'text for a boolean': (object, name) =>
    typeof first(object[name]) === 'boolean' ? asMany(object, name, 'true') : undefined,
  'empty text': (object, name, member) => (isPrimitive(member) ? asMany(object, name, '') : undefined),
  'date that does not exist': (object, name, { type }) =>
    dates.has(type) ? asMany(object, name, '2026-02-30') : undefined,
  'time without a zone': (object, name, { type }) =>
    type === 'dateTime' || type === 'instant' ? asMany(object, name, '2026-01-31T10:00:00') : undefined,
  'fraction of an integer': (object, name, { type }) =>
    /^(integer|positiveInt|unsignedInt)$/.test(type) ? asMany(object, name, 1.5) : undefined,
  'negative count': (object, name, { type }) =>
    /^(positiveInt|unsignedInt)$/.test(type) ? asMany(object, name, -1) : undefined,
  'space in a uri': (object, name, { type }) =>
    /^(uri|url|canonical)$/.test(type) ? asMany(object, name, 'http://a b') : undefined,
  'integer of more than 32 bits': (object, name, { type }) =>
    /^(integer|positiveInt|unsignedInt)$/.test(type) ? asMany(object, name, 2_147_483_648) : undefined,
  'script in a narrative': (object, name, { type }) =>
    type === 'xhtml' && typeof object[name] === 'string'
      ? replaced(object, name, object[name].replace(/>/, '><script>x</script>'))
      : undefined,
  'narrative that does not end': (object, name, { type }) =>
    type === 'xhtml' && typeof object[name] === 'string'
      ? replaced(object, name, object[name].replace(/<\/div>\s*$/, ''))
      : undefined,
  'wrong characters in an id': (object, name, { type }) => (type === 'id' ? asMany(object, name, 'a_b/c') : undefined),
  'code outside its value set': (object, name, { type, element }) =>
    type === 'code' && element.binding?.strength === 'required' ? asMany(object, name, noCode) : undefined,
  'second value of a choice': (object, name, { element }) => {
    const other = element.choice
      ? element.types.find((one) => !name.endsWith(one.slice(1)) && /^(boolean|string|dateTime)$/.test(one))
      : undefined;
    if (other === undefined) return undefined;
    const value = { boolean: true, string: 'x', dateTime: '2026' }[other];
    return { ...object, [element.name + other.charAt(0).toUpperCase() + other.slice(1)]: value };
  },
  'reference to another type': (object, name, { type, element }) =>
    type === 'Reference' &&
    element.targets !== undefined &&
    !element.targets.some((one) => one === 'Resource' || one === 'Linkage')
      ? asMany(object, name, { reference: 'Linkage/1' })
      : undefined,
  'fragment that is not contained': (object, name, { type }) =>
    type === 'Reference' ? asMany(object, name, { reference: '#no-such-resource' }) : undefined,
  'extension without value': (object, name, { type }) =>
    type === 'Extension' ? asMany(object, name, { url: 'http://example.org/x' }) : undefined,
  'extension without url': (object, name, { type }) =>
    type === 'Extension' ? asMany(object, name, { valueString: 'x' }) : undefined,
  'more characters in base64': (object, name, { type }) =>
    type === 'base64Binary' ? asMany(object, name, 'TWF u') : undefined,
};

/** A code in no value set, whether the value set lists codes or defines their form (units, languages, media types). */
export const noCode = '=nothing=';

const first = (value: unknown): unknown => (Array.isArray(value) ? (value[0] as unknown) : value);

/** Yields the possible mutants of a resource; `pick` selects them by number and kind. */
export function* mutantsOf(resource: Json, pick: (index: number, kind: string) => boolean): Generator<Mutant> {
  let index = 0;
  for (const { object, type, path } of places(resource, resource['resourceType'] as string)) {
    for (const name of Object.keys(object)) {
      const member = memberOf(type, name);
      if (member === undefined || member.isSibling) continue;
      for (const [kind, change] of Object.entries(changes)) {
        const changed = change(object, name, member, type);
        if (changed === undefined) continue;
        index += 1;
        if (pick(index, kind)) yield { kind, path, member: name, resource: placed(resource, path, changed) };
      }
    }
  }
}

/** Returns a copy of the resource with another object at a place. */
export function placed(value: unknown, path: readonly (string | number)[], changed: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return changed;
  if (Array.isArray(value))
    return value.map((item: unknown, i) => (i === step ? placed(item, rest, changed) : item)) as unknown as Json;
  return { ...(value as Json), [step]: placed((value as Json)[step], rest, changed) };
}
