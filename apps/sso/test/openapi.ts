/** Holds requests and answers to an OpenAPI description: as much of JSON Schema as ours uses. */
import assert from 'node:assert/strict';
import type { Schema } from '@dhp/administration/testing';

interface Content {
  content?: { 'application/json': { schema: Schema } };
}

export interface Parameter {
  name: string;
  in: 'path' | 'query';
  required: boolean;
  schema: Schema;
}

export interface Operation {
  parameters: readonly Parameter[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
  responses: Record<string, Content>;
}

export interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** The members of a request to an operation: of its body, or the parameters of its query. */
export function requestOf({ parameters, requestBody }: Operation): Schema {
  if (requestBody !== undefined) return requestBody.content['application/json'].schema;
  const query = parameters.filter((one) => one.in === 'query');
  return {
    type: 'object',
    properties: Object.fromEntries(query.map(({ name, schema }) => [name, schema])),
    required: query.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

/**
 * Fails if an answer, or the request that succeeded, does not match its description.
 * @returns the act, such as `GET /admin/clients`, if the answer is its success
 */
export function checkAnswer(
  description: Description,
  o: { method: string; path: string; status: number; text: string; body?: unknown },
): string | undefined {
  const shapeOf = (template: string): RegExp => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
  const found = Object.entries(description.paths).find(
    ([template, methods]) => shapeOf(template).test(o.path) && o.method.toLowerCase() in methods,
  );
  if (found === undefined) return undefined;
  const [path, methods] = found;
  const operation = methods[o.method.toLowerCase()]!;
  const { responses } = operation;
  const isSuccess = o.status < 300;
  const described = isSuccess ? responses[String(o.status)] : responses['default'];
  const place = `${o.method} ${path} ${String(o.status)}`;
  assert.ok(described !== undefined, `${place} is described`);
  const schema = described.content?.['application/json'].schema;
  if (schema === undefined) assert.equal(o.text, '', place);
  else validate(schema, JSON.parse(o.text), place, description);
  if (isSuccess && o.body !== undefined) validate(requestOf(operation), o.body, `the request of ${place}`, description);
  return isSuccess ? `${o.method} ${path}` : undefined;
}

function validate(schema: Schema, value: unknown, place: string, description: Description): void {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    const target = description.components.schemas[name];
    assert.ok(target !== undefined, `${place}: the schema ${name} is there`);
    validate(target, value, place, description);
    return;
  }
  const types = [schema.type ?? []].flat();
  const type = typeOf(value);
  assert.ok(types.includes(type), `${place} is ${types.join(' or ')}: ${JSON.stringify(value)}`);
  if (schema.enum !== undefined)
    assert.ok(
      schema.enum.some((one) => one === value),
      `${place}: ${JSON.stringify(value)}`,
    );
  const size = typeof value === 'string' ? value.length : Number(value);
  const [least, most] = [schema.minimum ?? schema.minLength, schema.maximum ?? schema.maxLength];
  assert.ok(!(size < (least ?? size)) && !(size > (most ?? size)), `${place} is within its bounds`);
  if (schema.format === 'date-time' && typeof value === 'string')
    assert.equal(new Date(value).toISOString(), value, place);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      validate(schema.items!, item, `${place}[${String(index)}]`, description);
  } else if (typeof value === 'object' && value !== null) {
    for (const name of schema.required ?? []) assert.ok(name in value, `${place} has ${name}`);
    for (const [name, member] of Object.entries(value)) {
      const known = schema.properties?.[name];
      assert.ok(known !== undefined || schema.additionalProperties !== false, `${place}.${name} is described`);
      if (known !== undefined) validate(known, member, `${place}.${name}`, description);
    }
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
