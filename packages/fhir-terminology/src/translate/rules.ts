import type {
  CodeableConcept,
  Coding,
  ConceptMap,
  ConceptMapGroup,
  ConceptMapGroupElement,
  ConceptMapGroupElementTarget,
} from '@dhp/fhir-model';
import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';
import { valueOf } from '../parameters/values.ts';
import type { Knowledge } from '../source/knowledge.ts';
import { latest, versionMatches } from '../version/version-match.ts';
import type { Question, Translation } from './question.ts';
import { codesIn, isIn, type TranslateContext } from './scope.ts';

/** Relationships in the opposite direction. */
const inverse: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    'source-is-narrower-than-target': 'source-is-broader-than-target',
    'source-is-broader-than-target': 'source-is-narrower-than-target',
  }),
);

/** Maps that refer to maps: the work of each level is on the stack. */
const deepestMap = 100;

/** The maps that were searched for one code. */
export class Trail {
  readonly #asked = new Set<ConceptMap>();
  #depth = 0;

  /** Whether a map was not asked before. @throws TerminologyFault when maps refer to others too deeply */
  enter(map: ConceptMap): boolean {
    if (this.#asked.has(map)) return false;
    this.#asked.add(map);
    this.#depth += 1;
    if (this.#depth <= deepestMap) return true;
    const text = message('MAPS_TOO_DEEP', map.url, String(deepestMap));
    throw new TerminologyFault('too-costly', [issue('error', 'too-costly', { text })]);
  }

  leave(): void {
    this.#depth -= 1;
  }
}

/**
 * Returns the translations of a code by one map.
 * @param trail the maps that were searched for the code before: none is searched twice, whether in a circle of `other-map` or by two paths
 * @throws TerminologyFault if maps refer to others too deeply
 */
export function translateBy(
  context: TranslateContext,
  map: ConceptMap,
  asked: Coding,
  question: Question,
  trail: Trail,
): Translation[] {
  if (!trail.enter(map)) return [];
  const { knowledge } = context;
  const translations = (map.group ?? []).flatMap((group) => {
    context.budget?.spend(5, 'translation');
    const [from, to] = question.reverse ? [group.target, group.source] : [group.source, group.target];
    if (!isSystem(knowledge, from, asked) || !isTarget(knowledge, to, question)) return [];
    const elementsAbout = context.groups.of(group).about(asked.code ?? '', question.reverse ? 'target' : 'source');
    context.budget?.spend(10 + elementsAbout.length, 'translation');
    if (question.reverse) return elementsAbout.flatMap((one) => backward(context, map, group, one, asked, question));
    const elements = elementsAbout.filter((one) => isMapped(context, one, group.source, asked));
    const rules = elements.map((one) => ({ ...one, target: eachTarget(context, group, one) }));
    // A code is unmapped, too, when all that it is mapped to are value sets without a code.
    if (rules.every(({ noMap, target }) => noMap !== true && target.length === 0))
      return unmapped(context, map, group, asked, question, trail);
    return rules.flatMap((one) => forward(context, map, group, one, question));
  });
  trail.leave();
  return translations;
}

/** Whether a rule is about the code asked for: by its code, or by a value set of source codes. */
function isMapped(
  context: TranslateContext,
  { code, valueSet }: ConceptMapGroupElement,
  source: string | undefined,
  asked: Coding,
): boolean {
  if (code === asked.code) return true;
  if (valueSet === undefined) return false;
  const system = asked.system ?? source?.split('|')[0];
  return isIn(context, valueSet, { ...asked, ...(system !== undefined && { system }) }) === true;
}

/** The targets of a rule, one for each code if a target is a value set. */
function eachTarget(
  context: TranslateContext,
  { target: system }: ConceptMapGroup,
  { target = [] }: ConceptMapGroupElement,
): ConceptMapGroupElementTarget[] {
  return target.flatMap((one) =>
    one.code !== undefined || one.valueSet === undefined
      ? [one]
      : codesIn(context, one.valueSet, system).map((code) => ({ ...one, code })),
  );
}

function isSystem(knowledge: Knowledge, reference: string | undefined, { system, version }: Coding): boolean {
  if (system === undefined) return true;
  const [url, own] = reference?.split('|') ?? [];
  return (
    url !== undefined &&
    knowledge.canonicalOf(url) === system &&
    (own === undefined || version === undefined || versionMatches(own, version))
  );
}

const isTarget = (knowledge: Knowledge, reference: string | undefined, { wantedSystem }: Question): boolean =>
  wantedSystem === undefined || knowledge.canonicalOf(reference?.split('|')[0] ?? '') === wantedSystem.split('|')[0];

function forward(
  context: TranslateContext,
  map: ConceptMap,
  { target: system }: ConceptMapGroup,
  element: ConceptMapGroupElement,
  question: Question,
): Translation[] {
  if (element.noMap === true) return [{ relationship: 'not-related-to', map }];
  context.budget?.spend(20 * (element.target?.length ?? 0), 'translation');
  return (element.target ?? [])
    .filter((target) => holds(context, map, target, question))
    .map((target) => ({
      relationship: target.relationship,
      ...(target.code !== undefined && { concept: codingOf(system, target.code, target.display) }),
      map,
      ...(target.property !== undefined && { property: target.property }),
      ...(target.dependsOn !== undefined && { dependsOn: target.dependsOn }),
      ...(target.product !== undefined && { product: target.product }),
    }));
}

function backward(
  context: TranslateContext,
  map: ConceptMap,
  { source: system, target: targets }: ConceptMapGroup,
  element: ConceptMapGroupElement,
  asked: Coding,
  question: Question,
): Translation[] {
  context.budget?.spend(10 * (element.target?.length ?? 0), 'translation');
  const isAsked = ({ code, valueSet }: ConceptMapGroupElementTarget): boolean =>
    code === undefined && valueSet !== undefined
      ? codesIn(context, valueSet, targets).includes(asked.code ?? '')
      : code === asked.code;
  const fitting = (element.target ?? []).filter((target) => isAsked(target) && holds(context, map, target, question));
  const { code: own, display, valueSet } = element;
  const named = own === undefined ? [] : [codingOf(system, own, display)];
  const sources =
    own === undefined && valueSet !== undefined && fitting.length > 0
      ? codesIn(context, valueSet, system).map((code) => codingOf(system, code, undefined))
      : named;
  return fitting.flatMap(({ relationship: stated, code = asked.code ?? '', display: name }) => {
    // The target has the relationship that the map states; the reverse direction has the opposite.
    const relationship = question.namesSource ? stated : (inverse.get(stated) ?? stated);
    const found = { relationship, asked: codingOf(targets, code, name), map };
    return sources.length === 0 ? [found] : sources.map((concept) => ({ ...found, concept }));
  });
}

/** A target that depends on other values holds if the request has them: the same value, or one of a value set. */
function holds(
  context: TranslateContext,
  map: ConceptMap,
  { dependsOn = [] }: ConceptMapGroupElementTarget,
  { dependsOn: given }: Question,
): boolean {
  return dependsOn.every(({ attribute, valueSet, ...rest }) => {
    const asked = given.get(attribute) ?? given.get(attributeUri(map, attribute));
    if (asked === undefined) return false;
    const value = valueOf({ name: attribute, ...rest });
    if (value !== undefined) return asked === JSON.stringify(value);
    return valueSet !== undefined && codingsOf(asked).some((coding) => isIn(context, valueSet, coding) === true);
  });
}

/** The codings of a Coding or CodeableConcept, written as JSON. */
function codingsOf(json: string): Coding[] {
  const value = JSON.parse(json) as (Coding & CodeableConcept) | string | number | boolean;
  if (typeof value !== 'object') return [];
  return value.coding ?? [value];
}

/** Returns the translations of a code that the map does not contain (ConceptMap.group.unmapped). */
function unmapped(
  context: TranslateContext,
  map: ConceptMap,
  group: ConceptMapGroup,
  asked: Coding,
  question: Question,
  trail: Trail,
): Translation[] {
  const rule = group.unmapped;
  if (rule === undefined) return [];
  const relationship = rule.relationship ?? 'related-to';
  const translation = (code: string, display?: string): Translation => ({
    relationship,
    concept: codingOf(group.target, code, display),
    map,
  });
  if (rule.mode === 'use-source-code') return [translation(asked.code ?? '', asked.display)];
  if (rule.mode === 'fixed' && rule.code !== undefined) return [translation(rule.code, rule.display)];
  if (rule.mode === 'fixed' && rule.valueSet !== undefined)
    return codesIn(context, rule.valueSet, group.target).map((code) => translation(code));
  if (rule.mode !== 'other-map' || rule.otherMap === undefined) return [];
  const [url = '', version] = rule.otherMap.split('|');
  const other = latest(context.knowledge.source.conceptMaps(url), (one) => one.version, version);
  return other === undefined ? [] : translateBy(context, other, asked, question, trail);
}

function codingOf(reference: string | undefined, code: string, display: string | undefined): Coding {
  const [system, version] = reference?.split('|') ?? [];
  return {
    ...(system !== undefined && { system }),
    ...(version !== undefined && { version }),
    code,
    ...(display !== undefined && { display }),
  };
}

/** A map names an attribute by a local code, its declaration by a uri (ConceptMap.additionalAttribute). */
export function attributeUri({ additionalAttribute = [] }: ConceptMap, code: string): string {
  return additionalAttribute.find((one) => one.code === code)?.uri ?? code;
}
