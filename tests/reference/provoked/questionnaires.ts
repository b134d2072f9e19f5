/** Provocations in questionnaires, their responses, measures and their reports. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { amount, defined, home, type Provocations } from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';
const colours = `${home}/CodeSystem/colours`;
const item = (linkId: string, type: string, more: Json = {}): Json => ({ linkId, text: linkId, type, ...more });
const questionnaire = (id: string, items: readonly Json[], more: Json = {}): Json =>
  defined('Questionnaire', id, { item: items, ...more });
const bounded = (name: string, value: Json): Json => ({ extension: [{ url: `${core}/${name}`, ...value }] });

const asked = questionnaire(
  'asked',
  [
    item('group', 'group', { required: true, item: [item('in', 'string')] }),
    item('said', 'display'),
    item('text', 'string', { maxLength: 5 }),
    item('regex', 'string', bounded('regex', { valueString: '[a-z]+' })),
    item('short', 'string', bounded('minLength', { valueInteger: 3 })),
    item('lines', 'text'),
    item('whole', 'integer', {
      extension: [
        { url: `${core}/minValue`, valueInteger: 2 },
        { url: `${core}/maxValue`, valueInteger: 5 },
      ],
    }),
    item('part', 'decimal', {
      extension: [
        { url: `${core}/minValue`, valueDecimal: 2 },
        { url: `${core}/maxValue`, valueDecimal: 5 },
        { url: `${core}/maxDecimalPlaces`, valueInteger: 1 },
      ],
    }),
    item('day', 'date', {
      extension: [
        { url: `${core}/minValue`, valueDate: '2026-01-01' },
        { url: `${core}/maxValue`, valueDate: '2026-02-01' },
      ],
    }),
    item('moment', 'dateTime', {
      extension: [
        { url: `${core}/minValue`, valueDateTime: '2026-01-01' },
        { url: `${core}/maxValue`, valueDateTime: '2026-02-01' },
      ],
    }),
    item('hour', 'time', {
      extension: [
        { url: `${core}/minValue`, valueTime: '08:00:00' },
        { url: `${core}/maxValue`, valueTime: '10:00:00' },
      ],
    }),
    item('yes', 'boolean'),
    item('page', 'url'),
    item('chosen', 'coding', {
      answerOption: [
        { valueCoding: { system: colours, code: 'red' } },
        { valueCoding: { system: colours, code: 'blue' } },
      ],
    }),
    item('set', 'coding', { answerValueSet: `${home}/ValueSet/some-colours` }),
    item('open', 'coding', { answerConstraint: 'optionsOrString', answerValueSet: `${home}/ValueSet/some-colours` }),
    item('open-list', 'coding', {
      answerConstraint: 'optionsOrString',
      answerOption: [{ valueCoding: { system: colours, code: 'red', display: 'Red' } }],
    }),
    item('lost-set', 'coding', { answerValueSet: `${home}/ValueSet/none` }),
    item('number-option', 'integer', { answerOption: [{ valueInteger: 1 }] }),
    item('date-option', 'date', { answerOption: [{ valueDate: '2026-01-01' }] }),
    item('time-option', 'time', { answerOption: [{ valueTime: '10:00:00' }] }),
    item('text-option', 'string', { answerOption: [{ valueString: 'a' }] }),
    item('odd-option', 'integer', { answerOption: [{ valueString: 'a' }] }),
    item('file', 'attachment', {
      extension: [
        { url: `${core}/maxSize`, valueDecimal: 3 },
        { url: `${core}/mimeType`, valueCode: 'image/png' },
      ],
    }),
    item('subject', 'reference', {
      extension: [{ url: `${core}/questionnaire-referenceResource`, valueCode: 'Patient' }],
    }),
    item('amount', 'quantity', {
      extension: [
        { url: `${core}/minQuantity`, valueQuantity: amount(2) },
        { url: `${core}/maxQuantity`, valueQuantity: amount(5) },
        { url: `${core}/questionnaire-unitOption`, valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg' } },
      ],
    }),
    item(
      'unit-set',
      'quantity',
      bounded('questionnaire-unitValueSet', { valueCanonical: `${home}/ValueSet/some-colours` }),
    ),
    item('unit-lost', 'quantity', bounded('questionnaire-unitValueSet', { valueCanonical: `${home}/ValueSet/none` })),
    item('many', 'string', {
      repeats: true,
      extension: [
        { url: `${core}/questionnaire-minOccurs`, valueInteger: 2 },
        { url: `${core}/questionnaire-maxOccurs`, valueInteger: 2 },
      ],
    }),
    item('depends', 'string', { enableWhen: [{ question: 'yes', operator: '=', answerBoolean: true }] }),
    item('must', 'string', { required: true }),
    item('own', 'group', { item: [item('nested', 'string')] }),
  ],
  { effectivePeriod: { start: '2026-01-01', end: '2026-06-01' } },
);

export const questionnaireDefinitions: readonly Json[] = [
  asked,
  defined('Measure', 'counted', {
    scoring: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/measure-scoring', code: 'proportion' }] },
    group: [
      {
        linkId: 'g',
        code: { coding: [{ system: colours, code: 'red' }] },
        population: [
          {
            linkId: 'p',
            code: {
              coding: [
                { system: 'http://terminology.hl7.org/CodeSystem/measure-population', code: 'initial-population' },
              ],
            },
          },
        ],
        stratifier: [{ linkId: 's', code: { coding: [{ system: colours, code: 'green' }] } }],
      },
    ],
  }),
];

const group: Json = { linkId: 'group', item: [{ linkId: 'in', answer: [{ valueString: 'a' }] }] };
const must: Json = { linkId: 'must', answer: [{ valueString: 'a' }] };
const response = (items: readonly Json[], more: Json = {}): Json => ({
  resourceType: 'QuestionnaireResponse',
  questionnaire: `${home}/Questionnaire/asked`,
  status: 'completed',
  authored: '2026-03-01T10:00:00Z',
  item: items,
  ...more,
});
const answered = (linkId: string, ...answer: readonly Json[]): Json => response([group, { linkId, answer }, must]);

const responses: Provocations = {
  'answer at fault': [
    answered('text', { valueString: 'abcdef' }),
    answered('text', { valueInteger: 1 }),
    answered('text', { valueString: 'a\nb' }),
    answered('text', { valueString: 'a' }, { valueString: 'b' }),
    answered('text', {}),
    answered('regex', { valueString: 'A1' }),
    answered('short', { valueString: 'a' }),
    answered('lines', { valueString: 'a\nb' }),
    answered('whole', { valueInteger: 1 }),
    answered('whole', { valueInteger: 6 }),
    answered('whole', { valueDecimal: 3.5 }),
    answered('part', { valueDecimal: 1 }),
    answered('part', { valueDecimal: 6 }),
    answered('part', { valueDecimal: 3.14 }),
    answered('day', { valueDate: '2025-01-01' }),
    answered('day', { valueDate: '2026-03-01' }),
    answered('day', { valueDate: 'x' }),
    answered('moment', { valueDateTime: '2025-01-01' }),
    answered('moment', { valueDateTime: '2026-03-01' }),
    answered('hour', { valueTime: '07:00:00' }),
    answered('hour', { valueTime: '11:00:00' }),
    answered('yes', { valueBoolean: 'x' }),
    answered('page', { valueUri: 'a b' }),
    answered('chosen', { valueCoding: { system: colours, code: 'green' } }),
    answered('chosen', { valueCoding: { code: 'red' } }),
    answered('chosen', { valueString: 'red' }),
    answered('chosen', { valueCoding: { system: colours, code: 'red', display: 'Crimson' } }),
    answered('set', { valueCoding: { system: colours, code: 'blue' } }),
    answered('set', { valueCoding: { system: colours, code: 'none' } }),
    answered('open', { valueString: 'Red' }),
    answered('open', { valueCoding: { system: colours, code: 'blue' } }),
    answered('open-list', { valueString: 'Red' }),
    answered('lost-set', { valueCoding: { system: colours, code: 'blue' } }),
    answered('number-option', { valueInteger: 2 }),
    answered('date-option', { valueDate: '2026-01-02' }),
    answered('time-option', { valueTime: '11:00:00' }),
    answered('text-option', { valueString: 'b' }),
    answered('odd-option', { valueInteger: 2 }),
    answered('file', { valueAttachment: { contentType: 'image/jpeg', data: 'AAAAAAAA' } }),
    answered('file', { valueAttachment: { data: 'AAAA' } }),
    answered('subject', { valueReference: { reference: 'Organization/1' } }),
    answered('subject', { valueReference: { reference: 'Nothing/1' } }),
    answered('subject', { valueReference: { reference: uuidOf(1) } }),
    answered('amount', { valueQuantity: amount(1) }),
    answered('amount', { valueQuantity: amount(6) }),
    answered('amount', { valueQuantity: amount(3, 'g') }),
    answered('amount', { valueQuantity: { value: 3, unit: 'kg' } }),
    answered('amount', { valueQuantity: { value: 9 } }),
    answered('unit-set', { valueQuantity: amount(1) }),
    answered('unit-lost', { valueQuantity: amount(1) }),
    answered('many', { valueString: 'a' }),
    answered('many', { valueString: 'a' }, { valueString: 'b' }, { valueString: 'c' }),
    answered('depends', { valueString: 'a' }),
    answered('said', { valueString: 'a' }),
    answered('none', { valueString: 'a' }),
    answered('nested', { valueString: 'a' }),
    answered('group', { valueString: 'a' }),
  ],
  'response at fault': [
    response([group]),
    response([must]),
    response([must, group]),
    response([{ linkId: 'group', item: [] }, must]),
    response([{ linkId: 'group' }, must]),
    response([group, must, must]),
    response([group, { ...must, text: 'Other' }]),
    response([group, { linkId: 'text', item: [{ linkId: 'x' }] }, must]),
    response([group, { answer: [{ valueString: 'a' }] }, must]),
    response([group, { linkId: 'said', item: [{ linkId: 'text' }] }, must]),
    response([group, must], { authored: '2025-01-01T10:00:00Z' }),
    response([group, must], { authored: '2027-01-01T10:00:00Z' }),
    response([group, must], { questionnaire: undefined }),
    response([group, must], { questionnaire: `${home}/Questionnaire/none` }),
    response([group, must], { questionnaire: '#none' }),
    response([group, must], { questionnaire: `${home}/Questionnaire/asked|9.0.0` }),
    response([group, must], { questionnaire: 'Questionnaire/asked' }),
    response([group], { status: 'in-progress' }),
    response([], { item: undefined }),
  ],
};

function uuidOf(n: number): string {
  return `urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e${n}`;
}

const when = (more: Json): Json => ({ enableWhen: [{ question: 'a', operator: '=', answerString: 'x', ...more }] });
const tested = (...items: readonly Json[]): Json => questionnaire('tested', items);
const derived = (kind: string | undefined, ...items: readonly Json[]): Json =>
  questionnaire('tested', items, {
    derivedFrom: [`${home}/Questionnaire/asked`],
    _derivedFrom: [
      {
        extension: [
          {
            url: `${core}/questionnaire-derivationType`,
            ...(kind !== undefined && {
              valueCoding: { system: 'http://hl7.org/fhir/questionnaire-derivationType', code: kind },
            }),
          },
        ],
      },
    ],
  });

const questionnaires: Provocations = {
  'questionnaire at fault': [
    tested(item('a', 'string'), item('a', 'string')),
    tested(item('a', 'string'), item('b', 'string', when({ question: 'none' }))),
    tested(item('b', 'string', when({})), item('a', 'string')),
    tested(item('a', 'string', when({}))),
    tested(item('a', 'string'), item('b', 'string', { enableWhen: [{ operator: '=', answerString: 'x' }] })),
    tested(item('a', 'integer'), item('b', 'string', when({}))),
    tested(item('a', 'string'), item('b', 'string', when({ operator: 'exists' }))),
    tested(
      item('a', 'string'),
      item('b', 'string', {
        ...when({}),
        enableBehavior: undefined,
        ...{
          enableWhen: [
            { question: 'a', operator: '=', answerString: 'x' },
            { question: 'a', operator: '=', answerString: 'y' },
          ],
        },
      }),
    ),
    tested(item('a', 'group')),
    tested(item('a', 'display', { item: [item('b', 'string')] })),
    tested(
      item('a', 'display', {
        required: true,
        repeats: true,
        readOnly: true,
        initial: [{ valueString: 'x' }],
        code: [{ code: 'x' }],
      }),
    ),
    tested(item('a', 'group', { initial: [{ valueString: 'x' }], maxLength: 5, readOnly: true })),
    tested(item('a', 'coding', { answerValueSet: `${home}/ValueSet/none`, answerOption: [{ valueString: 'x' }] })),
    tested(item('a', 'boolean', { answerOption: [{ valueString: 'x' }], maxLength: 3 })),
    tested(item('a', 'string', { initial: [{ valueString: 'x' }, { valueString: 'y' }] })),
    tested(
      item('a', 'string', {
        answerOption: [{ valueString: 'x', initialSelected: true }],
        initial: [{ valueString: 'y' }],
      }),
    ),
    tested(item('a', 'coding', { answerOption: [{ valueCoding: { system: colours, code: 'none' } }] })),
    tested(item('a', 'coding', { answerConstraint: 'optionsOrString' })),
    tested(item('a', 'question')),
    tested(item('a', 'none')),
    tested({ text: 'x' }),
    tested(item('a', 'string', { definition: `${core}/Patient#Patient.none` })),
    tested(item('a', 'string', { definition: 'none' })),
    tested(item('a', 'integer', { extension: [{ url: `${core}/minValue`, valueString: 'x' }] })),
    tested(
      item('a', 'string', {
        extension: [{ url: `${core}/questionnaire-itemControl`, valueCodeableConcept: { text: 'x' } }],
      }),
    ),
    questionnaire('tested', [], { item: undefined, subjectType: ['None'] }),
  ],
  'derived questionnaire at fault': [
    derived('compliesWith', item('text', 'integer')),
    derived('compliesWith', item('none', 'string')),
    derived('compliesWith', item('must', 'string', { required: false })),
    derived('compliesWith', item('text', 'string', { maxLength: 9 })),
    derived('compliesWith', item('text', 'string')),
    derived('compliesWith', item('text', 'string', { repeats: true, maxLength: 5 })),
    derived('compliesWith', item('chosen', 'coding')),
    derived(
      'compliesWith',
      item('chosen', 'coding', { answerOption: [{ valueCoding: { system: colours, code: 'green' } }] }),
    ),
    derived('compliesWith', item('number-option', 'integer', { answerOption: [{ valueString: 'x' }] })),
    derived('compliesWith', item('set', 'coding', { answerValueSet: `${home}/ValueSet/all-colours` })),
    derived('extends', item('text', 'integer')),
    derived('inspiredBy', item('text', 'integer')),
    derived('none', item('text', 'integer')),
    derived(undefined, item('text', 'integer')),
    questionnaire('tested', [item('text', 'string')], { derivedFrom: [`${home}/Questionnaire/asked`] }),
    questionnaire('tested', [item('text', 'string')], { derivedFrom: [`${home}/Questionnaire/none`] }),
  ],
};

const measure = (more: Json): Json => defined('Measure', 'tested', more);
const report = (more: Json): Json => ({
  ...{ resourceType: 'MeasureReport', status: 'complete', type: 'summary', measure: `${home}/Measure/counted` },
  period: { start: '2026-01-01', end: '2026-02-01' },
  ...more,
});
const red = { code: { coding: [{ system: colours, code: 'red' }] } };
const green = { code: { coding: [{ system: colours, code: 'green' }] } };
const population = {
  code: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/measure-population', code: 'initial-population' }],
  },
};
const score = { measureScoreQuantity: { value: 0.5 } };

const measures: Provocations = {
  'measure at fault': [
    measure({}),
    measure({ group: [{}] }),
    measure({ group: [{ population: [{}] }, { population: [{}] }] }),
    measure({ group: [{ population: [{}, {}], stratifier: [{}, {}] }] }),
    measure({ group: [{ population: [population], stratifier: [{ component: [{}, {}] }] }] }),
    ...[
      { language: 'text/cql', expression: 'a' },
      { language: 'text/cql-identifier', expression: 'a' },
      { language: 'text/none', expression: 'a' },
      { language: 'text/fhirpath', expression: '((' },
    ].flatMap((criteria) => [
      measure({ group: [{ population: [{ ...population, criteria }] }] }),
      measure({ library: [`${home}/Library/none`], group: [{ population: [{ ...population, criteria }] }] }),
    ]),
  ],
  'measure report at fault': [
    report({}),
    report({ measure: `${home}/Measure/none` }),
    report({ measure: undefined }),
    report({ group: [{}] }),
    report({ group: [green] }),
    report({ group: [{ code: { text: 'x' } }] }),
    report({ group: [{ linkId: 'none' }] }),
    report({ group: [{ linkId: 'g', ...green }] }),
    report({ group: [red, red] }),
    report({ group: [red] }),
    report({ group: [{ ...red, ...score }] }),
    report({ group: [{ ...red, ...score, population: [{}] }] }),
    report({ group: [{ ...red, ...score, population: [green] }] }),
    report({ group: [{ ...red, ...score, population: [{ linkId: 'none' }] }] }),
    report({ group: [{ ...red, ...score, population: [{ linkId: 'p', ...green }] }] }),
    report({ group: [{ ...red, ...score, population: [population, population] }] }),
    report({ group: [{ ...red, ...score, population: [population], stratifier: [{}] }] }),
    report({ group: [{ ...red, ...score, population: [population], stratifier: [red] }] }),
    report({ group: [{ ...red, ...score, population: [population], stratifier: [{ linkId: 'none' }] }] }),
    report({ group: [{ ...red, ...score, population: [{ ...population, count: 1 }], stratifier: [green, green] }] }),
    report({
      group: [
        { ...red, measureScoreQuantity: { value: 2 }, population: [{ ...population, count: 1 }], stratifier: [green] },
      ],
    }),
    report({
      group: [
        { ...red, measureScoreQuantity: { unit: 'x' }, population: [{ ...population, count: 1 }], stratifier: [green] },
      ],
    }),
    report({
      group: [{ ...red, measureScoreInteger: 1, population: [{ ...population, count: 1 }], stratifier: [green] }],
    }),
    report({
      scoring: { text: 'x' },
      group: [{ ...red, ...score, population: [{ ...population, count: 1 }], stratifier: [green] }],
    }),
    report({
      type: 'subject-list',
      group: [{ ...red, ...score, population: [{ ...population, count: 2, subjectResults: { reference: '#l' } }] }],
      contained: [
        {
          resourceType: 'List',
          id: 'l',
          status: 'current',
          mode: 'working',
          entry: [{ item: { reference: 'Patient/1' } }],
        },
      ],
    }),
    report({ group: [{ ...red, ...score, population: [{ ...population, subjectResults: { reference: 'List/1' } }] }] }),
  ],
};

export const questionnaireProvocations: Provocations = { ...responses, ...questionnaires, ...measures };
