/**
 * Values at the edges of their types, at each kind of place where a value stands; claims of profiles; narratives; and Bundles of the types that need more than
 * entries. Mutants change what examples have; here what may be at a place is crossed with the places.
 */
import { memberOf, typeOf } from '@dhp/fhir-model';
import { published, type Json } from '../../../packages/fhir-validation/test/published.ts';
import { randomSource, type Random } from '../../random.ts';
import { added, inMember, put } from '../faults/fault.ts';
import { examplePicker, spoilt, type Example, type Subject } from '../mutants.ts';
import { bundlesOf } from './bundles.ts';
import { isPrimitive, narratives, spelt, valuesOf, valueTypes } from './values.ts';

/** A value in a choice: the member and what it holds. */
type Valued = Readonly<Record<string, unknown>>;
type Place = (value: Valued, type: string, random: Random, example: Json) => Json | undefined;

const nowhere = 'http://example.org/fhir/none';
const basic = (extension: Json): Json => ({
  resourceType: 'Basic',
  id: 'b',
  code: { text: 'a' },
  extension: [extension],
});

/** Members of an object that hold objects or texts, and stay what they are when something is added to them. */
const membersWith = (object: Json, isWanted: (value: unknown, name: string) => boolean): string[] =>
  Object.keys(object).filter(
    (name) => !/^(?:_|(?:resourceType|id|contained|extension|meta)$)/.test(name) && isWanted(object[name], name),
  );

const isList = (value: unknown): value is Json[] =>
  Array.isArray(value) && value.length > 0 && typeof value[0] === 'object' && value[0] !== null;

/** Resources with a value of any type at a place. */
const anyType: Readonly<Record<string, Place>> = {
  'extension of a resource': (value, _type, _random, example) =>
    example['resourceType'] === 'Bundle' ? undefined : added(example, 'extension', { url: nowhere, ...value }),
  'extension of an element': (value, _type, random, example) => {
    const names = membersWith(example, isList);
    if (names.length === 0 || /^(?:Bundle|Parameters)$/.test(String(example['resourceType']))) return undefined;
    const name = random.pick(names);
    const [first, ...rest] = example[name] as Json[];
    return { ...example, [name]: [added(first!, 'extension', { url: nowhere, ...value }), ...rest] };
  },
  'extension of a primitive': (value, _type, random, example) => {
    const names = membersWith(example, (one) => typeof one !== 'object');
    if (names.length === 0) return undefined;
    const name = random.pick(names);
    return { ...example, [`_${name}`]: { extension: [{ url: nowhere, ...value }] } };
  },
  'extension in an extension': (value) =>
    basic({
      url: nowhere,
      extension: [
        { url: 'a', ...value },
        { url: 'b', valueBoolean: true },
      ],
    }),
  'extension beside a value': (value) =>
    basic({ url: nowhere, valueString: 'a', extension: [{ url: nowhere, ...value }] }),
  parameter: (value) => ({ resourceType: 'Parameters', parameter: [{ name: 'a', ...value }] }),
  'part of a parameter': (value) => ({
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'a',
        part: [
          { name: 'b', ...value },
          { name: 'c', valueCode: 'a' },
        ],
      },
    ],
  }),
  'contained resource': (value) => ({
    resourceType: 'List',
    status: 'current',
    mode: 'working',
    contained: [basic({ url: nowhere, ...value })],
    entry: [{ item: { reference: '#b' } }],
  }),
  entry: (value, _type, random) => ({
    resourceType: 'Bundle',
    type: random.pick(['collection', 'collection', 'batch-response', 'none']),
    entry: [
      {
        fullUrl: 'http://example.org/fhir/Basic/b',
        resource: basic({ url: nowhere, ...value }),
        ...(random.oneIn(2) && { response: { status: '200' } }),
      },
    ],
  }),
  'input of a task': (value) => ({
    resourceType: 'Task',
    status: 'draft',
    intent: 'order',
    input: [{ type: { text: 'a' }, ...value }],
  }),
  'output of a task': (value) => ({
    resourceType: 'Task',
    status: 'draft',
    intent: 'order',
    output: [{ type: { text: 'a' }, ...value }],
  }),
  'fixed value of a profile': (value, type, random) => constrained(value, type, random.pick(['fixed', 'pattern'])),
  'default value of a model': (value, type) => constrained(value, type, 'defaultValue'),
  'example of a profile': (value, type) => {
    const one = constrained(value, type, 'none');
    const [root, element] = (one['differential'] as { element: Json[] }).element;
    return { ...one, differential: { element: [root, { ...element, example: [{ label: 'a', ...value }] }] } };
  },
};

/** A profile of an extension whose value is stated. */
function constrained(value: Valued, type: string, member: string): Json {
  const stated = Object.fromEntries(Object.entries(value).map(([name, one]) => [name.replace(/^value/, member), one]));
  return {
    ...{
      resourceType: 'StructureDefinition',
      id: 'placed',
      url: 'http://example.org/fhir/StructureDefinition/placed',
      name: 'Placed',
      status: 'draft',
    },
    ...{
      fhirVersion: '5.0.0',
      kind: 'complex-type',
      abstract: false,
      type: 'Extension',
      context: [{ type: 'element', expression: 'Element' }],
    },
    ...{ baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Extension', derivation: 'constraint' },
    differential: {
      element: [
        { id: 'Extension', path: 'Extension' },
        {
          id: 'Extension.value[x]',
          path: 'Extension.value[x]',
          type: [{ code: type }],
          ...(member === 'none' ? {} : stated),
        },
      ],
    },
  };
}

/** An element of an example with another value of its type. */
function inPlace(example: Json, random: Random): { kind: string; resource: Json } | undefined {
  let kind = '';
  const made = inMember((object, name, { type }) => {
    if (!valueTypes.includes(type) || name === 'resourceType') return undefined;
    kind = `${type} in its place`;
    return put(object, name, random.pick(valuesOf(type)));
  })(example, random);
  return typeof made === 'object' ? { kind, resource: made } : undefined;
}

/** Lists of a primitive type with the list of their extensions, in each form that JSON gives them. */
const siblings: readonly ((values: readonly unknown[]) => readonly [unknown, unknown])[] = [
  (values) => [values, values.map(() => null)],
  (values) => [values, [...values.map(() => null), { id: 'a' }]],
  (values) => [
    [...values, null],
    [...values.map(() => null), { id: 'a' }],
  ],
  (values) => [
    [...values, null],
    [...values.map(() => null), absent],
  ],
  (values) => [
    [null, ...values.slice(1)],
    [absent, ...values.slice(1).map(() => null)],
  ],
  (values) => [[null, ...values.slice(1)], undefined],
  (values) => [values.map(() => null), values.map(() => absent)],
  (values) => [undefined, values.map(() => absent)],
  (values) => [values, [{}]],
  (values) => [values, { id: 'a' }],
  (values) => [values, values.map(() => ({ extension: [] }))],
  (values) => [values, values.map(() => 'a')],
  (values) => [values[0], [absent]],
  () => [[], [absent]],
];
const absent: Json = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
};

const alone: readonly ((value: unknown) => readonly [unknown, unknown])[] = [
  (value) => [value, null],
  (value) => [value, []],
  (value) => [value, {}],
  (value) => [value, { id: '' }],
  (value) => [value, { id: 'a b' }],
  (value) => [value, { id: 'a', none: 1 }],
  (value) => [value, { extension: absent['extension'] }],
  (value) => [value, [absent]],
  (value) => [value, { value }],
  () => [null, absent],
  () => [undefined, absent],
  () => [undefined, { id: 'a' }],
  () => [undefined, {}],
];

function withSiblings(example: Json, random: Random): Json | undefined {
  const made = inMember((object, name, { type }) => {
    if (typeOf(type)?.kind !== 'primitive' || type === 'xhtml' || /^(?:id|resourceType)$/.test(name)) return undefined;
    if (random.oneIn(3) !== Array.isArray(object[name])) return undefined;
    const old = object[name];
    const [value, sibling] = Array.isArray(old) ? random.pick(siblings)(old) : random.pick(alone)(old);
    return { ...object, [name]: value, [`_${name}`]: sibling };
  })(example, random);
  return typeof made === 'object' ? (JSON.parse(JSON.stringify(made)) as Json) : undefined;
}

/** Canonicals of profiles by the type that they are on. */
const profilesOf = new Map<string, string[]>();
for (const { resource } of published('core', 'StructureDefinition')) {
  const { derivation, type, url, kind } = resource;
  if (derivation === 'constraint' && kind === 'resource')
    profilesOf.set(String(type), [...(profilesOf.get(String(type)) ?? []), String(url)]);
}
const profiledTypes = [...profilesOf.keys()];

/** Claims of profiles that fit, do not, or are not there. */
function claims(example: Json, random: Random): Json {
  const own = profilesOf.get(String(example['resourceType'])) ?? profilesOf.get(random.pick(profiledTypes))!;
  const claim = (): unknown => {
    const one = random.pick(own);
    const core = 'http://hl7.org/fhir/StructureDefinition';
    return random.pick([
      ...[one, one, one, `${one}|5.0.0`, `${one}|5.0`, `${one}|4.0.1`, `${one}#a`],
      ...[
        `${core}/${String(example['resourceType'])}`,
        `${core}/DomainResource`,
        `${core}/Patient`,
        `${core}/HumanName`,
      ],
      ...['http://example.org/fhir/StructureDefinition/none', `${core}/none`, 'none', '', 5, null],
    ]);
  };
  const profile = Array.from({ length: 1 + random.below(3) }, claim);
  return { ...example, meta: { ...(example['meta'] as Json | undefined), profile } };
}

/** A narrative of an example, or a part of it, with other contents. */
function narrated(example: Json, random: Random): Json | undefined {
  const inner = random.pick(narratives);
  const root = random.pick([
    ...[
      '<div xmlns="http://www.w3.org/1999/xhtml">$</div>',
      '<div xmlns="http://www.w3.org/1999/xhtml">$</div>',
      '<div xmlns="http://www.w3.org/1999/xhtml">a$</div>',
    ],
    ...[
      '<div xmlns="http://www.w3.org/1999/xhtml"><p>a</p>$</div>',
      '<div xmlns="http://www.w3.org/1999/xhtml" lang="uz" xml:lang="uz">a$</div>',
    ],
  ]);
  const text = {
    status: random.pick(['generated', 'additional', 'empty', 'extensions']),
    div: root.replace('$', () => inner),
  };
  return memberOf(String(example['resourceType']), 'text') === undefined ? undefined : { ...example, text };
}

const draws = [
  ...['value', 'value', 'value', 'value', 'in place', 'in place', 'in place', 'in place', 'sibling', 'sibling'],
  ...['claim', 'claim', 'narrative', 'narrative', 'bundle', 'bundle', 'bundle'],
] as const;

function placedOne(random: Random, example: Example, other: Example): { kind: string; resource: Json } | undefined {
  const of = (kind: string, resource: Json | undefined) => resource && { kind, resource };
  const draw = random.pick(draws);
  if (draw === 'sibling') return of('values beside extensions', withSiblings(example.resource, random));
  if (draw === 'claim')
    return of(
      'claims',
      claims(random.oneIn(2) ? example.resource : (spoilt(example.resource, random) ?? example.resource), random),
    );
  if (draw === 'narrative') return of('narrative', narrated(example.resource, random));
  if (draw === 'bundle') {
    const [kind, make] = random.pick(Object.entries(bundlesOf));
    const wrong = random.oneIn(2) ? spoilt(example.resource, random) : example.resource;
    return of(kind, wrong && make(wrong, other.resource, random));
  }
  if (draw === 'in place') return inPlace(example.resource, random);
  const type = random.pick(valueTypes);
  const value = random.pick(valuesOf(type));
  const [kind, put] = random.pick(Object.entries(anyType));
  const isOther = random.oneIn(8);
  const name = `value${(isOther ? random.pick(valueTypes) : type).replace(/^./, (first) => first.toUpperCase())}`;
  // A value of a type that is chosen, now and then as a list, or with an extension beside it.
  const valued = random.oneIn(20)
    ? { [name]: [value] }
    : { [name]: value, ...(isPrimitive(type) && random.oneIn(10) && { [`_${name}`]: absent }) };
  return of(`${kind}: ${type}`, put(valued, type, random, example.resource));
}

/** Placed resources: the same seed makes the same. */
export function* placedResources(seed: number, count: number): Generator<Subject> {
  const pick = examplePicker();
  let made = 0;
  for (let request = 0; made < count; request += 1) {
    const random = randomSource(seed, request);
    const [example, other] = [pick(random), pick(random)];
    const one = example && other && placedOne(random, example, other);
    if (one === undefined) continue;
    made += 1;
    yield { kind: one.kind, file: example!.file, text: spelt(one.resource) };
  }
}
