import type { Coding, Parameters, ParametersParameter } from '@dhp/fhir-model';
import { namesOf, preferredForLanguage, preferredName, type Name } from './language/names.ts';
import { TerminologyFault } from './outcome/fault.ts';
import { issue } from './outcome/issue.ts';
import { message, versionList } from './outcome/messages.ts';
import { coding, text } from './parameters/values.ts';
import { codesOf, conceptProperties, isAbstract, isInactive, textOf } from './concepts/concept-properties.ts';
import type { Concept, ConceptSystem } from './concepts/concept-system.ts';
import { requireSupplements } from './validate/validate-code.ts';
import type { CheckContext } from './validate/check-context.ts';
import { ruledVersion } from './version/version-rules.ts';

/**
 * CodeSystem/$lookup (https://hl7.org/fhir/R5/codesystem-operation-lookup.html).
 * @throws TerminologyFault when there is no code to look up, or the code system or the code is not known; BudgetSpent
 */
export function lookupCode(context: CheckContext, parameters: Parameters): Parameters {
  const { url, version, code } = readCode(parameters);
  const system = findSystem(context, url, version);
  const concept = system.find(code);
  if (concept === undefined) {
    const { version: known } = system.header;
    const id = known === undefined ? 'Unknown_Code_in' : 'Unknown_Code_in_Version';
    const sentence = message(id, code, url, known);
    throw new TerminologyFault('unknown-subject', [
      issue('error', 'not-found', { kind: 'invalid-code', id, text: sentence }),
    ]);
  }
  // Each property that is wanted is looked for among all that there is, and each is a part of the answer.
  const there = concept.designations.length + concept.properties.length + system.header.property.length;
  context.budget?.spend(10 * (1 + there) * (1 + context.settings.properties.length), '$lookup');
  return { resourceType: 'Parameters', parameter: describe(context, system, concept) };
}

function readCode(parameters: Parameters): { url: string; version?: string | undefined; code: string } {
  const given: Coding = coding(parameters, 'coding') ?? {};
  const url = given.system ?? text(parameters, 'system');
  const code = given.code ?? text(parameters, 'code');
  if (url === undefined || code === undefined) {
    const sentence = message('NO_CODE_TO_LOOK_UP');
    throw new TerminologyFault('invalid-request', [issue('error', 'invalid', { text: sentence })]);
  }
  return { url, version: given.version ?? text(parameters, 'version'), code };
}

/** @throws TerminologyFault when the code system or a supplement asked for is not known */
export function findSystem(
  { knowledge, settings }: CheckContext,
  reference: string,
  version: string | undefined,
): ConceptSystem {
  for (const supplement of settings.supplements) knowledge.want(supplement);
  const [url = '', own] = reference.split('|');
  const wanted = ruledVersion(settings.rules, 'system', url, version ?? own);
  const system = knowledge.system(url, wanted);
  if (system === undefined) {
    const versions = knowledge.versions(url);
    const id = !wanted
      ? 'UNKNOWN_CODESYSTEM'
      : versions.length > 0
        ? 'UNKNOWN_CODESYSTEM_VERSION'
        : 'UNKNOWN_CODESYSTEM_VERSION_NONE';
    const sentence = message(id, url, wanted, versionList(versions));
    throw new TerminologyFault('unknown-subject', [
      issue('error', 'not-found', { kind: 'not-found', id, text: sentence }),
    ]);
  }
  requireSupplements(knowledge);
  return system;
}

function describe({ settings, budget }: CheckContext, system: ConceptSystem, concept: Concept): ParametersParameter[] {
  const { header } = system;
  const wanted = settings.properties;
  const names = namesOf(header, concept);
  const shown = preferredName(names, settings.languages) ?? preferredName(names, undefined);
  const parameter: ParametersParameter[] = [{ name: 'name', valueString: header.name ?? header.title ?? header.url }];
  if (header.version !== undefined) parameter.push({ name: 'version', valueString: header.version });
  parameter.push({ name: 'system', valueUri: header.url }, { name: 'code', valueCode: concept.code });
  if (shown !== undefined) parameter.push({ name: 'display', valueString: shown.value });
  // `property` chooses among all of the following, which FHIR calls properties as well.
  const wants = (name: string): boolean =>
    wanted.length === 0 || ['*', name, conceptProperties + name].some((one) => wanted.includes(one));
  const wantsName = ({ language }: Name): boolean =>
    wants('designation') || (language !== undefined && wanted.includes(`lang.${language.tag}`));
  if (concept.definition !== undefined && wants('definition'))
    parameter.push({ name: 'definition', valueString: concept.definition });
  if (wants('abstract')) parameter.push({ name: 'abstract', valueBoolean: isAbstract(header, concept) });
  for (const { value, language, use, isDisplay, source } of names.filter(wantsName)) {
    const meaning = isDisplay ? preferredForLanguage : use;
    const part: ParametersParameter[] = [];
    if (language !== undefined) part.push({ name: 'language', valueCode: language.tag });
    if (meaning !== undefined) part.push({ name: 'use', valueCoding: meaning });
    part.push({ name: 'value', valueString: value });
    if (source !== undefined) part.push({ name: 'source', valueCanonical: source });
    parameter.push({ name: 'designation', part });
  }
  const used = system.supplements.map((supplement) => ({ name: 'used-supplement', valueCanonical: supplement }));
  return [...parameter, ...propertiesOf(budget, wanted, system, concept), ...used];
}

/** The requested properties; `*` means all, an empty list those about whether and where the code may be used. */
function propertiesOf(
  budget: CheckContext['budget'],
  wanted: readonly string[],
  system: ConceptSystem,
  concept: Concept,
): ParametersParameter[] {
  const { header } = system;
  const wants = (name: string, uri = conceptProperties + name): boolean =>
    ['*', name, uri].some((one) => wanted.includes(one));
  const uris = new Map(header.property.toReversed().map(({ code, uri }) => [code, uri]));
  const property = (
    code: string,
    value: Omit<ParametersParameter, 'name'>,
    description?: string,
    source?: string,
  ): ParametersParameter => ({
    name: 'property',
    part: [
      { name: 'code', valueCode: code },
      { name: 'value', ...value },
      ...(description === undefined ? [] : [{ name: 'description', valueString: description }]),
      ...(source === undefined ? [] : [{ name: 'source', valueCanonical: source }]),
    ],
  });
  const found: ParametersParameter[] = [];
  if (wanted.length === 0 || wants('inactive')) {
    found.push(property('inactive', { valueBoolean: isInactive(header, concept) }));
  }
  for (const [name, related] of [
    ['parent', 'parents'],
    ['child', 'children'],
  ] as const) {
    if (!wants(name)) continue;
    const all = system[related](concept);
    budget?.spend(20 * all.length, '$lookup');
    for (const { code, display } of all) found.push(property(name, { valueCode: code }, display));
  }
  const shownAlready = new Set([
    ...codesOf(header, 'inactive'),
    ...codesOf(header, 'parent'),
    ...codesOf(header, 'child'),
  ]);
  for (const one of concept.properties) {
    if (!wants(one.code, one.uri ?? uris.get(one.code)) || shownAlready.has(one.code)) continue;
    const code = textOf(one);
    const description = one.type === 'Code' ? system.find(code)?.display : undefined;
    found.push(property(one.code, { [`value${one.type}`]: one.value }, description, one.source));
  }
  return found;
}
