/** A small vocabulary of values: small, so that what a grown profile asks for is met by a grown instance as often as not. */
import { elementsOf, isResourceType, typeOf, type ElementModel } from '@dhp/fhir-model';
import { valueSets } from '../../../packages/fhir-validation/generated/definitions.ts';
import type { EncodedValueSets } from '../../../packages/fhir-validation/src/terminology/encoding.ts';
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';

/** Writes a resource by chance. */
export type Grow = (random: Random) => Json;

/** A member that is there in one of `n` cases. */
export const maybe = (random: Random, n: number, more: Json): Json => (random.oneIn(n) ? more : {});

/** This many items, at least and at most. */
export const some = <Item>(random: Random, least: number, most: number, make: (i: number) => Item): Item[] =>
  Array.from({ length: least + random.below(most - least + 1) }, (_none, i) => make(i));

/** Where definitions of HL7 are. */
export const core = 'http://hl7.org/fhir/StructureDefinition';

const codes = JSON.parse(valueSets) as EncodedValueSets;

/** Values of primitive types. */
const primitives: Readonly<Record<string, readonly unknown[]>> = {
  boolean: [true, false],
  integer: [1, 5],
  unsignedInt: [1, 5],
  positiveInt: [1, 5],
  integer64: ['1', '5'],
  decimal: [1.5, 5],
  string: ['a', 'b', 'a longer text'],
  markdown: ['a', 'b'],
  code: ['a', 'b'],
  id: ['a', 'b'],
  uri: ['http://provoked.test/a', 'http://provoked.test/b'],
  url: ['http://provoked.test/a', 'http://provoked.test/b'],
  canonical: ['http://provoked.test/a', 'http://provoked.test/b'],
  oid: ['urn:oid:2.16.840.1'],
  uuid: ['urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0'],
  base64Binary: ['TWFu', 'AAAA'],
  date: ['2026-01-31', '1990-05'],
  dateTime: ['2026-01-31T10:00:00+05:00', '2026-01-31'],
  instant: ['2026-01-31T10:00:00Z', '2026-02-28T10:00:00Z'],
  time: ['10:00:00', '11:30:00'],
};

const identity = 'http://terminology.hl7.org/CodeSystem/v2-0203';
const marital = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus';
const ucum = 'http://unitsofmeasure.org';

/** Values of types that profiles are often about. */
const complexes: Readonly<Record<string, readonly Json[]>> = {
  Coding: [
    { system: identity, code: 'MR' },
    { system: identity, code: 'PPN' },
    { system: marital, code: 'M' },
    { system: 'http://provoked.test/codes', code: 'a' },
  ],
  CodeableConcept: [
    { coding: [{ system: identity, code: 'MR' }] },
    { coding: [{ system: marital, code: 'M', display: 'Married' }], text: 'a' },
    {
      coding: [
        { system: 'http://provoked.test/codes', code: 'a' },
        { system: identity, code: 'PPN' },
      ],
    },
    { text: 'a' },
  ],
  Identifier: [
    { system: 'http://provoked.test/a', value: 'a' },
    { system: 'http://provoked.test/b', value: 'b', use: 'official' },
    { use: 'usual', value: 'a', type: { coding: [{ system: identity, code: 'MR' }] } },
  ],
  HumanName: [
    { family: 'a' },
    { use: 'official', family: 'b', given: ['a', 'b'] },
    { text: 'a', period: { start: '2026-01-31' } },
  ],
  ContactPoint: [
    { system: 'phone', value: '1', use: 'home' },
    { system: 'email', value: 'a@provoked.test' },
    { system: 'phone', value: '2', use: 'work', rank: 1 },
  ],
  Address: [{ city: 'a', country: 'UZ' }, { use: 'home', line: ['a'], city: 'b' }, { text: 'a' }],
  Period: [{ start: '2026-01-31' }, { start: '2026-01-31', end: '2026-02-28' }, { end: '2026-02-28' }],
  Quantity: [
    { value: 5, unit: 'mg', system: ucum, code: 'mg' },
    { value: 1.5, unit: 'g', system: ucum, code: 'g' },
    { value: 5 },
  ],
  Annotation: [{ text: 'a' }, { text: 'b', time: '2026-01-31' }],
  CodeableReference: [
    { concept: { coding: [{ system: identity, code: 'MR' }] } },
    { concept: { text: 'a' } },
    { reference: { display: 'a' } },
  ],
  Attachment: [
    { contentType: 'text/plain', data: 'TWFu' },
    { url: 'http://provoked.test/a', title: 'a' },
  ],
  Range: [{ low: { value: 1.5 }, high: { value: 5 } }, { low: { value: 5 } }],
  Ratio: [{ numerator: { value: 5 }, denominator: { value: 1.5 } }],
};

/** Whether the vocabulary has values of a type. */
export const isWritten = (type: string): boolean => type in primitives || type in complexes || type === 'Reference';

/** A value of an element, of one of its types that is given. */
export function valueFor({ binding, targets }: ElementModel, type: string, random: Random): unknown {
  const listed = binding?.strength === 'required' ? systemsOf(binding.valueSet) : [];
  if (listed.length > 0 && type === 'code') return random.pick(listed[0]![1]);
  if (listed.length > 0 && type === 'CodeableConcept') {
    const [system, all] = random.pick(listed);
    return { coding: [{ system, code: random.pick(all) }] };
  }
  if (type === 'Reference') return referenceTo(targets, random);
  const choices = primitives[type] ?? complexes[type];
  return choices === undefined ? undefined : random.pick(choices);
}

const systemsOf = (valueSet: string | undefined): [string, readonly string[]][] =>
  Object.entries(codes[valueSet?.split('|')[0] ?? ''] ?? {});

function referenceTo(targets: readonly string[] | undefined, random: Random): Json {
  const allowed = targets === undefined || targets.includes('Resource') ? ['Patient', 'Observation'] : targets;
  return random.oneIn(4) ? { display: 'a' } : { reference: `${random.pick(allowed)}/1` };
}

/** The member of a choice, or of an element of one type. */
export const memberName = ({ name, choice }: ElementModel, type: string): string =>
  choice ? name + type.charAt(0).toUpperCase() + type.slice(1) : name;

/** Elements of a type that can be written, with the types that they may have. */
export function* writable(
  type: string,
): Generator<{ readonly element: ElementModel; readonly types: readonly string[] }> {
  for (const element of elementsOf(type)?.values() ?? []) {
    if (/^(?:id|meta|extension|modifierExtension|contained|implicitRules|text|language)$/.test(element.name)) continue;
    const types = element.types.filter((one) => isWritten(one) || typeOf(one)?.kind === 'backbone');
    if (types.length > 0) yield { element, types };
  }
}

/** A value with what is required of a type: for types that the vocabulary has no value of, their elements. */
export function leastOf(type: string, random: Random, more: ReadonlySet<string>, path: string, depth = 0): Json {
  const object: Record<string, unknown> = isResourceType(type) ? { resourceType: type } : {};
  for (const { element, types } of writable(type)) {
    const at = `${path}.${element.name}`;
    const isAsked = [...more].some((one) => one === at || one.startsWith(`${at}.`));
    if (!(element.min > 0 || (isAsked ? !random.oneIn(4) : random.oneIn(25)))) continue;
    const chosen = random.pick(types);
    const count = element.max > 1 ? (isAsked ? 1 + random.below(3) : 1) : 1;
    const values = Array.from({ length: count }, () => valueAt(element, chosen, random, more, at, depth)).filter(
      (one) => one !== undefined,
    );
    if (values.length === 0) continue;
    object[memberName(element, chosen)] = element.max > 1 ? values : values[0];
  }
  return object;
}

function valueAt(
  element: ElementModel,
  type: string,
  random: Random,
  more: ReadonlySet<string>,
  path: string,
  depth: number,
): unknown {
  if (isWritten(type)) return valueFor(element, type, random);
  if (depth > 3) return undefined;
  const made = leastOf(type, random, more, path, depth + 1);
  return Object.keys(made).length === 0 ? undefined : made;
}
