import { isObject, listOf, shown, type Json } from '../json.ts';
import { equals } from '../profiles/values.ts';
import type { Run } from '../run.ts';
import { memberOfValueSet } from '../terminology/binding.ts';
import { isSameCoding } from './enable-when.ts';
import type { QuestionnaireItem } from './questionnaire.ts';

/** The members that an answer to a type of question has. https://hl7.org/fhir/R5/valueset-item-type.html */
const members: Readonly<Record<string, string>> = {
  boolean: 'valueBoolean',
  decimal: 'valueDecimal',
  integer: 'valueInteger',
  date: 'valueDate',
  dateTime: 'valueDateTime',
  time: 'valueTime',
  string: 'valueString',
  text: 'valueString',
  url: 'valueUri',
  coding: 'valueCoding',
  attachment: 'valueAttachment',
  reference: 'valueReference',
  quantity: 'valueQuantity',
};

const bounds = /[/-](min|max)(?:Value|Quantity)$/;

/** Checks one answer: its type, the options it may choose from, its length and range. */
export function checkAnswer(answer: Json, question: QuestionnaireItem, run: Run): void {
  const name = Object.keys(answer).find((key) => key.startsWith('value'));
  const expected = members[question.type];
  if (name === undefined || expected === undefined) return;
  const value = answer[name];
  const type = name.slice('value'.length);
  run.enter(
    `value.ofType(${/^(?:Coding|Quantity|Attachment|Reference)$/.test(type) ? type : type.charAt(0).toLowerCase() + type.slice(1)})`,
    -1,
  );
  if (name !== expected && !(name === 'valueString' && question.answerConstraint === 'optionsOrString')) {
    run.report('response-answer-type', { linkId: question.linkId, expected: question.type, found: type });
  } else {
    checkOptions(value, question, run);
    checkRange(value, question, run);
    if (typeof value === 'string' && question.maxLength !== undefined && value.length > question.maxLength) {
      run.report('value-too-long', { max: question.maxLength, length: value.length });
    }
  }
  run.leave();
}

function checkOptions(
  value: unknown,
  { linkId, answerOption, answerValueSet, answerConstraint = 'optionsOnly' }: QuestionnaireItem,
  run: Run,
): void {
  if (answerConstraint !== 'optionsOnly') return;
  const options = (answerOption ?? []).map(
    (option) => Object.entries(option).find(([key]) => key.startsWith('value'))?.[1],
  );
  const isListed = options.some((option) =>
    isObject(option) && isObject(value) ? isSame(value, option) : equals(value, option),
  );
  if (options.length > 0 && !isListed) run.report('response-answer-option', { linkId, value: shown(value) });
  if (answerValueSet !== undefined && memberOfValueSet(value, answerValueSet, run) === 'out') {
    run.report('concept-not-in-value-set', { valueSet: answerValueSet, codes: shown(value) });
  }
}

function isSame(value: Json, option: Json): boolean {
  if (option['reference'] !== undefined) return value['reference'] === option['reference'];
  return isSameCoding(value, option);
}

/** The least and the greatest answer, by the extensions that HL7 defines for them. */
function checkRange(value: unknown, { extension }: QuestionnaireItem, run: Run): void {
  for (const one of extension ?? []) {
    const kind = typeof one['url'] === 'string' ? bounds.exec(one['url'])?.[1] : undefined;
    const limit = kind === undefined ? undefined : Object.entries(one).find(([key]) => key.startsWith('value'))?.[1];
    if (limit === undefined) continue;
    const [a, b] = [amount(value), amount(limit)];
    if (a === undefined || b === undefined || typeof a !== typeof b) continue;
    if (kind === 'min' ? a < b : a > b) {
      const id = kind === 'min' ? 'response-below-minimum' : 'response-above-maximum';
      run.report(id, { value: String(a), limit: String(b) });
    }
  }
}

function amount(value: unknown): number | string | undefined {
  const own = isObject(value) ? value['value'] : value;
  return typeof own === 'number' || typeof own === 'string' ? own : undefined;
}

/** The answers of an item that are objects. */
export function answersOf(item: Json): readonly Json[] {
  return listOf(item['answer']).filter(isObject);
}
