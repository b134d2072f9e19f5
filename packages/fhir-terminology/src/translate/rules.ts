import type {
  Coding,
  ConceptMap,
  ConceptMapGroup,
  ConceptMapGroupElement,
  ConceptMapGroupElementTarget,
} from '@dhp/fhir-model';
import { valueOf } from '../parameters/values.ts';
import type { Knowledge } from '../source/knowledge.ts';
import { latest, versionMatches } from '../version/version-match.ts';
import type { Question, Translation } from './question.ts';

/** What a relationship is when read the other way. */
const inverse: Readonly<Record<string, string>> = {
  'source-is-narrower-than-target': 'source-is-broader-than-target',
  'source-is-broader-than-target': 'source-is-narrower-than-target',
};

/**
 * What a map says of a code.
 * @param within the maps being asked, to see a circle of `other-map`
 */
export function translateBy(
  knowledge: Knowledge,
  map: ConceptMap,
  asked: Coding,
  question: Question,
  within: readonly ConceptMap[],
): Translation[] {
  if (within.includes(map)) return [];
  return (map.group ?? []).flatMap((group) => {
    const [from, to] = question.reverse ? [group.target, group.source] : [group.source, group.target];
    if (!isSystem(knowledge, from, asked) || !isTarget(knowledge, to, question)) return [];
    const found = group.element.flatMap((element) =>
      question.reverse
        ? backward(map, group, element, asked, question)
        : element.code === asked.code
          ? forward(map, group, element, question)
          : [],
    );
    if (found.length > 0 || question.reverse || group.element.some(({ code }) => code === asked.code)) return found;
    return unmapped(knowledge, map, group, asked, question, within);
  });
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

const isTarget = (knowledge: Knowledge, reference: string | undefined, { targetSystem }: Question): boolean =>
  targetSystem === undefined || knowledge.canonicalOf(reference?.split('|')[0] ?? '') === targetSystem.split('|')[0];

function forward(
  map: ConceptMap,
  { target: system }: ConceptMapGroup,
  element: ConceptMapGroupElement,
  question: Question,
): Translation[] {
  if (element.noMap === true) return [{ relationship: 'not-related-to', map }];
  return (element.target ?? [])
    .filter((target) => holds(map, target, question))
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
  map: ConceptMap,
  { source: system }: ConceptMapGroup,
  element: ConceptMapGroupElement,
  asked: Coding,
  question: Question,
): Translation[] {
  return (element.target ?? [])
    .filter((target) => target.code === asked.code && holds(map, target, question))
    .map(({ relationship }) => ({
      relationship: inverse[relationship] ?? relationship,
      ...(element.code !== undefined && { concept: codingOf(system, element.code, element.display) }),
      map,
    }));
}

/** A target that depends on other values holds when the request has them. */
function holds(
  map: ConceptMap,
  { dependsOn = [] }: ConceptMapGroupElementTarget,
  { dependsOn: given }: Question,
): boolean {
  return dependsOn.every((one) => {
    const { attribute, ...rest } = one;
    const value = valueOf({ name: attribute, ...rest });
    const asked = given.get(attribute) ?? given.get(attributeUri(map, attribute));
    return value !== undefined && asked === JSON.stringify(value);
  });
}

/** What the map says of codes that it does not have (ConceptMap.group.unmapped). */
function unmapped(
  knowledge: Knowledge,
  map: ConceptMap,
  group: ConceptMapGroup,
  asked: Coding,
  question: Question,
  within: readonly ConceptMap[],
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
  if (rule.mode !== 'other-map' || rule.otherMap === undefined) return [];
  const [url = '', version] = rule.otherMap.split('|');
  const other = latest(knowledge.source.conceptMaps(url), (one) => one.version, version);
  return other === undefined ? [] : translateBy(knowledge, other, asked, question, [...within, map]);
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

/** A map names an attribute by a code of its own, its declaration by a uri (ConceptMap.additionalAttribute). */
export function attributeUri({ additionalAttribute = [] }: ConceptMap, code: string): string {
  return additionalAttribute.find((one) => one.code === code)?.uri ?? code;
}
