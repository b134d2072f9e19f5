import { isObject, listOf, shown, type Json } from '../json.ts';
import { targetType } from '../base/reference.ts';
import { environmentOf } from '../invariants/rule.ts';
import { compareAmounts } from '../profiles/range.ts';
import { checkTextLimits, textLimitsOf } from '../profiles/text-limits.ts';
import { equals } from '../profiles/values.ts';
import type { Run } from '../run.ts';
import { memberOfValueSet } from '../terminology/binding.ts';
import { memberOfAnswers } from './contained-set.ts';
import { isSameCoding, valueOf } from './enable-when.ts';
import { valuesOf, type Questionnaire, type QuestionnaireItem } from '../contract/questionnaire.ts';

/** The member that holds the answer, by type of question. https://hl7.org/fhir/R5/valueset-item-type.html */
const members: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
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
  }),
);

/** Value members that an answer to a `coding` question may have instead of a Coding if the options are of that type. */
const optionTypes = new Set(['valueCoding', 'valueDate', 'valueTime', 'valueInteger', 'valueString']);

type TextExtensions = Parameters<typeof textLimitsOf>[0];

/** Limits of the guide for structured data capture, whose units an answer must share. https://hl7.org/fhir/uv/sdc/ */
const ofGuide = /\/sdc-questionnaire-m(?:in|ax)Quantity$/;

const bounds = /[/-](min|max)(?:Value|Quantity)$/;

/** Checks one answer at its place: type, options, length and range. */
export function checkAnswer(answer: Json, question: QuestionnaireItem, questionnaire: Questionnaire, run: Run): void {
  const name = Object.keys(answer).find((key) => key.startsWith('value'));
  const expected = members.get(question.type);
  if (name === undefined || expected === undefined) return;
  const value = answer[name];
  const type = name.slice('value'.length);
  run.spend(10 + (question.extension?.length ?? 0) * 8);
  const isOption = question.type === 'coding' && question.answerOption !== undefined && optionTypes.has(name);
  if (isOption || question.type === 'coding') checkOptions(value, question, questionnaire, run);
  if (question.type === 'attachment') checkAttachment(value, question, run);
  if (name === 'valueString' && question.answerConstraint === 'optionsOrString') checkWords(value, question, run);
  run.enter(
    `value.ofType(${/^(?:Coding|Quantity|Attachment|Reference)$/.test(type) ? type : type.charAt(0).toLowerCase() + type.slice(1)})`,
    -1,
  );
  const isOpen = name === 'valueString' && question.answerConstraint === 'optionsOrString';
  if (name !== expected && !isOpen && !isOption) {
    run.report('response-answer-type', { linkId: question.linkId, expected: question.type, found: type });
  } else {
    if (question.type !== 'coding') checkOptions(value, question, questionnaire, run);
    checkUnit(value, question, run);
    checkRange(value, question, run);
    checkReferenceType(value, question, run);
    const limits = textLimitsOf((question.extension ?? []) as TextExtensions, undefined);
    // The size of an attachment is checked as a rule of the question.
    if (limits !== undefined) checkTextLimits(value, { ...limits, maxSize: undefined }, run, 'invariant');
    if (typeof value === 'string' && question.maxLength !== undefined && value.length > question.maxLength) {
      run.reportAs('invariant', 'value-too-long', { max: question.maxLength, length: value.length });
    }
    if (question.type === 'string' && typeof value === 'string' && /[\r\n]/.test(value))
      run.report('response-line-break', { linkId: question.linkId });
  }
  run.leave();
}

/** Checks that an answer is one of the options. For a `coding` question the finding is at the answer, for others at its value. */
function checkOptions(
  value: unknown,
  { linkId, type, answerOption, answerValueSet, answerConstraint = 'optionsOnly' }: QuestionnaireItem,
  questionnaire: Questionnaire,
  run: Run,
): void {
  // In addition to the options a text is allowed, nothing else.
  if (answerConstraint !== 'optionsOnly' && (answerConstraint !== 'optionsOrString' || typeof value === 'string'))
    return;
  run.spend(2 * (answerOption?.length ?? 0));
  const options = (answerOption ?? []).map((option) => valueOf(option));
  const isListed = options.some((option) => isOption(value, option));
  if (options.length > 0 && !isListed) run.report('response-answer-option', { linkId, value: shown(value) });
  if (answerValueSet === undefined || options.length > 0) return;
  const found = memberOfAnswers(value, answerValueSet, questionnaire, run);
  const values = { linkId, valueSet: answerValueSet, value: shown(value) };
  if (found === 'out')
    run.reportAs(type === 'coding' ? 'code-invalid' : 'invariant', 'response-answer-value-set', values);
  else if (found === 'unknown')
    run.reportAs(type === 'coding' ? 'code-invalid' : 'invariant', 'value-set-unknown', values);
}

/** Reports a text that equals an option, because that option was probably meant. */
function checkWords(value: unknown, { linkId, answerOption = [] }: QuestionnaireItem, run: Run): void {
  if (typeof value !== 'string') return;
  const words = answerOption.map((option) => valueOf(option)).filter(isObject);
  const isSaid = words.some(({ display, code }) =>
    [display, code].some((word) => typeof word === 'string' && word.toLowerCase() === value.toLowerCase()),
  );
  if (isSaid) run.report('response-text-of-option', { linkId, value: shown(value) });
}

function isSame(value: Json, option: Json): boolean {
  if (option['reference'] !== undefined) return value['reference'] === option['reference'];
  return isSameCoding(value, option);
}

/**
 * Reports an exclusive option that is combined with other answers.
 * https://hl7.org/fhir/extensions/StructureDefinition-questionnaire-optionExclusive.html
 */
export function checkExclusive(
  answers: readonly Json[],
  { linkId, answerOption = [] }: QuestionnaireItem,
  run: Run,
): void {
  const alone = answerOption
    .filter(({ extension }) => valuesOf(extension, 'questionnaire-optionExclusive').includes(true))
    .map((option) => valueOf(option));
  run.spend(answers.length * (1 + alone.length) + answerOption.length);
  for (const [i, answer] of answers.entries()) {
    const value = valueOf(answer);
    if (!alone.some((one) => isOption(value, one))) continue;
    run.enter('answer', i);
    run.report('response-exclusive-option', { linkId, value: shown(value) });
    run.leave();
  }
}

function isOption(value: unknown, option: unknown): boolean {
  return isObject(option) && isObject(value) ? isSame(value, option) : equals(value, option);
}

/** Checks the unit of an answer against the allowed units. */
function checkUnit(value: unknown, { linkId, type, extension }: QuestionnaireItem, run: Run): void {
  if (type !== 'quantity' || !isObject(value)) return;
  const units = valuesOf(extension, 'questionnaire-unitOption').filter(isObject);
  const { system, code, unit } = value;
  const isListed = units.some((one) => one['system'] === system && one['code'] === code);
  if (units.length > 0 && !isListed) run.report('response-answer-option', { linkId, value: shown(code ?? unit) });
  const [valueSet] = valuesOf(extension, 'questionnaire-unitValueSet');
  if (typeof valueSet !== 'string') return;
  const found = memberOfValueSet(value, valueSet, run);
  const values = { linkId, valueSet, value: shown(code ?? unit) };
  if (found === 'out') run.reportAs('invariant', 'response-answer-value-set', values);
  else if (found === 'unknown') run.reportAs('invariant', 'value-set-unknown', { valueSet });
}

/** Checks the resource type of a referenced target against the allowed types. */
function checkReferenceType(value: unknown, { type, extension }: QuestionnaireItem, run: Run): void {
  const allowed = type === 'reference' ? valuesOf(extension, 'questionnaire-referenceResource') : [];
  const found = allowed.length > 0 && isObject(value) ? targetType(value, run) : undefined;
  if (found !== undefined && !allowed.includes(found))
    run.report('reference-target', { found, allowed: allowed.join(', ') });
}

const megabyte = 1_048_576;

/**
 * Checks the media type and the size of an attachment. https://hl7.org/fhir/extensions/StructureDefinition-mimeType.html and -maxSize.html,
 * which is in megabytes
 */
function checkAttachment(value: unknown, { linkId, extension }: QuestionnaireItem, run: Run): void {
  if (!isObject(value)) return;
  const { contentType, data, size } = value;
  const types = valuesOf(extension, 'mimeType');
  const found = typeof contentType === 'string' ? contentType : '';
  if (types.length > 0 && !types.some((one) => found.startsWith(String(one))))
    run.report('response-attachment-type', { linkId, found: shown(found), allowed: types.join(', ') });
  const [most] = valuesOf(extension, 'maxSize');
  const actual = typeof data === 'string' ? Buffer.from(data, 'base64').length : Number(size);
  if (typeof most === 'number' && actual > most * megabyte)
    run.report('response-attachment-size', { linkId, actual, max: Math.floor(most * megabyte) });
}

/** Checks an answer against the minimum and the maximum that HL7's extensions state. */
function checkRange(value: unknown, { extension }: QuestionnaireItem, run: Run): void {
  for (const one of extension ?? []) {
    const kind = typeof one['url'] === 'string' ? bounds.exec(one['url'])?.[1] : undefined;
    const limit = kind === undefined ? undefined : valueOf(one);
    const order = limit === undefined ? undefined : compareAmounts(value, limit, environmentOf(run).convertUnit);
    if (order === undefined && isObject(limit) && isObject(value) && ofGuide.test(String(one['url'])))
      run.report('response-not-comparable', { value: unitOf(value), limit: unitOf(limit) });
    if (order === undefined || (kind === 'min' ? order >= 0 : order <= 0)) continue;
    const id = kind === 'min' ? 'response-below-minimum' : 'response-above-maximum';
    run.report(id, { value: amount(value), limit: amount(limit) });
  }
}

/** Returns an amount with its unit. */
function unitOf({ value, unit, code }: Json): string {
  return [value, code ?? unit].flatMap((one) => (one === undefined ? [] : [shown(one)])).join(' ');
}

/** Returns an amount as shown in a message. */
function amount(value: unknown): string {
  return String(isObject(value) ? value['value'] : value);
}

/** Returns the answers of an item, without values that are no objects. */
export function answersOf(item: Json): readonly Json[] {
  return listOf(item['answer']).filter(isObject);
}
