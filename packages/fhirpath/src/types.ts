import { isResourceType, isSubtype, typeOf } from '@dhp/fhir-model';
import type { TypeSpecifier } from './ast.ts';
import { FhirPathError } from './errors.ts';

/** The type of the item that `%terminologies` is. */
export const serviceType = 'System.TerminologyService';

const systemTypes = new Set([
  'Any',
  'Boolean',
  'String',
  'Integer',
  'Long',
  'Decimal',
  'Date',
  'DateTime',
  'Time',
  'Quantity',
]);

/** System type into which a FHIR primitive is converted. https://hl7.org/fhir/R5/fhirpath.html#types */
const systemType: Readonly<Record<string, string>> = {
  boolean: 'System.Boolean',
  string: 'System.String',
  uri: 'System.String',
  base64Binary: 'System.String',
  integer: 'System.Integer',
  integer64: 'System.Long',
  decimal: 'System.Decimal',
  date: 'System.Date',
  dateTime: 'System.DateTime',
  instant: 'System.DateTime',
  time: 'System.Time',
  xhtml: 'System.String',
};

const systemTypeOfPrimitive = new Map<string, string | undefined>();

/** The system type of an item's type: `code` is a `System.String`; undefined if it has none (complex, unknown). */
export function systemTypeOf(type: string): string | undefined {
  if (type.startsWith('System.')) return type;
  if (systemTypeOfPrimitive.has(type)) return systemTypeOfPrimitive.get(type);
  let found: string | undefined;
  for (let t: string | undefined = type; t !== undefined && found === undefined; t = typeOf(t)?.base) {
    found = Object.hasOwn(systemType, t) ? systemType[t] : undefined;
  }
  // Only names of the model are cached: a resource cannot fill the map.
  if (typeOf(type) !== undefined) systemTypeOfPrimitive.set(type, found);
  return found;
}

/** The system type of a value whose FHIR type is not known. */
export function systemTypeOfValue(value: unknown): string | undefined {
  if (typeof value === 'string') return 'System.String';
  if (typeof value === 'boolean') return 'System.Boolean';
  if (typeof value === 'bigint') return 'System.Long';
  if (typeof value === 'number') return Number.isInteger(value) ? 'System.Integer' : 'System.Decimal';
  return undefined;
}

export function isPrimitiveType(type: string): boolean {
  return type.startsWith('System.') ? type !== 'System.Quantity' : typeOf(type)?.kind === 'primitive';
}

/** The FHIR type of a JSON value where any resource may be. */
export function resourceTypeOf(value: unknown, otherwise: string): string {
  if (typeof value !== 'object' || value === null || !('resourceType' in value)) return otherwise;
  const { resourceType } = value;
  return typeof resourceType === 'string' && isResourceType(resourceType) ? resourceType : otherwise;
}

export type TypeTest = (type: string, value: unknown) => boolean;

/**
 * The test of `is`, `as` and `ofType`. `convertible`: FHIR primitives count as their system type too (`ofType`).
 * @param asked `exactly`: of primitives only those of the same type, as `as` and `ofType` of the reference engine; not for search parameters,
 * whose results would change. `is` may name a type of FHIR in the other namespace (`System.Patient`), which no item has
 * @throws FhirPathError `unknown` for an unknown type.
 */
export function typeTest(
  { namespace, name, at }: TypeSpecifier,
  convertible: boolean,
  asked?: 'is' | 'exactly',
): TypeTest {
  if (asked === 'is' && namespace === 'System' && !systemTypes.has(name) && typeOf(name) !== undefined)
    return () => false;
  const inFhir = namespace !== 'System' && typeOf(name) !== undefined;
  const inSystem = namespace !== 'FHIR' && systemTypes.has(name);
  if ((!inFhir && !inSystem) || (namespace !== undefined && namespace !== 'FHIR' && namespace !== 'System')) {
    throw new FhirPathError('unknown', `There is no type ${namespace === undefined ? '' : `${namespace}.`}${name}`, at);
  }
  const isExact = asked === 'exactly' && typeOf(name)?.kind === 'primitive';
  const system = `System.${name}`;
  const known = new Map<string, boolean>();
  return (type, value) => {
    let result = type === '' ? undefined : known.get(type);
    if (result === undefined) {
      const actual = type === '' ? (systemTypeOfValue(value) ?? '') : type;
      result =
        (inFhir && (isExact ? actual === name : isSubtype(actual, name))) ||
        (inSystem &&
          (actual === system ||
            (convertible && systemTypeOf(actual) === system) ||
            (convertible && system === 'System.DateTime' && systemTypeOf(actual) === 'System.Date') ||
            (system === 'System.Any' && actual !== '')));
      if (type !== '') known.set(type, result);
    }
    return result;
  };
}
