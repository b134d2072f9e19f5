/** The OperationDefinitions of the operations that run. https://hl7.org/fhir/R5/operationdefinition.html */
import type { FhirOptions } from '../options.ts';
import type { Operation, OperationParameter } from './operation.ts';

/** Returns the id under which the definition of an operation is served: not that of HL7's own, which anybody may store here. */
export function definitionId({ id }: Operation): string {
  return `dhp-${id}`;
}

/** Returns the URL at which the definition of an operation is served. */
export function definitionUrl(baseUrl: string, operation: Operation): string {
  return `${baseUrl}/OperationDefinition/${definitionId(operation)}`;
}

/** https://hl7.org/fhir/R5/operationdefinition.html; `base` is the definition of HL7 that it follows. */
export function operationDefinition(operation: Operation, { baseUrl, environment }: FhirOptions, date: string): object {
  const { id, code, isOwn = false, base, title, description, affectsState, levels, types, parameters } = operation;
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
    ...(isOwn ? {} : { base: base ?? `http://hl7.org/fhir/OperationDefinition/${id}` }),
    resource: types === 'Resource' ? ['Resource'] : types,
    system: levels.includes('system'),
    type: levels.includes('type'),
    instance: levels.includes('instance'),
    parameter: parameters.map(parameterDefinition),
  };
}

/** The parts of a parameter have its use. */
function parameterDefinition({ part, ...parameter }: OperationParameter): object {
  const { name, use, scope, min, max, documentation, type } = parameter;
  const parts = part?.map((each) => parameterDefinition({ ...each, use }));
  return {
    name,
    use,
    scope,
    min,
    max,
    documentation,
    ...(type === undefined ? {} : definedType(type)),
    ...(parts && { part: parts }),
  };
}

/** Element is abstract: the types that it may be are left open. */
function definedType(type: NonNullable<OperationParameter['type']>): object {
  return type === 'Element'
    ? { type, allowedType: ['string', 'code', 'integer', 'boolean', 'dateTime', 'decimal', 'Coding'] }
    : { type };
}
