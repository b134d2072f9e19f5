/**
 * JSON Schemas of resource types and of the data types that they use, from the table of R5's elements. They do not contain rules that need
 * FHIRPath or a terminology; `$validate` checks those. https://hl7.org/fhir/R5/json.html
 */
import { elementsOf, typeOf, type ElementModel } from '@dhp/fhir-model';

export type Schema = Readonly<Record<string, unknown>>;

/** https://hl7.org/fhir/R5/datatypes.html#primitive */
const primitives: ReadonlyMap<string, Schema> = new Map(
  Object.entries<Schema>({
    boolean: { type: 'boolean' },
    integer: { type: 'integer', minimum: -2147483648, maximum: 2147483647 },
    unsignedInt: { type: 'integer', minimum: 0, maximum: 2147483647 },
    positiveInt: { type: 'integer', minimum: 1, maximum: 2147483647 },
    integer64: { type: 'string', pattern: '^[-+]?(0|[1-9][0-9]*)$' },
    decimal: { type: 'number' },
    date: { type: 'string', pattern: '^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$' },
    dateTime: {
      type: 'string',
      description: 'YYYY, YYYY-MM, YYYY-MM-DD, or with a time and its zone.',
      pattern: '^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2}))?)?)?$',
    },
    instant: {
      type: 'string',
      pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})$',
    },
    time: { type: 'string', pattern: '^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?$' },
    id: { type: 'string', pattern: '^[A-Za-z0-9\\-.]{1,64}$' },
    code: { type: 'string', pattern: '^[^\\s]+( [^\\s]+)*$' },
    base64Binary: { type: 'string', contentEncoding: 'base64' },
  }),
);

/** Types whose parts would include every other type, or do not name their type. */
const general: Readonly<Record<string, Schema>> = {
  Extension: {
    type: 'object',
    description: 'https://hl7.org/fhir/R5/extensibility.html',
    required: ['url'],
    properties: { url: { type: 'string' } },
  },
  Resource: {
    type: 'object',
    description: 'A resource of any type. https://hl7.org/fhir/R5/resourcelist.html',
    required: ['resourceType'],
    properties: { resourceType: { type: 'string' } },
  },
};

/** Schemas by name, of these types and of all types that they use. */
export function schemasOf(types: readonly string[]): Record<string, Schema> {
  const schemas: Record<string, Schema> = { ...general };
  const waiting = [...types];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (Object.hasOwn(schemas, name)) continue;
    const parts = new Set<string>();
    schemas[name] = schemaOf(name, parts);
    waiting.push(...parts);
  }
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @param parts gets the names of the types that it refers to */
function schemaOf(name: string, parts: Set<string>): Schema {
  const kind = typeOf(name)?.kind;
  if (kind === 'primitive') return primitives.get(name) ?? { type: 'string' };
  const properties: Record<string, Schema> = kind === 'resource' ? { resourceType: { const: name } } : {};
  const required = kind === 'resource' ? ['resourceType'] : [];
  for (const element of elementsOf(name)?.values() ?? []) {
    addElement(properties, element, parts);
    // A primitive value may be replaced by an extension.
    if (element.min > 0 && !element.choice && !isPrimitive(element.types[0] ?? '')) required.push(element.name);
  }
  return { type: 'object', ...(required.length > 0 && { required }), properties, additionalProperties: false };
}

function isPrimitive(type: string): boolean {
  return typeOf(type)?.kind === 'primitive';
}

function addElement(properties: Record<string, Schema>, element: ElementModel, parts: Set<string>): void {
  for (const type of element.types) {
    const name = element.choice ? element.name + type.charAt(0).toUpperCase() + type.slice(1) : element.name;
    const named = typeOf(type)?.kind === 'resource' ? 'Resource' : type;
    parts.add(named);
    properties[name] = repeated(element, { $ref: `#/components/schemas/${named}` }, isPrimitive(type));
    if (!isPrimitive(type) || element.xml !== undefined) continue;
    parts.add('Element');
    properties[`_${name}`] = repeated(element, { $ref: '#/components/schemas/Element' }, true);
  }
}

/** A list of primitives has null if there is a value or an extension alone. https://hl7.org/fhir/R5/json.html#primitive */
function repeated({ max }: ElementModel, one: Schema, mayBeNull: boolean): Schema {
  if (max === 1) return one;
  return { type: 'array', minItems: 1, items: mayBeNull ? { anyOf: [one, { type: 'null' }] } : one };
}
