/** Faults in what invariants name: elements of their expressions left out, put in, and given other codes. https://hl7.org/fhir/R5/conformance-rules.html */
import { elementsOf, memberOf } from '@dhp/fhir-model';
import { published, type Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { inObject, without, type Faults } from '../faults/fault.ts';
import { codeOf, valueOfMember } from '../odd/index.ts';

/** Names that the expressions of a type's rules hold, by the type or the path of its element. */
const named = new Map<string, ReadonlySet<string>>();

interface Element {
  readonly path: string;
  readonly constraint?: readonly { readonly key: string; readonly expression?: string }[];
}

/** Rules of every element are asked of every element. */
const everywhere = /^(?:ele-1|ext-1|dom-\d)$/;

for (const { resource } of published('core', 'StructureDefinition')) {
  if (resource['derivation'] !== 'specialization') continue;
  const elements = (resource['snapshot'] as { element: Element[] }).element;
  for (const { path, constraint = [] } of elements) {
    const names = constraint.flatMap(({ key, expression = '' }) =>
      everywhere.test(key) ? [] : (expression.match(/[A-Za-z]\w*/g) ?? []),
    );
    if (names.length > 0) named.set(path, new Set(names));
  }
}

/** The JSON members of a type that its rules name; of choices a member of each type. */
function membersNamed(type: string): string[] {
  const names = named.get(type);
  if (names === undefined) return [];
  return [...(elementsOf(type)?.values() ?? [])].flatMap(({ name, choice, types }) => {
    if (!names.has(name) || /^(?:contained|id)$/.test(name)) return [];
    return choice ? types.map((one) => name + one.charAt(0).toUpperCase() + one.slice(1)) : [name];
  });
}

export const ruleFaults: Faults = {
  'rule: what it names left out': inObject('*', (object, random, type) => {
    const names = membersNamed(type).filter((name) => name in object);
    return names.length === 0 ? undefined : without(object, random.pick(names));
  }),
  'rule: what it names put in': inObject('*', (object, random, type) => {
    const names = membersNamed(type).filter((name) => !(name in object));
    return names.length === 0 ? undefined : putIn(object, type, random.pick(names), random);
  }),
  'rule: two that it names put in': inObject('*', (object, random, type) => {
    const names = membersNamed(type).filter((name) => !(name in object));
    if (names.length < 2) return undefined;
    const once = putIn(object, type, random.pick(names), random);
    return once && putIn(once, type, random.pick(names), random);
  }),
  'rule: another code in what it names': inObject('*', (object, random, type) => {
    const names = membersNamed(type).filter((name) => typeof object[name] === 'string');
    const coded = names.flatMap((name) => {
      const binding = memberOf(type, name)?.element.binding;
      return binding?.strength === 'required' ? [[name, binding.valueSet] as const] : [];
    });
    if (coded.length === 0) return undefined;
    const [name, valueSet] = random.pick(coded);
    return { ...object, [name]: codeOf(valueSet, random) };
  }),
  'rule: what it names twice': inObject('*', (object, random, type) => {
    const names = membersNamed(type).filter((name) => Array.isArray(object[name]));
    if (names.length === 0) return undefined;
    const name = random.pick(names);
    const items = object[name] as unknown[];
    return { ...object, [name]: [...items, random.pick(items)] };
  }),
};

function putIn(object: Json, type: string, name: string, random: Random): Json | undefined {
  const value = valueOfMember(type, name, random);
  return value === undefined ? undefined : { ...object, [name]: value };
}
