import { isSubtype, typeOf } from '@dhp/fhir-model';
import { isObject, listOf, shown, type Json } from '../json.ts';
import { checkCapabilityStatement } from '../definitions/capability-statement.ts';
import { checkCodeSystem } from '../definitions/code-system.ts';
import { checkConceptMap } from '../definitions/concept-map.ts';
import { checkImplementationGuide } from '../definitions/implementation-guide.ts';
import { checkMeasure } from '../definitions/measure.ts';
import { checkMeasureReport } from '../definitions/measure-report.ts';
import { checkOperationDefinition } from '../definitions/operation-definition.ts';
import { checkStructureDefinition } from '../definitions/structure-definition.ts';
import { checkSearchParameter } from '../definitions/search-parameter.ts';
import { checkValueSet } from '../definitions/value-set.ts';
import { checkCompliance } from '../profiles/compliance.ts';
import { checkConditions } from '../questionnaire/conditions.ts';
import { checkDerivation } from '../questionnaire/derivation.ts';
import type { Questionnaire } from '../contract/questionnaire.ts';
import { checkResponse } from '../questionnaire/response.ts';
import type { Profile, Run } from '../run.ts';
import { checkBundle } from './bundle.ts';
import { checkCanonicalResource } from './canonical-resource.ts';
import { typeOfCanonical } from '../base/canonical-target.ts';
import { localTarget } from '../base/reference.ts';
import { shapeOf, type Shape } from '../base/shape.ts';

/** Checks of whole resources, by type. */
const ofType: ReadonlyMap<string, (resource: Json, run: Run) => void> = new Map([
  ['Bundle', checkBundle],
  ['CapabilityStatement', checkCapabilityStatement],
  ['CodeSystem', checkCodeSystem],
  ['ConceptMap', checkConceptMap],
  ['ImplementationGuide', checkImplementationGuide],
  ['Measure', checkMeasure],
  ['MeasureReport', checkMeasureReport],
  ['Observation', checkVitalSigns],
  ['OperationDefinition', checkOperationDefinition],
  ['Questionnaire', checkQuestionnaire],
  ['QuestionnaireResponse', checkAnswers],
  ['SearchParameter', checkSearchParameter],
  ['StructureDefinition', checkDefinition],
  ['ValueSet', checkValueSet],
]);

/** Checks the rules for a whole resource beyond those of its elements. */
export function checkResourceParts(resource: Json, type: string, run: Run): void {
  if (resource['contained'] !== undefined) checkContained(resource, run);
  if (typeof resource['language'] === 'string') checkNarrativeLanguage(resource, resource['language'], run);
  if (resource['url'] !== undefined || resource['version'] !== undefined || resource['extension'] !== undefined)
    checkCanonicalResource(resource, type, run);
  if (isObject(resource['meta']) && resource['meta']['security'] !== undefined) checkLabels(resource['meta'], run);
  ofType.get(type)?.(resource, run);
}

/** Reports a security label that occurs twice. https://hl7.org/fhir/R5/resource-definitions.html#Meta.security */
function checkLabels({ security }: Json, run: Run): void {
  const labels = listOf(security);
  const seen = new Set<string>();
  run.enter('meta', -1);
  for (const [i, label] of labels.entries()) {
    if (!isObject(label)) continue;
    const name = `${shown(label['system'])}#${shown(label['code'])}`;
    run.enter('security', i);
    if (seen.has(name)) run.report('label-twice', { label: name });
    run.leave();
    seen.add(name);
  }
  run.leave();
}

function checkDefinition(resource: Json, run: Run): void {
  checkStructureDefinition(resource, run);
  if (Array.isArray(resource['extension'])) checkCompliance(resource, run);
}

function checkQuestionnaire(resource: Json, run: Run): void {
  checkConditions(resource, run);
  if (resource['derivedFrom'] !== undefined) checkDerivation(resource, run);
}

function checkVitalSigns(resource: Json, run: Run): void {
  if (!run.rules.vitalSigns) return;
  const profile = vitalSignsProfile(resource);
  if (profile !== undefined && !claims(resource, profile))
    run.rules.profiles.overlay(profile)?.check(resource, 'Observation', undefined, run);
}

/**
 * Checks that the div of a narrative states the language of the resource, by `lang` and `xml:lang`.
 * https://hl7.org/fhir/R5/resource-definitions.html#Resource.language
 */
function checkNarrativeLanguage({ text }: Json, language: string, run: Run): void {
  const div = isObject(text) ? text['div'] : undefined;
  const tag = typeof div === 'string' ? /^\s*<div([^>]*)>/.exec(div)?.[1] : undefined;
  if (tag === undefined) return;
  const stated = new Map(
    [...tag.matchAll(/\s((?:xml:)?lang)\s*=\s*["']([^"']*)["']/g)].map(([, name, value]) => [name!, value!]),
  );
  if (stated.size === 0) run.report('narrative-language', { language });
  else
    for (const name of ['lang', 'xml:lang'])
      // If both attributes have the same wrong value, it is reported once.
      if (!isLanguage(stated.get(name), name === 'lang' ? [language] : [language, stated.get('lang')]))
        run.report('narrative-language', { language, found: [...stated].map((one) => one.join('=')).join(', ') });
}

const isLanguage = (stated: string | undefined, right: readonly (string | undefined)[]): boolean =>
  stated !== undefined && right.some((one) => one?.toLowerCase() === stated.toLowerCase());

/** Checks the answers of a response if its questionnaire is contained or among the available definitions. */
function checkAnswers(response: Json, run: Run): void {
  const { questionnaire: canonical } = response;
  if (typeof canonical !== 'string') return;
  const contained = canonical.startsWith('#') ? localTarget(canonical, run) : undefined;
  const questionnaire = canonical.startsWith('#')
    ? (contained as unknown as Questionnaire | undefined)
    : run.rules.profiles.questionnaire(canonical);
  if (questionnaire?.resourceType === 'Questionnaire') checkResponse(response, questionnaire, run);
  else run.report('questionnaire-unknown', { questionnaire: canonical });
}

/**
 * https://hl7.org/fhir/R5/references.html#contained and the rule dom-3: the container must refer to each contained resource, or the
 * contained resource to the container.
 */
function checkContained(resource: Json, run: Run): void {
  if (resource['contained'] === undefined) return;
  const ids = new Set<unknown>();
  const fragments = fragmentsIn(resource, String(resource['resourceType']), new Set<string>(), run);
  addShown(resource, fragments);
  for (const [i, one] of listOf(resource['contained']).entries()) {
    if (!isObject(one)) continue;
    const { id } = one;
    run.enter('contained', i);
    if (typeof id !== 'string') {
      run.report('contained-without-id');
      run.report('contained-not-used', { id: '' });
    } else if (ids.has(id)) run.report('contained-id-duplicate', { id });
    if (typeof id === 'string' && !fragments.has(`#${id}`) && !leadsToContainer(one, run)) {
      run.report('contained-not-used', { id });
    }
    ids.add(id);
    run.leave();
  }
}

/** Adds the fragments in a narrative, which may show a contained image. */
function addShown({ text }: Json, found: Set<string>): void {
  const div = isObject(text) ? text['div'] : undefined;
  if (typeof div !== 'string') return;
  for (const [, fragment] of div.matchAll(/["'](#[^"']*)(?=["'])/g)) found.add(fragment!);
}

const leadsToContainer = (contained: Json, run: Run): boolean =>
  fragmentsIn(contained, String(contained['resourceType']), new Set<string>(), run).has('#');

/**
 * Collects all references, uris and canonicals that begin with `#`, which name contained resources. Texts of other types and unknown
 * members are ignored.
 */
function fragmentsIn(value: Json, type: string, found: Set<string>, run: Run): Set<string> {
  let members = 0;
  const known = typeOf(type) === undefined ? noMembers : shapeOf(type).members;
  for (const name in value) {
    members += 1;
    const part = value[name];
    if (typeof part === 'string') {
      if (part.charCodeAt(0) === 0x23 && known.has(name) && !ofText.test(name)) found.add(part);
      continue;
    }
    if (typeof part !== 'object' || part === null) continue;
    const member = known.get(name);
    if (member === undefined) continue;
    for (const item of Array.isArray(part) ? (part as unknown[]) : [part]) {
      if (typeof item === 'string') {
        if (item.charCodeAt(0) === 0x23 && !ofText.test(name)) found.add(item);
      } else if (isObject(item)) {
        const own = item['resourceType'];
        fragmentsIn(item, member.isSibling ? 'Element' : typeof own === 'string' ? own : member.type, found, run);
      }
    }
  }
  run.spend(members);
  return found;
}

const noMembers: Shape['members'] = new Map();

/** Members with text for people, in any type. */
const ofText = /^(?:value(?:String|Markdown|Code|Id)|text|display|title|description|comment)$/;

function claims({ meta }: Json, profile: string): boolean {
  return isObject(meta) && listOf(meta['profile']).some((one) => String(one).split('|')[0] === profile);
}

/** Returns the profile of a canonical. The part after `#` names an element in it. */
function overlayOf(canonical: string, run: Run): Profile | undefined {
  const part = canonical.indexOf('#', 1);
  return run.rules.profiles.overlay(part < 0 ? canonical : canonical.slice(0, part));
}

/** Returns the profiles for the type of the current resource that it claims or the caller requires, without duplicates. */
export function profilesAsked(run: Run): ReadonlySet<Profile> {
  const { meta, resourceType } = run.resource;
  const claimed = run.rules.claimed && isObject(meta) ? listOf(meta['profile']) : [];
  const asked = run.resource === run.rootResource && run.resourceDepth === 1 ? run.asked : [];
  const found = new Set<Profile>();
  for (const canonical of [...claimed, ...asked]) {
    const overlay = typeof canonical === 'string' ? overlayOf(canonical, run) : undefined;
    if (overlay !== undefined && isSubtype(String(resourceType), overlay.type)) found.add(overlay);
  }
  return found;
}

/** Checks the profiles that a resource claims in `meta.profile`. */
export function checkClaimedProfiles(resource: Json, type: string, run: Run): void {
  const { meta } = resource;
  if (!isObject(meta) || !Array.isArray(meta['profile'])) return;
  // A profile that is claimed under several names is checked once.
  const seen = new Set<unknown>();
  for (const [i, canonical] of (meta['profile'] as unknown[]).entries()) {
    if (typeof canonical !== 'string') continue;
    const overlay = overlayOf(canonical, run);
    if (seen.has(overlay ?? canonical)) continue;
    seen.add(overlay ?? canonical);
    if (overlay === undefined) reportUnknownProfile(canonical, i, run);
    else overlay.check(resource, type, undefined, run);
  }
}

function reportUnknownProfile(canonical: string, index: number, run: Run): void {
  const severity = run.rules.unknownProfiles;
  if (severity === 'ignore') return;
  run.enter('meta', -1);
  run.enter('profile', index);
  const found = typeOfCanonical(canonical.split('|')[0]!, run);
  // The profile may be available in another version.
  if (found === undefined || found === 'StructureDefinition')
    run.report('profile-unknown', { profile: canonical }, severity);
  else run.report('canonical-target', { canonical, found, expected: 'StructureDefinition' });
  run.leave();
  run.leave();
}

/** The profiles that R5 requires of Observations, by LOINC code. https://hl7.org/fhir/R5/observation-vitalsigns.html */
const profiles: ReadonlyMap<string, string> = new Map([
  ['85353-1', 'vitalspanel'],
  ['9279-1', 'resprate'],
  ['8867-4', 'heartrate'],
  ['2708-6', 'oxygensat'],
  ['59408-5', 'oxygensat'],
  ['8310-5', 'bodytemp'],
  ['8302-2', 'bodyheight'],
  ['9843-4', 'headcircum'],
  ['29463-7', 'bodyweight'],
  ['39156-5', 'bmi'],
  ['85354-9', 'bp'],
  // Codes of its components, systolic and diastolic pressure.
  ['8480-6', 'bp'],
  ['8462-4', 'bp'],
]);

/** Returns the vital signs profile that an Observation must meet; undefined if its code is not one of a vital sign. */
function vitalSignsProfile({ code }: Json): string | undefined {
  if (!isObject(code)) return undefined;
  for (const coding of listOf(code['coding'])) {
    if (!isObject(coding) || coding['system'] !== 'http://loinc.org') continue;
    const name = profiles.get(String(coding['code']));
    if (name !== undefined) return `http://hl7.org/fhir/StructureDefinition/${name}`;
  }
  return undefined;
}
