/** Questionnaires that a grammar writes, and responses to them that fit or do not. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { randomSource, type Random } from '../../random.ts';
import { defined, home } from '../provoked/definition.ts';
import { core } from './values.ts';

const types = [
  ...['group', 'group', 'display', 'boolean', 'decimal', 'integer', 'date', 'dateTime', 'time', 'string', 'text'],
  ...['url', 'coding', 'coding', 'attachment', 'reference', 'quantity', 'question'],
];

const sets = ['http://hl7.org/fhir/ValueSet/marital-status', 'http://hl7.org/fhir/ValueSet/identifier-type'];
const marital = { system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M' };

/** Answers to questions of a type: right ones, and others. */
const answers: Readonly<Record<string, readonly Json[]>> = {
  boolean: [{ valueBoolean: true }, { valueBoolean: false }],
  decimal: [{ valueDecimal: 1.5 }, { valueDecimal: 50 }, { valueDecimal: 1.2345 }],
  integer: [{ valueInteger: 1 }, { valueInteger: 50 }],
  date: [{ valueDate: '2026-01-31' }, { valueDate: '1990' }],
  dateTime: [{ valueDateTime: '2026-01-31T10:00:00Z' }, { valueDateTime: '2026' }],
  time: [{ valueTime: '10:00:00' }],
  string: [{ valueString: 'a' }, { valueString: 'a longer text' }],
  text: [{ valueString: 'a' }, { valueString: 'a\nlonger\ntext' }],
  url: [{ valueUri: 'http://provoked.test/a' }],
  coding: [
    { valueCoding: marital },
    { valueCoding: { ...marital, code: 'none' } },
    { valueCoding: { code: 'a' } },
    { valueString: 'a' },
  ],
  attachment: [
    { valueAttachment: { contentType: 'text/plain', data: 'TWFu' } },
    { valueAttachment: { url: 'http://provoked.test/a' } },
  ],
  reference: [{ valueReference: { reference: 'Patient/1' } }, { valueReference: { reference: 'Observation/1' } }],
  quantity: [
    { valueQuantity: { value: 5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' } },
    { valueQuantity: { value: 5 } },
  ],
  question: [{ valueString: 'a' }],
};
const all = Object.values(answers).flat();

type Item = Json & { readonly linkId: string; readonly type: string; readonly item?: readonly Item[] };

function itemOf(linkId: string, random: Random, depth: number, before: readonly Item[]): Item {
  let type = random.pick(types);
  if (type === 'group' && depth > 1) type = 'string';
  const item: Record<string, unknown> = { linkId, text: linkId, type };
  if (random.oneIn(3) && type !== 'display') item['required'] = true;
  if (random.oneIn(4) && type !== 'display') item['repeats'] = true;
  if (random.oneIn(6)) item['maxLength'] = 3;
  if (random.oneIn(12)) item['readOnly'] = true;
  if (random.oneIn(12)) item['prefix'] = '1';
  if (type === 'coding' || random.oneIn(8)) choicesOf(item, type, random);
  if (random.oneIn(8)) item['initial'] = [random.pick(answers[type] ?? all)];
  if (before.length > 0 && random.oneIn(4)) conditionOf(item, random, before);
  if (random.oneIn(4)) item['extension'] = [random.pick(extensions)];
  if (type === 'group' || random.oneIn(10)) {
    const within: Item[] = [];
    for (let i = 0; i < 1 + random.below(3); i += 1)
      within.push(itemOf(random.oneIn(30) ? linkId : `${linkId}.${i + 1}`, random, depth + 1, [...before, ...within]));
    item['item'] = within;
  }
  return item as Item;
}

function choicesOf(item: Record<string, unknown>, type: string, random: Random): void {
  if (random.oneIn(3)) item['answerConstraint'] = random.pick(['optionsOnly', 'optionsOrString', 'optionsOrType']);
  if (random.oneIn(2)) item['answerValueSet'] = random.pick(sets);
  else
    item['answerOption'] = (answers[type] ?? all)
      .slice(0, 1 + random.below(2))
      .map((one) => (random.oneIn(5) ? { ...one, initialSelected: true } : one));
}

function conditionOf(item: Record<string, unknown>, random: Random, before: readonly Item[]): void {
  const condition = (): Json => {
    const { linkId, type } = random.pick(before);
    const operator = random.pick(['exists', '=', '!=', '>', '<', '>=', '<=']);
    const own = (random.oneIn(6) ? undefined : answers[type]) ?? all;
    const [[name, value]] = Object.entries(random.pick(own)) as [[string, unknown]];
    const answer =
      operator === 'exists' && !random.oneIn(5)
        ? { answerBoolean: true }
        : { [name.replace('value', 'answer')]: value };
    return { question: random.oneIn(15) ? 'none' : linkId, operator, ...answer };
  };
  item['enableWhen'] = Array.from({ length: 1 + random.below(2) }, condition);
  if ((item['enableWhen'] as unknown[]).length > 1 && !random.oneIn(6))
    item['enableBehavior'] = random.pick(['all', 'any']);
}

const extensions: readonly Json[] = [
  { url: `${core}/minLength`, valueInteger: 3 },
  { url: `${core}/regex`, valueString: '[0-9]+' },
  { url: `${core}/maxDecimalPlaces`, valueInteger: 1 },
  { url: `${core}/minValue`, valueInteger: 3 },
  { url: `${core}/minValue`, valueDecimal: 3.5 },
  { url: `${core}/maxValue`, valueInteger: 10 },
  { url: `${core}/maxValue`, valueDate: '2000-01-01' },
  { url: `${core}/questionnaire-minOccurs`, valueInteger: 2 },
  { url: `${core}/questionnaire-maxOccurs`, valueInteger: 1 },
  { url: `${core}/questionnaire-unitOption`, valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg' } },
  { url: `${core}/questionnaire-hidden`, valueBoolean: true },
  { url: `${core}/questionnaire-referenceResource`, valueCode: 'Patient' },
  { url: `${core}/questionnaire-optionExclusive`, valueBoolean: true },
  { url: `${core}/maxSize`, valueDecimal: 0.000001 },
  { url: `${core}/mimeType`, valueCode: 'image/png' },
  {
    url: `${core}/questionnaire-itemControl`,
    valueCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/questionnaire-item-control', code: 'none' }] },
  },
];

function questionnaireOf(number: number): Json {
  const random = randomSource(4712, number);
  const item: Item[] = [];
  for (let i = 0; i < 2 + random.below(4); i += 1) item.push(itemOf(String(i + 1), random, 0, [...item]));
  return defined('Questionnaire', `grown-${number}`, { ...(random.oneIn(4) && { subjectType: ['Patient'] }), item });
}

const questionnaires: readonly Json[] = Array.from({ length: 120 }, (_none, i) => questionnaireOf(i));

/** The questionnaires that are beside R5 when grown resources are validated. */
export const grownQuestionnaires: readonly Json[] = questionnaires;

export const grownQuestionnaire = (random: Random): Json => questionnaireOf(10_000 + random.below(1_000_000));

/** A response to a questionnaire of chance. */
export function grownResponse(random: Random): { readonly kind: string; readonly resource: Json } {
  const questionnaire = random.pick(questionnaires);
  return { kind: `response to ${String(questionnaire['id'])}`, resource: responseOf(questionnaire, random) };
}

/** A response to the questionnaire. */
export const responseOf = (questionnaire: Json, random: Random): Json => ({
  resourceType: 'QuestionnaireResponse',
  questionnaire: `${home}/Questionnaire/${String(questionnaire['id'])}`,
  status: random.pick(['completed', 'completed', 'in-progress', 'amended']),
  ...(random.oneIn(3) && { subject: { reference: random.pick(['Patient/1', 'Device/1']) } }),
  item: responsesTo(questionnaire['item'] as readonly Item[], random),
});

function responsesTo(items: readonly Item[], random: Random): Json[] {
  const made = items.flatMap((item) => (random.oneIn(6) ? [] : responseTo(item, random)));
  if (random.oneIn(12)) made.reverse();
  if (random.oneIn(20)) made.push({ linkId: 'none', answer: [{ valueString: 'a' }] });
  return made;
}

function responseTo(item: Item, random: Random): Json[] {
  const within = item.item === undefined ? {} : { item: responsesTo(item.item, random) };
  const own = { linkId: item.linkId, ...(random.oneIn(8) && { text: random.oneIn(2) ? item.linkId : 'b' }) };
  if (item.type === 'display') return random.oneIn(4) ? [own] : [];
  if (item.type === 'group') return Array.from({ length: random.oneIn(5) ? 2 : 1 }, () => ({ ...own, ...within }));
  const answer = Array.from({ length: random.oneIn(4) ? 2 : 1 }, () => ({
    ...random.pick(random.oneIn(10) ? all : answers[item.type]!),
    ...(item.item !== undefined && random.oneIn(4) ? {} : within),
  }));
  return [random.oneIn(20) ? own : { ...own, answer }];
}
