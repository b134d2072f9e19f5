/** Provocations of messages that the others do not meet: answers beyond limits in other units, options of other types, labels of texts. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import {
  amount,
  claiming,
  defined,
  home,
  observation,
  patient,
  profile,
  told,
  type Provocations,
} from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';
const colours = `${home}/CodeSystem/colours`;
const asked = `${home}/Questionnaire/asked`;
const odd = `${home}/Questionnaire/asked-oddly`;

const item = (linkId: string, type: string, more: Json = {}): Json => ({ linkId, text: linkId, type, ...more });

/** Questions whose options are of other types than their answers. */
const oddly = defined('Questionnaire', 'asked-oddly', {
  item: [
    item('integer', 'integer', { answerOption: [{ valueString: 'a' }] }),
    item('date', 'date', { answerOption: [{ valueString: 'a' }] }),
    item('time', 'time', { answerOption: [{ valueString: 'a' }] }),
    item('string', 'string', { answerOption: [{ valueInteger: 1 }] }),
    item('coding', 'coding', { answerOption: [{ valueString: 'a' }] }),
    item('text-set', 'string', { answerValueSet: `${home}/ValueSet/none` }),
    item('format', 'string', {
      extension: [
        { url: `${core}/regex`, valueString: '[a-z]+' },
        { url: `${core}/entryFormat`, valueString: 'letters' },
      ],
    }),
    item('any', 'reference'),
    item('kg', 'quantity', {
      extension: [
        { url: `${core}/questionnaire-minQuantity`, valueQuantity: amount(2) },
        { url: `${core}/questionnaire-maxQuantity`, valueQuantity: amount(5) },
      ],
    }),
  ],
});

export const furtherDefinitions: readonly Json[] = [
  oddly,
  profile('text-in-languages', 'Patient', {
    'Patient.text': { extension: [{ url: `${core}/narrative-language-control`, valueCode: '_yes' }] },
  }),
  profile('text-in-none', 'Patient', {
    'Patient.text': { extension: [{ url: `${core}/narrative-language-control`, valueCode: '_no' }] },
  }),
  profile('selected-code', 'Patient', {
    'Patient.maritalStatus': {
      patternCodeableConcept: { coding: [{ system: colours, code: 'red', userSelected: true }] },
    },
  }),
  profile('only-events', 'ServiceRequest', {
    'ServiceRequest.occurrence[x]': {
      type: [{ code: 'Timing' }],
      fixedTiming: { event: ['2026-01-01'], code: { text: 'a' } },
    },
  }),
];

const response = (questionnaire: string, items: readonly Json[], more: Json = {}): Json => ({
  resourceType: 'QuestionnaireResponse',
  questionnaire,
  status: 'in-progress',
  authored: '2026-03-01T10:00:00Z',
  item: items,
  ...more,
});
const group: Json = { linkId: 'group', item: [{ linkId: 'in', answer: [{ valueString: 'a' }] }] };
const answered = (linkId: string, answer: Json): Json => response(asked, [group, { linkId, answer: [answer] }]);
const answeredOddly = (linkId: string, answer: Json): Json => response(odd, [{ linkId, answer: [answer] }]);

const answers: Provocations = {
  'response at another time': ['2025-01-01', '2027-01-01T10:00:00Z', '2026', '2026-06-01'].map((authored) =>
    response(asked, [group], { authored }),
  ),
  'amount in another unit': [
    ...[amount(1000, 'g'), amount(10_000, 'g'), amount(3000, 'g'), amount(3, 'm'), { value: 3 }, { value: 1 }].map(
      (valueQuantity) => answeredOddly('kg', { valueQuantity }),
    ),
    answeredOddly('kg', { valueQuantity: { value: 3, system: `${home}/units`, code: 'a' } }),
    answered('amount', { valueQuantity: amount(1000, 'g') }),
  ],
  'option of another type': [
    answeredOddly('integer', { valueInteger: 1 }),
    answeredOddly('date', { valueDate: '2026-01-01' }),
    answeredOddly('time', { valueTime: '10:00:00' }),
    answeredOddly('string', { valueString: 'a' }),
    answeredOddly('coding', { valueCoding: { system: colours, code: 'red' } }),
    answeredOddly('coding', { valueString: 'a' }),
    answeredOddly('text-set', { valueString: 'a' }),
    answeredOddly('format', { valueString: 'A1' }),
  ],
  'reference as an answer': [
    ...['Observation/1', 'Patient/1', 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', 'Nothing/1', 'x'].map(
      (reference) => answered('subject', { valueReference: { reference } }),
    ),
    ...['Nothing/1', 'x', 'http://example.org/fhir/Nothing/1'].map((reference) =>
      answeredOddly('any', { valueReference: { reference } }),
    ),
  ],
  'questionnaire that is derived oddly': [
    { derivedFrom: [`${home}/Questionnaire/none`] },
    { derivedFrom: [asked] },
    { derivedFrom: [asked], _derivedFrom: [{ extension: [{ url: `${core}/questionnaire-derivationType` }] }] },
  ].map((more) => defined('Questionnaire', 'tested', { item: [item('text', 'string')], ...more })),
};

const div = (inner: string, lang = ''): Json => ({
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"${lang}>${inner}</div>` },
});

const texts: Provocations = {
  'languages of a text': ['text-in-languages', 'text-in-none'].flatMap((name) => [
    patient({ ...claiming(name), ...div('<p>a</p>') }),
    patient({ ...claiming(name), ...div('<div xml:lang="uz"><p>a</p></div>') }),
    patient({ ...claiming(name), language: 'uz', ...div('<div xml:lang="ru"><p>a</p></div>') }),
  ]),
  'link of a text': [
    ['htmlid', 'valueString', 'p'],
    ['htmlid', 'valueString', 'none'],
  ].map(([url, member, value]) =>
    patient({
      name: [{ id: 'a', text: 'A' }],
      text: {
        extension: [{ url: `${core}/textLink`, extension: [{ url, [member!]: value }] }],
        status: 'generated',
        div: '<div xmlns="http://www.w3.org/1999/xhtml"><p id="p">A</p></div>',
      },
    }),
  ),
};

const vital = (name: string, more: Json): Json => observation({ meta: { profile: [`${core}/${name}`] }, ...more });

const elements: Provocations = {
  'vital sign without its code': ['bodyheight', 'bodyweight', 'bp', 'heartrate', 'bodytemp', 'oxygensat'].map((name) =>
    vital(name, { subject: { reference: 'Patient/1' }, effectiveDateTime: '2026-01-31' }),
  ),
  'pattern of a selected code': [
    patient({ ...claiming('selected-code'), maritalStatus: { coding: [{ system: colours, code: 'red' }] } }),
    patient({
      ...claiming('selected-code'),
      maritalStatus: { coding: [{ system: colours, code: 'red', userSelected: true }] },
    }),
  ],
  'fixed timing': [
    { event: ['2026-01-01'] },
    { event: ['2026-01-01', '2026-01-02'], code: { text: 'a' } },
    { event: ['2026-02-01'], code: { text: 'a' } },
  ].map((occurrenceTiming) => ({
    ...{ resourceType: 'ServiceRequest', ...claiming('only-events'), status: 'active', intent: 'order' },
    ...{ subject: { reference: 'Patient/1' }, code: { concept: { text: 'a' } }, occurrenceTiming },
  })),
  'text of many characters': [patient({ name: [{ text: 'a'.repeat(1_048_577) }] })],
  'extension of another version': [
    'http://hl7.org/fhir/4.0/StructureDefinition/extension-Patient.none',
    'http://hl7.org/fhir/5.0/StructureDefinition/extension-Patient.gender',
    'http://hl7.org/fhir/9.0/StructureDefinition/extension-Patient.gender',
    'http://hl7.org/fhir/4.0/StructureDefinition/extension-Patient.animal',
  ].map((url) => patient({ extension: [{ url, valueString: 'a' }] })),
  'system that is a page': [
    'http://build.fhir.org/codesystem-observation-status.html',
    'https://build.fhir.org/x',
    'http://hl7.org/fhir/observation-status.html',
    'http://snomed.info/sct/1',
    'http://loinc.org/x',
    'urn:oid:2.16.840.1.113883.4.642.1.0',
    'urn:oid:2.16.840.1.113883.6.96',
  ].map((system) => observation({ valueCodeableConcept: { coding: [{ system, code: 'final' }] } })),
  'entries that are alike': [
    ...['Patient/1', 'Patient/1#n', 'http://provoked.test/fhir/Patient/1', 'Patient/1/_history/2'].map((reference) => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        {
          fullUrl: 'http://provoked.test/fhir/Observation/1',
          resource: observation({ id: '1', ...told(), subject: { reference } }),
        },
        ...['1', '2'].map((versionId) => ({
          fullUrl: 'http://provoked.test/fhir/Patient/1',
          resource: patient({ id: '1', meta: { versionId }, active: true }),
        })),
      ],
    })),
  ],
};

export const furtherProvocations: Provocations = { ...answers, ...texts, ...elements };
