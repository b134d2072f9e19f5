/** The OpenAPI description: valid, complete, and each of its operations called once, with the status that it tells. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import { endpointTypes } from '../src/endpoint-types.ts';
import { errorCatalogue, type ErrorCode } from '../src/index.ts';
import { routes } from '../src/routes.ts';
import { sampleOf } from '../../../tests/sample.ts';
import { openApi } from '../src/tools/openapi/document.ts';
import { openApiTexts } from '../src/tools/openapi/texts.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { smallest } from './smallest.ts';
import { queryOf } from './sql-query.ts';

type Json = Record<string, unknown>;
interface Operation {
  operationId?: string;
  parameters?: readonly { $ref?: string; name?: string; in?: string; schema?: Json }[];
  requestBody?: { $ref?: string; content: Record<string, unknown> };
  responses: Record<string, unknown>;
  security: { sso: string[] }[];
  'x-fhir-interaction': string;
}
type Parameters = NonNullable<Operation['parameters']>;
/** Operations by method, and beside them what all of these have in common. */
type Item = Readonly<Record<string, Operation>>;

function parametersOf(item: Item): Parameters {
  return ((item as Readonly<Record<string, unknown>>)['parameters'] ?? []) as Parameters;
}

interface Description {
  openapi: string;
  paths: Record<string, Item | { $ref: string }>;
  components: {
    schemas: Record<string, Json>;
    parameters: Record<string, { name: string; in: string }>;
    pathItems?: Record<string, Item>;
    requestBodies?: Record<string, { content: Record<string, unknown> }>;
    responses: Record<string, { description: string }>;
    securitySchemes: { sso: { flows: { clientCredentials: { tokenUrl: string; scopes: Json } } } };
  };
}

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
});
after(() => server.close());

async function described(types: readonly string[] = []): Promise<Description> {
  const query = types.length === 0 ? '' : `?type=${types.join(',')}`;
  const reply = await server.request('GET', `/openapi.json${query}`, { token: null });
  assert.equal(reply.status, 200, reply.text);
  return reply.json as unknown as Description;
}

function itemsOf({ paths, components }: Description): [path: string, item: Item][] {
  return Object.entries(paths).map(([path, item]) => {
    const { $ref } = item;
    const shared =
      typeof $ref === 'string' ? components.pathItems![$ref.replace('#/components/pathItems/', '')] : undefined;
    return [path, shared ?? (item as Item)];
  });
}

function bodyOf({ requestBody }: Operation, { components }: Description): Pick<Operation, 'requestBody'> {
  const name = requestBody?.$ref?.replace('#/components/requestBodies/', '');
  const found = name === undefined ? requestBody : components.requestBodies![name];
  return found === undefined ? {} : { requestBody: found };
}

function operationsOf(description: Description): { path: string; method: string; operation: Operation }[] {
  return itemsOf(description).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => method !== 'parameters')
      .map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        operation: {
          ...operation,
          ...bodyOf(operation, description),
          parameters: [...parametersOf(item), ...(operation.parameters ?? [])],
        },
      })),
  );
}

const choices: readonly (readonly string[])[] = [
  [],
  ['Patient'],
  ['Binary', 'AuditEvent', 'Provenance'],
  ['Bundle', 'OperationOutcome', 'OperationDefinition', 'Observation', 'Encounter'],
  ['CodeSystem', 'ValueSet', 'ConceptMap', 'Composition'],
];

test('it is valid OpenAPI 3.1, whatever the types', async () => {
  for (const types of choices) {
    const validator = new Validator();
    const { valid, errors } = await validator.validate((await described(types)) as unknown as Json);
    assert.ok(valid, `${types.join()}: ${JSON.stringify(errors ?? '').slice(0, 2000)}`);
    assert.equal(validator.version, '3.1');
  }
});

test('references lead somewhere, and operations have names of their own', async () => {
  for (const types of choices) {
    const description = await described(types);
    const text = JSON.stringify(description);
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = pointer.split('/').reduce<unknown>((at, name) => (at as Json | undefined)?.[name], description);
      assert.ok(found !== undefined, pointer);
    }
    const ids = operationsOf(description).flatMap(({ operation: { operationId } }) => operationId ?? []);
    assert.equal(new Set(ids).size, ids.length, types.join());
    assert.equal(ids.length > 0, types.length > 0);
    const { scopes } = description.components.securitySchemes.sso.flows.clientCredentials;
    for (const { operation } of operationsOf(description))
      for (const scope of operation.security.flatMap(({ sso }) => sso)) assert.ok(scope in scopes, scope);
  }
});

test('it tells of every route that is for clients, and of no other', async () => {
  const internal = ['$identity-evidence', '$record-looks', '$access-administration'];
  const told = new Set(operationsOf(await described()).map(({ operation }) => operation['x-fhir-interaction']));
  const served = new Set(routes.map(({ interaction }) => interaction).filter((name) => !internal.includes(name)));
  assert.deepEqual([...told].sort(), [...served].sort());
  const patterns = new Set(
    operationsOf(await described()).map(({ path, method }) => {
      const [first = '', ...rest] = path.slice(1).split('/');
      const isType = endpointTypes.includes(first) && !path.includes('dhp-');
      return `${method} /${[isType ? ':type' : first, ...rest].join('/')}`.replace(/\{member\}/g, ':type');
    }),
  );
  for (const { method, path, interaction } of routes) {
    if (internal.includes(interaction)) continue;
    const pattern = path.replace(':compartment', ':type').replace(/:(id|versionId)\b/g, '{$1}');
    assert.ok(patterns.has(`${method} ${pattern}`), `${method} ${pattern}`);
  }
});

test('each search parameter of a type is told with its modifiers, as a search takes them', async () => {
  const { json } = await server.request('GET', '/metadata');
  const [{ resource }] = (json as { rest: [{ resource: { type: string; searchParam: { name: string }[] }[] }] }).rest;
  const whole = await described();
  for (const { type, searchParam } of resource) {
    const [, item] = itemsOf(whole).find(([path]) => path === `/${type}`)!;
    const names = new Set(item['get']!.parameters!.map(({ name }) => name));
    for (const { name } of searchParam) assert.ok(names.has(name), `${type}.${name}`);
  }
  const patient = (await described(['Patient'])).paths['/Patient'] as Item;
  const { components } = await described(['Patient']);
  for (const { name, schema } of patient['get']!.parameters!.filter((each) => each.schema?.['$ref'] !== undefined)) {
    const form = components.schemas[String(schema!['$ref']).replace('#/components/schemas/', '')]!;
    const modifiers = form['x-fhir-modifiers'] as string[];
    for (const modifier of modifiers) {
      const values: Record<string, string> = {
        missing: 'true',
        'of-type': 'http://x|y|z',
        in: 'http://none',
        'not-in': 'http://none',
      };
      const value = values[modifier] ?? (name === '_list' || name === '_in' ? 'Group/x' : 'x');
      const reply = await server.request('GET', `/Patient?${name}:${modifier}=${encodeURIComponent(value)}`);
      assert.notEqual(reply.code, 'search-modifier-unknown', `${name}:${modifier}: ${reply.text}`);
    }
    const other = await server.request('GET', `/Patient?${name}:exactly=x`);
    assert.equal(other.status, 400, name);
  }
});

test('types are named as FHIR names them; others are refused with the nearest names', async () => {
  const ask = (query: string): Promise<Reply> => server.request('GET', `/openapi.json?${query}`, { token: null });
  const wrong = await ask('type=patient');
  assert.deepEqual([wrong.status, wrong.code], [400, 'parameter-invalid']);
  assert.match(wrong.diagnostics, /Did you mean Patient\?/);
  assert.equal((await ask('types=Patient')).code, 'parameter-unknown');
  assert.equal((await ask('type=Patient&type=Observation')).status, 200);
  assert.equal((await ask('type=')).code, 'parameter-invalid');
  assert.equal((await ask('type=Parameters')).code, 'parameter-invalid');
  assert.equal((await ask('type=__proto__')).code, 'parameter-invalid');
  assert.equal((await ask(`type=${endpointTypes.slice(0, 20).join()}`)).status, 200);
  assert.match((await ask(`type=${endpointTypes.slice(0, 21).join()}`)).diagnostics, /20 at most/);
  const [one, same] = [await ask('type=Observation,Patient'), await ask('type=Patient,Observation,Patient&nocache=1')];
  assert.equal(one.text, same.text);
});

test('a choice of types is what is told of each, which is made once', () => {
  const asked: string[] = [];
  const own = { parametersOf: (type: string) => (asked.push(type), new Map()) } as unknown as OwnParameters;
  const options = {
    baseUrl,
    environment: 'playground',
    ssoEndpoints: { authorize: 'https://sso.example/a', token: 'https://sso.example/t', jwks: 'https://sso.example/j' },
  } as const;
  const described = { options, routes, types: endpointTypes, own };
  const texts = openApiTexts(described);
  const tried = sampleOf(endpointTypes, 20, 20_261_130);
  for (const choice of [
    ...tried.map((one) => [one]),
    tried.slice(0, 7),
    ['Patient', 'Binary', 'OperationDefinition'],
    [],
  ])
    assert.deepEqual(JSON.parse(texts(choice)), JSON.parse(JSON.stringify(openApi(described, choice))), choice.join());
  asked.length = 0;
  for (const from of tried.keys()) texts(tried.slice(from));
  assert.deepEqual(asked, []);
});

test('it is cached, compressed, and as large as the document says', async () => {
  const first = await server.request('GET', '/openapi.json', { token: null });
  const etag = first.headers.get('etag') ?? '';
  assert.match(first.headers.get('cache-control') ?? '', /public, max-age=\d+/);
  assert.equal(first.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.equal(first.headers.get('access-control-allow-origin'), '*');
  const known = await server.request('GET', '/openapi.json', { headers: { 'if-none-match': etag } });
  assert.deepEqual([known.status, known.text], [304, '']);
  const raw = await fetch(`${server.url}/openapi.json`, { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(raw.headers.get('content-encoding'), 'gzip');
  assert.equal(await raw.text(), first.text);
  const small = await server.request('GET', '/openapi.json?type=Patient', { token: null });
  assert.notEqual(small.headers.get('etag'), etag);
  assert.ok(first.text.length < 1_500_000, `${first.text.length} bytes`);
  assert.ok(small.text.length < 150_000, `${small.text.length} bytes`);
  assert.equal((await server.request('HEAD', '/openapi.json', { token: null })).status, 200);
});

test('published resources are what the schemas say, and what has another shape is not', async () => {
  const tried = sampleOf(endpointTypes, 12, 20_261_129);
  for (const type of tried) {
    const { components } = await described([type]);
    const ajv = new Ajv2020({ strict: false, schemas: [{ $id: 'api', components }] });
    const check = ajv.compile({ $ref: `api#/components/schemas/${type}` });
    assert.ok(check(smallest(type)), `${type}: ${JSON.stringify(check.errors)}`);
    assert.ok(!check({ ...smallest(type), nothing: 1 }), type);
    assert.ok(!check({ ...smallest(type), id: ['x'] }), type);
    assert.ok(!check({ ...smallest(type), resourceType: 'Other' }), type);
  }
});

const gender = 'http://hl7.org/fhir/administrative-gender';
const genders = 'http://hl7.org/fhir/ValueSet/administrative-gender';
/** Queries of operations, by interaction and type; others need none. */
const inputs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'CodeSystem $lookup': { system: gender, code: 'male' },
  'CodeSystem $validate-code': { url: gender, code: 'male' },
  'CodeSystem $subsumes': { system: gender, codeA: 'male', codeB: 'female' },
  'ValueSet $validate-code': { url: genders, system: gender, code: 'male' },
  'ValueSet $expand': { url: genders },
  'ValueSet $related': { thisUrl: genders, otherUrl: genders },
  'ValueSet $compare': { thisUrl: genders, otherUrl: genders },
  'Observation $lastn': { patient: 'w1', code: 'x' },
  'Observation $stats': { subject: 'Patient/w1', system: gender, code: 'x', statistic: 'count' },
  'ConceptMap $translate': { url: 'http://example.org/none', system: gender, sourceCode: 'male' },
};

/** A request for an operation of the description, made from that alone and a resource of the type. */
function requestFor(
  path: string,
  method: string,
  operation: Operation,
): { path: string; headers: Record<string, string>; body?: string } {
  const [type = ''] = path.slice(1).split('/');
  const interaction = operation['x-fhir-interaction'];
  const id = { update: 'w2', delete: 'w9', 'conditional-update': 'w3' }[interaction.replace(/^view-/, '')] ?? 'w1';
  const member = operation.parameters?.find(({ name }) => name === 'member')?.schema?.['enum'] as string[] | undefined;
  const address = path
    .replace('{id}', id)
    .replace('{versionId}', '1')
    .replace('{member}', member?.at(-1) ?? '');
  const taken = new Set(operation.parameters?.map(({ name }) => name));
  const asked = Object.entries(inputs[`${type} ${interaction}`] ?? {});
  const input = new URLSearchParams(asked.filter(([name]) => taken.has(name)));
  const criteria = {
    'conditional-update': '_id=w3',
    'conditional-patch': '_id=w1',
    'conditional-delete': '_id=nobody',
  }[interaction];
  const isSearch = interaction.startsWith('search') && method === 'GET';
  const stored: Record<string, string> = {
    '$viewdefinition-run': 'viewReference=ViewDefinition/w1',
    '$sql-run': 'subjectReference=ViewDefinition/w1',
    '$sqlquery-run': 'queryReference=Library/w1',
  };
  const own = path.includes('{id}') ? undefined : stored[interaction];
  const query = criteria ?? (isSearch ? '_id=w1' : method === 'GET' ? (own ?? input.toString()) : '');
  const [contentType] = Object.keys(operation.requestBody?.content ?? {});
  const headers = {
    accept: 'application/fhir+json',
    ...(contentType !== undefined && { 'content-type': contentType }),
  };
  const body = contentType === undefined ? undefined : bodyFor(contentType, interaction, { type, id, path });
  return { path: query === '' ? address : `${address}?${query}`, headers, ...(body !== undefined && { body }) };
}

function typeOfInput(interaction: string, name: string): string {
  if (interaction === '$lastn' || (interaction === '$stats' && name === 'code')) return 'valueString';
  return /url|system|subject/i.test(name) ? 'valueUri' : 'valueCode';
}

function bodyFor(
  contentType: string,
  interaction: string,
  { type, id, path }: { type: string; id: string; path: string },
): string {
  if (contentType === 'application/x-www-form-urlencoded') return '_id=w1';
  if (contentType === 'application/json-patch+json') return '[{"op":"add","path":"/language","value":"uz"}]';
  if (interaction === 'batch/transaction') return JSON.stringify({ resourceType: 'Bundle', type: 'batch' });
  if (interaction === '$validate') return JSON.stringify(smallest(type));
  if (interaction.startsWith('$meta-'))
    return JSON.stringify({
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 't' }] } }],
    });
  if (interaction === '$closure')
    return JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'name', valueString: 'openapi' }] });
  if (interaction === '$viewdefinition-run' || interaction === '$sql-run') {
    const resource = { resource: 'Patient', select: [{ column: [{ name: 'id', path: 'id' }] }] };
    const name = interaction === '$sql-run' ? 'subjectResource' : 'viewResource';
    // At its own address a view needs no naming.
    const parameter = path.includes('{id}') ? [] : [{ name, resource }];
    return JSON.stringify({ resourceType: 'Parameters', parameter });
  }
  if (interaction === '$sqlquery-run') {
    const view = { resource: 'Patient', select: [{ column: [{ name: 'id', path: 'id' }] }] };
    return JSON.stringify({ resourceType: 'Parameters', parameter: queryOf(view, 'select * from t') });
  }
  if (interaction.startsWith('$')) {
    const asked = Object.entries(inputs[`${type} ${interaction}`] ?? {});
    const named = path.includes('{id}') ? asked.filter(([name]) => !/^(?:url|system|thisUrl)$/.test(name)) : asked;
    const parameter = named.map(([name, value]) => ({
      name,
      [typeOfInput(interaction, name)]: value,
    }));
    return JSON.stringify({ resourceType: 'Parameters', parameter });
  }
  return JSON.stringify({ ...smallest(type), ...(interaction.endsWith('create') ? {} : { id }) });
}

/** Statuses other than 200 by interaction; 201 where something is made. */
const expected: Readonly<Record<string, number>> = {
  ...{ create: 201, update: 201, 'conditional-update': 201 },
  ...{ 'view-create': 201, 'view-update': 201 },
};
/** Operations whose answer depends on the resource at the address. */
const either: Readonly<Record<string, readonly number[]>> = {
  $document: [200, 422],
  $translate: [200, 404, 422],
  $lookup: [200, 404, 422],
  '$validate-code': [200, 404, 422],
  $subsumes: [200, 400, 404, 422],
  $expand: [200, 404, 422],
  $related: [200, 404, 422],
  $compare: [200, 404, 422],
  '$access-history': [403],
  // There is no such job: jobs/async.test.ts.
  'job-status': [404],
  'job-cancel': [404],
  'job-file': [404],
  // There is no such file: publish.test.ts.
  'published-file': [404],
  // They are not asked for later: export.test.ts, view-export.test.ts, import.test.ts.
  $export: [400],
  '$viewdefinition-export': [400],
  '$sql-export': [400],
  $import: [400],
  // It names its types: bulk-delete.test.ts.
  '$bulk-delete': [400],
  // They name a submission: bulk-submit.test.ts.
  '$bulk-submit': [400],
  '$bulk-submit-status': [400],
  // Its questions are resources, which this test does not make.
  '$batch-validate-code': [400],
};

describe('each operation, called once', () => {
  const types = sampleOf(endpointTypes, 6, 20_261_130, (type) =>
    ['CodeSystem', 'ValueSet', 'ConceptMap', 'Composition', 'Patient', 'Encounter', 'AuditEvent', 'Binary'].includes(
      type,
    )
      ? type
      : '',
  );
  for (const type of types) {
    test(type, async () => {
      await server.write('PUT', `/${type}/w1`, { ...smallest(type), id: 'w1' });
      const description = await described([type]);
      const all = operationsOf(description);
      assert.ok(all.length > 15, `${all.length}`);
      for (const { path, method, operation } of all) await call(path, method, operation);
    });
  }

  test('of the system', async () => {
    for (const type of ['Patient', 'ViewDefinition', 'Library'])
      await server.write('PUT', `/${type}/w1`, { ...smallest(type), id: 'w1' });
    const ofSystem = operationsOf(await described()).filter(
      ({ path }) => !endpointTypes.includes(path.slice(1).split('/')[0] ?? ''),
    );
    assert.ok(ofSystem.length >= 14, `${ofSystem.length}`);
    for (const { path, method, operation } of ofSystem) await call(path, method, operation);
  });

  async function call(path: string, method: string, operation: Operation): Promise<void> {
    const interaction = operation['x-fhir-interaction'];
    const { path: address, ...request } = requestFor(path, method, operation);
    const isPublic = operation.security.length === 0;
    const reply = await server.request(method, address, { ...request, ...(isPublic && { token: null }) });
    const place = `${method} ${address}: ${reply.status} ${reply.text.slice(0, 500)}`;
    // The smallest Library is no query.
    const isNoQuery = method === 'GET' && interaction === '$sqlquery-run';
    const wanted = isNoQuery ? [422] : (either[interaction] ?? [expected[interaction] ?? 200]);
    assert.ok(wanted.includes(reply.status), place);
    const brief = `${String(Math.floor(reply.status / 100))}XX`;
    assert.ok(String(reply.status) in operation.responses || brief in operation.responses, `${place} is told`);
  }
});

test('every error of the catalogue is told under its status', async () => {
  const { components } = await described();
  for (const code of Object.keys(errorCatalogue) as ErrorCode[])
    assert.ok(components.responses[`E${errorCatalogue[code].status}`]?.description.includes(code), code);
});
