/** Topics of terminology: code systems with supplements, value sets, maps, and codes held to them. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { defined, profile } from '../provoked/definition.ts';
import { at, core, few, held, structure, turned, urlOf, type Topic } from './topic.ts';

const systemUrl = (id: string): string => urlOf('CodeSystem', `${id}-system`);

const concepts: readonly Json[] = [
  {
    code: 'a',
    display: 'A',
    definition: 'the first',
    designation: [{ language: 'uz', value: 'A uz' }],
    property: [{ code: 'weight', valueInteger: 1 }],
  },
  {
    code: 'b',
    display: 'B',
    concept: [
      { code: 'b1', display: 'B1' },
      { code: 'b2', display: 'B2', property: [{ code: 'inactive', valueBoolean: true }] },
    ],
  },
  { code: 'c', display: 'C', property: [{ code: 'status', valueCode: 'retired' }] },
  { code: 'd', display: 'D', property: [{ code: 'notSelectable', valueBoolean: true }] },
  { code: 'e', display: 'E', property: [{ code: 'status', valueCode: 'deprecated' }] },
  { code: 'f', display: 'F', property: [{ code: 'parent', valueCode: 'b' }] },
  {
    code: 'g',
    display: 'G',
    extension: [{ url: core('structuredefinition-standards-status'), valueCode: 'deprecated' }],
  },
];
const properties: readonly Json[] = [
  { code: 'weight', type: 'integer', description: 'w' },
  { code: 'inactive', uri: 'http://hl7.org/fhir/concept-properties#inactive', type: 'boolean' },
  { code: 'status', uri: 'http://hl7.org/fhir/concept-properties#status', type: 'code' },
  { code: 'notSelectable', uri: 'http://hl7.org/fhir/concept-properties#notSelectable', type: 'boolean' },
  { code: 'parent', uri: 'http://hl7.org/fhir/concept-properties#parent', type: 'code' },
];
const system = (random: Random, id: string, more: Json = {}): Json =>
  defined('CodeSystem', `${id}-system`, {
    caseSensitive: true,
    content: 'complete',
    property: properties,
    concept: concepts,
    ...at(random, 8, { caseSensitive: false }),
    ...at(random, 8, { content: random.pick(['fragment', 'example', 'not-present']) }),
    ...at(random, 10, { status: random.pick(['draft', 'retired']) }),
    ...more,
  });

const codeSystem: Topic = (random, id) => {
  const first =
    (more: Json) =>
    (one: Json): Json => {
      const [head, ...rest] = (one['concept'] as Json[] | undefined) ?? [];
      return { ...one, concept: [{ ...head!, ...more }, ...rest] };
    };
  return {
    resource: turned(
      random,
      {
        ...system(random, id),
        ...at(random, 2, { count: random.pick([7, 9, 3]) }),
        ...at(random, 2, { hierarchyMeaning: random.pick(['is-a', 'part-of', 'none']) }),
      },
      [
        first({ code: 'b' }),
        first({ code: 'A' }),
        first({ code: undefined }),
        first({ code: 'a b' }),
        first({ code: ' a' }),
        first({ display: undefined }),
        first({ display: 'B' }),
        first({ definition: undefined }),
        first({ property: [{ code: 'none', valueString: 'a' }] }),
        first({ property: [{ code: 'weight', valueString: 'a' }] }),
        first({ property: [{ code: 'weight' }] }),
        first({ property: [{ code: 'parent', valueCode: 'none' }] }),
        first({ property: [{ code: 'status', valueCode: 'none' }] }),
        first({
          property: [
            { code: 'weight', valueInteger: 1 },
            { code: 'weight', valueInteger: 1 },
          ],
        }),
        first({
          property: [
            { code: 'inactive', valueBoolean: true },
            { code: 'status', valueCode: 'active' },
          ],
        }),
        first({
          designation: [
            { language: 'uz', value: 'A' },
            { language: 'uz', value: 'A' },
          ],
        }),
        first({
          designation: [
            { use: { system: 'http://terminology.hl7.org/CodeSystem/designation-usage', code: 'display' }, value: 'A' },
          ],
        }),
        first({ designation: [{ use: { code: 'a' }, value: 'A' }] }),
        first({ designation: [{ language: 'uz' }] }),
        first({ concept: [{ code: 'a', display: 'again' }] }),
        { property: [...properties, { code: 'weight', type: 'string' }] },
        {
          property: [...properties, { code: 'x', uri: 'http://hl7.org/fhir/concept-properties#none', type: 'string' }],
        },
        {
          property: [
            ...properties,
            { code: 'x', uri: 'http://hl7.org/fhir/concept-properties#inactive', type: 'boolean' },
          ],
        },
        { property: [...properties, { code: 'comment', type: 'integer' }] },
        { property: [...properties, { code: 'x', uri: 'a', type: 'Coding' }] },
        { property: undefined },
        { supplements: 'http://hl7.org/fhir/administrative-gender' },
        { content: 'supplement' },
        { content: 'none' },
        { content: undefined },
        { content: 'not-present' },
        { valueSet: 'http://none.test/ValueSet/a' },
        { valueSet: 'a' },
        { valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender' },
        { url: 'a' },
        { url: undefined },
        { url: 'http://hl7.org/fhir/administrative-gender' },
        { url: 'urn:oid:1.2.3' },
        { versionNeeded: true, version: undefined },
        { compositional: true },
        { caseSensitive: undefined },
        { hierarchyMeaning: undefined },
        { filter: [{ code: 'weight', operator: ['='], value: 'a' }] },
        { filter: [{ code: 'none', operator: ['none'], value: 'a' }] },
        { concept: undefined },
        { concept: [] },
        { experimental: undefined },
        { identifier: [{ system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.3' }] },
        { name: 'a b' },
        { count: 0 },
      ],
    ),
  };
};

const supplement: Topic = (random, id) => {
  const own = defined('CodeSystem', id, {
    content: 'supplement',
    supplements: systemUrl(id) + random.pick(['', '', '|1.0.0', '|2.0.0']),
    ...at(random, 2, { property: [{ code: 'note', type: 'string' }] }),
    concept: few(random, [
      { code: 'a', designation: [{ language: 'ru', value: 'А' }] },
      { code: 'b1', property: [{ code: 'note', valueString: 'n' }] },
      { code: 'none', display: 'N' },
      { code: 'a', display: 'A2' },
      { code: 'b', concept: [{ code: 'b2', display: 'x' }] },
      { code: 'c', property: [{ code: 'weight', valueInteger: 2 }] },
    ]),
  });
  return {
    resource: turned(random, own, [
      { supplements: undefined },
      { supplements: 'http://none.test/CodeSystem/a' },
      { supplements: 'a' },
      { content: 'complete' },
      { caseSensitive: true },
      { hierarchyMeaning: 'is-a' },
      { valueSet: 'http://none.test/a' },
      { compositional: false },
      { count: 2 },
      { count: 9 },
      { supplements: 'http://hl7.org/fhir/ValueSet/administrative-gender' },
      { supplements: 'http://loinc.org' },
      { versionNeeded: false },
      { url: undefined },
      { concept: undefined },
    ]),
    definitions: [system(random, id)],
  };
};

const filters: readonly Json[] = [
  { property: 'concept', op: 'is-a', value: 'b' },
  { property: 'concept', op: 'descendent-of', value: 'b' },
  { property: 'concept', op: 'is-not-a', value: 'b' },
  { property: 'concept', op: 'is-a', value: 'none' },
  { property: 'concept', op: 'generalizes', value: 'b1' },
  { property: 'concept', op: 'in', value: 'a,b' },
  { property: 'concept', op: 'child-of', value: 'b' },
  { property: 'weight', op: '=', value: '1' },
  { property: 'weight', op: '=', value: 'x' },
  { property: 'weight', op: 'exists', value: 'true' },
  { property: 'weight', op: 'exists', value: 'x' },
  { property: 'none', op: '=', value: 'x' },
  { property: 'inactive', op: '=', value: 'true' },
  { property: 'inactive', op: '=', value: 'x' },
  { property: 'status', op: 'in', value: 'active,retired' },
  { property: 'status', op: '=', value: 'none' },
  { property: 'display', op: 'regex', value: 'B.*' },
  { property: 'code', op: 'regex', value: '[' },
  { property: 'notSelectable', op: '=', value: 'false' },
  { property: 'parent', op: '=', value: 'b' },
  { property: 'parent', op: 'is-a', value: 'none' },
  { property: 'child', op: 'exists', value: 'false' },
  { property: 'code', op: '=', value: 'a' },
  { property: 'weight', op: 'none', value: '1' },
  { property: 'weight', op: '=' },
  { op: '=', value: 'a' },
];
const include = (random: Random, id: string): Json =>
  random.pick<Json>([
    { system: systemUrl(id) },
    {
      system: systemUrl(id),
      concept: few(random, [
        { code: 'a', display: 'A' },
        { code: 'b1', display: 'wrong' },
        { code: 'none' },
        { code: 'c' },
        { code: 'd' },
        { code: 'a' },
        { code: 'a', designation: [{ language: 'uz', value: 'x' }] },
      ]),
    },
    { system: systemUrl(id), filter: [random.pick(filters)] },
    { system: systemUrl(id), filter: [random.pick(filters), random.pick(filters)] },
    {
      system: systemUrl(id),
      version: random.pick(['1.0.0', '2.0.0', '*']),
      ...at(random, 2, { concept: [{ code: 'a' }] }),
    },
    { valueSet: [urlOf('ValueSet', `${id}-inner`)] },
    { valueSet: [urlOf('ValueSet', `${id}-inner`), 'http://none.test/ValueSet/x'] },
    { valueSet: [systemUrl(id)] },
    { system: urlOf('ValueSet', `${id}-inner`) },
    { system: systemUrl(id), valueSet: [urlOf('ValueSet', `${id}-inner`)] },
    {
      system: 'http://hl7.org/fhir/administrative-gender',
      concept: [{ code: 'male', display: 'Male' }, { code: 'x' }],
    },
    { system: 'http://loinc.org', filter: [{ property: 'STATUS', op: '=', value: 'ACTIVE' }] },
    { system: 'http://snomed.info/sct', filter: [{ property: 'concept', op: 'is-a', value: '1' }] },
    { system: 'http://none.test/cs', concept: [{ code: 'a' }] },
    { system: 'a' },
    {},
    { concept: [{ code: 'a' }] },
    { system: 'http://unitsofmeasure.org', concept: [{ code: 'kg' }, { code: 'xx' }] },
    { system: 'urn:ietf:bcp:47', concept: [{ code: 'uz' }] },
    { system: `${systemUrl(id)}|1.0.0` },
    { system: systemUrl(id), concept: [{ code: 'a' }], filter: [filters[0]!] },
  ]);
const valueSet = (random: Random, id: string, name = id, more: Json = {}): Json =>
  defined('ValueSet', name, {
    compose: {
      include: Array.from({ length: 1 + random.below(2) }, () => include(random, id)),
      ...at(random, 4, { exclude: [include(random, id)] }),
      ...at(random, 4, { inactive: random.oneIn(2) }),
    },
    ...more,
  });
const inner = (random: Random, id: string): Json =>
  defined('ValueSet', `${id}-inner`, {
    compose: { include: [{ system: systemUrl(id), concept: [{ code: 'a' }, { code: 'b1' }, { code: 'c' }] }] },
    ...at(random, 8, { status: 'draft' }),
  });

const valueSets: Topic = (random, id) => {
  const expansion = (more: Json): Json => ({ expansion: { timestamp: '2026-01-31T10:00:00Z', ...more } });
  return {
    resource: turned(random, valueSet(random, id), [
      expansion({ contains: [{ system: systemUrl(id), code: 'a', display: 'A' }] }),
      expansion({ contains: [{ system: systemUrl(id), code: 'none' }], total: 5 }),
      expansion({ contains: [{ code: 'a' }] }),
      expansion({ contains: [{ display: 'a' }] }),
      expansion({
        contains: [{ system: systemUrl(id), code: 'a', contains: [{ system: systemUrl(id), code: 'a' }] }],
        parameter: [{ name: 'version', valueUri: `${systemUrl(id)}|1.0.0` }],
      }),
      expansion({
        property: [{ code: 'x' }],
        contains: [{ system: systemUrl(id), code: 'a', property: [{ code: 'y', valueCode: 'a' }] }],
      }),
      expansion({ next: 'a' }),
      {
        extension: [
          {
            url: core('valueset-supplement'),
            valueCanonical: random.pick([
              'http://none.test/CodeSystem/s',
              systemUrl(id),
              urlOf('CodeSystem', `${id}-more`),
            ]),
          },
        ],
      },
      { compose: { include: [] } },
      { compose: undefined },
      { immutable: true },
      { scope: { inclusionCriteria: 'a' } },
      { scope: {} },
      { url: undefined },
      { url: 'a' },
      { url: systemUrl(id) },
      { name: undefined },
      { status: 'none' },
      { compose: { lockedDate: '2026-01', include: [{ system: systemUrl(id) }] } },
      { compose: { property: ['a', 'none'], include: [{ system: systemUrl(id) }] } },
    ]),
    definitions: [system(random, id), inner(random, id)],
  };
};

const maps: Topic = (random, id) => {
  const target = (more: Json): Json => ({ code: 'male', relationship: 'equivalent', ...more });
  const made = defined('ConceptMap', id, {
    ...at(random, 2, {
      sourceScopeCanonical: urlOf('ValueSet', `${id}-inner`),
      targetScopeCanonical: 'http://hl7.org/fhir/ValueSet/administrative-gender',
    }),
    ...at(random, 4, {
      property: [
        { code: 'p', type: 'code', system: systemUrl(id) },
        { code: 'q', type: 'string' },
      ],
      additionalAttribute: [{ code: 'attr', type: 'Coding' }],
    }),
    group: [
      {
        source: random.pick([
          systemUrl(id),
          systemUrl(id),
          `${systemUrl(id)}|1.0.0`,
          `${systemUrl(id)}|2`,
          'http://none.test/cs',
          urlOf('ValueSet', `${id}-inner`),
          'a',
        ]),
        target: random.pick([
          'http://hl7.org/fhir/administrative-gender',
          'http://hl7.org/fhir/administrative-gender',
          'http://hl7.org/fhir/ValueSet/administrative-gender',
          'http://loinc.org',
        ]),
        element: [
          {
            code: random.pick(['a', 'b1', 'none', 'd', 'b']),
            ...at(random, 3, { display: random.pick(['A', 'x']) }),
            target: [
              target(
                random.pick<Json>([
                  {},
                  {},
                  { code: 'none' },
                  { display: 'x' },
                  { display: 'Male' },
                  { relationship: 'none' },
                  { code: undefined },
                  { valueSet: 'http://none.test/ValueSet/a', code: undefined },
                  { property: [{ code: 'p', valueCode: 'a' }] },
                  { property: [{ code: 'p', valueCode: 'none' }] },
                  { property: [{ code: 'none', valueString: 'a' }] },
                  { property: [{ code: 'q', valueInteger: 1 }] },
                  { dependsOn: [{ attribute: 'attr', valueCoding: { code: 'a' } }] },
                  { dependsOn: [{ attribute: 'none', valueString: 'a' }] },
                  { product: [{ attribute: 'attr', valueString: 'a' }] },
                  { comment: 'a', relationship: 'not-related-to' },
                ]),
              ),
            ],
          },
          random.pick<Json>([
            { code: 'c', noMap: true },
            { code: 'c', noMap: true, target: [target({})] },
            { code: 'c' },
            { valueSet: urlOf('ValueSet', `${id}-inner`), target: [target({})] },
            { code: 'a', valueSet: 'a', target: [target({})] },
            { code: 'c', target: [target({ code: 'female' }), target({ code: 'female' })] },
          ]),
        ],
        ...at(random, 4, {
          unmapped: random.pick<Json>([
            { mode: 'fixed', code: 'unknown', relationship: 'equivalent' },
            { mode: 'fixed', code: 'none' },
            { mode: 'use-source-code' },
            { mode: 'other-map', otherMap: 'http://none.test/a' },
            { mode: 'fixed' },
            { mode: 'fixed', valueSet: 'a', code: 'b' },
          ]),
        }),
      },
    ],
  });
  return {
    resource: turned(random, made, [
      { group: undefined },
      { group: [{ element: [{ code: 'a' }] }] },
      { sourceScopeUri: systemUrl(id) },
      { sourceScopeCanonical: systemUrl(id) },
      { targetScopeCanonical: 'http://none.test/a' },
      { url: undefined },
      { identifier: [{ value: '1' }] },
    ]),
    definitions: [system(random, id), inner(random, id)],
  };
};

/** A definition with a code that there is not cannot be loaded. */
const readable = (resource: Json): Json =>
  JSON.parse(JSON.stringify(resource).replaceAll('"op":"none"', '"op":"="')) as Json;

/** Codes in each type of place, by each strength, against any of the above. */
const codesHeld: Topic = (random, id) => {
  const strength = random.pick(['required', 'required', 'extensible', 'preferred', 'example']);
  const binding = {
    strength,
    valueSet: random.oneIn(8)
      ? random.pick([
          'http://none.test/ValueSet/a',
          systemUrl(id),
          `${urlOf('ValueSet', id)}|1.0.0`,
          `${urlOf('ValueSet', id)}|7`,
        ])
      : urlOf('ValueSet', id),
  };
  const [path, type, place] = random.pick<readonly [string, string, (coding: Json) => Json]>([
    ['Observation.value[x]', 'CodeableConcept', (coding) => ({ valueCodeableConcept: { coding: [coding] } })],
    [
      'Observation.interpretation',
      'CodeableConcept',
      (coding) => ({ interpretation: [{ coding: [{ system: 'http://none.test/x', code: 'x' }, coding] }] }),
    ],
    [
      'Observation.category',
      'CodeableConcept',
      (coding) => ({ category: [{ coding: [coding, { ...coding, code: 'b1' }], text: 'a' }] }),
    ],
    ['Observation.value[x]', 'string', (coding) => ({ valueString: coding['code'] })],
    [
      'Observation.value[x]',
      'Quantity',
      (coding) => ({ valueQuantity: { value: 1, system: coding['system'], code: coding['code'] } }),
    ],
    ['Observation.meta.tag', 'Coding', (coding) => ({ meta: { profile: [structure(id)], tag: [coding] } })],
    ['Observation.language', 'code', (coding) => ({ language: coding['code'] })],
  ]);
  const coding: Json = {
    ...(random.oneIn(8)
      ? {}
      : {
          system: random.pick([
            systemUrl(id),
            systemUrl(id),
            systemUrl(id),
            systemUrl(id),
            'http://hl7.org/fhir/administrative-gender',
            urlOf('ValueSet', `${id}-inner`),
            'none',
            'http://none.test/cs',
            `${systemUrl(id)}|1.0.0`,
          ]),
        }),
    ...at(random, 6, { version: random.pick(['1.0.0', '2.0.0']) }),
    ...(random.oneIn(10)
      ? {}
      : { code: random.pick(['a', 'a', 'A', 'b', 'b1', 'b2', 'c', 'd', 'e', 'f', 'g', 'none']) }),
    ...at(random, 3, { display: random.pick(['A', 'a', 'A uz', 'wrong', '', 'A ']) }),
    ...at(random, 8, { userSelected: true }),
  };
  const made = profile(id, 'Observation', {
    [path]: { ...(path.endsWith('[x]') && { type: [{ code: type }] }), binding },
  });
  const resource = held(
    { resourceType: 'Observation', status: 'final', code: { text: 'a' }, ...at(random, 6, { language: 'uz' }) },
    structure(id),
  );
  return {
    resource: { ...resource, ...place(coding) },
    definitions: [made, readable(valueSet(random, id)), system(random, id), inner(random, id)],
  };
};

export const terminologyTopics: Readonly<Record<string, Topic>> = {
  'code systems': codeSystem,
  supplements: supplement,
  'value sets': valueSets,
  'value sets again': valueSets,
  maps,
  'codes held': codesHeld,
  'codes again': codesHeld,
};
