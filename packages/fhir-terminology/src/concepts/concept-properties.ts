import type { ValueSetComposeIncludeConcept } from '@dhp/fhir-model';
import type { Concept, ConceptProperty, SystemHeader } from './concept-system.ts';

export { conceptProperties } from './standard-properties.ts';

const standardsStatus = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status';

/** The codes under which a code system gives a standard property, or one of its other names. */
export function codesOf({ standard }: SystemHeader, name: string, ...aliases: readonly string[]): ReadonlySet<string> {
  return standard.codesOf(name, aliases);
}

/** The properties that define the concepts above and below. */
export function hierarchyCodes(header: SystemHeader): { parent: ReadonlySet<string>; child: ReadonlySet<string> } {
  return { parent: codesOf(header, 'parent', 'subsumedBy'), child: codesOf(header, 'child') };
}

/** Whether a concept is only a heading: not to be chosen by a user (`notSelectable`). */
export function isAbstract(header: SystemHeader, concept: Concept): boolean {
  return isTrue(header, concept, 'notSelectable', 'abstract', 'not-selectable');
}

/** Whether a concept is no longer to be used: `inactive`, a status of inactive or retired, or withdrawn. */
export function isInactive(header: SystemHeader, concept: Concept): boolean {
  if (isTrue(header, concept, 'inactive')) return true;
  const status = valueOf(header, concept, 'status');
  if (status === 'inactive' || status === 'retired') return true;
  return standardsStatusOf(concept.extensions)?.toLowerCase() === 'withdrawn';
}

/** How a value set marks a concept that it lists: `deprecated` or `withdrawn`; undefined if it does not. */
export function listedMark({ extension = [] }: ValueSetComposeIncludeConcept): string | undefined {
  const own = standardsStatusOf(extension);
  if (own === 'withdrawn' || own === 'deprecated') return own;
  return extension.some(({ url }) => url === 'http://hl7.org/fhir/StructureDefinition/valueset-deprecated')
    ? 'deprecated'
    : undefined;
}

/** The status that the code system gives a concept in any of the possible ways; undefined if it gives none. */
export function statusOf(header: SystemHeader, concept: Concept, now: Date): string | undefined {
  const status = valueOf(header, concept, 'status');
  if (status !== undefined) return status;
  if (isTrue(header, concept, 'deprecated')) return 'deprecated';
  const deprecated = valueOf(header, concept, 'deprecationDate');
  if (deprecated !== undefined && new Date(deprecated) < now) return 'deprecated';
  if (isTrue(header, concept, 'inactive')) return 'inactive';
  if (isTrue(header, concept, 'retired')) return 'retired';
  return standardsStatusOf(concept.extensions);
}

/** The standards status of a resource, concept or designation. */
export function standardsStatusOf(extensions: readonly { url: string; valueCode?: string }[]): string | undefined {
  return extensions.find(({ url }) => url === standardsStatus)?.valueCode;
}

/** The first value of a standard property, as text. */
function valueOf(header: SystemHeader, concept: Concept, name: string): string | undefined {
  if (concept.properties.length === 0) return undefined;
  const codes = codesOf(header, name);
  const found = concept.properties.find(({ code }) => codes.has(code));
  return found === undefined ? undefined : textOf(found);
}

function isTrue(header: SystemHeader, concept: Concept, name: string, ...aliases: readonly string[]): boolean {
  if (concept.properties.length === 0) return false;
  const codes = codesOf(header, name, ...aliases);
  return concept.properties.some((property) => codes.has(property.code) && textOf(property) === 'true');
}

/** The value of a property as a filter compares it: the code of a Coding, else its literal. */
export function textOf({ value }: ConceptProperty): string {
  return typeof value === 'object' ? (value.code ?? '') : String(value);
}
