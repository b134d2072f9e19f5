import type { Coding, ConceptMap, Parameters, ParametersParameter } from '@dhp/fhir-model';
import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';
import { resources, text } from '../parameters/values.ts';
import { canonical } from '../concepts/concept-system.ts';
import type { CheckContext } from '../validate/check-context.ts';
import { latest } from '../version/version-match.ts';
import { readQuestion, type Question, type Translation } from './question.ts';
import { attributeUri, Trail, translateBy } from './rules.ts';
import { isIn, type TranslateContext } from './scope.ts';

/**
 * ConceptMap/$translate (https://hl7.org/fhir/R5/conceptmap-operation-translate.html), in both directions, with the maps that
 * the request names or all that fit its systems and scopes.
 * @param instance the map of an instance level request
 * @throws TerminologyFault when there is no code, or the map named is not known; BudgetSpent
 */
export function translate(context: TranslateContext, parameters: Parameters, instance?: ConceptMap): Parameters {
  const question = readQuestion(parameters);
  const maps = instance === undefined ? findMaps(context, parameters, question) : [instance];
  const trails = new Map(question.codings.map((one) => [one, new Trail()]));
  context.budget?.spend(5 * maps.length * question.codings.length, 'translation');
  const all = maps.flatMap((map) =>
    question.codings
      .filter((one) => isInScope(context, map, one, question))
      .flatMap((one) =>
        translateBy(context, map, one, question, trails.get(one)!).filter((each) => reaches(context, each, question)),
      ),
  );
  const found = unlike(all);
  const valid = found.some(({ relationship }) => relationship !== 'not-related-to');
  const parameter: ParametersParameter[] = [{ name: 'result', valueBoolean: valid }];
  if (!valid)
    parameter.push({
      name: 'message',
      valueString: message(found.length > 0 ? 'NOT_RELATED' : 'NO_TRANSLATION').in(context.language),
    });
  return { resourceType: 'Parameters', parameter: [...parameter, ...found.map((one) => matchOf(one, question))] };
}

function findMaps({ knowledge }: CheckContext, parameters: Parameters, question: Question): readonly ConceptMap[] {
  const given = resources(parameters, 'conceptMap') as ConceptMap[];
  if (given.length > 0) return given;
  const reference = text(parameters, 'url');
  if (reference !== undefined) {
    const [url = '', own] = reference.split('|');
    const map = latest(
      knowledge.source.conceptMaps(url),
      ({ version }) => version,
      text(parameters, 'conceptMapVersion') ?? own,
    );
    if (map !== undefined) return [map];
    const sentence = message('CONCEPT_MAP_UNKNOWN', reference);
    throw new TerminologyFault('unknown-subject', [issue('error', 'not-found', { kind: 'not-found', text: sentence })]);
  }
  return knowledge.source.conceptMaps().filter((map) => fitsScope(map, question));
}

/** Whether the scopes of the request are those of a map; a map without a scope is for any. */
function fitsScope(map: ConceptMap, { sourceScope, targetScope }: Question): boolean {
  const fits = (asked: string | undefined, own: string | undefined): boolean =>
    asked === undefined || own === undefined || asked.split('|')[0] === own.split('|')[0];
  return (
    fits(sourceScope, map.sourceScopeUri ?? map.sourceScopeCanonical) &&
    fits(targetScope, map.targetScopeUri ?? map.targetScopeCanonical)
  );
}

/**
 * A map is for the codes of its source scope, whatever its rules for unmapped ones. An unknown scope, or one with unknown code systems,
 * excludes nothing.
 */
function isInScope(context: CheckContext, map: ConceptMap, coding: Coding, question: Question): boolean {
  const [own, asked] = question.reverse
    ? [map.targetScopeUri ?? map.targetScopeCanonical, question.targetScope]
    : [map.sourceScopeUri ?? map.sourceScopeCanonical, question.sourceScope];
  // Of a code without a system it is not known.
  if (coding.system === undefined) return true;
  return [own, asked].every((scope) => scope === undefined || isIn(context, scope, coding) !== false);
}

/** Whether a translation is in the scope that the request names for it. */
function reaches(context: CheckContext, { concept }: Translation, question: Question): boolean {
  const scope = question.reverse ? question.sourceScope : question.targetScope;
  return scope === undefined || concept === undefined || isIn(context, scope, concept) !== false;
}

/** Each translation once: one map may be asked by way of several others. */
function unlike(all: readonly Translation[]): Translation[] {
  const seen = new Set<string>();
  return all.filter((one) => {
    const key = JSON.stringify([one.map.url, one.map.version, { ...one, map: undefined }]);
    return !seen.has(key) && seen.add(key).size > 0;
  });
}

/** R5 has the found code as the concept of a match in both directions, R6 the target; a request with `sourceSystem` gets the R6 form. */
function matchOf(
  { relationship, concept, asked, map, property = [], dependsOn = [], product = [] }: Translation,
  { reverse, namesSource }: Question,
): ParametersParameter {
  const part: ParametersParameter[] = [{ name: 'relationship', valueCode: relationship }];
  const isTurned = reverse && namesSource;
  const shown = isTurned ? asked : concept;
  if (shown !== undefined) part.push({ name: 'concept', valueCoding: shown });
  if (isTurned && concept !== undefined) part.push({ name: 'source', valueCoding: concept });
  for (const { code, ...value } of property)
    part.push({
      name: 'property',
      part: [
        { name: 'uri', valueUri: map.property?.find((one) => one.code === code)?.uri ?? code },
        { name: 'value', ...value },
      ],
    });
  for (const [name, list] of [
    ['dependsOn', dependsOn],
    ['product', product],
  ] as const) {
    for (const { attribute, valueSet: _valueSet, ...value } of list)
      part.push({
        name,
        part: [
          { name: 'attribute', valueUri: attributeUri(map, attribute) },
          { name: 'value', ...value },
        ],
      });
  }
  if (map.url !== undefined) {
    const origin = canonical(map.url, map.version);
    part.push({ name: 'originMap', ...(namesSource ? { valueCanonical: origin } : { valueUri: origin }) });
  }
  return { name: 'match', part };
}
