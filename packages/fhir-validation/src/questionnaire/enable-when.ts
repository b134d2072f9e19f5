import { isObject, listOf, type Json } from '../json.ts';
import type { EnableWhen, QuestionnaireItem } from './questionnaire.ts';

/** The answers of a response by linkId, wherever they stand in it. */
export type Answers = ReadonlyMap<string, readonly unknown[]>;

/** Every answer of a response. */
export function answersIn(response: Json): Answers {
  const found = new Map<string, unknown[]>();
  collect(response, found);
  return found;
}

function collect(owner: Json, found: Map<string, unknown[]>): void {
  for (const item of listOf(owner['item'])) {
    if (!isObject(item)) continue;
    const { linkId } = item;
    for (const answer of listOf(item['answer'])) {
      if (!isObject(answer)) continue;
      const value = valueOf(answer);
      if (typeof linkId === 'string' && value !== undefined) found.set(linkId, [...(found.get(linkId) ?? []), value]);
      collect(answer, found);
    }
    collect(item, found);
  }
}

/** The value[x] of an answer. */
export function valueOf(answer: Json): unknown {
  for (const name in answer) if (name.startsWith('value')) return answer[name];
  return undefined;
}

/** Whether an item is asked for, by the answers to others. https://hl7.org/fhir/R5/questionnaire-definitions.html#Questionnaire.item.enableWhen */
export function isEnabled({ enableWhen, enableBehavior }: QuestionnaireItem, answers: Answers): boolean {
  if (enableWhen === undefined || enableWhen.length === 0) return true;
  const holds = (one: EnableWhen) => isMet(one, answers.get(one.question) ?? []);
  return enableBehavior === 'any' ? enableWhen.some(holds) : enableWhen.every(holds);
}

function isMet(condition: EnableWhen, given: readonly unknown[]): boolean {
  const { operator } = condition;
  const name = Object.keys(condition).find((key) => key.startsWith('answer'));
  const wanted = name === undefined ? undefined : condition[name as `answer${string}`];
  if (operator === 'exists') return given.length > 0 === (wanted === true);
  return given.some((value) => compares(value, operator, wanted));
}

function compares(value: unknown, operator: string, wanted: unknown): boolean {
  const order = orderOf(value, wanted);
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>':
      return order !== undefined && order > 0;
    case '<':
      return order !== undefined && order < 0;
    case '>=':
      return order !== undefined && order >= 0;
    case '<=':
      return order !== undefined && order <= 0;
    default:
      return false;
  }
}

/** Below 0, 0, or above; undefined when two values have no order and are not the same. */
function orderOf(a: unknown, b: unknown): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  // Dates and times of one form are in the order of their texts.
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'boolean' && typeof b === 'boolean') return a === b ? 0 : undefined;
  if (!isObject(a) || !isObject(b)) return undefined;
  if (a['reference'] !== undefined || b['reference'] !== undefined)
    return a['reference'] === b['reference'] ? 0 : undefined;
  if (typeof a['value'] === 'number' && typeof b['value'] === 'number' && a['code'] === b['code'])
    return a['value'] - b['value'];
  return isSameCoding(a, b) ? 0 : undefined;
}

/** Whether two codings name one code; without a system only to one without. */
export function isSameCoding(a: Json, b: Json): boolean {
  return (
    a['code'] === b['code'] && a['system'] === b['system'] && (a['code'] !== undefined || a['display'] === b['display'])
  );
}
