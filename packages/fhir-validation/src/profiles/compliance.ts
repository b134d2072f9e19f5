import { memberOf, typeOf } from '@dhp/fhir-model';
import { listOf, isObject, shown, type Json } from '../json.ts';
import { compiledProfiles } from './profile-source.ts';
import type { Run } from '../run.ts';
import type { StructureDefinition } from '../contract/definitions.ts';
import { lacksBetween, type Lack } from './lacks.ts';

const claim = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-compliesWithProfile';

/** Maximum length in characters of the list of differences in a finding. */
const mostCharacters = 1000;

/**
 * Checks the claim of a profile that every resource that conforms to it also conforms to another profile: it must be at least as strict.
 * All differences are in one finding. https://hl7.org/fhir/extensions/StructureDefinition-structuredefinition-compliesWithProfile.html
 */
export function checkCompliance(definition: Json, run: Run): void {
  for (const extension of listOf(definition['extension'])) {
    if (!isObject(extension) || extension['url'] !== claim || !hasShape(definition, 'StructureDefinition')) continue;
    const url = extension['valueCanonical'];
    const claimed = typeof url === 'string' ? compiledProfiles(run).overlay(url) : undefined;
    const own = compiledProfiles(run).treeOf(definition as unknown as StructureDefinition);
    if (claimed === undefined)
      run.report('profile-claim-unknown', { claimed: shown(url) }, run.rules.beyondSpecification);
    if (claimed === undefined || own === undefined || !isWhole(definition, own.name)) continue;
    const lacks =
      claimed.type === own.name
        ? [...lacksBetween(own, claimed.root, claimed.type, codesOf(definition, run))]
        : [{ path: own.name, expected: `type ${claimed.type}`, found: own.name, isFar: false }];
    const near = lacks.filter(({ isFar }) => !isFar);
    if (near.length > 0) run.report('profile-not-compliant', { claimed: claimed.url, lacks: shownLacks(near) });
    else if (lacks.length > 0)
      run.report('profile-not-compliant', { claimed: claimed.url, lacks: shownLacks(lacks) }, 'information');
  }
}

/** Whether this is a profile on the type of its base and all its elements have a path. Otherwise it cannot be compared. */
function isWhole({ type, derivation, differential }: Json, base: string): boolean {
  const elements = isObject(differential) ? listOf(differential['element']) : [];
  return (
    type === base &&
    (derivation === 'constraint' || derivation === 'specialization') &&
    elements.every((one) => isObject(one) && typeof one['path'] === 'string')
  );
}

/** Whether all members of an object have the right JSON types. Other definitions are not compared; other checks report them. */
function hasShape(object: Json, type: string): boolean {
  return Object.entries(object).every(([name, value]) => {
    const member = memberOf(type, name);
    if (member === undefined || member.isSibling) return true;
    if (Array.isArray(value) !== member.element.max > 1) return false;
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    return items.every((item) => {
      if (typeOf(member.type)?.kind !== 'primitive') return isObject(item) && hasShape(item, member.type);
      return typeof item === jsonTypeOf(member.type) || (item === null && Array.isArray(value));
    });
  });
}

const jsonTypeOf = (type: string): string => {
  if (type === 'boolean') return 'boolean';
  return /^(?:integer|decimal|positiveInt|unsignedInt)$/.test(type) ? 'number' : 'string';
};

const shownLacks = (lacks: readonly Lack[]): string =>
  lacks
    .map(({ path, expected, found }) => `${path}: ${expected}${found === '' ? '' : ` (${found})`}`)
    .join('; ')
    .slice(0, mostCharacters);

/**
 * Gives access to the codes of value sets: for a contained value set the codes that it lists, for another one its members; undefined if not
 * all are available.
 */
function codesOf(definition: Json, run: Run) {
  return {
    run,
    listed: (valueSet: string): readonly (readonly [system: string, code: string])[] | undefined =>
      valueSet.startsWith('#') ? listedIn(definition, valueSet) : membersOf(valueSet, run),
  };
}

function listedIn(definition: Json, valueSet: string): (readonly [system: string, code: string])[] | undefined {
  const own = listOf(definition['contained']).find((one) => isObject(one) && `#${String(one['id'])}` === valueSet);
  const compose = isObject(own) ? own['compose'] : undefined;
  const includes = isObject(compose) && compose['exclude'] === undefined ? listOf(compose['include']) : [];
  const lists = includes.filter(isObject).map(({ system, concept }) =>
    listOf(concept)
      .filter(isObject)
      .map(({ code }) => [String(system), String(code)] as const),
  );
  return lists.length === 0 || lists.some((list) => list.length === 0) ? undefined : lists.flat();
}

function membersOf(canonical: string, run: Run): (readonly [system: string, code: string])[] | undefined {
  const found = run.rules.profiles.other('ValueSet', canonical);
  const members = found && run.rules.codes?.members?.(found);
  return members?.map((one) => {
    const at = one.lastIndexOf('#');
    return [one.slice(0, at), one.slice(at + 1)] as const;
  });
}
