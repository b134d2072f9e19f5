import { listOf, isObject, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import type { StructureDefinition } from './definitions.ts';
import { lacksBetween } from './lacks.ts';

const claim = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-compliesWithProfile';

/** Characters of the list of differences in one finding. */
const mostCharacters = 1000;

/**
 * A profile may claim that whatever meets it meets another profile, too: then it must ask for no less. All that it lacks is told
 * at once. https://hl7.org/fhir/extensions/StructureDefinition-structuredefinition-compliesWithProfile.html
 */
export function checkCompliance(definition: Json, run: Run): void {
  for (const extension of listOf(definition['extension'])) {
    if (!isObject(extension) || extension['url'] !== claim) continue;
    const url = extension['valueCanonical'];
    const claimed = typeof url === 'string' ? run.rules.profiles.overlay(url) : undefined;
    const own = run.rules.profiles.treeOf(definition as unknown as StructureDefinition);
    if (claimed === undefined)
      run.report('profile-claim-unknown', { claimed: shown(url) }, run.rules.beyondSpecification);
    if (claimed === undefined || own === undefined) continue;
    const lacks = [...lacksBetween(own, claimed.root, claimed.type, codesOf(definition, run))];
    if (lacks.length === 0) continue;
    const text = lacks.map(({ path, expected, found }) => `${path}: ${expected}${found === '' ? '' : ` (${found})`}`);
    run.report('profile-not-compliant', { claimed: claimed.url, lacks: text.join('; ').slice(0, mostCharacters) });
  }
}

/** The codes that a value set in the definition itself lists; undefined for one that does not only list codes, or stands elsewhere. */
function codesOf(definition: Json, run: Run) {
  return {
    run,
    listed: (valueSet: string): readonly [system: string, code: string][] | undefined => {
      const own = listOf(definition['contained']).find((one) => isObject(one) && `#${String(one['id'])}` === valueSet);
      const compose = isObject(own) ? own['compose'] : undefined;
      const includes = isObject(compose) && compose['exclude'] === undefined ? listOf(compose['include']) : [];
      const lists = includes.filter(isObject).map(({ system, concept }) =>
        listOf(concept)
          .filter(isObject)
          .map(({ code }): [string, string] => [String(system), String(code)]),
      );
      return lists.length === 0 || lists.some((list) => list.length === 0) ? undefined : lists.flat();
    },
  };
}
