import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { answersOf, checkAnswer, checkExclusive } from './answer.ts';
import { isEnabled, valueOf, type Scope } from './enable-when.ts';
import { valuesOf, type Questionnaire, type QuestionnaireItem } from '../contract/questionnaire.ts';

/** Checks a response against its questionnaire. https://hl7.org/fhir/R5/questionnaireresponse.html */
export function checkResponse(response: Json, questionnaire: Questionnaire, run: Run): void {
  const status = response['status'];
  const isFinished = status === 'completed' || status === 'amended';
  checkAuthored(response['authored'], questionnaire, run);
  checkItems(response, questionnaire.item ?? [], { outer: undefined, isFinished, questionnaire, run });
}

/** Reports a response written outside of the questionnaire's effective period. Dates are compared to the common precision. */
function checkAuthored(authored: unknown, { effectivePeriod }: Questionnaire, run: Run): void {
  if (typeof authored !== 'string' || !isObject(effectivePeriod)) return;
  const { start, end } = effectivePeriod;
  const isOutside = (limit: unknown, sign: -1 | 1): boolean => {
    if (typeof limit !== 'string') return false;
    const length = Math.min(limit.length, authored.length, 10);
    const [own, other] = [authored.slice(0, length), limit.slice(0, length)];
    return sign < 0 ? own < other : own > other;
  };
  if (!isOutside(start, -1) && !isOutside(end, 1)) return;
  run.enter('authored', -1);
  run.report('response-authored', { authored: shown(authored), start: shown(start ?? '…'), end: shown(end ?? '…') });
  run.leave();
}

interface Checking {
  /** The scope around the checked items. */
  readonly outer: Scope | undefined;
  /** Until the response is finished, missing required answers are only warnings. */
  readonly isFinished: boolean;
  readonly questionnaire: Questionnaire;
  readonly run: Run;
}

function checkItems(owner: Json, questions: readonly QuestionnaireItem[], checking: Checking): void {
  const { run } = checking;
  const scope: Scope = { owner, outer: checking.outer };
  const items = listOf(owner['item']);
  const counts = new Map<string, number>();
  const positions = positionsOf(questions);
  run.spend(items.length + questions.length);
  let last = -1;
  for (const [i, item] of items.entries()) {
    if (!isObject(item)) continue;
    if (typeof item['linkId'] !== 'string' || item['linkId'] === '') {
      run.report('response-item-without-link');
      continue;
    }
    const linkId = item['linkId'];
    const index = positions.get(linkId) ?? -1;
    const question = index < 0 ? misplaced(linkId, checking) : questions[index];
    if (index >= 0) {
      if (index < last) run.report('response-item-order', { linkId });
      last = index;
    } else run.report(question === undefined ? 'response-item-unknown' : 'response-item-misplaced', { linkId });
    run.enter('item', i);
    if (question !== undefined) checkItem(item, question, scope, checking);
    run.leave();
    counts.set(linkId, (counts.get(linkId) ?? 0) + 1);
  }
  for (const question of questions) checkCount(question, counts.get(question.linkId) ?? 0, scope, checking);
}

/** Returns the question of an item that is in the wrong place; undefined if the questionnaire does not have it. */
function misplaced(linkId: string, { questionnaire, run }: Checking): QuestionnaireItem | undefined {
  const open: QuestionnaireItem[] = [...(questionnaire.item ?? [])];
  for (const one of open) {
    run.spend(1);
    if (one.linkId === linkId) return one;
    open.push(...(one.item ?? []));
  }
  return undefined;
}

/** Returns positions by linkId. If several questions have the same one, the first counts. */
function positionsOf(questions: readonly QuestionnaireItem[]): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  for (const [i, { linkId }] of questions.entries()) if (!positions.has(linkId)) positions.set(linkId, i);
  return positions;
}

function checkCount(question: QuestionnaireItem, count: number, scope: Scope, { run, isFinished }: Checking): void {
  const { linkId, type, repeats, required } = question;
  const isRepeatingGroup = type === 'group' && repeats === true;
  if (count > 1 && repeats !== true) run.report('response-item-twice', { linkId, count });
  if (count === 0 && required === true && type !== 'display') {
    if (isEnabled(question, scope, run))
      run.report('response-answer-missing', { linkId }, isFinished ? 'error' : 'warning');
  } else if (isRepeatingGroup) checkOccurrences(question, count, isFinished, run);
}

/** minOccurs and maxOccurs limit the repetitions of a group or the number of answers to a question. */
function checkOccurrences(
  { linkId, extension }: QuestionnaireItem,
  count: number,
  isFinished: boolean,
  run: Run,
): void {
  const [min] = valuesOf(extension, 'questionnaire-minOccurs');
  const [max] = valuesOf(extension, 'questionnaire-maxOccurs');
  // Until the response is finished, answers may still be missing.
  if (typeof min === 'number' && count > 0 && count < min)
    run.report('response-too-few-answers', { linkId, min, count }, isFinished ? 'error' : 'warning');
  if (typeof max === 'number' && count > max) run.report('response-more-answers', { linkId, max, count });
}

function checkItem(item: Json, question: QuestionnaireItem, scope: Scope, checking: Checking): void {
  const { run, isFinished } = checking;
  const { linkId, type, required, repeats, item: questions = [] } = question;
  const given = answersOf(item);
  const within: Checking = { ...checking, outer: scope };
  const isOpen = isEnabled(question, scope, run);
  if (!isOpen && (item['answer'] !== undefined || item['item'] !== undefined))
    run.report('response-item-not-enabled', { linkId });
  if (!isTextOf(question, item['text'])) run.report('response-item-text', { linkId });
  if (type === 'group' && required === true && listOf(item['item']).length === 0)
    run.report('response-group-empty', { linkId });
  if (type === 'group' || type === 'display') {
    if (given.length > 0) run.report('response-answer-not-allowed', { linkId, type });
    checkItems(item, questions, within);
    return;
  }
  if (item['item'] !== undefined) run.report('response-item-outside-answer', { linkId });
  const values = given.filter((answer) => valueOf(answer) !== undefined);
  if (values.length === 0 && required === true && (isOpen || !isFinished))
    run.report('response-answer-missing', { linkId }, isFinished ? 'error' : 'warning');
  if (values.length > 1 && repeats !== true) run.report('response-too-many-answers', { linkId, count: values.length });
  checkOccurrences(question, values.length, isFinished, run);
  if (values.length > 1) checkExclusive(given, question, run);
  for (const [i, answer] of given.entries()) {
    run.enter('answer', i);
    checkAnswer(answer, question, checking.questionnaire, run);
    checkItems(answer, questions, within);
    run.leave();
  }
}

/** Whether the text of an item is the text of its question or one of its translations. */
function isTextOf({ text, _text }: QuestionnaireItem, stated: unknown): boolean {
  if (typeof stated !== 'string' || stated.trim() === '' || stated === text) return true;
  return listOf(_text?.['extension']).some((one) => {
    const parts = isObject(one) && String(one['url']).endsWith('/translation') ? listOf(one['extension']) : [];
    return parts.some((part) => isObject(part) && (part['valueString'] ?? part['valueMarkdown']) === stated);
  });
}
