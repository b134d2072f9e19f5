import { Collection } from './collection.ts';
import { FhirPathError, type Position } from './errors.ts';
import type { Scope } from './scope.ts';
import { resourceTypeOf, serviceType } from './types.ts';

const codeSystems: Readonly<Record<string, string>> = {
  ucum: 'http://unitsofmeasure.org',
  sct: 'http://snomed.info/sct',
  loinc: 'http://loinc.org',
};

/** The terminology service, which has functions and no elements. */
const service = Object.freeze({});

/** https://hl7.org/fhir/R5/fhirpath.html#variables */
export function variable(name: string, scope: Scope, at: Position): Collection {
  const { environment, context } = scope.run;
  const { variables, variableTypes, resource, rootResource } = environment;
  const defined = scope.defined?.get(name);
  if (defined !== undefined) return defined;
  if (variables !== undefined && Object.hasOwn(variables, name))
    return rawCollection(variables[name], variableTypes?.[name]);
  switch (name) {
    case 'context':
      return context;
    case 'resource':
      return resource === undefined ? context : rawCollection(resource);
    case 'rootResource':
      return (rootResource ?? resource) === undefined ? context : rawCollection(rootResource ?? resource);
  }
  if (name === 'terminologies') return Collection.of(service, serviceType);
  if (Object.hasOwn(codeSystems, name)) return Collection.of(codeSystems[name], 'System.String');
  if (name.startsWith('vs-')) return Collection.of(`http://hl7.org/fhir/ValueSet/${name.slice(3)}`, 'System.String');
  if (name.startsWith('ext-')) {
    return Collection.of(`http://hl7.org/fhir/StructureDefinition/${name.slice(4)}`, 'System.String');
  }
  throw new FhirPathError('evaluation', `%${name} is not defined`, at);
}

/** Whether a `%` name means something by itself, without anything that a caller or the expression defines. */
export function isKnownVariable(name: string): boolean {
  return (
    ['context', 'resource', 'rootResource', 'terminologies', 'factory', 'server'].includes(name) ||
    Object.hasOwn(codeSystems, name) ||
    name.startsWith('vs-') ||
    name.startsWith('ext-')
  );
}

/** Values from outside: resources with their type, other objects with that given, literals as FHIRPath's own. */
function rawCollection(value: unknown, type = ''): Collection {
  const items = new Collection();
  for (const item of Array.isArray(value) ? value : [value]) {
    if (item !== undefined && item !== null) items.push(item, resourceTypeOf(item, type));
  }
  return items;
}
