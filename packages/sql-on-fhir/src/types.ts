import { isFormerResourceType, isSubtype, typeOf } from '@dhp/fhir-model';

/** Forms that values have in JSON. */
type Form = 'text' | 'moment' | 'number' | 'boolean';

interface Primitive {
  readonly form: Form;
  /** https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html#fhir-type-to-sql-type-mapping */
  readonly sql: string;
  readonly holds: (value: unknown) => boolean;
}

const varying = 'CHARACTER VARYING';
const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);
const whole = (least: number) => (value: unknown) => Number.isInteger(value) && (value as number) >= least;
const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint';

const text: Primitive = { form: 'text', sql: varying, holds: isText };
const time = String.raw`([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d+)?)?`;
const date = String.raw`\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])`;
const zone = String.raw`(Z|[+-](0\d|1[0-4]):[0-5]\d)`;

const primitives = new Map<string, Primitive>([
  ...['canonical', 'code', 'id', 'markdown', 'oid', 'string', 'uri', 'url', 'uuid', 'xhtml'].map(
    (type): [string, Primitive] => [type, text],
  ),
  ['base64Binary', { form: 'text', sql: 'BINARY', holds: isText }],
  ['boolean', { form: 'boolean', sql: 'BOOLEAN', holds: (value) => typeof value === 'boolean' }],
  ['date', { form: 'moment', sql: varying, holds: matches(new RegExp(`^${date})?)?$`)) }],
  ['dateTime', { form: 'moment', sql: varying, holds: matches(new RegExp(`^${date}(T${time}${zone}?)?)?)?$`)) }],
  [
    'instant',
    {
      form: 'moment',
      sql: 'TIMESTAMP WITH TIME ZONE',
      holds: matches(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT${time}${zone}$`)),
    },
  ],
  ['time', { form: 'moment', sql: varying, holds: matches(new RegExp(`^${time}$`)) }],
  ['decimal', { form: 'number', sql: varying, holds: isNumber }],
  ['integer', { form: 'number', sql: 'INT', holds: whole(-Infinity) }],
  ['positiveInt', { form: 'number', sql: 'INT', holds: whole(1) }],
  ['unsignedInt', { form: 'number', sql: 'INT', holds: whole(0) }],
  [
    'integer64',
    { form: 'number', sql: 'BIGINT', holds: (value) => /^-?\d{1,19}$/.test(String(value)) && !isBoolean(value) },
  ],
]);

const isBoolean = (value: unknown): boolean => typeof value === 'boolean';

const systems: Readonly<Record<string, string>> = {
  'System.Boolean': 'boolean',
  'System.String': 'string',
  'System.Integer': 'integer',
  'System.Long': 'integer64',
  'System.Decimal': 'decimal',
  'System.Date': 'date',
  'System.DateTime': 'dateTime',
  'System.Time': 'time',
};

const fhirPrefix = 'http://hl7.org/fhir/StructureDefinition/';
const systemPrefix = 'http://hl7.org/fhirpath/';

/** The name of a type that is given by name or URI; an URI of neither FHIR nor FHIRPath is unchanged. */
export function typeNamed(uri: string): string {
  if (uri.startsWith(fhirPrefix)) return uri.slice(fhirPrefix.length);
  return uri.startsWith(systemPrefix) ? uri.slice(systemPrefix.length) : uri;
}

/** Whether a type is known, or has only a URI, which cannot be checked here. */
export function isKnownType(type: string): boolean {
  if (primitiveOf(type) !== undefined || typeOf(type) !== undefined || isFormerResourceType(type)) return true;
  return isForeign(type);
}

const isForeign = (type: string): boolean => /^(https?|urn):/.test(type);

export function isPrimitive(type: string): boolean {
  return primitiveOf(type) !== undefined;
}

function primitiveOf(type: string): Primitive | undefined {
  return primitives.get(fhirName(type));
}

function fhirName(type: string): string {
  return Object.hasOwn(systems, type) ? systems[type]! : type;
}

/** The name of a primitive type in FHIR, also where FHIRPath has its own; undefined for others. */
export function primitiveName(type: string): string | undefined {
  return primitiveOf(type) === undefined ? undefined : fhirName(type);
}

/** Whether a JSON value may be of a primitive type. */
export function holdsPrimitive(type: string, value: unknown): boolean {
  return primitiveOf(type)?.holds(value) === true;
}

/** The type of ISO/IEC 9075 for values of a type; values that are not primitive are kept as JSON text. */
export function sqlTypeOf(type: string | undefined): string {
  return (type === undefined ? undefined : primitiveOf(type)?.sql) ?? varying;
}

/** Whether a value that FHIRPath gives with its type may be in a column of a declared type. */
export function takes(declared: string, value: unknown, actual: string): boolean {
  const primitive = primitiveOf(declared);
  if (primitive !== undefined) return primitive.holds(value);
  if (typeof value !== 'object' || value === null) return false;
  return actual === '' || isForeign(declared) || typeOf(actual) === undefined || isSubtype(actual, declared);
}

/** Whether no value of the types that an expression gives can be in a column of the declared one. */
export function isImpossible(declared: string, possible: readonly string[]): boolean {
  return possible.length > 0 && possible.every((type) => isApart(declared, type));
}

function isApart(declared: string, possible: string): boolean {
  if (isForeign(declared) || isOpen(possible)) return false;
  const [a, b] = [primitiveOf(declared), primitiveOf(possible)];
  if (a !== undefined && b !== undefined) return !isWithin(b.form, a.form);
  if (a !== undefined || b !== undefined) return true;
  return !isSubtype(possible, declared) && !isSubtype(declared, possible);
}

/** Dates are text, and text may be a date. */
const isWithin = (actual: Form, declared: Form): boolean =>
  actual === declared || [actual, declared].every((form) => form === 'text' || form === 'moment');

/** Quantities of FHIRPath are text; values of abstract types and of TypeInfo may be anything. */
function isOpen(type: string): boolean {
  if (primitiveOf(type) !== undefined) return false;
  return type.startsWith('System.') || typeOf(type)?.isAbstract !== false;
}

/** Whether values of the two types are in one column of a database. */
export function isSameForm(a: string, b: string): boolean {
  const [one, other] = [primitiveOf(a), primitiveOf(b)];
  if (isOpen(a) || isOpen(b)) return true;
  return one === undefined || other === undefined ? one === other : isWithin(one.form, other.form);
}
