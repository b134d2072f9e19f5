/** Provocations of questionnaires that decide what is asked: conditions of each kind, expressions, toggles, targets, and responses to them. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { amount, defined, home, told, type Provocations } from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';
const sdc = 'http://hl7.org/fhir/uv/sdc/StructureDefinition';
const colours = `${home}/CodeSystem/colours`;
const red: Json = { system: colours, code: 'red' };

const item = (linkId: string, type: string, more: Json = {}): Json => ({ linkId, text: linkId, type, ...more });
const bearing = (url: string, value: Json): Json => ({ extension: [{ url, ...value }] });
const fhirpath = (expression: string): Json => ({ valueExpression: { language: 'text/fhirpath', expression } });

/** A value of each type that a condition compares with, and one that differs. */
const values: Readonly<Record<string, readonly [member: string, value: unknown, other: unknown]>> = {
  boolean: ['Boolean', true, false],
  integer: ['Integer', 5, 6],
  decimal: ['Decimal', 1.5, 2.5],
  date: ['Date', '2026-01-01', '2026-02-01'],
  dateTime: ['DateTime', '2026-01-01T10:00:00Z', '2026-02-01T10:00:00Z'],
  time: ['Time', '10:00:00', '11:00:00'],
  string: ['String', 'a', 'b'],
  coding: ['Coding', red, { system: colours, code: 'green' }],
  quantity: ['Quantity', amount(5), amount(6)],
  reference: ['Reference', { reference: 'Patient/1' }, { reference: 'Patient/2' }],
};
const operators = ['exists', '=', '!=', '>', '<', '>=', '<='];

const conditional = (type: string, operator: string): Json => {
  const [member, value] = values[type]!;
  return {
    question: type,
    operator,
    ...(operator === 'exists' ? { answerBoolean: true } : { [`answer${member}`]: value }),
  };
};

const conditions = defined('Questionnaire', 'conditions', {
  item: Object.keys(values).flatMap((type) => [
    item(type, type),
    ...operators.map((operator) =>
      item(`${type} ${operator}`, 'string', { enableWhen: [conditional(type, operator)] }),
    ),
  ]),
});

const nested = defined('Questionnaire', 'nested-conditions', {
  item: [
    item('a', 'boolean', {
      item: [
        item('a.1', 'string'),
        item('a.2', 'integer', { enableWhen: [{ question: 'a.1', operator: 'exists', answerBoolean: true }] }),
      ],
    }),
    item('b', 'group', {
      repeats: true,
      item: [
        item('b.1', 'boolean'),
        item('b.2', 'string', {
          required: true,
          enableWhen: [{ question: 'b.1', operator: '=', answerBoolean: true }],
        }),
      ],
    }),
    item('c', 'string', {
      required: true,
      enableBehavior: 'any',
      enableWhen: [
        { question: 'a', operator: '=', answerBoolean: true },
        { question: 'b.1', operator: '=', answerBoolean: true },
      ],
    }),
    item('d', 'string', {
      required: true,
      enableBehavior: 'all',
      enableWhen: [
        { question: 'a', operator: '=', answerBoolean: true },
        { question: 'b.1', operator: '=', answerBoolean: true },
      ],
    }),
    item('e', 'group', {
      enableWhen: [{ question: 'a', operator: '=', answerBoolean: true }],
      item: [item('e.1', 'string', { required: true })],
    }),
    item(
      'f',
      'string',
      bearing(
        `${sdc}/sdc-questionnaire-enableWhenExpression`,
        fhirpath("%resource.item.where(linkId='a').answer.value = true"),
      ),
    ),
    item('g', 'integer', bearing(`${sdc}/sdc-questionnaire-calculatedExpression`, fhirpath('1 + 1'))),
    item('h', 'coding', {
      answerOption: [{ valueCoding: red }, { valueCoding: { system: colours, code: 'green' } }],
      extension: [
        {
          url: `${sdc}/sdc-questionnaire-answerOptionsToggleExpression`,
          extension: [
            { url: 'option', valueCoding: red },
            { url: 'expression', ...fhirpath('false') },
          ],
        },
      ],
    }),
    item('i', 'string', { readOnly: true, initial: [{ valueString: 'a' }] }),
    item(
      'j',
      'quantity',
      bearing(`${core}/questionnaire-unit`, { valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg' } }),
    ),
    item('k', 'string', { repeats: true }),
    item('l', 'coding', {
      repeats: true,
      answerOption: [
        { valueCoding: red },
        {
          valueCoding: { system: colours, code: 'green' },
          ...bearing(`${core}/questionnaire-optionExclusive`, { valueBoolean: true }),
        },
      ],
    }),
  ],
  extension: [
    {
      url: `${core}/targetConstraint`,
      extension: [
        { url: 'key', valueId: 't-1' },
        { url: 'severity', valueCode: 'error' },
        { url: 'expression', ...fhirpath("item.where(linkId='k').answer.count() < 3") },
        { url: 'human', valueString: 'A' },
      ],
    },
    {
      url: `${core}/targetConstraint`,
      extension: [
        { url: 'key', valueId: 't-2' },
        { url: 'severity', valueCode: 'warning' },
        { url: 'expression', ...fhirpath("item.where(linkId='i').exists()") },
        { url: 'human', valueString: 'B' },
      ],
    },
  ],
});

export const answeredDefinitions: readonly Json[] = [conditions, nested];

const response = (id: string, items: readonly Json[], more: Json = {}): Json => ({
  ...{ resourceType: 'QuestionnaireResponse', questionnaire: `${home}/Questionnaire/${id}`, status: 'completed' },
  ...told(),
  authored: '2026-03-01T10:00:00Z',
  ...(items.length > 0 && { item: items }),
  ...more,
});
const said = (linkId: string, ...answer: readonly Json[]): Json => ({ linkId, answer });
const text = { valueString: 'a' };
const yes = { valueBoolean: true };

const conditioned: Provocations = {
  'condition of a kind': Object.entries(values).flatMap(([type, [member, value, other]]) =>
    [value, other, undefined].map((given) =>
      response('conditions', [
        ...(given === undefined ? [] : [said(type, { [`value${member}`]: given })]),
        ...operators.map((operator) => said(`${type} ${operator}`, text)),
      ]),
    ),
  ),
  'conditions within': [
    [],
    [said('a', yes)],
    [said('a', yes), said('c', text)],
    [said('a', yes), said('c', text), { linkId: 'e', item: [said('e.1', text)] }],
    [said('a', yes), said('c', text), { linkId: 'e' }],
    [
      { linkId: 'a', answer: [{ ...yes, item: [said('a.1', text), said('a.2', { valueInteger: 1 })] }] },
      said('c', text),
      { linkId: 'e', item: [said('e.1', text)] },
    ],
    [
      { linkId: 'a', answer: [{ ...yes, item: [said('a.2', { valueInteger: 1 })] }] },
      said('c', text),
      { linkId: 'e', item: [said('e.1', text)] },
    ],
    [{ linkId: 'a', answer: [yes], item: [said('a.1', text)] }],
    [{ linkId: 'b', item: [said('b.1', yes)] }],
    [{ linkId: 'b', item: [said('b.1', yes), said('b.2', text)] }, said('c', text)],
    [
      { linkId: 'b', item: [said('b.1', yes), said('b.2', text)] },
      { linkId: 'b', item: [said('b.1', { valueBoolean: false })] },
      said('c', text),
    ],
    [{ linkId: 'b', item: [said('b.1', { valueBoolean: false }), said('b.2', text)] }],
    [{ linkId: 'b', item: [said('b.2', text), said('b.1', yes)] }],
    [
      said('a', yes),
      { linkId: 'b', item: [said('b.1', yes), said('b.2', text)] },
      said('c', text),
      said('d', text),
      { linkId: 'e', item: [said('e.1', text)] },
    ],
    [
      said('a', yes),
      { linkId: 'b', item: [said('b.1', yes), said('b.2', text)] },
      said('c', text),
      { linkId: 'e', item: [said('e.1', text)] },
    ],
    [said('d', text)],
    [{ linkId: 'e', item: [said('e.1', text)] }],
    [said('f', text)],
    [said('g', { valueInteger: 2 })],
    [said('g', { valueInteger: 3 })],
    [said('h', { valueCoding: red })],
    [said('i', { valueString: 'b' })],
    [said('j', { valueQuantity: amount(1, 'g') })],
    [said('j', { valueQuantity: amount(1) })],
    [said('k', text, text)],
    [said('k', text, text, text)],
    [said('k', text), said('k', text)],
    [said('l', { valueCoding: red }, { valueCoding: { system: colours, code: 'green' } })],
    [said('l', { valueCoding: red }, { valueCoding: red })],
    [said('k', text), said('j', { valueQuantity: amount(1) })],
    [{ linkId: 'k' }],
    [{ linkId: 'k', answer: [] }],
    [{ linkId: 'k', text: 'other', answer: [text] }],
    [{ linkId: 'k', definition: 'http://example.org', answer: [text] }],
    [{ linkId: 'k', answer: [{ item: [said('a', yes)] }] }],
    [{ linkId: 'k', answer: [{ ...text, item: [said('a', yes)] }] }],
    [{ linkId: 'e', answer: [text] }],
    [{ linkId: 'K', answer: [text] }],
    [{ answer: [text] }],
    [said('k', { ...text, valueInteger: 1 })],
  ].map((items) => response('nested-conditions', items)),
  'status of a response': ['completed', 'in-progress', 'amended', 'entered-in-error', 'stopped', 'none'].flatMap(
    (status) => [
      response('nested-conditions', [said('a', yes)], { status }),
      response('nested-conditions', [said('k', text)], {
        status,
        questionnaire: `${home}/Questionnaire/nested-conditions|1.0.0`,
      }),
      response('nested-conditions', [said('k', text)], {
        status,
        questionnaire: `${home}/Questionnaire/nested-conditions|2.0.0`,
      }),
      response('nested-conditions', [said('k', text)], { status, questionnaire: `${home}/Questionnaire/none` }),
    ],
  ),
  'questionnaire within a response': ['#q', '#r', 'Questionnaire/q'].map((questionnaire) =>
    response('', [said('a', text)], {
      questionnaire,
      contained: [{ resourceType: 'Questionnaire', id: 'q', status: 'active', item: [item('a', 'integer')] }],
    }),
  ),
};

const asked = (...items: readonly Json[]): Json =>
  defined('Questionnaire', 'tested', {
    ...told(),
    item: [
      item('yes', 'boolean'),
      item('number', 'integer'),
      item('group', 'group', { item: [item('within', 'string')] }),
      ...items,
    ],
  });

const made: Provocations = {
  'condition of a questionnaire': [
    ...Object.entries(values).flatMap(([type, [member, value]]) =>
      operators.map((operator) =>
        asked(
          item(type === 'boolean' ? 'x' : type, type),
          item('c', 'string', {
            enableWhen: [{ question: type === 'boolean' ? 'x' : type, operator, [`answer${member}`]: value }],
          }),
        ),
      ),
    ),
    asked(item('c', 'string', { enableWhen: [{ question: 'none', operator: 'exists', answerBoolean: true }] })),
    asked(item('c', 'string', { enableWhen: [{ question: 'c', operator: 'exists', answerBoolean: true }] })),
    asked(item('c', 'string', { enableWhen: [{ question: 'group', operator: 'exists', answerBoolean: true }] })),
    asked(
      item('c', 'string', { enableWhen: [{ question: 'd', operator: 'exists', answerBoolean: true }] }),
      item('d', 'string'),
    ),
    asked(item('c', 'string', { enableWhen: [{ question: 'yes', operator: '=', answerString: 'true' }] })),
    asked(item('c', 'string', { enableWhen: [{ question: 'yes', operator: 'exists', answerString: 'true' }] })),
    asked(item('c', 'string', { enableWhen: [{ question: 'number', operator: '=', answerDecimal: 1 }] })),
    asked(item('c', 'string', { enableWhen: [{ question: 'yes', operator: '=' }] })),
    asked(item('c', 'string', { enableWhen: [{ question: 'yes', answerBoolean: true }] })),
    asked(
      item('c', 'string', { enableWhen: [1, 2].map(() => ({ question: 'yes', operator: '=', answerBoolean: true })) }),
    ),
    asked(item('c', 'string', { enableBehavior: 'any' })),
    asked(item('c', 'string', { disabledDisplay: 'hidden' })),
    asked(
      item('c', 'string', {
        disabledDisplay: 'hidden',
        enableWhen: [{ question: 'yes', operator: '=', answerBoolean: true }],
      }),
    ),
  ],
  'item of a type': [
    'group',
    'display',
    'boolean',
    'decimal',
    'integer',
    'date',
    'dateTime',
    'time',
    'string',
    'text',
    'url',
    'coding',
    'attachment',
    'reference',
    'quantity',
  ].flatMap((type, i) =>
    [
      { maxLength: 5 },
      { required: true },
      { repeats: true },
      { readOnly: true },
      { initial: [{ valueString: 'a' }] },
      { initial: [{ valueBoolean: true }, { valueBoolean: false }] },
      { answerOption: [{ valueString: 'a' }] },
      { answerOption: [{ valueCoding: red, initialSelected: true }] },
      { answerOption: [{ valueInteger: 1 }, { valueInteger: 1 }] },
      { answerValueSet: `${home}/ValueSet/all-colours` },
      { answerConstraint: 'optionsOnly' },
      { answerConstraint: 'optionsOrString', answerValueSet: `${home}/ValueSet/all-colours` },
      { item: [item('i', 'string')] },
      { code: [red] },
      { definition: `${core}/Patient#Patient.active` },
      { definition: `${core}/Patient#Patient.none` },
      { prefix: 'a', text: undefined },
      bearing(`${core}/minValue`, { valueInteger: 1 }),
      bearing(`${core}/maxValue`, { valueDate: '2026-01-01' }),
      bearing(`${core}/minLength`, { valueInteger: 1 }),
      bearing(`${core}/regex`, { valueString: '((' }),
      bearing(`${core}/maxDecimalPlaces`, { valueInteger: -1 }),
      bearing(`${core}/questionnaire-unit`, { valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg' } }),
      bearing(`${core}/questionnaire-unitOption`, { valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg' } }),
      bearing(`${core}/questionnaire-unitValueSet`, { valueCanonical: `${home}/ValueSet/none` }),
      bearing(`${core}/questionnaire-itemControl`, {
        valueCodeableConcept: {
          coding: [{ system: 'http://hl7.org/fhir/questionnaire-item-control', code: 'drop-down' }],
        },
      }),
      bearing(`${core}/questionnaire-choiceOrientation`, { valueCode: 'none' }),
      bearing(`${core}/questionnaire-minOccurs`, { valueInteger: 2 }),
      bearing(`${core}/questionnaire-referenceResource`, { valueCode: 'None' }),
      bearing(`${core}/questionnaire-signatureRequired`, { valueCodeableConcept: { text: 'a' } }),
      bearing(`${core}/questionnaire-hidden`, { valueBoolean: true }),
      bearing(`${core}/mimeType`, { valueCode: 'none' }),
      bearing(`${core}/maxSize`, { valueDecimal: 1 }),
    ]
      // Each with every fourth: all meet all types in turn.
      .filter((_more, j) => (i + j) % 4 === 0)
      .map((more) => asked(item('x', type, more))),
  ),
  'rule of a questionnaire': [
    [
      { url: 'key', valueId: 'a' },
      { url: 'severity', valueCode: 'error' },
      { url: 'expression', ...fhirpath('item.exists()') },
      { url: 'human', valueString: 'A' },
    ],
    [
      { url: 'key', valueId: 'a' },
      { url: 'severity', valueCode: 'error' },
      { url: 'expression', ...fhirpath('item.exists(') },
      { url: 'human', valueString: 'A' },
    ],
    [
      { url: 'key', valueId: 'a' },
      { url: 'severity', valueCode: 'none' },
      { url: 'expression', ...fhirpath('item.exists()') },
      { url: 'human', valueString: 'A' },
    ],
    [
      { url: 'key', valueId: 'a' },
      { url: 'severity', valueCode: 'error' },
      { url: 'human', valueString: 'A' },
    ],
    [
      { url: 'severity', valueCode: 'error' },
      { url: 'expression', ...fhirpath('item.exists()') },
      { url: 'human', valueString: 'A' },
    ],
    [
      { url: 'key', valueId: 'a' },
      { url: 'severity', valueCode: 'error' },
      { url: 'expression', ...fhirpath('none.exists()') },
      { url: 'human', valueString: 'A' },
    ],
  ].flatMap((extension) => {
    const rule = { extension: [{ url: `${core}/targetConstraint`, extension }] };
    return [
      defined('Questionnaire', 'tested', { ...told(), ...rule, item: [item('a', 'string')] }),
      asked(item('x', 'string', rule)),
    ];
  }),
};

export const answeredProvocations: Provocations = { ...conditioned, ...made };
