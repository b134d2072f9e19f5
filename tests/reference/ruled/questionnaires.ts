/** Questionnaires and their answers by what the specification states of items of each type. https://hl7.org/fhir/R5/questionnaire.html */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { added, inObject, inResource, listed, without, type Fault, type Faults } from '../faults/fault.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';

const item = (change: (item: Json, random: Random) => Json | undefined): Fault =>
  inObject('Questionnaire.item', (one, random) => change(one, random));

const answers = [
  { valueBoolean: true },
  { valueDecimal: 1.5 },
  { valueInteger: 1 },
  { valueDate: '2026' },
  { valueDateTime: '2026-01-01T10:00:00Z' },
  { valueTime: '10:00:00' },
  { valueString: 'a' },
  { valueUri: 'http://example.org' },
  { valueAttachment: { url: 'http://example.org/a' } },
  { valueCoding: { system: 'http://example.org/codes', code: 'a' } },
  { valueCoding: { code: 'a' } },
  { valueQuantity: { value: 1 } },
  { valueReference: { reference: 'Patient/1' } },
] as const;
const types =
  'group display question boolean decimal integer date dateTime time string text url coding attachment reference quantity'.split(
    ' ',
  );
const options = ['valueInteger', 'valueDate', 'valueTime', 'valueString', 'valueCoding', 'valueReference'];

const asAnswer = (value: object): Json =>
  Object.fromEntries(Object.entries(value).map(([name, one]) => [name.replace('value', 'answer'), one as unknown]));
const isOption = (value: object): boolean => options.includes(Object.keys(value)[0]!);

/** Extensions of items that limit answers. */
const limits: readonly Json[] = [
  { url: `${core}/minValue`, valueInteger: 5 },
  { url: `${core}/maxValue`, valueDecimal: 5.5 },
  { url: `${core}/minValue`, valueDate: '2026-01-01' },
  { url: `${core}/maxValue`, valueString: 'a' },
  { url: `${core}/minLength`, valueInteger: 5 },
  { url: `${core}/regex`, valueString: '[' },
  { url: `${core}/maxDecimalPlaces`, valueInteger: 1 },
  { url: `${core}/questionnaire-minOccurs`, valueInteger: 3 },
  { url: `${core}/questionnaire-maxOccurs`, valueInteger: 0 },
  { url: `${core}/questionnaire-unit`, valueCoding: { system: 'http://unitsofmeasure.org', code: 'none' } },
  { url: `${core}/questionnaire-unitOption`, valueCoding: { code: 'mg' } },
  {
    url: `${core}/questionnaire-itemControl`,
    valueCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/questionnaire-item-control', code: 'none' }] },
  },
  { url: `${core}/questionnaire-hidden`, valueBoolean: true },
  { url: `${core}/questionnaire-referenceResource`, valueCode: 'Pacient' },
  { url: `${core}/questionnaire-choiceOrientation`, valueCode: 'diagonal' },
  { url: `${core}/questionnaire-signatureRequired`, valueCodeableConcept: { text: 'a' } },
  { url: `${core}/mimeType`, valueCode: 'text' },
  { url: `${core}/maxSize`, valueDecimal: 1 },
  { url: `${core}/variable`, valueExpression: { name: 'a', language: 'text/fhirpath', expression: 'a +' } },
  { url: `${core}/targetConstraint`, extension: [{ url: 'key', valueId: 'a' }] },
];

export const itemFaults: Faults = {
  'item of any type': item((one, random) => ({ ...one, type: random.pick(types) })),
  'item with any answer option': item((one, random) =>
    added(without(one, 'answerValueSet'), 'answerOption', random.pick(answers.filter(isOption))),
  ),
  'item with an option twice': item((one, random) => {
    const option = random.pick(answers.filter(isOption));
    return added(without(one, 'answerValueSet'), 'answerOption', option, { ...option, initialSelected: true });
  }),
  'item with an option and an initial value': item((one, random) => ({
    ...added(one, 'initial', random.pick(answers)),
    answerOption: [{ ...random.pick(answers.filter(isOption)), initialSelected: random.oneIn(2) }],
  })),
  'item with any initial value': item((one, random) => added(one, 'initial', random.pick(answers))),
  'item with a value set': item((one, random) => ({
    ...without(one, 'answerOption'),
    answerValueSet: random.pick([
      'http://hl7.org/fhir/ValueSet/administrative-gender',
      'http://example.org/none',
      '#none',
      'http://hl7.org/fhir/administrative-gender',
      'a',
      'http://hl7.org/fhir/ValueSet/administrative-gender|1.0',
    ]),
  })),
  'item with a constraint on its answers': item((one, random) => ({
    ...one,
    answerConstraint: random.pick(['optionsOnly', 'optionsOrType', 'optionsOrString', 'none']),
  })),
  'item with flags': item((one, random) => ({
    ...one,
    [random.pick(['required', 'repeats', 'readOnly'])]: random.pick([true, true, false]),
  })),
  'item with a greatest length': item((one, random) => ({ ...one, maxLength: random.pick([0, 1, -1, 100]) })),
  'item with a limit': item((one, random) => added(one, 'extension', random.pick(limits))),
  'item with two limits': item((one, random) => added(one, 'extension', random.pick(limits), random.pick(limits))),
  'item enabled by any answer': inResource('Questionnaire', (questionnaire, random) => {
    const items = listed(questionnaire, 'item');
    if (items.length < 2) return undefined;
    const [at, by] = [random.below(items.length), random.below(items.length)];
    const when = {
      question: items[by]!['linkId'],
      operator: random.pick(['exists', '=', '!=', '>', '<', '>=', '<=', '==']),
      ...asAnswer(random.pick(answers)),
    };
    const changed = {
      ...added(items[at]!, 'enableWhen', when),
      ...(random.oneIn(4) && { enableBehavior: random.pick(['all', 'any', 'none']) }),
    };
    return { ...questionnaire, item: items.map((one, i) => (i === at ? changed : one)) };
  }),
  'item with a display that is disabled': item((one, random) => ({
    ...one,
    disabledDisplay: random.pick(['hidden', 'protected', 'none']),
  })),
  'item within an item': item((one, random) =>
    added(one, 'item', { linkId: random.pick(['new', String(one['linkId'])]), type: random.pick(types), text: 'a' }),
  ),
  'item without its text or type': item((one, random) => without(one, random.pick(['text', 'type', 'linkId', 'item']))),
  'item with a code': item((one, random) => ({
    ...one,
    code: [random.pick([{ code: 'a' }, { system: 'http://loinc.org', code: 'none' }, { system: 'a', code: 'a' }])],
  })),
  'item with an odd linkId': item((one, random) => ({
    ...one,
    linkId: random.pick(['', ' ', 'a b', 'x'.repeat(300), 5]),
  })),
  'item with a definition': item((one, random) => ({
    ...one,
    definition: random.pick([
      'http://hl7.org/fhir/StructureDefinition/Patient#Patient.name',
      'http://hl7.org/fhir/StructureDefinition/Patient#Patient.none',
      'http://hl7.org/fhir/StructureDefinition/Patient',
      '#Patient.name',
      'http://hl7.org/fhir/ValueSet/administrative-gender#a',
    ]),
  })),
  'questionnaire of subjects': inResource('Questionnaire', (one, random) => ({
    ...one,
    subjectType: [random.pick(['Patient', 'Pacient', 'HumanName', 'patient', 'Resource'])],
  })),
  'questionnaire derived': inResource('Questionnaire', (one, random) => ({
    ...one,
    derivedFrom: [random.pick(['http://example.org/none', '#a', 'http://hl7.org/fhir/ValueSet/administrative-gender'])],
  })),
};

/** A response with the questionnaire that it answers within it. */
const answering: Fault = inResource('Questionnaire', (questionnaire, random) => {
  const items = listed(questionnaire, 'item');
  if (items.length === 0 || JSON.stringify(questionnaire).length > 20_000) return undefined;
  const contained = { ...without(questionnaire, 'meta', 'text', 'contained'), id: 'q' };
  const answered = (one: Json): Json[] => {
    if (random.oneIn(5)) return [];
    const inner = listed(one, 'item').flatMap(answered);
    const isGroup = one['type'] === 'group' || one['type'] === 'display';
    const answer = Array.from({ length: random.oneIn(5) ? 2 : 1 }, () => fitting(one, random));
    const base = { linkId: one['linkId'], ...(random.oneIn(4) && { text: random.pick([one['text'], 'a']) }) };
    const made = {
      ...base,
      ...(isGroup !== random.oneIn(15)
        ? inner.length > 0
          ? { item: inner }
          : {}
        : {
            answer: answer.map((value) => ({ ...value, ...(inner.length > 0 && random.oneIn(2) && { item: inner }) })),
          }),
    };
    return random.oneIn(15) ? [made, made] : [made];
  };
  const made = items.flatMap(answered);
  return {
    resourceType: 'QuestionnaireResponse',
    contained: [contained],
    questionnaire: random.oneIn(10) ? (questionnaire['url'] ?? '#q') : '#q',
    status: random.pick(['completed', 'completed', 'amended', 'in-progress', 'stopped', 'entered-in-error']),
    ...(random.oneIn(2) && { subject: { reference: random.pick(['Patient/1', 'Group/1', 'Device/1']) } }),
    ...(random.oneIn(3) && { authored: '2026-01-01' }),
    item: random.oneIn(8)
      ? [...made].reverse()
      : random.oneIn(8)
        ? [...made, { linkId: 'none', answer: [{ valueString: 'a' }] }]
        : made,
  };
});

const memberOfType: Readonly<Record<string, string>> = {
  ...{
    boolean: 'valueBoolean',
    decimal: 'valueDecimal',
    integer: 'valueInteger',
    date: 'valueDate',
    dateTime: 'valueDateTime',
  },
  ...{ time: 'valueTime', string: 'valueString', text: 'valueString', url: 'valueUri', coding: 'valueCoding' },
  ...{ attachment: 'valueAttachment', reference: 'valueReference', quantity: 'valueQuantity' },
};

/** An answer that is of the type of its question, and one of its options, most of the time. */
function fitting(question: Json, random: Random): Json {
  if (random.oneIn(5)) return random.pick(answers);
  const option = listed(question, 'answerOption');
  if (option.length > 0 && !random.oneIn(4)) return without(random.pick(option), 'initialSelected', 'extension');
  const member = memberOfType[String(question['type'])];
  return answers.find((one) => member !== undefined && member in one) ?? { valueString: 'a' };
}

export const responseFaults: Faults = { 'answers to a published questionnaire': answering };
