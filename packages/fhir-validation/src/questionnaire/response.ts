import { isObject, listOf, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { answersOf, checkAnswer } from './answer.ts';
import { answersIn, isEnabled, valueOf, type Answers } from './enable-when.ts';
import type { Questionnaire, QuestionnaireItem } from './questionnaire.ts';

/** Checks a response against its questionnaire. https://hl7.org/fhir/R5/questionnaireresponse.html */
export function checkResponse(response: Json, questionnaire: Questionnaire, run: Run): void {
  const status = response['status'];
  const isFinished = status === 'completed' || status === 'amended';
  checkItems(response, questionnaire.item ?? [], { answers: answersIn(response), isFinished, run });
}

interface Checking {
  readonly answers: Answers;
  /** Required answers may still be missing until then. */
  readonly isFinished: boolean;
  readonly run: Run;
}

function checkItems(owner: Json, questions: readonly QuestionnaireItem[], checking: Checking): void {
  const { run } = checking;
  const items = listOf(owner['item']);
  const counts = new Map<string, number>();
  let last = -1;
  for (const [i, item] of items.entries()) {
    if (!isObject(item)) continue;
    const linkId = String(item['linkId']);
    const index = questions.findIndex((question) => question.linkId === linkId);
    run.enter('item', i);
    if (index < 0) run.report('response-item-unknown', { linkId });
    else {
      if (index < last) run.report('response-item-order', { linkId });
      last = Math.max(last, index);
      checkItem(item, questions[index]!, checking);
    }
    run.leave();
    counts.set(linkId, (counts.get(linkId) ?? 0) + 1);
  }
  for (const question of questions) checkCount(question, counts.get(question.linkId) ?? 0, checking);
}

function checkCount(question: QuestionnaireItem, count: number, checking: Checking): void {
  const { run, isFinished, answers } = checking;
  const { linkId, type, repeats, required } = question;
  if (count > 1 && !(type === 'group' && repeats === true)) run.report('response-item-twice', { linkId, count });
  if (count === 0 && required === true && isFinished && type !== 'display' && isEnabled(question, answers)) {
    run.report('response-answer-missing', { linkId });
  }
}

function checkItem(item: Json, question: QuestionnaireItem, checking: Checking): void {
  const { run, isFinished, answers } = checking;
  const { linkId, type, required, repeats, item: questions = [] } = question;
  const given = answersOf(item);
  if (!isEnabled(question, answers)) run.report('response-item-not-enabled', { linkId });
  if (type === 'group' || type === 'display') {
    if (given.length > 0) run.report('response-answer-not-allowed', { linkId, type });
    checkItems(item, questions, checking);
    return;
  }
  if (item['item'] !== undefined) run.report('response-item-outside-answer', { linkId });
  const values = given.filter((answer) => valueOf(answer) !== undefined);
  if (values.length === 0 && required === true && isFinished) run.report('response-answer-missing', { linkId });
  if (values.length > 1 && repeats !== true) run.report('response-too-many-answers', { linkId, count: values.length });
  for (const [i, answer] of given.entries()) {
    run.enter('answer', i);
    checkAnswer(answer, question, run);
    checkItems(answer, questions, checking);
    run.leave();
  }
}
