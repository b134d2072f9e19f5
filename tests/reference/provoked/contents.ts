/** Provocations in code systems, value sets and concept maps. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { defined, home, type Provocations } from './definition.ts';

const colours = `${home}/CodeSystem/colours`;
const hl7 = 'http://hl7.org/fhir';
const tho = 'http://terminology.hl7.org/CodeSystem';

const system = (more: Json, concept: readonly Json[] = [{ code: 'a', display: 'A', definition: 'A' }]): Json =>
  defined('CodeSystem', 'tested', { content: 'complete', caseSensitive: true, concept, ...more });
const declared = (property: Json, value: Json): Json =>
  system({ property: [property] }, [
    { code: 'a', display: 'A', definition: 'A', property: [value] },
    { code: 'b', display: 'B', definition: 'B' },
  ]);
const supplement = (more: Json, concept: readonly Json[] = [{ code: 'red' }]): Json =>
  defined('CodeSystem', 'tested', { content: 'supplement', supplements: colours, concept, ...more });

const codeSystems: Provocations = {
  'code system at fault': [
    system({ count: 5 }),
    system({ content: 'fragment', count: 1 }),
    system({ content: 'fragment', count: 0 }),
    system({ content: 'example', count: 1 }),
    system({ content: 'not-present', count: 0, concept: undefined }),
    system({ content: 'not-present' }),
    system({ concept: undefined }),
    system({ caseSensitive: undefined }),
    system({}, [{ code: 'a', concept: [{ code: 'b' }] }]),
    system({}, [{ code: 'a' }]),
    system({}, [
      { code: 'a', display: 'A', definition: 'A' },
      { code: 'a', display: 'A', definition: 'A' },
    ]),
    system({ hierarchyMeaning: 'is-a' }, [
      { code: 'a', display: 'A', definition: 'A', concept: [{ code: 'a', display: 'A', definition: 'A' }] },
    ]),
    system({ valueSet: `${home}/ValueSet/none` }),
    system({ valueSet: `${home}/ValueSet/some-colours` }),
    system({ valueSet: `${home}/ValueSet/all-colours` }),
    system({ valueSet: `${hl7}/ValueSet/observation-status` }),
    defined('CodeSystem', 'colours', {
      content: 'complete',
      caseSensitive: true,
      valueSet: `${home}/ValueSet/some-colours`,
      concept: [{ code: 'red', display: 'Red', definition: 'Red' }],
    }),
    system({ content: 'fragment', valueSet: `${home}/ValueSet/all-colours` }),
    system({ supplements: colours }),
    system({ url: undefined }),
    system({ url: `${hl7}/tested` }),
    system({ url: `${hl7}/tested`, caseSensitive: undefined }),
    system({ url: `${tho}/tested`, experimental: undefined, description: undefined }),
    system({ status: undefined, content: undefined }),
    system({ language: 'en' }, [
      { code: 'a', display: 'A', definition: 'A', designation: [{ language: 'en', value: 'A2' }] },
    ]),
    system({ language: 'en' }, [{ code: 'a', display: 'A', definition: 'A', designation: [{ value: 'A2' }] }]),
    system({}, [{ code: 'a', display: 'A', definition: 'A', designation: [{ value: 'A' }] }]),
    system({}, [
      {
        code: 'a',
        display: 'A',
        definition: 'A',
        designation: [{ use: { system: 'http://snomed.info/sct', code: '900000000000013009' }, value: 'A' }],
      },
    ]),
    { resourceType: 'Parameters', parameter: [{ name: 'a', resource: system({}) }] },
    {
      resourceType: 'Patient',
      contained: [{ ...system({}), id: 'a' }],
      extension: [{ url: 'http://example.org/none', valueReference: { reference: '#a' } }],
    },
  ],
  'properties of a code system': [
    declared({ code: 'p', type: 'string' }, { code: 'p', valueString: 'x' }),
    declared({ code: 'p', type: 'string', uri: 'http://example.org/p' }, { code: 'p', valueCode: 'x' }),
    declared({ code: 'p', type: 'string', uri: 'http://example.org/p' }, { code: 'q', valueString: 'x' }),
    declared({ code: 'p', type: 'string', uri: 'http://example.org/p' }, { code: 'p' }),
    declared({ code: 'p', type: 'code', uri: 'http://example.org/p' }, { code: 'p', valueCode: 'none' }),
    declared(
      {
        code: 'p',
        type: 'code',
        uri: 'http://example.org/p',
        extension: [
          {
            url: `${hl7}/StructureDefinition/codesystem-property-valueset`,
            valueCanonical: `${home}/ValueSet/some-colours`,
          },
        ],
      },
      { code: 'p', valueCode: 'none' },
    ),
    declared(
      {
        code: 'p',
        type: 'code',
        uri: 'http://example.org/p',
        extension: [
          { url: `${hl7}/StructureDefinition/codesystem-property-valueset`, valueCanonical: `${home}/ValueSet/none` },
        ],
      },
      { code: 'p', valueCode: 'none' },
    ),
    declared({ code: 'p', type: 'string', uri: 'p' }, { code: 'p', valueString: 'x' }),
    declared({ code: 'p', type: 'string', uri: `${hl7}/concept-properties#none` }, { code: 'p', valueString: 'x' }),
    declared(
      { code: 'status', type: 'string', uri: `${hl7}/concept-properties#status` },
      { code: 'status', valueString: 'x' },
    ),
    declared({ code: 'status', type: 'code' }, { code: 'status', valueCode: 'none' }),
    declared(
      { code: 'status', type: 'code', uri: `${hl7}/concept-properties#status` },
      { code: 'status', valueCode: 'none' },
    ),
    declared(
      { code: 'other', type: 'code', uri: `${hl7}/concept-properties#status` },
      { code: 'other', valueCode: 'active' },
    ),
    declared(
      { code: 'parent', type: 'code', uri: `${hl7}/concept-properties#parent` },
      { code: 'parent', valueCode: 'none' },
    ),
    declared(
      { code: 'child', type: 'code', uri: `${hl7}/concept-properties#child` },
      { code: 'child', valueCode: 'b' },
    ),
    declared(
      { code: 'synonym', type: 'code', uri: `${hl7}/concept-properties#synonym` },
      { code: 'synonym', valueCode: 'none' },
    ),
    declared({ code: 'p', type: 'code', uri: `${colours}#none` }, { code: 'p', valueCode: 'a' }),
    declared(
      { code: 'p', type: 'Coding', uri: 'http://example.org/p' },
      { code: 'p', valueCoding: { system: colours, code: 'none' } },
    ),
    declared({ code: 'p', type: 'dateTime', uri: 'http://example.org/p' }, { code: 'p', valueDateTime: 'x' }),
    system({
      property: [
        { code: 'p', type: 'string' },
        { code: 'p', type: 'string' },
      ],
    }),
    system({
      property: [
        { code: 'p', type: 'string', uri: 'http://example.org/p' },
        { code: 'q', type: 'string', uri: 'http://example.org/p' },
      ],
    }),
    system({
      filter: [
        { code: 'f', operator: ['='], value: 'x' },
        { code: 'f', operator: ['='], value: 'x' },
      ],
    }),
  ],
  'supplement at fault': [
    supplement({}),
    supplement({ supplements: undefined }),
    supplement({ supplements: `${home}/CodeSystem/none` }),
    supplement({ supplements: `${home}/ValueSet/all-colours` }),
    supplement({ supplements: `${home}/CodeSystem/absent` }),
    supplement({ supplements: `${home}/CodeSystem/piece` }),
    supplement({ caseSensitive: true }),
    supplement({ count: 99 }),
    supplement({ hierarchyMeaning: 'part-of' }),
    supplement({ valueSet: `${home}/ValueSet/all-colours` }),
    supplement({ valueSet: `${home}/ValueSet/none` }),
    supplement({}, [{ code: 'none' }]),
    supplement({}, [{ code: 'red', display: 'Crimson' }]),
    supplement({}, [{ code: 'red', display: 'Red' }, { code: 'red' }]),
  ],
};

const set = (include: Json, more: Json = {}): Json =>
  defined('ValueSet', 'tested', { compose: { include: [include] }, ...more });
const filtered = (property: string, op: string, value: string, from = colours): Json =>
  set({ system: from, filter: [{ property, op, value }] });
const typed = (type: string, op: string, value: string): Json => ({
  ...set({ system: '#a', filter: [{ property: 'p', op, value }] }),
  contained: [{ ...system({ property: [{ code: 'p', type, uri: 'http://example.org/p' }] }), id: 'a' }],
});
const expanded = (expansion: Json, compose: Json = { include: [{ system: colours }] }): Json =>
  defined('ValueSet', 'tested', { compose, expansion: { timestamp: '2026-01-31T10:00:00Z', ...expansion } });
const parameter = (name: string, value: unknown): Json => ({ parameter: [{ name, valueUri: value }] });

const valueSets: Provocations = {
  'include at fault': [
    set({}),
    set({ concept: [{ code: 'red' }] }),
    set({ filter: [{ property: 'p', op: '=', value: 'x' }] }),
    set({ system: 'colours' }),
    set({ system: '#a' }),
    { ...set({ system: '#a' }), contained: [{ ...set({ system: colours }), id: 'a' }] },
    set({ system: `${colours}|` }),
    set({ system: `${colours}|1.0.0` }),
    set({ system: `${colours}|1.0.0`, version: '1.0.0' }),
    set({ system: `${colours}|1.0.0`, version: '2.0.0' }),
    set({ system: colours, version: '9.0.0', concept: [{ code: 'red' }] }),
    set({ system: colours, version: '1.0.0', concept: [{ code: 'none' }] }),
    set({ system: colours, concept: [{ code: 'none' }] }),
    set({ system: colours, concept: [{ code: 'red', display: 'Crimson' }] }),
    set({ system: colours, concept: [{ code: 'red' }, { code: 'red' }] }),
    set({ system: colours, concept: [{ code: 'old' }, { code: 'retired' }] }),
    set({ system: `${home}/CodeSystem/none`, concept: [{ code: 'red' }] }),
    set({ system: `${home}/CodeSystem/none`, version: '1', concept: [{ code: 'red' }] }),
    set({ system: `${home}/CodeSystem/piece`, concept: [{ code: 'b' }] }),
    set({ system: `${home}/CodeSystem/piece` }),
    set({ system: `${home}/CodeSystem/absent` }),
    set({ system: `${home}/CodeSystem/added` }),
    set({ system: `${home}/CodeSystem/added`, version: '1.0.0' }),
    set({ system: `${home}/ValueSet/all-colours` }),
    set({ system: `${hl7}/ValueSet/observation-status` }),
    set({ system: `${home}/StructureDefinition/simple` }),
    set({ system: 'http://example.org/codes', concept: [{ code: 'red' }] }),
    set({ system: 'urn:oid:2.16.840.1.113883.6.96' }),
    set({ system: 'http://snomed.info/sct', filter: [{ property: 'concept', op: 'is-a', value: 'x' }] }),
    set({ system: 'http://snomed.info/sct', filter: [{ property: 'none', op: '=', value: 'x' }] }),
    set({ system: 'http://loinc.org', filter: [{ property: 'none', op: '=', value: 'x' }] }),
    set({ valueSet: [`${home}/ValueSet/none`] }),
    set({ valueSet: [colours] }),
    set({ valueSet: [`${home}/ValueSet/all-colours`, `${home}/ValueSet/some-colours`] }),
    set({ valueSet: ['none'] }),
    set({ system: colours, concept: [{ code: 'red', designation: [{ value: 'Crimson' }] }] }),
    defined('ValueSet', 'tested', {
      compose: { include: [{ system: colours }], exclude: [{ system: colours, concept: [{ code: 'none' }] }] },
    }),
    defined('ValueSet', 'tested', { compose: { include: [], exclude: [{ system: colours }] } }),
    set({ valueSet: [`${home}/ValueSet/tested`] }),
  ],
  'filter at fault': [
    filtered('none', '=', 'x'),
    filtered('status', '=', 'none'),
    filtered('status', 'is-a', 'x'),
    filtered('status', 'regex', '('),
    filtered('status', 'in', 'a,b'),
    filtered('status', '=', 'a,b'),
    filtered('notSelectable', '=', 'x'),
    filtered('notSelectable', 'exists', 'x'),
    filtered('concept', 'is-a', 'none'),
    filtered('concept', 'is-a', 'old'),
    filtered('concept', 'exists', 'x'),
    filtered('concept', 'regex', '('),
    filtered('concept', '=', 'red'),
    filtered('code', 'regex', '['),
    filtered('display', '=', 'x'),
    filtered('parent', '=', 'none'),
    filtered('child', 'exists', 'true'),
    filtered('none', '=', 'x', `${home}/CodeSystem/none`),
    ...['integer', 'decimal', 'dateTime', 'boolean', 'Coding', 'code', 'string'].map((type) => typed(type, '=', 'x')),
    ...['integer', 'Coding', 'boolean'].map((type) => typed(type, 'regex', 'x')),
    typed('Coding', '=', `${colours}|red`),
    typed('Coding', '=', `${colours}#none`),
    set({ system: colours, filter: [{ property: 'status', op: '=' }] }),
    set({
      system: colours,
      filter: [
        {
          property: 'status',
          op: '=',
          value: 'x',
          _value: {
            extension: [
              {
                url: `${hl7}/StructureDefinition/cqf-expression`,
                valueExpression: { language: 'text/cql', expression: '1' },
              },
            ],
          },
        },
      ],
    }),
    set({
      system: colours,
      filter: [
        {
          property: 'status',
          op: '=',
          _value: {
            extension: [
              {
                url: `${hl7}/StructureDefinition/cqf-expression`,
                valueExpression: { language: 'text/fhirpath', expression: '((' },
              },
            ],
          },
        },
      ],
    }),
    set({
      system: colours,
      filter: [
        {
          property: 'status',
          op: '=',
          _value: {
            extension: [
              {
                url: `${hl7}/StructureDefinition/cqf-expression`,
                valueExpression: { language: 'text/fhirpath', expression: '%p-none' },
              },
            ],
          },
        },
      ],
    }),
    set(
      { system: colours },
      {
        extension: [
          { url: `${hl7}/StructureDefinition/valueset-parameter`, extension: [{ url: 'name', valueCode: 'x' }] },
        ],
      },
    ),
  ],
  'expansion at fault': [
    expanded({ contains: [{ system: colours, code: 'red', display: 'Red' }] }),
    expanded({
      contains: ['red', 'green', 'blue', 'old', 'group', 'retired', 'deprecated', 'none'].map((code) => ({
        system: colours,
        code,
      })),
    }),
    expanded({
      total: 1,
      offset: 0,
      contains: [
        { system: colours, code: 'red' },
        { system: colours, code: 'blue' },
      ],
      ...parameter('used-codesystem', `${colours}|1.0.0`),
    }),
    expanded({
      total: 1,
      offset: 5,
      contains: [{ system: colours, code: 'red' }],
      ...parameter('used-codesystem', colours),
    }),
    expanded({
      contains: [{ system: colours, code: 'red' }],
      parameter: [
        { name: 'used-codesystem', valueUri: `${colours}|1` },
        { name: 'used-codesystem', valueUri: `${colours}|2` },
      ],
    }),
    expanded({
      contains: [{ system: colours, code: 'red', property: [{ code: 'p', valueString: 'x' }] }],
      ...parameter('used-codesystem', `${colours}|1.0.0`),
    }),
    expanded({
      property: [{ code: 'p' }],
      contains: [{ system: colours, code: 'red', property: [{ code: 'p', valueString: 'x' }] }],
      ...parameter('used-codesystem', `${colours}|1.0.0`),
    }),
    expanded({ contains: [{ code: 'red' }], ...parameter('none', 'x') }),
    expanded({ contains: [{ system: colours, display: 'Red' }] }),
    expanded({ contains: [{ system: colours, version: '1.0.0', code: 'red' }] }),
    expanded({ identifier: 'urn:uuid:1', contains: [{ system: colours, code: 'red' }] }),
  ],
};

const map = (group: Json, more: Json = {}): Json =>
  defined('ConceptMap', 'tested', {
    group: [{ source: colours, target: `${hl7}/observation-status`, ...group }],
    ...more,
  });
const mapped = (code: string, target: Json, more: Json = {}, of: Json = {}): Json =>
  map({ element: [{ code, target: [{ relationship: 'equivalent', ...target }] }], ...of }, more);

const maps: Provocations = {
  'concept map at fault': [
    mapped('red', { code: 'final' }),
    mapped('none', { code: 'final' }),
    mapped('red', { code: 'none' }),
    mapped('red', { code: 'final', display: 'Crimson' }),
    map({ element: [{ code: 'red', display: 'Crimson', target: [{ code: 'final', relationship: 'equivalent' }] }] }),
    map({
      element: [
        {
          code: 'red',
          target: [
            { code: 'final', relationship: 'equivalent' },
            { code: 'final', relationship: 'equivalent' },
          ],
        },
      ],
    }),
    map({
      element: [
        {
          code: 'red',
          target: [
            { code: 'final', relationship: 'equivalent' },
            { code: 'final', relationship: 'related-to' },
          ],
        },
      ],
    }),
    map({ element: [{ code: 'red', target: [{ code: 'final' }] }] }),
    map({ element: [{ code: 'red' }] }),
    map({ element: [{ code: 'red', noMap: true, target: [{ code: 'final', relationship: 'equivalent' }] }] }),
    map({
      element: [
        {
          code: 'red',
          valueSet: `${home}/ValueSet/some-colours`,
          target: [{ code: 'final', relationship: 'equivalent' }],
        },
      ],
    }),
    map({
      element: [
        {
          valueSet: `${home}/ValueSet/none`,
          target: [{ valueSet: `${home}/ValueSet/none`, relationship: 'equivalent' }],
        },
      ],
    }),
    map({ source: undefined, element: [{ code: 'red', target: [{ code: 'final', relationship: 'equivalent' }] }] }),
    map({ target: undefined, element: [{ code: 'red', target: [{ code: 'final', relationship: 'equivalent' }] }] }),
    ...[
      { source: `${home}/CodeSystem/none` },
      { target: `${home}/CodeSystem/none` },
      { source: `${home}/CodeSystem/piece` },
      { target: `${home}/CodeSystem/piece` },
      { source: `${home}/CodeSystem/absent` },
      { target: `${home}/CodeSystem/absent` },
      { source: `${home}/CodeSystem/added` },
      { source: `${home}/ValueSet/all-colours` },
      { target: `${home}/ValueSet/all-colours` },
      { source: `${colours}|9.0.0` },
      { source: `${colours}|1.0.0` },
      { target: `${hl7}/observation-status|9` },
      { source: 'colours' },
      { source: 'http://unitsofmeasure.org' },
      { target: 'http://snomed.info/sct' },
    ].map((of) => mapped('none', { code: 'none' }, {}, of)),
    ...[
      { sourceScopeCanonical: `${home}/ValueSet/some-colours` },
      { sourceScopeCanonical: `${home}/ValueSet/none` },
      { sourceScopeCanonical: colours },
      { sourceScopeUri: `${home}/ValueSet/some-colours` },
      { targetScopeCanonical: `${hl7}/ValueSet/administrative-gender` },
      { targetScopeCanonical: `${home}/ValueSet/none` },
      { targetScopeUri: `${hl7}/ValueSet/observation-status` },
      { sourceScopeCanonical: `${home}/ValueSet/absent-codes` },
    ].map((more) => mapped('blue', { code: 'final' }, more)),
    mapped('red', { code: 'final', property: [{ code: 'p', valueString: 'x' }] }),
    mapped(
      'red',
      { code: 'final', property: [{ code: 'p', valueString: 'x' }] },
      { property: [{ code: 'p', type: 'integer' }] },
    ),
    mapped(
      'red',
      { code: 'final', property: [{ code: 'p', valueCode: 'x' }] },
      { property: [{ code: 'p', type: 'code' }] },
    ),
    mapped(
      'red',
      { code: 'final', property: [{ code: 'p', valueCode: 'none' }] },
      { property: [{ code: 'p', type: 'code', system: colours }] },
    ),
    mapped(
      'red',
      { code: 'final', property: [{ code: 'p', valueCode: 'none' }] },
      { property: [{ code: 'p', type: 'code', system: `${home}/CodeSystem/none` }] },
    ),
    mapped('red', { code: 'final', product: [{ attribute: 'p', valueString: 'x' }] }),
    mapped('red', { code: 'final', dependsOn: [{ attribute: 'p', valueString: 'x' }] }),
    mapped(
      'red',
      { code: 'final', dependsOn: [{ attribute: 'p', valueString: 'x' }] },
      { additionalAttribute: [{ code: 'p', type: 'Coding' }] },
    ),
    mapped(
      'red',
      { code: 'final', dependsOn: [{ attribute: 'p', valueSet: `${home}/ValueSet/none` }] },
      { additionalAttribute: [{ code: 'p', type: 'code' }] },
    ),
    mapped('red', { code: 'final' }, {}, { unmapped: { mode: 'fixed' } }),
    mapped('red', { code: 'final' }, {}, { unmapped: { mode: 'fixed', code: 'none' } }),
    mapped('red', { code: 'final' }, {}, { unmapped: { mode: 'other-map' } }),
    mapped('red', { code: 'final' }, {}, { unmapped: { mode: 'use-source-code', code: 'final' } }),
    defined('ConceptMap', 'tested', {}),
  ],
  'naming system at fault': [
    defined('NamingSystem', 'tested', { kind: 'codesystem', uniqueId: [{ type: 'oid', value: 'x' }] }),
    defined('NamingSystem', 'tested', { kind: 'root', uniqueId: [{ type: 'uuid', value: 'x' }] }),
    defined('NamingSystem', 'tested', {
      kind: 'codesystem',
      uniqueId: [
        { type: 'uri', value: 'a', preferred: true },
        { type: 'uri', value: 'b', preferred: true },
      ],
    }),
  ],
};

export const contentProvocations: Provocations = { ...codeSystems, ...valueSets, ...maps };
