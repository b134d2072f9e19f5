import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

/** An item with its position among all items in document order. */
interface Placed {
  readonly at: number;
  /** The position of the last nested item. */
  end: number;
}

/**
 * Checks that the conditions of an item refer to earlier questions. `enableWhen` names them by linkId.
 * https://hl7.org/fhir/R5/questionnaire-definitions.html#Questionnaire.item.enableWhen.question
 */
export function checkConditions(questionnaire: Json, run: Run): void {
  const places = new Map<unknown, Placed>();
  place(questionnaire['item'], places, { count: 0 }, run);
  visit(questionnaire['item'], places, run);
}

function place(items: unknown, places: Map<unknown, Placed>, counter: { count: number }, run: Run): void {
  for (const item of listOf(items)) {
    if (!isObject(item)) continue;
    run.spend(1);
    counter.count += 1;
    const one = { at: counter.count, end: counter.count };
    if (typeof item['linkId'] === 'string' && !places.has(item['linkId'])) places.set(item['linkId'], one);
    place(item['item'], places, counter, run);
    one.end = counter.count;
  }
}

function visit(items: unknown, places: ReadonlyMap<unknown, Placed>, run: Run): void {
  for (const [i, item] of listOf(items).entries()) {
    if (!isObject(item)) continue;
    run.enter('item', i);
    for (const condition of listOf(item['enableWhen']))
      if (isObject(condition) && condition['question'] === undefined) run.report('questionnaire-condition-without');
      else if (isObject(condition)) checkCondition(condition['question'], places.get(item['linkId']), places, run);
    visit(item['item'], places, run);
    run.leave();
  }
}

function checkCondition(
  question: unknown,
  own: Placed | undefined,
  places: ReadonlyMap<unknown, Placed>,
  run: Run,
): void {
  if (typeof question !== 'string' || own === undefined) return;
  const other = places.get(question);
  if (other === undefined) run.report('questionnaire-condition-unknown', { question: shown(question) });
  else if (other.at >= own.at && other.at <= own.end)
    run.report('questionnaire-condition-within', { question: shown(question) });
  else if (other.at > own.at) run.report('questionnaire-condition-after', { question: shown(question) });
}
