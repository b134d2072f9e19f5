/** Code systems, value sets and concept maps by what the specification states of their parts. https://hl7.org/fhir/R5/terminology-module.html */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { added, inItem, inObject, inResource, listed, type Fault, type Faults } from '../faults/fault.ts';

const props = 'http://hl7.org/fhir/concept-properties';
const marital = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus';

const inSystem = (change: (system: Json, random: Random) => Json | undefined): Fault =>
  inResource('CodeSystem', change);
const inSet = (change: (set: Json, random: Random) => Json | undefined): Fault => inResource('ValueSet', change);
const inCompose = (change: (include: Json, random: Random) => Json | undefined): Fault =>
  inObject('ValueSet.compose.include ValueSet.compose.exclude', change);
const inMap = (change: (map: Json, random: Random) => Json | undefined): Fault => inResource('ConceptMap', change);
const inGroup = (change: (group: Json, random: Random) => Json | undefined): Fault =>
  inObject('ConceptMap.group', change);
const oneOf =
  (choices: readonly Json[]) =>
  (one: Json, random: Random): Json => ({ ...one, ...random.pick(choices) });

/** A property of concepts, declared and used, of types that fit or do not. */
const properties: readonly { readonly declared: Json; readonly used: Json }[] = [
  { declared: { code: 'status', uri: `${props}#status`, type: 'code' }, used: { valueCode: 'none' } },
  { declared: { code: 'status', uri: `${props}#status`, type: 'string' }, used: { valueString: 'active' } },
  { declared: { code: 'inactive', uri: `${props}#inactive`, type: 'boolean' }, used: { valueBoolean: true } },
  { declared: { code: 'inactive', uri: `${props}#inactive`, type: 'string' }, used: { valueString: 'true' } },
  {
    declared: { code: 'effectiveDate', uri: `${props}#effectiveDate`, type: 'dateTime' },
    used: { valueDateTime: '2026' },
  },
  {
    declared: { code: 'deprecationDate', uri: `${props}#deprecationDate`, type: 'string' },
    used: { valueString: 'a' },
  },
  { declared: { code: 'parent', uri: `${props}#parent`, type: 'code' }, used: { valueCode: 'no-such' } },
  { declared: { code: 'child', uri: `${props}#child`, type: 'string' }, used: { valueString: 'no-such' } },
  { declared: { code: 'notSelectable', uri: `${props}#notSelectable`, type: 'boolean' }, used: { valueCode: 'true' } },
  { declared: { code: 'synonym', uri: `${props}#synonym`, type: 'code' }, used: { valueCode: 'no-such' } },
  { declared: { code: 'partOf', uri: `${props}#partOf`, type: 'code' }, used: { valueCode: 'no-such' } },
  { declared: { code: 'itemWeight', uri: `${props}#itemWeight`, type: 'decimal' }, used: { valueDecimal: 1 } },
  { declared: { code: 'comment', uri: `${props}#comment`, type: 'code' }, used: { valueCode: 'a' } },
  { declared: { code: 'x', uri: `${props}#none`, type: 'string' }, used: { valueString: 'a' } },
  { declared: { code: 'x', uri: 'a', type: 'none' }, used: { valueString: 'a' } },
  { declared: { code: 'x y', type: 'string' }, used: { valueString: 'a' } },
  { declared: { code: 'x', type: 'Coding' }, used: { valueCoding: { system: marital, code: 'none' } } },
  { declared: { code: 'x', type: 'integer' }, used: { valueInteger: 1 } },
  { declared: { code: 'x', type: 'integer' }, used: {} },
  { declared: { code: 'parent', type: 'string' }, used: { valueString: 'a' } },
];

export const systemFaults: Faults = {
  'system with a property': inSystem((one, random) => {
    const { declared, used } = random.pick(properties);
    const changed = inItem(one, 'concept', random, (concept) =>
      added(concept, 'property', { code: random.oneIn(10) ? 'none' : declared['code'], ...used }),
    );
    return changed && added(changed, 'property', declared);
  }),
  'system of another content': inSystem((one, random) => ({
    ...one,
    content: random.pick(['not-present', 'example', 'fragment', 'complete', 'supplement']),
  })),
  'system with flags': inSystem(
    oneOf([
      { caseSensitive: false },
      { caseSensitive: true },
      { compositional: true },
      { versionNeeded: true },
      { hierarchyMeaning: 'part-of' },
      { hierarchyMeaning: 'none' },
      { versionNeeded: true, version: undefined },
      { experimental: true },
    ]),
  ),
  'system with a value set': inSystem((one, random) => ({
    ...one,
    valueSet: random.pick([
      'http://hl7.org/fhir/ValueSet/marital-status',
      'http://example.org/none',
      'a',
      String(one['url']),
      'http://terminology.hl7.org/ValueSet/v3-MaritalStatus|1',
    ]),
  })),
  'system with a filter': inSystem((one, random) =>
    added(
      one,
      'filter',
      random.pick([
        { code: 'a', operator: ['='], value: 'a' },
        { code: 'concept', operator: ['is-a'], value: 'a' },
        { code: 'a b', operator: ['like'], value: 'a' },
        { code: 'a', value: 'a' },
        { code: 'none', operator: ['exists'], value: 'true' },
      ]),
    ),
  ),
  'system that supplements': inSystem((one, random) => ({
    ...one,
    content: random.pick(['supplement', 'complete']),
    supplements: random.pick([
      marital,
      `${marital}|1.0`,
      'http://example.org/none',
      'http://hl7.org/fhir/ValueSet/marital-status',
      'a',
    ]),
  })),
  'concept within a concept': inSystem((one, random) => {
    const codes = listed(one, 'concept').map(({ code }) => code);
    return inItem(one, 'concept', random, (concept) =>
      added(concept, 'concept', { code: random.pick(['new', ...codes.slice(0, 2)]), display: 'a' }),
    );
  }),
  'concept with a designation': inSystem((one, random) =>
    inItem(one, 'concept', random, (concept) =>
      added(
        concept,
        'designation',
        random.pick<Json>([
          { language: 'none-a', value: 'a' },
          { language: 'uz', value: 'a' },
          { use: { code: 'a' }, value: 'a' },
          { use: { system: 'http://terminology.hl7.org/CodeSystem/designation-usage', code: 'none' }, value: 'a' },
          {
            use: {
              system: 'http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra',
              code: 'preferredForLanguage',
              display: 'a',
            },
            value: 'a',
          },
          { value: concept['display'] ?? 'a' },
          { language: 'en', value: concept['display'] ?? 'a' },
          { additionalUse: [{ code: 'a' }], value: 'a' },
          { additionalUse: [{ code: 'a' }], use: { system: 'a', code: 'a' }, value: 'a' },
          { language: 'en' },
        ]),
      ),
    ),
  ),
  'concept of the code in another case': inSystem((one, random) => {
    const concepts = listed(one, 'concept');
    if (concepts.length === 0) return undefined;
    const { code } = random.pick(concepts);
    const text = String(code);
    return added(one, 'concept', {
      code: text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase(),
      display: 'a',
    });
  }),
  'concept without its parts': inSystem((one, random) =>
    inItem(one, 'concept', random, (concept) => ({
      ...concept,
      [random.pick(['code', 'display', 'definition'])]: random.pick([undefined, '', ' ', 5, 'a\tb']),
    })),
  ),
};

const filters: readonly Json[] = [
  { property: 'concept', op: 'is-a', value: 'M' },
  { property: 'concept', op: 'is-a', value: 'M x' },
  { property: 'concept', op: 'in', value: 'http://example.org/none' },
  { property: 'code', op: 'in', value: 'M,S' },
  { property: 'code', op: 'regex', value: '[' },
  { property: 'display', op: 'regex', value: 'M+' },
  { property: 'designation', op: '=', value: 'M' },
  { property: 'parent', op: '=', value: 'none' },
  { property: 'child', op: 'exists', value: 'yes' },
  { property: 'status', op: '=', value: 'active' },
  { property: 'inactive', op: 'exists', value: 'false' },
  { property: 'inactive', op: '=', value: 'False' },
  { property: 'notSelectable', op: '=', value: 'true' },
  { property: 'deprecationDate', op: '=', value: 'a' },
  { property: 'none', op: 'exists', value: 'true' },
  { property: 'concept', op: 'child-of', value: 'M' },
  { property: 'concept', op: 'descendent-leaf', value: 'M' },
  { property: 'concept', op: 'is-not-a', value: 'none' },
  { property: 'concept', op: 'none', value: 'M' },
  { property: 'concept', op: 'is-a' },
  { property: 'concept', value: 'M' },
  { op: 'is-a', value: 'M' },
  { property: 'order', op: '=', value: '1' },
  { property: 'http://example.org/none', op: '=', value: '1' },
];
const filteredSystems = [
  marital,
  'http://loinc.org',
  'http://snomed.info/sct',
  'http://unitsofmeasure.org',
  'urn:ietf:bcp:47',
  'http://hl7.org/fhir/administrative-gender',
  'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  'http://terminology.hl7.org/CodeSystem/v3-RoleCode',
  'http://example.org/none',
];

const contains: readonly Json[] = [
  { code: 'a' },
  { system: marital },
  { system: marital, code: 'M', contains: [{ system: marital, code: 'M' }] },
  { system: marital, code: 'none' },
  { system: marital, code: 'M', display: 'a' },
  { system: marital, code: 'M', abstract: true, inactive: true },
  { abstract: true, display: 'a' },
  { abstract: false, display: 'a' },
  { display: 'a' },
  { system: 'a', code: 'a' },
  { system: 'http://hl7.org/fhir/ValueSet/marital-status', code: 'M' },
  { system: marital, version: '0', code: 'M' },
  { system: marital, code: 'M', property: [{ code: 'none', valueString: 'a' }] },
  { system: marital, code: 'M', designation: [{ language: 'none-a', value: 'a' }] },
];
const parameters: readonly Json[] = [
  { name: 'none', valueString: 'a' },
  { name: 'count', valueString: '5' },
  { name: 'displayLanguage', valueCode: 'none-x' },
  { name: 'used-codesystem', valueUri: `${marital}|0` },
  { name: 'used-codesystem', valueUri: 'http://example.org/none' },
  { name: 'used-valueset', valueUri: 'http://example.org/none' },
  { name: 'version', valueUri: marital },
  { name: 'excludeNested', valueBoolean: true },
  { name: 'offset' },
  { name: '', valueBoolean: true },
];

export const setFaults: Faults = {
  'set with a filter': inCompose((one, random) => ({
    ...one,
    concept: undefined,
    system: random.pick(filteredSystems),
    filter: [random.pick(filters)],
  })),
  'set with another filter beside': inCompose((one, random) => added(one, 'filter', random.pick(filters))),
  'set that includes': inSet((one, random) => {
    const include = random.pick<Json>([
      { system: String(one['url']) },
      { valueSet: [String(one['url'])] },
      { valueSet: ['#a'] },
      { valueSet: [marital] },
      { system: marital, version: '*' },
      { system: marital, version: 'none' },
      { system: `${marital}|1` },
      { system: marital, concept: [{ code: 'M' }, { code: 'M' }] },
      { system: marital, concept: [{ code: 'm' }] },
      { system: marital, concept: [{ code: 'M', display: 'married' }] },
      { system: marital, concept: [{ code: 'M', display: 'MARRIED ' }] },
      { system: marital, concept: [{ code: 'M', designation: [{ value: 'Married' }] }] },
      { system: marital, concept: [{}] },
      { system: 'http://unitsofmeasure.org', concept: [{ code: 'none' }] },
      { system: 'urn:ietf:bcp:13', concept: [{ code: 'text' }] },
      { system: 'urn:iso:std:iso:3166', concept: [{ code: 'ZZ' }] },
      { system: 'http://loinc.org', concept: [{ code: '1' }] },
      { system: 'http://snomed.info/sct', concept: [{ code: 'a' }] },
      { system: 'urn:oid:2.16.840.1.113883.5.2', concept: [{ code: 'M' }] },
      { copyright: 'a', system: marital },
      { concept: [{ code: 'a' }] },
      {},
    ]);
    const compose = (one['compose'] as Json | undefined) ?? {};
    return { ...one, compose: added(compose, random.pick(['include', 'include', 'exclude']), include) };
  }),
  'set with a date or a flag': inSet((one, random) => ({
    ...one,
    compose: {
      ...(one['compose'] as Json | undefined),
      ...random.pick<Json>([
        { lockedDate: '2026' },
        { lockedDate: '2026-13' },
        { inactive: true },
        { property: ['none'] },
        { property: ['status', 'status'] },
        { include: [] },
        { exclude: [{}] },
      ]),
    },
  })),
  'set with an expansion': inSet((one, random) => ({
    ...one,
    expansion: {
      timestamp: random.pick(['2026-01-01', '2026-01-01T10:00:00Z', undefined]),
      ...random.pick<Json>([
        {},
        { total: 0 },
        { total: 5 },
        { offset: 1 },
        { identifier: 'a' },
        { next: 'http://example.org' },
      ]),
      ...(random.oneIn(2) && { parameter: [random.pick(parameters)] }),
      ...(random.oneIn(4) && {
        property: [random.pick([{ code: 'a' }, { code: 'a', uri: `${props}#none` }, { uri: 'a' }])],
      }),
      contains: [random.pick(contains), random.pick(contains)],
    },
  })),
  'set with a scope': inSet((one, random) => ({
    ...one,
    scope: random.pick<Json>([{}, { inclusionCriteria: 'a' }, { exclusionCriteria: ' ' }]),
  })),
  'set that is immutable': inSet((one, random) => ({ ...one, immutable: random.pick([true, 'true', 1]) })),
};

export const mapFaults: Faults = {
  'map with a group': inMap((one, random) => {
    const group = random.pick<Json>([
      {
        source: marital,
        target: 'http://hl7.org/fhir/administrative-gender',
        element: [{ code: 'M', target: [{ code: 'male', relationship: 'equivalent' }] }],
      },
      { source: marital, element: [{ code: 'M', target: [{ code: 'male', relationship: 'equivalent' }] }] },
      { target: marital, element: [{ code: 'M', target: [{ code: 'M', relationship: 'equivalent' }] }] },
      {
        source: marital,
        target: marital,
        element: [{ code: 'none', target: [{ code: 'none', relationship: 'not-related-to' }] }],
      },
      {
        source: marital,
        target: marital,
        element: [{ code: 'M', display: 'x', target: [{ code: 'M', display: 'x', relationship: 'equivalent' }] }],
      },
      {
        source: marital,
        target: marital,
        element: [{ code: 'M', noMap: true, target: [{ code: 'M', relationship: 'equivalent' }] }],
      },
      { source: marital, target: marital, element: [{ code: 'M', noMap: false }] },
      { source: marital, target: marital, element: [{ code: 'M' }] },
      {
        source: marital,
        target: marital,
        element: [{ valueSet: 'http://hl7.org/fhir/ValueSet/marital-status', code: 'M', target: [] }],
      },
      {
        source: marital,
        target: marital,
        element: [
          {
            valueSet: 'http://example.org/none',
            target: [{ valueSet: 'http://example.org/none', relationship: 'equivalent' }],
          },
        ],
      },
      { source: marital, target: marital, element: [{ code: 'M', target: [{ relationship: 'equivalent' }] }] },
      {
        source: marital,
        target: marital,
        element: [
          {
            code: 'M',
            target: [
              { code: 'M', valueSet: 'http://hl7.org/fhir/ValueSet/marital-status', relationship: 'equivalent' },
            ],
          },
        ],
      },
      {
        source: marital,
        target: marital,
        element: [{ code: 'M', target: [{ code: 'M', relationship: 'relatedto' }] }],
      },
      {
        source: marital,
        target: marital,
        element: [{ code: 'M', target: [{ code: 'M', relationship: 'source-is-broader-than-target' }] }],
      },
      {
        source: `${marital}|1`,
        target: `${marital}|none`,
        element: [{ code: 'M', target: [{ code: 'M', relationship: 'equivalent' }] }],
      },
      {
        source: 'http://hl7.org/fhir/ValueSet/marital-status',
        target: 'a',
        element: [{ code: 'M', target: [{ code: 'M', relationship: 'equivalent' }] }],
      },
      { source: marital, target: marital, element: [] },
      { source: marital, target: marital },
      {
        source: marital,
        target: marital,
        element: [
          { code: 'M', target: [{ code: 'M', relationship: 'equivalent' }] },
          { code: 'M', target: [{ code: 'S', relationship: 'equivalent' }] },
        ],
      },
    ]);
    return added(one, 'group', group);
  }),
  'map of what is unmapped': inGroup((one, random) => ({
    ...one,
    unmapped: random.pick<Json>([
      { mode: 'fixed' },
      { mode: 'fixed', code: 'none' },
      { mode: 'fixed', code: 'M', valueSet: 'http://hl7.org/fhir/ValueSet/marital-status' },
      { mode: 'other-map' },
      { mode: 'other-map', otherMap: 'http://example.org/none' },
      { mode: 'other-map', otherMap: 'a', code: 'a' },
      { mode: 'use-source-code', code: 'a' },
      { mode: 'use-source-code', relationship: 'equivalent' },
      { mode: 'use-source-code', relationship: 'none' },
      { mode: 'provided' },
      { code: 'a' },
    ]),
  })),
  'map with a dependency': inObject('ConceptMap.group.element.target', (one, random) => ({
    ...one,
    [random.pick(['dependsOn', 'product'])]: [
      random.pick<Json>([
        { attribute: 'none', valueCode: 'a' },
        { attribute: 'a', valueString: 'a', valueSet: 'http://example.org/none' },
        { attribute: 'a' },
        { valueCode: 'a' },
        { attribute: 'a', valueCoding: { system: marital, code: 'none' } },
      ]),
    ],
  })),
  'map with a property': inMap((one, random) => {
    const declared = random.pick<Json>([
      { code: 'x', type: 'code' },
      { code: 'x', type: 'code', system: marital },
      { code: 'x', type: 'Coding' },
      { code: 'x', type: 'string', uri: 'a' },
      { code: 'x', type: 'none' },
      { code: 'x y', type: 'string' },
    ]);
    const value = random.pick<Json>([
      { valueCode: 'M' },
      { valueCode: 'none' },
      { valueString: 'a' },
      { valueCoding: { system: marital, code: 'none' } },
      { valueBoolean: true },
    ]);
    const [group, ...rest] = listed(one, 'group');
    const [element, ...elements] = group === undefined ? [] : listed(group, 'element');
    const [target, ...targets] = element === undefined ? [] : listed(element, 'target');
    if (target === undefined) return undefined;
    const changed = {
      ...element,
      target: [added(target, 'property', { code: random.oneIn(5) ? 'none' : 'x', ...value }), ...targets],
    };
    return { ...added(one, 'property', declared), group: [{ ...group, element: [changed, ...elements] }, ...rest] };
  }),
  'map with an attribute': inMap((one, random) =>
    added(
      one,
      'additionalAttribute',
      random.pick<Json>([
        { code: 'a', type: 'code' },
        { code: 'a', type: 'none' },
        { code: 'a b', type: 'string', uri: 'a' },
        { type: 'code' },
      ]),
    ),
  ),
  'map of a scope': inMap((one, random) => ({
    ...one,
    [random.pick(['sourceScopeCanonical', 'sourceScopeUri', 'targetScopeCanonical', 'targetScopeUri'])]: random.pick([
      'http://hl7.org/fhir/ValueSet/marital-status',
      'http://hl7.org/fhir/ValueSet/administrative-gender|1',
      'http://example.org/none',
      'a',
      marital,
    ]),
  })),
  'map with a target changed': inObject('ConceptMap.group.element.target', (one, random) => ({
    ...one,
    ...random.pick<Json>([
      { relationship: 'not-related-to', comment: undefined },
      { relationship: 'equal' },
      { code: 'none' },
      { display: 'x' },
      { code: undefined },
      { comment: '' },
    ]),
  })),
};
