import type { ElementDefinition, StructureDefinition } from '../src/contract/definitions.ts';
import type { BaseDefinition } from './packages.ts';

/** Elements of a definition that the validator reads; prose is left out. */
const ofDefinition = ['url', 'version', 'name', 'kind', 'abstract', 'type', 'baseDefinition', 'derivation'];
const ofElement = [
  'id',
  'path',
  'sliceName',
  'slicing',
  'min',
  'max',
  'type',
  'binding',
  'constraint',
  'contentReference',
  'maxLength',
  'mustHaveValue',
];

/** The profiles that R5 itself defines (`vitalsigns`, `SimpleQuantity`), as differentials. */
export function encodeProfiles(definitions: readonly BaseDefinition[]): StructureDefinition[] {
  return definitions
    .filter(({ derivation, differential }) => derivation === 'constraint' && differential !== undefined)
    .map((definition) => ({
      ...(picked(definition, ofDefinition) as unknown as StructureDefinition),
      differential: { element: definition.differential!.element.map((element) => elementOf(element)) },
    }));
}

/** The parts of an element that the validator reads. */
export function elementOf(element: ElementDefinition): ElementDefinition {
  const values = Object.keys(element).filter((key) => /^(fixed|pattern|minValue|maxValue)/.test(key));
  return picked(element, [...ofElement, ...values]) as unknown as ElementDefinition;
}

export function picked(object: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));
}
