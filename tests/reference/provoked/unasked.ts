/** Provocations of messages that neither mutants nor other provocations met, each with the least that it needs. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { claiming, defined, home, observation, patient, profile, told, type Provocations } from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';
const structure = (id: string): string => `${home}/StructureDefinition/${id}`;
const withdrawn = (valueCode: string): Json => ({
  extension: [{ url: `${core}/structuredefinition-standards-status`, valueCode }],
});
const named = `${home}/CodeSystem/unasked-names`;

export const unaskedDefinitions: readonly Json[] = [
  profile('unasked-seen', 'Observation', { 'Observation.issued': { min: 1 } }),
  profile('unasked-known', 'Condition', { 'Condition.code': { min: 1 } }),
  profile('unasked-one', 'Bundle', {
    'Bundle.entry.resource': { type: [{ code: 'Observation', profile: [structure('unasked-seen')] }] },
  }),
  profile('unasked-two', 'Bundle', {
    'Bundle.entry.resource': {
      type: [
        { code: 'Observation', profile: [structure('unasked-seen')] },
        { code: 'Condition', profile: [structure('unasked-known')] },
      ],
    },
  }),
  profile('unasked-least', 'Observation', {
    'Observation.value[x]': { type: [{ code: 'Quantity' }], minValueInteger: 3 },
  }),
  profile('unasked-most', 'Observation', {
    'Observation.value[x]': { type: [{ code: 'Quantity' }], maxValueInteger: 3 },
  }),
  defined('CodeSystem', 'unasked-names', {
    caseSensitive: true,
    content: 'complete',
    concept: [
      {
        ...{ code: 'one', display: 'One' },
        designation: [
          { value: 'Once', ...withdrawn('withdrawn') },
          { value: 'Onely', ...withdrawn('deprecated') },
          { language: 'en', value: 'Single' },
        ],
      },
      { code: 'two', display: 'Two' },
    ],
  }),
  defined('ValueSet', 'unasked-old', {
    compose: {
      include: [
        {
          system: named,
          concept: [
            { code: 'one', extension: [{ url: `${core}/valueset-deprecated`, valueBoolean: true }] },
            { code: 'two', ...withdrawn('withdrawn') },
          ],
        },
      ],
    },
  }),
  ...(['required', 'extensible'] as const).map((strength) =>
    profile(`unasked-old-${strength}`, 'Observation', {
      'Observation.code': { binding: { strength, valueSet: `${home}/ValueSet/unasked-old` } },
    }),
  ),
];

const bundle = (id: string, resource: Json): Json => ({
  ...{ resourceType: 'Bundle', ...claiming(id), type: 'collection' },
  entry: [{ fullUrl: 'http://provoked.test/a/1', resource }],
});
const coded = (coding: Json, more: Json = {}): Json => observation({ ...more, code: { coding: [coding] } });
const answer = (type: string, given: Json): Json => ({
  ...{ resourceType: 'QuestionnaireResponse', status: 'completed', questionnaire: '#q' },
  contained: [
    {
      ...{ resourceType: 'Questionnaire', id: 'q', url: 'http://provoked.test/q', status: 'active' },
      item: [{ linkId: '1', text: 'a', type }],
    },
  ],
  item: [{ linkId: '1', answer: [given] }],
});
const statement = (searchParam: Json): Json => ({
  ...defined('CapabilityStatement', 'unasked-statement', { kind: 'requirements', fhirVersion: '5.0.0' }),
  ...{ format: ['json'], rest: [{ mode: 'server', resource: [{ type: 'Patient', searchParam: [searchParam] }] }] },
});
const definition = (more: Json): Json => {
  const { type: _type, ...rest } = profile('unasked-definition', 'Patient', { 'Patient.name': { min: 1 } });
  return { ...rest, ...more };
};

export const unaskedProvocations: Provocations = {
  'entry of another type than its profile': [
    bundle('unasked-one', patient({ id: '1', active: true })),
    bundle('unasked-two', patient({ id: '1', active: true })),
    bundle('unasked-one', observation({ id: '1' })),
    bundle('unasked-two', { resourceType: 'Condition', id: '1', subject: { display: 'a' } }),
  ],
  'parameter of another type than its definition': [
    statement({ name: 'name', definition: 'http://hl7.org/fhir/SearchParameter/individual-name', type: 'token' }),
    statement({ name: 'name', definition: 'http://hl7.org/fhir/SearchParameter/Patient-active', type: 'string' }),
  ],
  'value set as a system': [
    patient({ meta: { tag: [{ system: 'http://hl7.org/fhir/ValueSet/marital-status', code: 'M' }] } }),
    {
      resourceType: 'MessageHeader',
      eventCoding: { system: `${home}/ValueSet/unasked-old`, code: 'a' },
      source: { name: 'a' },
    },
  ],
  'instant that there is not': [
    patient({ meta: { lastUpdated: '2026-02-30T10:00:00Z' } }),
    observation({ issued: '2026-13-01T10:00:00Z' }),
    observation({ issued: '2026-01-31T25:00:00Z' }),
  ],
  'profile of another type': [
    patient({ meta: { profile: [structure('unasked-seen')] } }),
    patient({ meta: { profile: [`${core}/Observation`] } }),
    observation({
      contained: [patient({ id: 'p', meta: { profile: [structure('unasked-known')] } })],
      subject: { reference: '#p' },
    }),
  ],
  'answer of another type': [
    answer('string', { valueInteger: 1 }),
    answer('boolean', { valueString: 'a' }),
    answer('coding', { valueInteger: 1 }),
    answer('quantity', { valueDecimal: 1 }),
    answer('reference', { valueString: 'a' }),
    answer('url', { valueString: 'a' }),
  ],
  'name that is withdrawn': ['Once', 'Onely', 'Single', 'One', 'Two'].map((display) =>
    coded({ system: named, code: 'one', display }),
  ),
  'concept that a value set has deprecated': ['required', 'extensible'].flatMap((strength) =>
    ['one', 'two'].map((code) => coded({ system: named, code }, claiming(`unasked-old-${strength}`))),
  ),
  'definition without its type': [
    definition({ _type: { extension: [{ url: `${core}/data-absent-reason`, valueCode: 'unknown' }] } }),
    definition({}),
  ],
  'limit of another type than Quantity': ['unasked-least', 'unasked-most'].map((id) =>
    observation({
      ...claiming(id),
      valueQuantity: { value: 2, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
    }),
  ),
  'narrative with what is no element': ['<?a b?>', '<!-- a -->', '<![CDATA[a]]>', '<p>a<?a?></p>'].map((content) =>
    patient({ ...told(`<p>a</p>${content}`) }),
  ),
};
