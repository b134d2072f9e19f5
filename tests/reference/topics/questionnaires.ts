/** Topics of questionnaires: their items by type, what enables them, answers to them. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { defined } from '../provoked/definition.ts';
import { at, core, few, turned, urlOf, type Topic } from './topic.ts';

const options = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus';
const coding = (code: string, more: Json = {}): Json => ({ system: options, code, ...more });

const items: readonly Json[] = [
  { linkId: 'string', type: 'string', text: 's', maxLength: 5 },
  { linkId: 'text', type: 'text', text: 't' },
  { linkId: 'boolean', type: 'boolean', text: 'b', required: true },
  {
    linkId: 'integer',
    type: 'integer',
    text: 'i',
    extension: [
      { url: core('minValue'), valueInteger: 1 },
      { url: core('maxValue'), valueInteger: 9 },
    ],
  },
  { linkId: 'decimal', type: 'decimal', text: 'd', extension: [{ url: core('maxDecimalPlaces'), valueInteger: 1 }] },
  { linkId: 'date', type: 'date', text: 'd' },
  { linkId: 'dateTime', type: 'dateTime', text: 'dt' },
  { linkId: 'time', type: 'time', text: 't' },
  { linkId: 'url', type: 'url', text: 'u' },
  {
    linkId: 'coding',
    type: 'coding',
    text: 'c',
    answerOption: [{ valueCoding: coding('M') }, { valueCoding: coding('S') }],
  },
  {
    linkId: 'open',
    type: 'coding',
    text: 'c',
    answerConstraint: 'optionsOrString',
    answerOption: [{ valueCoding: coding('M') }],
  },
  { linkId: 'set', type: 'coding', text: 'c', answerValueSet: 'http://terminology.hl7.org/ValueSet/v3-MaritalStatus' },
  {
    linkId: 'orType',
    type: 'coding',
    text: 'c',
    answerConstraint: 'optionsOrType',
    answerValueSet: 'http://terminology.hl7.org/ValueSet/v3-MaritalStatus',
  },
  {
    linkId: 'attachment',
    type: 'attachment',
    text: 'a',
    extension: [
      { url: core('maxSize'), valueDecimal: 0.00001 },
      { url: core('mimeType'), valueCode: 'image/png' },
    ],
  },
  {
    linkId: 'reference',
    type: 'reference',
    text: 'r',
    extension: [{ url: core('questionnaire-referenceResource'), valueCode: 'Patient' }],
  },
  {
    linkId: 'quantity',
    type: 'quantity',
    text: 'q',
    extension: [
      { url: core('questionnaire-unitOption'), valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg' } },
    ],
  },
  {
    linkId: 'repeats',
    type: 'string',
    text: 'r',
    repeats: true,
    extension: [{ url: core('questionnaire-maxOccurs'), valueInteger: 2 }],
  },
  { linkId: 'numbers', type: 'integer', text: 'n', answerOption: [{ valueInteger: 1 }, { valueInteger: 2 }] },
  { linkId: 'words', type: 'string', text: 'w', answerOption: [{ valueString: 'a' }, { valueString: 'b' }] },
  { linkId: 'display', type: 'display', text: 'd' },
  {
    linkId: 'when',
    type: 'string',
    text: 'w',
    required: true,
    enableWhen: [{ question: 'boolean', operator: '=', answerBoolean: true }],
  },
  {
    linkId: 'exists',
    type: 'string',
    text: 'e',
    enableWhen: [
      { question: 'integer', operator: 'exists', answerBoolean: true },
      { question: 'coding', operator: '=', answerCoding: coding('M') },
    ],
    enableBehavior: 'any',
  },
  {
    linkId: 'above',
    type: 'string',
    text: 'a',
    enableWhen: [{ question: 'integer', operator: '>', answerInteger: 3 }],
  },
  {
    linkId: 'group',
    type: 'group',
    text: 'g',
    required: true,
    item: [
      { linkId: 'inner', type: 'string', text: 'i', required: true },
      { linkId: 'inner2', type: 'boolean', text: 'i' },
    ],
  },
  {
    linkId: 'groups',
    type: 'group',
    text: 'g',
    repeats: true,
    item: [{ linkId: 'deep', type: 'date', text: 'd', item: [{ linkId: 'deeper', type: 'string', text: 'e' }] }],
  },
];

const answers: Readonly<Record<string, readonly Json[]>> = {
  string: [{ valueString: 'a' }, { valueString: 'abcdef' }, { valueInteger: 1 }, {}],
  text: [{ valueString: 'a\nb' }, { valueString: '' }],
  boolean: [{ valueBoolean: true }, { valueBoolean: false }, { valueString: 'true' }],
  integer: [{ valueInteger: 5 }, { valueInteger: 0 }, { valueInteger: 10 }, { valueDecimal: 5 }],
  decimal: [{ valueDecimal: 1.5 }, { valueDecimal: 1.55 }, { valueInteger: 1 }],
  date: [{ valueDate: '2026-01-31' }, { valueDateTime: '2026-01-31' }, { valueDate: '2026-01-32' }],
  dateTime: [{ valueDateTime: '2026-01-31T10:00:00Z' }, { valueDate: '2026-01-31' }, { valueDateTime: '2026' }],
  time: [{ valueTime: '10:00:00' }, { valueTime: '10:00' }],
  url: [{ valueUri: 'http://none.test' }, { valueUri: 'a b' }, { valueString: 'http://none.test' }],
  coding: [
    { valueCoding: coding('M') },
    { valueCoding: coding('D') },
    { valueCoding: { code: 'M' } },
    { valueString: 'M' },
    { valueCoding: coding('M', { display: 'x' }) },
    { valueCoding: { system: 'http://none.test/c', code: 'M' } },
  ],
  open: [{ valueCoding: coding('M') }, { valueString: 'a' }, { valueCoding: coding('D') }],
  set: [
    { valueCoding: coding('M') },
    { valueCoding: coding('none') },
    { valueCoding: { display: 'a' } },
    { valueString: 'a' },
  ],
  orType: [
    { valueCoding: coding('none') },
    { valueCoding: { system: 'http://none.test/c', code: 'a' } },
    { valueString: 'a' },
  ],
  attachment: [
    { valueAttachment: { contentType: 'image/png', url: 'http://none.test' } },
    { valueAttachment: { contentType: 'text/plain', data: 'YWJjYWJjYWJjYWJjYWJj', size: '15' } },
  ],
  reference: [
    { valueReference: { reference: 'Patient/1' } },
    { valueReference: { reference: 'Group/1' } },
    { valueReference: { display: 'a' } },
  ],
  quantity: [
    { valueQuantity: { value: 1, system: 'http://unitsofmeasure.org', code: 'kg' } },
    { valueQuantity: { value: 1, system: 'http://unitsofmeasure.org', code: 'g' } },
    { valueQuantity: { value: 1 } },
    { valueDecimal: 1 },
  ],
  repeats: [{ valueString: 'a' }, { valueString: 'b' }, { valueString: 'c' }],
  numbers: [{ valueInteger: 1 }, { valueInteger: 3 }],
  words: [{ valueString: 'a' }, { valueString: 'c' }],
  display: [{ valueString: 'a' }],
  when: [{ valueString: 'a' }],
  exists: [{ valueString: 'a' }],
  above: [{ valueString: 'a' }],
  inner: [{ valueString: 'a' }],
  inner2: [{ valueBoolean: true }],
  deep: [{ valueDate: '2026' }, { valueDate: '2026', item: [{ linkId: 'deeper', answer: [{ valueString: 'a' }] }] }],
};

const questionnaire = (id: string, item: readonly Json[], more: Json = {}): Json =>
  defined('Questionnaire', id, { ...(item.length > 0 && { item }), ...more });

const response: Topic = (random, id) => {
  const asked = few(random, items, 8);
  const answered = (item: Json): Json[] => {
    const linkId = String(item['linkId']);
    if (random.oneIn(5)) return [];
    if (item['type'] === 'group') {
      const inside = (item['item'] as Json[]).flatMap(answered);
      const group = { linkId, ...(inside.length > 0 && { item: inside }) };
      return random.oneIn(6) ? [group, group] : [group];
    }
    const all = answers[linkId]!;
    const given = random.oneIn(6) ? few(random, all, 3) : [random.pick(all)];
    return [
      {
        linkId,
        ...at(random, 6, { text: random.pick([String(item['text']), 'other']) }),
        ...(given.length > 0 && { answer: given }),
      },
    ];
  };
  const item = asked.flatMap(answered);
  const own = questionnaire(id, asked, at(random, 5, { subjectType: [random.pick(['Patient', 'Group'])] }));
  const made: Json = {
    resourceType: 'QuestionnaireResponse',
    questionnaire: urlOf('Questionnaire', id),
    status: random.pick(['completed', 'completed', 'in-progress', 'amended']),
    ...(item.length > 0 && { item }),
  };
  const list =
    (change: (all: Json[]) => Json[]) =>
    (one: Json): Json => ({ ...one, item: change((one['item'] as Json[] | undefined) ?? []) });
  return {
    resource: turned(random, made, [
      list((all) => all.toReversed()),
      list((all) => [...all, { linkId: 'none', answer: [{ valueString: 'a' }] }]),
      list((all) => [...all, ...all.slice(0, 1)]),
      list((all) => [{ linkId: 'group', item: all }]),
      list((all) => all.map(({ linkId: _linkId, ...rest }, i) => (i === 0 ? rest : { linkId: _linkId, ...rest }))),
      list((all) => all.map((one, i) => (i === 0 ? { ...one, answer: [] } : one))),
      list((all) =>
        all.map((one, i) => (i === 0 ? { ...one, item: [{ linkId: 'inner', answer: [{ valueString: 'a' }] }] } : one)),
      ),
      list((all) =>
        all.map((one, i) =>
          i === 0
            ? { ...one, answer: [{ extension: [{ url: core('data-absent-reason'), valueCode: 'unknown' }] }] }
            : one,
        ),
      ),
      { questionnaire: `${urlOf('Questionnaire', id)}|1.0.0` },
      { questionnaire: `${urlOf('Questionnaire', id)}|9` },
      { questionnaire: 'http://none.test/Questionnaire/a' },
      { questionnaire: undefined },
      { questionnaire: '#q' },
      (one) => ({ ...one, contained: [{ ...own, id: 'q' }], questionnaire: '#q' }),
      { subject: { reference: 'Patient/1' } },
      { subject: { reference: 'Device/1' } },
      { status: 'none' },
    ]),
    definitions: [own],
  };
};

const definition: Topic = (random, id) => {
  const asked = few(random, items, 6);
  const first =
    (more: Json) =>
    (one: Json): Json => {
      const [head, ...rest] = (one['item'] as Json[] | undefined) ?? [{ linkId: 'x', type: 'string', text: 'x' }];
      return { ...one, item: [{ ...head!, ...more }, ...rest] };
    };
  return {
    resource: turned(random, questionnaire(id, asked), [
      first({ enableWhen: [{ question: 'none', operator: '=', answerString: 'a' }] }),
      first({ enableWhen: [{ question: 'string', operator: '>', answerString: 'a' }] }),
      first({ enableWhen: [{ question: 'boolean', operator: '=', answerString: 'a' }] }),
      first({ enableWhen: [{ question: 'boolean', operator: 'exists', answerString: 'a' }] }),
      first({
        enableWhen: [
          { question: 'coding', operator: '=', answerCoding: coding('D') },
          { question: 'integer', operator: '=', answerInteger: 1 },
        ],
      }),
      first({ enableWhen: [{ question: 'group', operator: 'exists', answerBoolean: true }] }),
      first({ linkId: 'group' }),
      first({ linkId: '' }),
      first({ linkId: 'x'.repeat(300) }),
      first({ type: 'none' }),
      first({ type: 'question' }),
      first({ type: 'group' }),
      first({ type: 'display' }),
      first({ type: undefined }),
      first({ initial: [{ valueString: 'a' }] }),
      first({ initial: [{ valueInteger: 1 }, { valueInteger: 2 }] }),
      first({ initial: [{ valueCoding: coding('D') }] }),
      first({ answerOption: [{ valueInteger: 1 }] }),
      first({ answerOption: [{ valueCoding: coding('M') }, { valueCoding: coding('M') }] }),
      first({ answerOption: [{ valueCoding: coding('none'), initialSelected: true }] }),
      first({ answerValueSet: 'http://none.test/ValueSet/a' }),
      first({ answerValueSet: '#a' }),
      first({ answerValueSet: options }),
      first({
        answerOption: [{ valueString: 'a' }],
        answerValueSet: 'http://terminology.hl7.org/ValueSet/v3-MaritalStatus',
      }),
      first({ maxLength: 5 }),
      first({ maxLength: 0 }),
      first({ repeats: true }),
      first({ required: true, readOnly: true }),
      first({ answerConstraint: 'optionsOnly' }),
      first({ disabledDisplay: 'hidden' }),
      first({ definition: 'http://hl7.org/fhir/StructureDefinition/Patient#Patient.birthDate' }),
      first({ definition: 'http://hl7.org/fhir/StructureDefinition/Patient#Patient.none' }),
      first({ definition: 'a' }),
      first({ definition: 'http://hl7.org/fhir/StructureDefinition/Patient' }),
      first({ definition: 'http://none.test/StructureDefinition/a#a.b' }),
      first({ code: [coding('none')] }),
      first({ prefix: '1' }),
      first({
        item: [
          { linkId: 'same', type: 'string', text: 'a' },
          { linkId: 'same', type: 'string', text: 'b' },
        ],
      }),
      first({ extension: [{ url: core('questionnaire-hidden'), valueBoolean: true }] }),
      first({
        extension: [
          {
            url: core('questionnaire-itemControl'),
            valueCodeableConcept: {
              coding: [
                {
                  system: 'http://hl7.org/fhir/questionnaire-item-control',
                  code: random.pick(['radio-button', 'none', 'slider', 'header']),
                },
              ],
            },
          },
        ],
      }),
      first({ extension: [{ url: core('minValue'), valueDate: '2026' }] }),
      first({ extension: [{ url: core('questionnaire-minOccurs'), valueInteger: 2 }] }),
      first({ extension: [{ url: core('regex'), valueString: '[' }] }),
      first({ extension: [{ url: core('entryFormat'), valueString: 'a' }] }),
      first({
        extension: [
          {
            url: core('questionnaire-constraint'),
            extension: [
              { url: 'key', valueId: 'a' },
              { url: 'severity', valueCode: 'error' },
              { url: 'expression', valueString: 'item.exists(' },
              { url: 'human', valueString: 'a' },
            ],
          },
        ],
      }),
      first({
        extension: [
          {
            url: core('variable'),
            valueExpression: {
              name: 'a',
              language: 'text/fhirpath',
              expression: random.pick(['%resource.item', 'a and', "'a' + 1"]),
            },
          },
        ],
      }),
      { subjectType: ['None'] },
      { derivedFrom: ['http://none.test/Questionnaire/a'] },
      { item: undefined },
      { status: undefined },
      { url: 'a' },
      { url: 'http://provoked.test/a b' },
      { url: undefined },
      { name: 'a b' },
      { copyrightLabel: 'a' },
      { versionAlgorithmString: 'semver', version: 'a' },
      { useContext: [{ code: { code: 'a' } }] },
    ]),
    definitions: [],
  };
};

export const questionnaireTopics: Readonly<Record<string, Topic>> = {
  responses: response,
  'answers again': response,
  questionnaires: definition,
  'questions again': definition,
};
