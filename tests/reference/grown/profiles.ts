/** Profiles that a grammar writes, and instances that fit them or break them by chance. */
import { elementsOf, typeOf, type ElementModel } from '@dhp/fhir-model';
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { randomSource, type Random } from '../../random.ts';
import { defined, home } from '../provoked/definition.ts';
import { core, isWritten, leastOf, valueFor, writable } from './values.ts';

/** Types of which profiles are grown. */
const profiled = [
  ...['Patient', 'Observation', 'Encounter', 'Condition', 'MedicationRequest', 'ServiceRequest', 'Organization'],
  ...['DiagnosticReport', 'Procedure', 'Immunization', 'Claim', 'Appointment', 'CarePlan', 'PractitionerRole'],
  ...['Coverage', 'Location', 'Specimen', 'AllergyIntolerance', 'Device', 'Goal', 'Task', 'Invoice', 'Consent'],
] as const;

/** A rule on an element, with those on its parts. */
interface Grown {
  readonly id: string;
  readonly element: Json;
}

interface Owner {
  /** The id of the owner, with slices, and its path. */
  readonly id: string;
  readonly path: string;
  readonly type: string;
}

/** Elements of the differential, from a grammar of rules. */
function* rulesOn(owner: Owner, random: Random, depth: number): Generator<Grown> {
  const all = [...writable(owner.type)];
  const wanted = depth === 0 ? 2 + random.below(4) : 1 + random.below(2);
  const chosen = new Set(Array.from({ length: wanted }, () => random.below(all.length)));
  for (const [i, { element, types }] of all.entries())
    if (chosen.has(i)) yield* ruleOn(owner, element, types, random, depth);
}

function* ruleOn(
  owner: Owner,
  element: ElementModel,
  types: readonly string[],
  random: Random,
  depth: number,
): Generator<Grown> {
  const name = element.choice ? `${element.name}[x]` : element.name;
  const at = { id: `${owner.id}.${name}`, path: `${owner.path}.${name}` };
  if (depth < 2 && (element.max > 1 || (element.choice && types.length > 1)) && random.oneIn(3)) {
    yield* sliced(at, element, types, random);
    return;
  }
  const type = random.pick(types);
  const isSingle = element.types.length === 1;
  yield { id: at.id, element: { path: at.path, ...stated(element, type, isSingle, random) } };
  const inner = isSingle && typeOf(type)?.kind !== 'primitive' && depth < 2 && random.oneIn(2);
  if (inner) yield* rulesOn({ ...at, type }, random, depth + 1);
}

/** Statements about an element itself. */
function stated(element: ElementModel, type: string, isSingle: boolean, random: Random): Json {
  const rule: Record<string, unknown> = {};
  const kind = random.below(9);
  const suffix = type.charAt(0).toUpperCase() + type.slice(1);
  if (kind <= 1) rule['min'] = Math.min(element.max, 1 + random.below(2));
  if (kind === 2) rule['max'] = element.min > 0 ? '1' : random.pick(['0', '1']);
  if (kind === 3 && !isSingle) rule['type'] = [{ code: type }];
  if ((kind === 4 || kind === 5) && isSingle && isWritten(type))
    rule[(kind === 4 ? 'fixed' : 'pattern') + suffix] = valueFor(element, type, random);
  if (
    kind === 6 &&
    /^(?:CodeableConcept|Coding|code)$/.test(type) &&
    isSingle &&
    element.binding?.strength !== 'required'
  )
    rule['binding'] = { strength: random.pick(['required', 'extensible']), valueSet: random.pick(sets) };
  if (kind === 7) rule['constraint'] = [constraintOn(type, isSingle, random)];
  if (kind === 8 && type === 'Reference' && isSingle && (element.targets?.length ?? 0) > 1)
    rule['type'] = [{ code: 'Reference', targetProfile: [`${core}/${random.pick(element.targets!)}`] }];
  if (Object.keys(rule).length === 0) rule['min'] = Math.max(element.min, 1);
  return rule;
}

const sets = [
  'http://hl7.org/fhir/ValueSet/marital-status',
  'http://hl7.org/fhir/ValueSet/identifier-type',
  'http://hl7.org/fhir/ValueSet/administrative-gender',
  `${home}/ValueSet/grown-listed`,
  `${home}/ValueSet/grown-filtered`,
];

/** Value sets of the bindings. */
const grownSets: readonly Json[] = [
  defined('ValueSet', 'grown-listed', {
    compose: {
      include: [
        { system: 'http://terminology.hl7.org/CodeSystem/v2-0203', concept: [{ code: 'MR' }, { code: 'DL' }] },
        { system: 'http://provoked.test/codes', concept: [{ code: 'a' }] },
      ],
    },
  }),
  defined('ValueSet', 'grown-filtered', {
    compose: {
      include: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203' }],
      exclude: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', concept: [{ code: 'PPN' }] }],
    },
  }),
];

function constraintOn(type: string, isSingle: boolean, random: Random): Json {
  const names = isSingle ? [...(elementsOf(type)?.keys() ?? [])] : [];
  const name = names.length === 0 ? '$this' : random.pick(names);
  const expression = random.pick([
    `${name}.exists()`,
    `${name}.count() <= 1`,
    `${name}.empty() or id.empty()`,
    `id.exists() or ${name}.exists()`,
    `%resource.id.exists() implies ${name}.exists()`,
    `descendants().count() < 6`,
  ]);
  return { key: 'grown-1', severity: random.pick(['error', 'error', 'warning']), human: 'Grown', expression };
}

/** A sliced element with two or three slices. */
function* sliced(
  at: { readonly id: string; readonly path: string },
  element: ElementModel,
  types: readonly string[],
  random: Random,
): Generator<Grown> {
  const rules = random.pick(['open', 'open', 'closed']);
  if (element.choice) {
    yield {
      id: at.id,
      element: { path: at.path, slicing: { discriminator: [{ type: 'type', path: '$this' }], rules } },
    };
    const type = random.pick(types);
    const sliceName = element.name + type.charAt(0).toUpperCase() + type.slice(1);
    const id = `${at.id}:${sliceName}`;
    yield { id, element: { path: at.path, sliceName, min: random.below(2), max: '1', type: [{ code: type }] } };
    if (typeOf(type)?.kind === 'complex') yield* rulesOn({ id, path: at.path, type }, random, 2);
    return;
  }
  const type = types[0]!;
  const discriminator = discriminatorsOf(type, random);
  if (discriminator === undefined) {
    yield { id: at.id, element: { path: at.path, min: 1 } };
    return;
  }
  const { kind, name, member } = discriminator;
  const isOrdered = random.oneIn(5);
  yield {
    id: at.id,
    element: {
      path: at.path,
      slicing: { discriminator: [{ type: kind, path: name }], rules, ...(isOrdered && { ordered: true }) },
      ...(random.oneIn(3) && { min: 1 + random.below(2) }),
    },
  };
  const values = discriminator.values.slice(0, 2 + random.below(2));
  for (const [i, value] of values.entries()) {
    const sliceName = 'abc'.charAt(i);
    const id = `${at.id}:${sliceName}`;
    yield { id, element: { path: at.path, sliceName, min: random.below(2), max: random.pick(['1', '1', '2', '*']) } };
    const told: Grown[] = [];
    if (kind === 'exists')
      told.push({ id: `${id}.${name}`, element: { path: `${at.path}.${name}`, ...(value as Json) } });
    else if (name === '$this') yield { id, element: { [member]: value } };
    else told.push({ id: `${id}.${name}`, element: { path: `${at.path}.${name}`, min: 1, [member]: value } });
    const inner = [...writable(type)].filter(({ element: one }) => one.name !== name);
    if (name !== '$this' && inner.length > 0 && random.oneIn(2)) {
      const one = random.pick(inner);
      told.push(...ruleOn({ id, path: at.path, type }, one.element, one.types, random, 2));
    }
    yield* inOrder(told, id, type);
  }
}

/** The rules on parts of a type in the order of its elements, as a differential must have them. */
function inOrder(rules: readonly Grown[], owner: string, type: string): readonly Grown[] {
  const names = [...(elementsOf(type)?.keys() ?? [])];
  const placeOf = ({ id }: Grown): number => names.indexOf(id.slice(owner.length + 1).split(/[.:[]/)[0]!);
  return [...rules].sort((one, other) => placeOf(one) - placeOf(other));
}

interface Discriminator {
  readonly kind: 'value' | 'pattern' | 'exists';
  readonly name: string;
  readonly member: string;
  readonly values: readonly unknown[];
}

/** A way to tell items of a type apart. */
function discriminatorsOf(type: string, random: Random): Discriminator | undefined {
  const coding = (code: string): Json => ({
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code }],
  });
  const concepts = [coding('MR'), coding('PPN')];
  const own: Readonly<Record<string, readonly Discriminator[]>> = {
    Identifier: [
      {
        kind: 'value',
        name: 'system',
        member: 'fixedUri',
        values: ['http://provoked.test/a', 'http://provoked.test/b'],
      },
      { kind: 'value', name: 'type', member: 'patternCodeableConcept', values: concepts },
      { kind: 'value', name: 'use', member: 'patternCode', values: ['official', 'usual'] },
    ],
    CodeableConcept: [{ kind: 'value', name: '$this', member: 'patternCodeableConcept', values: concepts }],
    Coding: [{ kind: 'value', name: 'code', member: 'fixedCode', values: ['MR', 'M'] }],
    HumanName: [{ kind: 'value', name: 'use', member: 'fixedCode', values: ['official', 'usual'] }],
    ContactPoint: [
      { kind: 'value', name: 'system', member: 'fixedCode', values: ['phone', 'email'] },
      { kind: 'value', name: 'use', member: 'patternCode', values: ['home', 'work', 'mobile'] },
    ],
    Address: [{ kind: 'value', name: 'use', member: 'fixedCode', values: ['home', 'work'] }],
  };
  const found = own[type] ?? [];
  const optional = [...writable(type)].filter(({ element }) => element.min === 0 && !element.choice);
  if (found.length > 0 && !random.oneIn(4)) return random.pick(found);
  if (optional.length === 0) return undefined;
  const { name } = random.pick(optional).element;
  return { kind: 'exists', name, member: '', values: [{ min: 1 }, { max: '0' }] };
}

/** The grown profile of a number, which the same number always makes. */
function profileOf(number: number): Json {
  const random = randomSource(4711, number);
  const type = random.pick(profiled);
  const merged = new Map<string, Record<string, unknown>>([[type, { path: type }]]);
  for (const { id, element } of rulesOn({ id: type, path: type, type }, random, 0))
    merged.set(id, { ...merged.get(id), ...element });
  if (random.oneIn(4)) merged.set(type, { path: type, constraint: [constraintOn(type, true, random)] });
  return defined('StructureDefinition', `grown-${number}`, {
    fhirVersion: '5.0.0',
    kind: 'resource',
    abstract: false,
    type,
    baseDefinition: `${core}/${type}`,
    derivation: 'constraint',
    differential: { element: [...merged].map(([id, element]) => ({ id, ...element })) },
  });
}

/** How many profiles there are. */
const many = 240;

const profiles: readonly Json[] = Array.from({ length: many }, (_none, i) => profileOf(i));

/** Definitions that are beside R5 when grown resources are validated. */
export const grownProfiles: readonly Json[] = [...profiles, ...grownSets];

/** An instance of a profile of chance. */
export function grownInstance(random: Random): { readonly kind: string; readonly resource: Json } {
  const profile = random.pick(profiles) as unknown as Readonly<{
    id: string;
    url: string;
    type: string;
    differential: { element: { path: string }[] };
  }>;
  const asked = new Set(
    profile.differential.element.map(({ path }) => path.replaceAll('[x]', '')).filter((path) => path.includes('.')),
  );
  const resource = leastOf(profile.type, random, asked, profile.type);
  const { resourceType, ...rest } = resource;
  return { kind: `instance of ${profile.id}`, resource: { resourceType, meta: { profile: [profile.url] }, ...rest } };
}

/** A profile of a number of chance as a resource to be validated. */
export const grownProfile = (random: Random): Json => profileOf(10_000 + random.below(1_000_000));
