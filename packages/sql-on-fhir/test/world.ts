// A small model of resources, random resources of it, and random views over it with their expressions as trees.
import type { Random } from '../../../tests/random.ts';

/** An element: its type, and whether it repeats. A choice has the types that it may have. */
interface Element {
  readonly types: readonly string[];
  readonly many?: true;
}

const one = (...types: string[]): Element => ({ types });
const many = (type: string): Element => ({ types: [type], many: true });

export const model: Readonly<Record<string, Readonly<Record<string, Element>>>> = {
  Patient: {
    ...{ id: one('id'), gender: one('code'), birthDate: one('date'), active: one('boolean') },
    ...{ deceased: one('boolean', 'dateTime'), multipleBirth: one('integer', 'boolean') },
    ...{
      name: many('HumanName'),
      telecom: many('ContactPoint'),
      contact: many('Patient.contact'),
      link: many('Patient.link'),
    },
  },
  HumanName: { use: one('code'), family: one('string'), given: many('string'), period: one('Period') },
  Period: { start: one('dateTime'), end: one('dateTime') },
  ContactPoint: { system: one('code'), value: one('string'), rank: one('positiveInt') },
  'Patient.contact': { gender: one('code'), name: one('HumanName'), telecom: many('ContactPoint') },
  'Patient.link': { type: one('code'), other: one('Reference') },
  Reference: { reference: one('string'), display: one('string') },
  QuestionnaireResponse: {
    id: one('id'),
    status: one('code'),
    subject: one('Reference'),
    item: many('QuestionnaireResponse.item'),
  },
  'QuestionnaireResponse.item': {
    ...{ linkId: one('string'), text: one('string'), item: many('QuestionnaireResponse.item') },
    answer: many('QuestionnaireResponse.item.answer'),
  },
  'QuestionnaireResponse.item.answer': {
    ...{ value: one('string', 'integer', 'boolean', 'Quantity'), item: many('QuestionnaireResponse.item') },
  },
  Quantity: { value: one('decimal'), unit: one('string') },
  Observation: {
    ...{ id: one('id'), status: one('code'), subject: one('Reference'), effective: one('dateTime', 'Period') },
    ...{ value: one('string', 'integer', 'boolean', 'Quantity'), component: many('Observation.component') },
  },
  'Observation.component': { id: one('string'), value: one('string', 'integer', 'Quantity') },
};

export const roots = ['Patient', 'QuestionnaireResponse', 'Observation'] as const;

const texts = ['a', 'b', 'official', 'phone', '', 'Karimova "N"'];

/** A random value of a type; undefined for an empty structure. */
export function randomValue(type: string, random: Random, depth = 0): unknown {
  const primitive = primitives[type];
  if (primitive !== undefined) return primitive(random);
  if (type === 'Reference') {
    const reference = random.pick([
      'Patient/p1',
      'Patient/p2',
      'Group/p1',
      'http://example.org/fhir/Patient/p1',
      '#c',
      'Patient/p1/_history/3',
    ]);
    return random.oneIn(4) ? { display: 'a' } : { reference };
  }
  const value: Record<string, unknown> = {};
  for (const [name, element] of Object.entries(model[type]!)) {
    if (random.oneIn(3) || depth > 6) continue;
    const of = random.pick(element.types);
    const member = element.types.length === 1 ? name : `${name}${of.charAt(0).toUpperCase()}${of.slice(1)}`;
    const given = Array.from({ length: element.many === true ? random.below(4) : 1 }, () =>
      randomValue(of, random, depth + 1),
    );
    const kept = given.filter((each) => each !== undefined);
    if (kept.length > 0) value[member] = element.many === true ? kept : kept[0];
  }
  return Object.keys(value).length === 0 ? undefined : value;
}

const primitives: Readonly<Record<string, (random: Random) => unknown>> = {
  id: (random) => random.pick(['p1', 'p2', 'p3']),
  code: (random) => random.pick(['official', 'phone', 'male']),
  string: (random) => random.pick(texts.filter((text) => text !== '')),
  date: (random) => random.pick(['1990', '1990-05', '1990-05-14']),
  dateTime: (random) => random.pick(['1990', '1990-05-14', '1990-05-14T10:00:00Z']),
  boolean: (random) => random.oneIn(2),
  integer: (random) => random.below(5) - 2,
  positiveInt: (random) => random.below(3) + 1,
  decimal: (random) => random.pick([1.5, 2, -0.25]),
};

export const isPrimitiveType = (type: string): boolean => Object.hasOwn(primitives, type);

export function randomResource(random: Random): Record<string, unknown> {
  const resourceType = random.pick(roots);
  return { resourceType, ...(randomValue(resourceType, random) as object | undefined) };
}
