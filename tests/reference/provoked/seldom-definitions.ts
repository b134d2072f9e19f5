/** Definitions that are beside R5 for provocations of messages that are seldom told. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { amount, defined, extension, home, profile } from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';
const own = `${home}/StructureDefinition`;
const colours = `${home}/CodeSystem/colours`;
const valueSet = (id: string, include: readonly Json[], more: Json = {}): Json =>
  defined('ValueSet', id, { compose: { include, ...more } });
const marked = (url: string, value: Json): Json => ({ extension: [{ url: `${core}/${url}`, ...value }] });

const terminology: readonly Json[] = [
  defined('CodeSystem', 'unversioned', {
    ...{ version: undefined, content: 'complete', caseSensitive: true },
    concept: [{ code: 'a', display: 'A' }],
  }),
  defined('CodeSystem', 'typed', {
    ...{ content: 'complete', caseSensitive: true, hierarchyMeaning: 'is-a', valueSet: `${home}/ValueSet/typed-codes` },
    property: ['code', 'Coding', 'string', 'integer', 'boolean', 'dateTime', 'decimal'].map((type) => ({
      ...{ code: `of-${type.toLowerCase()}`, uri: `${home}/properties#${type.toLowerCase()}`, type },
    })),
    concept: [{ code: 'a', display: 'A', concept: [{ code: 'b', display: 'B' }] }],
  }),
  defined('CodeSystem', 'designated', {
    ...{ content: 'complete', caseSensitive: true, language: 'en' },
    concept: [
      {
        ...{ code: 'red', display: 'Red' },
        designation: [
          {
            ...marked('structuredefinition-standards-status', { valueCode: 'deprecated' }),
            ...{ language: 'en', value: 'Crimson' },
          },
        ],
      },
    ],
  }),
  valueSet('typed-codes', [{ system: `${home}/CodeSystem/typed` }]),
  valueSet('unversioned-codes', [{ system: `${home}/CodeSystem/unversioned` }]),
  valueSet('designated-codes', [{ system: `${home}/CodeSystem/designated` }]),
  valueSet('active-colours', [{ system: colours }], { inactive: false }),
  valueSet('deprecated-colours', [
    {
      system: colours,
      concept: [
        { code: 'red', ...marked('structuredefinition-standards-status', { valueCode: 'deprecated' }) },
        { code: 'green', ...marked('valueset-deprecated', { valueBoolean: true }) },
        { code: 'blue' },
      ],
    },
  ]),
  valueSet('colours-of-a-version', [{ system: colours, version: '1.0.0' }]),
  valueSet('colours-of-another-version', [{ system: colours, version: '2.0.0' }]),
  valueSet('no-systems', [{ valueSet: [`${home}/ValueSet/all-colours`] }]),
  valueSet('two-systems', [{ system: colours }, { system: `${home}/CodeSystem/loose` }]),
  valueSet('filter-without-value', [{ system: colours, filter: [{ property: 'status', op: '=' }] }]),
  valueSet('two-of-tested', [
    { system: `${home}/CodeSystem/tested`, concept: [{ code: 'a' }] },
    { system: `${home}/CodeSystem/tested`, concept: [{ code: 'b' }] },
  ]),
  defined('ValueSet', 'expanded-of-tested', {
    compose: { include: [{ system: `${home}/CodeSystem/tested` }] },
    expansion: {
      ...{ identifier: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', timestamp: '2026-01-31T10:00:00Z', total: 1 },
      contains: [{ system: `${home}/CodeSystem/tested`, code: 'a' }],
    },
  }),
  defined('ValueSet', 'expanded-of-nothing', {
    expansion: {
      ...{ identifier: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e1', timestamp: '2026-01-31T10:00:00Z', total: 1 },
      contains: [{ system: `${home}/CodeSystem/none`, code: 'a', display: 'A' }],
    },
  }),
];

const sets =
  'unversioned-codes designated-codes active-colours deprecated-colours colours-of-a-version ' +
  'colours-of-another-version filter-without-value expanded-of-nothing';

/** Profiles that bind a code to each of those value sets. */
const bindings: readonly Json[] = sets.split(' ').flatMap((id) => [
  profile(`code-of-${id}`, 'Observation', {
    'Observation.code': { binding: { strength: 'required', valueSet: `${home}/ValueSet/${id}` } },
  }),
  profile(`tag-of-${id}`, 'Patient', {
    'Patient.meta.tag': { binding: { strength: 'required', valueSet: `${home}/ValueSet/${id}` } },
  }),
]);

const maximum = [{ url: `${core}/elementdefinition-maxValueSet`, valueCanonical: `${home}/ValueSet/all-colours` }];
const narrative = (id: string, ...controls: readonly (readonly [name: string, valueCode: string])[]): Json =>
  profile(id, 'Patient', {
    'Patient.text': {
      extension: controls.map(([name, valueCode]) => ({ url: `${core}/narrative-${name}-control`, valueCode })),
    },
  });

const profiles: readonly Json[] = [
  profile('maximum-string', 'Observation', {
    'Observation.value[x]': {
      type: [{ code: 'string' }],
      binding: { strength: 'extensible', valueSet: `${home}/ValueSet/some-colours`, extension: maximum },
    },
  }),
  profile('fixed-given', 'Patient', { 'Patient.name': { fixedHumanName: { given: ['Aziza'] } } }),
  profile('fixed-extended', 'Patient', {
    'Patient.maritalStatus': {
      fixedCodeableConcept: { extension: [{ url: `${own}/simple`, valueString: 'a' }], text: 'Married' },
    },
  }),
  profile('broken-rule', 'Patient', {
    Patient: { constraint: [{ key: 'own-1', severity: 'error', human: 'A name', expression: 'name.exists(' }] },
  }),
  profile('unknown-target', 'Observation', {
    'Observation.subject': { type: [{ code: 'Reference', targetProfile: [`${own}/none`] }] },
  }),
  profile('unknown-type-profile', 'Patient', {
    'Patient.name': { type: [{ code: 'HumanName', profile: [`${own}/none`] }] },
  }),
  profile('limit-of-another-type', 'Observation', {
    'Observation.value[x]': { type: [{ code: 'Quantity' }], minValueInteger: 3, maxValueInteger: 5 },
  }),
  profile('limit-birth-in-months', 'Patient', {
    'Patient.birthDate': { minValueQuantity: amount(1, 'mo'), maxValueQuantity: amount(1, 'mo') },
  }),
  profile('limit-birth-in-metres', 'Patient', {
    'Patient.birthDate': { minValueQuantity: amount(1, 'm'), maxValueQuantity: amount(1, 'm') },
  }),
  profile('experimental', 'Patient', { 'Patient.name': { min: 1 } }, { experimental: true }),
  profile('modifying-slice', 'Patient', {
    'Patient.extension:simple': {
      ...{ isModifier: true, isModifierReason: 'It negates.' },
      type: [{ code: 'Extension', profile: [`${own}/simple`] }],
    },
  }),
  narrative('text-in-its-language', ['language', '_resource']),
  narrative('text-in-uzbek', ['language', 'uz']),
  narrative('text-of-sources', ['source', 'error']),
  narrative('text-of-sources-warned', ['source', 'warning']),
  ...[`${own}/none#Patient`, `${own}/must-have-name#Patient`, `${own}/entry-type#Patient`].map((expression, i) =>
    extension(
      `of-a-profile-${i}`,
      { 'Extension.value[x]': { type: [{ code: 'string' }] } },
      { context: [{ type: 'element', expression }] },
    ),
  ),
  extension(
    'of-everything',
    { 'Extension.value[x]': { type: [{ code: 'string' }] } },
    { context: [{ type: 'element', expression: 'Element' }] },
  ),
];

const sdc = 'http://hl7.org/fhir/uv/sdc/StructureDefinition';
const units = 'http://unitsofmeasure.org';
const item = (linkId: string, type: string, more: Json = {}): Json => ({ linkId, text: linkId, type, ...more });

/** Questions about amounts, references and codes, with limits as the guide for collecting data states them. */
const questions = defined('Questionnaire', 'asked-seldom', {
  item: [
    item('kg', 'quantity', {
      extension: [
        { url: `${sdc}/sdc-questionnaire-minQuantity`, valueQuantity: amount(2) },
        { url: `${sdc}/sdc-questionnaire-maxQuantity`, valueQuantity: amount(5) },
      ],
    }),
    item('unit-lost', 'quantity', {
      extension: [{ url: `${core}/questionnaire-unitValueSet`, valueUri: `${home}/ValueSet/none` }],
    }),
    item('unit-set', 'quantity', {
      extension: [{ url: `${core}/questionnaire-unitValueSet`, valueUri: `${home}/ValueSet/some-colours` }],
    }),
    item('unit', 'quantity', {
      extension: [{ url: `${core}/questionnaire-unitOption`, valueCoding: { system: units, code: 'kg' } }],
    }),
    item('decimal-options', 'decimal', { answerOption: [{ valueInteger: 1 }, { valueInteger: 2 }] }),
    item('decimal-other-options', 'decimal', { answerOption: [{ valueString: 'a' }] }),
    item('integer-other-options', 'integer', { answerOption: [{ valueString: 'a' }] }),
    item('quantity-options', 'quantity', { answerOption: [{ valueInteger: 1 }] }),
    item('coding-options', 'coding', { answerOption: [{ valueCoding: { system: colours, code: 'red' } }] }),
    item('coding-lost', 'coding', { answerValueSet: `${home}/ValueSet/absent-codes` }),
    item('coding-set', 'coding', { answerValueSet: `${home}/ValueSet/some-colours` }),
    item('line', 'string'),
    item('lines', 'text'),
    { linkId: 'typeless', text: 'typeless' },
  ],
});
export const seldomDefinitions: readonly Json[] = [...terminology, ...bindings, ...profiles, questions];
