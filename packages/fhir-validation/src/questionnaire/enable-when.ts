import type { ConvertUnit } from '@dhp/fhirpath';
import { isObject, listOf, type Json } from '../json.ts';
import { environmentOf } from '../invariants/rule.ts';
import { compareAmounts } from '../profiles/range.ts';
import type { Answers, Run } from '../run.ts';
import type { EnableWhen, QuestionnaireItem } from '../contract/questionnaire.ts';

/** A part of a response that contains items, and the part around it. */
export interface Scope {
  readonly owner: Json;
  readonly outer: Scope | undefined;
}

/** Returns all answers in a part of a response by linkId, with an empty list for unanswered items. Cached. */
function answersIn(owner: Json, run: Run): Answers {
  let known = run.answers?.get(owner);
  if (known === undefined) {
    const found = new Map<string, unknown[]>();
    collect(owner, found, run);
    (run.answers ??= new Map()).set(owner, (known = found));
  }
  return known;
}

function collect(owner: Json, found: Map<string, unknown[]>, run: Run): void {
  run.spend(1);
  for (const item of listOf(owner['item'])) {
    if (!isObject(item)) continue;
    const { linkId } = item;
    const own = found.get(String(linkId)) ?? [];
    found.set(String(linkId), own);
    for (const answer of listOf(item['answer'])) {
      if (!isObject(answer)) continue;
      const value = valueOf(answer);
      if (value !== undefined) own.push(value);
      collect(answer, found, run);
    }
    collect(item, found, run);
  }
}

/**
 * Returns the answers to the nearest question with this linkId: within a repeating group that of the same repetition.
 * https://hl7.org/fhir/R5/questionnaire-definitions.html#Questionnaire.item.enableWhen.question
 */
function nearest(question: string, scope: Scope, run: Run): readonly unknown[] {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    run.spend(1);
    const found = answersIn(at.owner, run).get(question);
    if (found !== undefined) return found;
  }
  return [];
}

/** Returns the value[x] of an answer. */
export function valueOf(answer: Json): unknown {
  for (const name in answer) if (name.startsWith('value')) return answer[name];
  return undefined;
}

/**
 * Whether an item is enabled by the answers to other items.
 * https://hl7.org/fhir/R5/questionnaire-definitions.html#Questionnaire.item.enableWhen
 */
export function isEnabled({ enableWhen, enableBehavior }: QuestionnaireItem, scope: Scope, run: Run): boolean {
  if (enableWhen === undefined || enableWhen.length === 0) return true;
  const { convertUnit } = environmentOf(run);
  const holds = (one: EnableWhen) => {
    const given = nearest(one.question, scope, run);
    run.spend(1 + given.length);
    return isMet(one, given, convertUnit);
  };
  return enableBehavior === 'any' ? enableWhen.some(holds) : enableWhen.every(holds);
}

function isMet(condition: EnableWhen, given: readonly unknown[], convertUnit: ConvertUnit | undefined): boolean {
  const { operator } = condition;
  const name = Object.keys(condition).find((key) => key.startsWith('answer'));
  const wanted = name === undefined ? undefined : condition[name as `answer${string}`];
  if (operator === 'exists') return given.length > 0 === (wanted === true);
  return given.some((value) => compares(orderOf(value, wanted, convertUnit), operator));
}

function compares(order: number | undefined, operator: string): boolean {
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

/** Returns a negative number, 0 or a positive number; undefined if two different values have no order. */
function orderOf(a: unknown, b: unknown, convertUnit: ConvertUnit | undefined): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return orderOfTexts(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return a === b ? 0 : undefined;
  if (!isObject(a) || !isObject(b)) return compareAmounts(a, b, convertUnit);
  if (a['reference'] !== undefined || b['reference'] !== undefined)
    return a['reference'] === b['reference'] ? 0 : undefined;
  if (typeof a['value'] === 'number' && typeof b['value'] === 'number') return compareAmounts(a, b, convertUnit);
  return isSameCoding(a, b) ? 0 : undefined;
}

/** Compares two texts. Times with a date are compared as moments; other dates and times sort like their texts. */
function orderOfTexts(a: string, b: string): number {
  const difference = /^\d{4}-.*T/.test(a) && /^\d{4}-.*T/.test(b) ? Date.parse(a) - Date.parse(b) : NaN;
  if (!Number.isNaN(difference)) return difference;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether two codings have the same code and system. If neither has a code, the displays must be equal. */
export function isSameCoding(a: Json, b: Json): boolean {
  return (
    a['code'] === b['code'] && a['system'] === b['system'] && (a['code'] !== undefined || a['display'] === b['display'])
  );
}
