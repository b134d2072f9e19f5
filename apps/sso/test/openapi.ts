/** Holds answers to an OpenAPI description: as much of JSON Schema as ours uses. */
import assert from 'node:assert/strict';
import type { Schema } from '@dhp/administration/testing';

interface Content {
  content?: { 'application/json': { schema: Schema } };
}

export interface Description {
  paths: Record<string, Record<string, { responses: Record<string, Content> }>>;
  components: { schemas: Record<string, Schema> };
}

/**
 * Fails when an answer is not as it is described.
 * @returns the act, as `GET /admin/clients`, when the answer is its success
 */
export function checkAnswer(
  description: Description,
  o: { method: string; path: string; status: number; text: string },
): string | undefined {
  const shapeOf = (template: string): RegExp => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
  const found = Object.entries(description.paths).find(
    ([template, methods]) => shapeOf(template).test(o.path) && o.method.toLowerCase() in methods,
  );
  if (found === undefined) return undefined;
  const [path, methods] = found;
  const { responses } = methods[o.method.toLowerCase()]!;
  const isSuccess = o.status < 300;
  const described = isSuccess ? responses[String(o.status)] : responses['default'];
  const place = `${o.method} ${path} ${String(o.status)}`;
  assert.ok(described !== undefined, `${place} is described`);
  const schema = described.content?.['application/json'].schema;
  if (schema === undefined) assert.equal(o.text, '', place);
  else validate(schema, JSON.parse(o.text), place, description);
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
  assert.ok(types.includes(typeOf(value)), `${place} is ${types.join(' or ')}: ${JSON.stringify(value)}`);
  if (schema.enum !== undefined)
    assert.ok(
      schema.enum.some((one) => one === value),
      `${place}: ${JSON.stringify(value)}`,
    );
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
