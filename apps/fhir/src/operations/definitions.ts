/** The OperationDefinitions of the operations that run. https://hl7.org/fhir/R5/operationdefinition.html */
import type { FhirOptions } from '../options.ts';
import type { Operation } from './operation.ts';

/** Under which id the definition of an operation is served: not that of HL7's own, which anybody may store here. */
export function definitionId({ id }: Operation): string {
  return `dhp-${id}`;
}

/** Where the definition of an operation is served. */
export function definitionUrl(baseUrl: string, operation: Operation): string {
  return `${baseUrl}/OperationDefinition/${definitionId(operation)}`;
}

/** https://hl7.org/fhir/R5/operationdefinition.html; `base` is the definition of HL7 that it follows. */
export function operationDefinition(operation: Operation, { baseUrl, environment }: FhirOptions, date: string): object {
  const { id, code, title, description, affectsState, levels, types, parameters } = operation;
  return {
    resourceType: 'OperationDefinition',
    id: definitionId(operation),
    url: definitionUrl(baseUrl, operation),
    version: '5.0.0',
    name: id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    title,
    status: 'active',
    kind: 'operation',
    experimental: environment === 'playground',
    date,
    description,
    affectsState,
    code,
    base: `http://hl7.org/fhir/OperationDefinition/${id}`,
    resource: types === 'Resource' ? ['Resource'] : types,
    system: levels.includes('system'),
    type: levels.includes('type'),
    instance: levels.includes('instance'),
    parameter: parameters.map(({ name, use, min, max, type, documentation }) => ({
      name,
      use,
      min,
      max,
      documentation,
      type,
    })),
  };
}
