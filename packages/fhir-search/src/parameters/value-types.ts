import { typeOf } from '@dhp/fhir-model';
import type { SearchParameter } from './search-parameters.ts';
import { onlySystemAt } from './code-system.ts';
import { parameterPaths, typesAfter, valueTypes, type ParameterPath } from './parameter-paths.ts';

/** The system that booleans have in a search. https://hl7.org/fhir/R5/search.html#token */
export const booleanSystem = 'http://terminology.hl7.org/CodeSystem/special-values';

/** Values of these types belong to one thing. */
const naming = new Set(['Identifier', 'ContactPoint', 'id']);
/** Values of these types belong to few. */
const rare = new Set([...naming, 'uri', 'url', 'canonical', 'oid', 'uuid', 'string', 'markdown']);

/**
 * Estimates how many resources share a value of the token parameter: an identifier or telephone number, a text, a code.
 * @example
 * expectedOf('Patient', searchParameter('Patient', 'identifier')!); // 'one'
 */
export function expectedOf(type: string, parameter: SearchParameter): 'one' | 'some' | 'many' {
  const types = [...valueTypes(type, parameter)];
  if (types.length === 0) return 'many';
  if (types.every((one) => naming.has(one))) return 'one';
  return types.every((one) => rare.has(one)) ? 'some' : 'many';
}

/** Values that have no system to ask for. https://hl7.org/fhir/R5/search.html#token */
const withoutSystem = new Set(['ContactPoint', 'id', 'uri', 'url', 'canonical', 'oid', 'uuid', 'string']);

/** Whether no value of the token parameter can have a system. */
export function hasNoSystem(type: string, parameter: SearchParameter): boolean {
  const types = valueTypes(type, parameter);
  return types.size > 0 && [...types].every((one) => withoutSystem.has(one));
}

/**
 * The system that all values of the token parameter have: that of booleans, or the one to which the base specification binds every element
 * it reads, each of type `code`. The index leaves it out; undefined if values may have other systems, or none.
 * @example
 * onlySystem('Patient', searchParameter('Patient', 'gender')!); // 'http://hl7.org/fhir/administrative-gender'
 */
export function onlySystem(type: string, parameter: SearchParameter): string | undefined {
  if (parameter.type !== 'token') return undefined;
  const systems = new Set(parameterPaths(type, parameter).map((path) => systemOf(type, path)));
  return systems.size === 1 ? [...systems][0] : undefined;
}

function systemOf(type: string, { steps, types }: ParameterPath): string | undefined {
  const [only, ...others] = types;
  if (steps === undefined || others.length > 0) return undefined;
  const names = steps.map((step) => (step.kind === 'member' ? step.name : undefined));
  if (names.includes(undefined)) return undefined;
  if (only === 'boolean') return booleanSystem;
  return only === 'code' ? onlySystemAt(type, [type, ...names].join('.')) : undefined;
}

/** Whether a value of the parameter may be an Identifier, which `:of-type` needs. */
export function hasIdentifiers(type: string, parameter: SearchParameter): boolean {
  return valueTypes(type, parameter).has('Identifier');
}

/**
 * Whether every value of the token parameter is a boolean.
 * @example
 * isBoolean('Patient', searchParameter('Patient', 'active')!); // true
 */
export function isBoolean(type: string, parameter: SearchParameter): boolean {
  const types = valueTypes(type, parameter);
  return types.size > 0 && [...types].every((one) => one === 'boolean');
}

/**
 * Whether a value of the reference parameter may be a Reference: only those have an identifier and can be followed.
 * @example
 * hasReferences('Observation', searchParameter('Observation', 'subject')!); // true
 */
export function hasReferences(type: string, parameter: SearchParameter): boolean {
  const types = valueTypes(type, parameter);
  return types.size === 0 || ['Reference', 'CodeableReference', 'Resource'].some((one) => types.has(one));
}

/**
 * Whether the codes of the token parameter are MIME types, which have a special hierarchy.
 * @example
 * hasMimeTypes('DocumentReference', searchParameter('DocumentReference', 'contenttype')!); // true
 */
export function hasMimeTypes(type: string, parameter: SearchParameter): boolean {
  return parameterPaths(type, parameter).some(({ steps }) => {
    const last = steps?.at(-1);
    if (steps === undefined || last?.kind !== 'member') return false;
    const valueSets = typesAfter([type], steps.slice(0, -1)).map(
      (one) => typeOf(one)?.elements.get(last.name)?.binding?.valueSet ?? '',
    );
    return valueSets.some((url) => url.startsWith('http://hl7.org/fhir/ValueSet/mimetypes'));
  });
}
