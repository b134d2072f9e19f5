/** Code systems, value sets and concept maps that a grammar writes, right and wrong. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { defined, home } from '../provoked/definition.ts';
import { maybe, some, type Grow } from './values.ts';

const words = ['a', 'b', 'c', 'd', 'e'];

const properties: readonly Json[] = [
  { code: 'status', uri: 'http://hl7.org/fhir/concept-properties#status', type: 'code' },
  { code: 'parent', uri: 'http://hl7.org/fhir/concept-properties#parent', type: 'code' },
  { code: 'inactive', uri: 'http://hl7.org/fhir/concept-properties#inactive', type: 'boolean' },
  { code: 'notSelectable', type: 'boolean' },
  { code: 'weight', type: 'decimal' },
  { code: 'order', type: 'integer', description: 'a' },
  { code: 'kind', type: 'Coding' },
  { code: 'since', type: 'dateTime' },
  { code: 'words', type: 'string' },
  { code: 'weight', uri: 'http://hl7.org/fhir/concept-properties#none', type: 'string' },
];

const propertyValues: readonly Json[] = [
  { code: 'status', valueCode: 'active' },
  { code: 'status', valueCode: 'retired' },
  { code: 'status', valueCode: 'none' },
  { code: 'parent', valueCode: 'a' },
  { code: 'parent', valueCode: 'none' },
  { code: 'inactive', valueBoolean: true },
  { code: 'notSelectable', valueString: 'true' },
  { code: 'weight', valueDecimal: 1.5 },
  { code: 'weight', valueInteger: 1 },
  { code: 'order', valueInteger: 1 },
  { code: 'kind', valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M' } },
  { code: 'kind', valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'none' } },
  { code: 'since', valueDateTime: '2026' },
  { code: 'none', valueString: 'a' },
];

function conceptsOf(random: Random, depth: number): Json[] {
  return some(random, 1, 3, () => ({
    code: random.pick([...words, ...words, 'a b', ' a', 'A']),
    ...maybe(random, 2, { display: random.pick(words) }),
    ...maybe(random, 4, { definition: 'a' }),
    ...maybe(random, 3, { property: some(random, 1, 2, () => random.pick(propertyValues)) }),
    ...maybe(random, 5, {
      designation: some(random, 1, 2, () => ({
        ...maybe(random, 2, { language: random.pick(['uz', 'ru']) }),
        ...maybe(random, 3, {
          use: random.pick([
            { system: 'http://snomed.info/sct', code: '900000000000013009' },
            { code: 'a' },
            { system: 'http://terminology.hl7.org/CodeSystem/designation-usage', code: 'display' },
          ]),
        }),
        value: random.pick(words),
      })),
    }),
    ...(depth < 2 && random.oneIn(4) && { concept: conceptsOf(random, depth + 1) }),
  }));
}

export const codeSystem: Grow = (random) =>
  defined('CodeSystem', 'grown-system', {
    ...maybe(random, 1, { caseSensitive: random.pick([true, false]) }),
    content: random.pick(['complete', 'complete', 'complete', 'fragment', 'example', 'supplement', 'not-present']),
    ...maybe(random, 3, { hierarchyMeaning: random.pick(['is-a', 'part-of', 'grouped-by']) }),
    ...maybe(random, 6, {
      supplements: random.pick([
        'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus',
        'http://none.test/a',
        'http://hl7.org/fhir/ValueSet/marital-status',
      ]),
    }),
    ...maybe(random, 5, {
      valueSet: random.pick([
        `${home}/ValueSet/a`,
        'http://hl7.org/fhir/ValueSet/marital-status',
        `${home}/ValueSet/grown-listed`,
      ]),
    }),
    ...maybe(random, 4, { count: 1 + random.below(6) }),
    ...maybe(random, 6, { versionNeeded: true }),
    ...maybe(random, 6, { compositional: true }),
    ...maybe(random, 8, { filter: [{ code: 'concept', operator: [random.pick(['is-a', '='])], value: 'a' }] }),
    ...maybe(random, 2, { property: some(random, 1, 3, () => random.pick(properties)) }),
    concept: conceptsOf(random, 0),
  });

const systems = [
  'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus',
  'http://terminology.hl7.org/CodeSystem/v2-0203',
  'http://hl7.org/fhir/administrative-gender',
  'http://provoked.test/codes',
  'http://loinc.org',
];
const rareSystems = [
  'http://hl7.org/fhir/ValueSet/marital-status',
  'http://hl7.org/fhir/none',
  'a',
  '#a',
  'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus|1',
];
const codes = ['M', 'S', 'MR', 'male', 'a', 'kg', 'none'];

const systemOf = (random: Random): string => random.pick(random.oneIn(8) ? rareSystems : systems);

const filters: readonly Json[] = [
  { property: 'concept', op: 'is-a', value: 'M' },
  { property: 'concept', op: 'is-a', value: 'none' },
  { property: 'concept', op: 'descendent-of', value: '_MaritalStatus' },
  { property: 'code', op: 'regex', value: 'M.*' },
  { property: 'code', op: 'regex', value: '(' },
  { property: 'display', op: '=', value: 'Married' },
  { property: 'none', op: '=', value: 'a' },
  { property: 'parent', op: 'exists', value: 'true' },
  { property: 'parent', op: 'exists', value: 'a' },
  { property: 'child', op: 'is-a', value: 'a' },
  { property: 'status', op: 'in', value: 'active,retired' },
  { property: 'status', op: 'in', value: 'active, none' },
  { property: 'inactive', op: '=', value: 'true' },
  { property: 'inactive', op: '=', value: 'yes' },
  { property: 'concept', op: 'generalizes', value: 'M' },
  { property: 'notSelectable', op: 'not-in', value: 'true' },
  { property: 'STATUS', op: '=', value: 'LIST' },
  { property: 'CLASSTYPE', op: '=', value: '1' },
];

const includeOf: Grow = (random) => ({
  ...(random.oneIn(12) ? {} : { system: systemOf(random) }),
  ...maybe(random, 6, { version: random.pick(['1.0.0', '3.0.0', '5.0.0']) }),
  ...(random.oneIn(2)
    ? {
        concept: some(random, 1, 3, () => ({
          code: random.pick(codes),
          ...maybe(random, 3, { display: random.pick(['Married', 'a', 'Male']) }),
          ...maybe(random, 6, { designation: [{ language: 'uz', value: 'a' }] }),
        })),
      }
    : maybe(random, 2, { filter: some(random, 1, 2, () => random.pick(filters)) })),
  ...maybe(random, 6, {
    valueSet: some(random, 1, 2, () =>
      random.pick(['http://hl7.org/fhir/ValueSet/marital-status', 'http://none.test/a', systems[0]!, '#a']),
    ),
  }),
});

const expansionOf: Grow = (random) => ({
  timestamp: '2026-01-31',
  ...maybe(random, 2, { identifier: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' }),
  ...maybe(random, 2, { total: random.below(4) }),
  ...maybe(random, 3, { offset: random.below(2) }),
  ...maybe(random, 2, {
    parameter: some(random, 1, 2, () =>
      random.pick([
        { name: 'count', valueInteger: 10 },
        { name: 'used-codesystem', valueUri: `${systems[0]!}|3.0.0` },
        { name: 'used-codesystem', valueUri: systems[0]! },
        { name: 'displayLanguage', valueCode: 'uz' },
        { name: 'a' },
      ]),
    ),
  }),
  contains: some(random, 0, 3, () => ({
    ...(random.oneIn(8) ? {} : { system: systems[random.below(3)]! }),
    ...maybe(random, 2, { version: '3.0.0' }),
    code: random.pick(codes),
    display: random.pick(['Married', 'a']),
    ...maybe(random, 6, { abstract: true }),
    ...maybe(random, 6, { property: [{ code: 'a', valueString: 'a' }] }),
  })),
});

export const valueSet: Grow = (random) =>
  defined('ValueSet', 'grown-set', {
    ...maybe(random, 6, { immutable: true }),
    ...(random.oneIn(10)
      ? {}
      : {
          compose: {
            ...maybe(random, 5, { inactive: random.oneIn(2) }),
            ...maybe(random, 6, { lockedDate: '2026-01-31' }),
            include: some(random, 1, 2, () => includeOf(random)),
            ...maybe(random, 3, { exclude: [includeOf(random)] }),
          },
        }),
    ...maybe(random, 5, { expansion: expansionOf(random) }),
  });

const targetOf: Grow = (random) => ({
  ...(random.oneIn(6)
    ? {}
    : random.oneIn(8)
      ? { valueSet: 'http://hl7.org/fhir/ValueSet/marital-status' }
      : { code: random.pick(codes) }),
  ...maybe(random, 3, { display: random.pick(['Married', 'a']) }),
  relationship: random.pick(['equivalent', 'source-is-narrower-than-target', 'not-related-to']),
  ...maybe(random, 6, { comment: 'a' }),
  ...maybe(random, 5, {
    property: [
      random.pick([
        { code: 'a', valueString: 'a' },
        { code: 'a', valueBoolean: true },
        { code: 'none', valueString: 'a' },
      ]),
    ],
  }),
  ...maybe(random, 5, {
    dependsOn: [
      random.pick([{ attribute: 'a', valueCode: 'a' }, { attribute: 'none', valueString: 'a' }, { attribute: 'a' }]),
    ],
  }),
});

export const conceptMap: Grow = (random) =>
  defined('ConceptMap', 'grown-map', {
    ...maybe(random, 2, {
      sourceScopeUri: random.pick(['http://hl7.org/fhir/ValueSet/marital-status', 'http://none.test/a', systems[0]!]),
    }),
    ...maybe(random, 2, {
      targetScopeCanonical: random.pick([
        'http://hl7.org/fhir/ValueSet/identifier-type',
        systems[1]!,
        'http://hl7.org/fhir/ValueSet/none',
      ]),
    }),
    ...maybe(random, 2, {
      property: [
        {
          code: 'a',
          type: random.pick(['string', 'boolean', 'code']),
          ...maybe(random, 3, { uri: 'http://provoked.test/a' }),
        },
      ],
    }),
    ...maybe(random, 2, { additionalAttribute: [{ code: 'a', type: random.pick(['code', 'string']) }] }),
    group: some(random, 1, 2, () => ({
      ...(random.oneIn(5) ? {} : { source: systemOf(random) }),
      ...(random.oneIn(5) ? {} : { target: systemOf(random) }),
      element: some(random, 1, 3, () => ({
        ...(random.oneIn(10) ? {} : { code: random.pick(codes) }),
        ...maybe(random, 3, { display: random.pick(['Married', 'a']) }),
        ...(random.oneIn(6) ? { noMap: true } : {}),
        ...(random.oneIn(6) ? {} : { target: some(random, 1, 2, () => targetOf(random)) }),
      })),
      ...maybe(random, 5, {
        unmapped: random.pick([
          { mode: 'use-source-code' },
          { mode: 'fixed', code: random.pick(codes), relationship: 'equivalent' },
          { mode: 'other-map', otherMap: 'http://none.test/a', relationship: 'equivalent' },
          { mode: 'fixed' },
        ]),
      }),
    })),
  });
