/**
 * The members of requests to the administration and their description agree: each has a type, and a value of another type, one out of its
 * bounds and a missing one are refused by name. Made from the description itself.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schema } from '@dhp/administration/testing';
import { requestOf, type Description } from './openapi.ts';
import { newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start({ limits: { perClient: 100_000, perAddress: 100_000 } });
const description = (await (await fetch(`${url}/admin/openapi.json`)).json()) as Description;
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);
const scopes = [
  'audit',
  'clients',
  'users',
  'sessions',
  'keys',
  'policies',
  'access-policies',
  'broken-glass',
  'legal-holds',
  'jobs',
].flatMap((part) => ['read', 'write', 'approve'].map((act) => `admin/${part}.${act}`));
const known = scopes.filter((scope) => JSON.stringify(description).includes(`"${scope}"`));
const operator = await newClient(bed.clients, { scopes: known });
const token = String(
  (await postForm(`${url}/oauth/token`, { ...operator.form, scope: known.join(' ') })).body['access_token'],
);
const reason = 'as the ministry asked';

async function refusalOf(method: string, path: string, values: Record<string, unknown>): Promise<string> {
  const isQuery = method === 'GET' || method === 'DELETE';
  const at = path.replace('{environment}', 'playground').replaceAll(/\{\w+\}/g, 'nothing');
  const query = new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)]));
  const response = await fetch(`${url}${at}${isQuery ? `?${query.toString()}` : ''}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(!isQuery && { 'content-type': 'application/json' }) },
    ...(!isQuery && { body: JSON.stringify(values) }),
  });
  const text = await response.text();
  assert.equal(response.status, 400, `${method} ${at} ${JSON.stringify(values)}: ${text}`);
  return (JSON.parse(text) as { error_description: string }).error_description;
}

/** Every member of a schema at any depth, with its path. */
function* membersOf(schema: Schema, place: string): Generator<[place: string, schema: Schema]> {
  yield [place, schema];
  for (const [name, member] of Object.entries(schema.properties ?? {})) yield* membersOf(member, `${place}.${name}`);
  if (schema.items !== undefined) yield* membersOf(schema.items, `${place}[]`);
}

/** A value of the type, and within its bounds. */
function valid(schema: Schema): unknown {
  const type = [schema.type].flat()[0];
  if (schema.enum !== undefined) return schema.enum[0];
  const usual: Record<string, unknown> = { string: 'some text', boolean: true, integer: 1, array: [], object: {} };
  return usual[type!];
}

/** Values that do not match the schema; if nothing is changed, null is equivalent to absence. */
function wrong(schema: Schema, isText: boolean, takesNull: boolean): unknown[] {
  const types = [...[schema.type].flat(), ...(takesNull ? ['null'] : [])];
  const all: [string, unknown][] = [
    ['string', 'a text'],
    ['boolean', true],
    ['integer', 7],
    ['array', ['a']],
    ['object', { a: 1 }],
    ['null', null],
  ];
  const others = isText ? [] : all.filter(([type]) => !types.includes(type)).map(([, value]) => value);
  const numbers = [schema.minimum, schema.maximum].flatMap((bound, index) =>
    bound === undefined ? [] : [index === 0 ? bound - 1 : bound + 1],
  );
  const texts = [schema.minLength, schema.maxLength].flatMap((bound, index) =>
    bound === undefined ? [] : ['x'.repeat(index === 0 ? bound - 1 : bound + 1)],
  );
  const integer = types.includes('integer') ? [1.5, ...(isText ? ['many'] : [])] : [];
  return [...others, ...numbers, ...texts, ...integer, ...(schema.enum === undefined ? [] : ['none of these'])];
}

describe('the description', () => {
  it('has a type for every member of every request and answer', () => {
    const requests = operations.map(
      ({ method, path, operation }) => [`${method} ${path}`, requestOf(operation)] as const,
    );
    const parts = operations.flatMap(({ method, path, operation }) =>
      operation.parameters.map(({ name, schema }) => [`${method} ${path} ${name}`, schema] as const),
    );
    const all = [...requests, ...parts, ...Object.entries(description.components.schemas)];
    const members = all.flatMap(([place, schema]) => [...membersOf(schema, place)]);
    assert.ok(members.length > 400, String(members.length));
    const untyped = members.filter(([, { type, $ref }]) => type === undefined && $ref === undefined);
    assert.deepEqual(
      untyped.map(([place]) => place),
      [],
    );
    const open = members.filter(([, { type, items }]) => [type].flat().includes('array') && items === undefined);
    assert.deepEqual(
      open.map(([place]) => place),
      [],
    );
  });
});

for (const { method, path, operation } of operations) {
  const request = requestOf(operation);
  const { properties = {}, required = [] } = request;
  const usual = Object.fromEntries(required.map((name) => [name, valid(properties[name]!)]));
  const isQuery = method === 'GET' || method === 'DELETE';
  const whole = method === 'GET' ? {} : { ...usual, reason };

  describe(`${method} ${path}`, () => {
    it('refuses a request without what it needs, and names it', async () => {
      for (const name of required) {
        const { [name]: _left, ...others } = whole as Record<string, unknown>;
        assert.match(await refusalOf(method, path, others), new RegExp(`\\b${name}\\b`), name);
      }
    });

    it('refuses values that are not as described, and names the member', async () => {
      for (const [name, schema] of Object.entries(properties))
        for (const value of wrong(schema, isQuery, method !== 'PATCH' && !required.includes(name))) {
          const told = await refusalOf(method, path, { ...whole, [name]: value });
          assert.match(told, new RegExp(`\\b${name}\\b`), `${name} ${JSON.stringify(value)}`);
        }
    });
  });
}
