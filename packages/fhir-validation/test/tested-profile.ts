import { Validator, type Codes, type ElementDefinition, type StructureDefinition } from '../src/index.ts';
import { definitionsOf } from './memory-codes.ts';
import type { Json } from './published.ts';

export const base = 'http://hl7.org/fhir/StructureDefinition/';
export const url = 'http://example.org/StructureDefinition/tested';

export const profile = (
  type: string,
  element: ElementDefinition[],
  more: Partial<StructureDefinition> = {},
): StructureDefinition => ({
  url,
  kind: 'resource',
  type,
  baseDefinition: base + type,
  derivation: 'constraint',
  differential: { element },
  ...more,
});

const codes: Codes = {
  validate: (valueSet, _system, code) => (valueSet === 'urn:vs:a' ? (code.startsWith('a') ? 'in' : 'out') : 'unknown'),
};

/** Returns the findings of a resource against the first of the definitions: id, values, place. */
export function found(resource: Json, ...definitions: StructureDefinition[]): string[] {
  const resources = definitions.map((one) => ({ resourceType: 'StructureDefinition', ...one }));
  const validator = new Validator({ definitions: definitionsOf(resources), codes, unknownExtensions: 'ignore' });
  return validator.validate(resource, [definitions[0]!.url]).map(({ id, expression, values }) => {
    const named = values['slice'] ?? values['element'] ?? values['key'];
    return [id, ...(named === undefined ? [] : [named]), expression].join(' ');
  });
}

export const patient = (members: object): Json => ({ resourceType: 'Patient', ...members });
export const observation = (members: object): Json => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...members,
});
