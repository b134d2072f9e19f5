/** `$validate`: by type and by instance, with the resource inline and in Parameters. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  assert.equal((await server.write('PUT', '/Patient/v1', patient({ id: 'v1' }))).status, 201);
});
after(() => server.close());

interface Told {
  severity: string;
  details: { coding: { code: string }[]; text: string };
  expression?: string[];
  extension?: { valueInteger: number }[];
}

/** Severity, id, element and place of each issue. */
function told(reply: Reply): string[] {
  assert.deepEqual([reply.status, reply.json['resourceType']], [200, 'OperationOutcome'], reply.text);
  return (reply.json['issue'] as Told[]).map(({ severity, details, expression = [], extension = [] }) => {
    const place = extension.map(({ valueInteger }) => valueInteger).join(':');
    return [severity, details.coding.at(-1)!.code, ...expression, place].join(' ').trimEnd();
  });
}

const post = (path: string, body: unknown): Promise<Reply> =>
  server.request('POST', path, {
    headers: { 'content-type': 'application/fhir+json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const parameters = (resource: unknown, ...more: object[]): object => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'resource', resource }, ...more],
});

test('a resource inline: what is wrong with it, and where; nothing is stored', async () => {
  const wrong = '{\n "resourceType": "Patient",\n "gender": "m"\n}';
  assert.deepEqual(told(await post('/Patient/$validate', wrong)), ['error code-not-in-value-set Patient.gender 3:12']);
  assert.deepEqual(told(await post('/Patient/$validate', patient())), ['success validation-passed']);
  assert.equal((await server.request('GET', '/Patient?_total=accurate')).json['total'], 1);
});

test('in Parameters its findings are placed there, and named as those of the resource', async () => {
  const body =
    '{"resourceType":"Parameters","parameter":[{"name":"mode","valueCode":"create"},\n{"name":"resource","resource":{"resourceType":"Patient","gender":"m"}}]}';
  const [only] = told(await post('/Patient/$validate', body));
  assert.equal(only, `error code-not-in-value-set Patient.gender 2:${body.split('\n')[1]!.indexOf('"m"') + 1}`);
});

test('against a profile that is named', async () => {
  const weight = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
  const profile = 'http://hl7.org/fhir/StructureDefinition/bodyweight';
  assert.deepEqual(told(await post('/Observation/$validate', weight)), ['success validation-passed']);
  for (const reply of [
    await post(`/Observation/$validate?profile=${encodeURIComponent(profile)}`, weight),
    await post('/Observation/$validate', parameters(weight, { name: 'profile', valueCanonical: profile })),
  ]) {
    assert.ok(
      told(reply).some((one) => one.startsWith('error element-missing Observation')),
      reply.text,
    );
  }
  const unknown = await post('/Observation/$validate?profile=http://example.org/none', weight);
  assert.deepEqual(told(unknown), ['error profile-unknown Observation 1:1']);
});

test('the stored resource, by GET, and the modes', async () => {
  assert.deepEqual(told(await server.request('GET', '/Patient/v1/$validate')), ['success validation-passed']);
  assert.equal((await server.request('GET', '/Patient/none/$validate')).code, 'resource-not-found');
  const profile = encodeURIComponent('http://hl7.org/fhir/StructureDefinition/bodyweight');
  const other = told(await server.request('GET', `/Patient/v1/$validate?mode=profile&profile=${profile}`));
  assert.deepEqual(other, ['error profile-for-other-type Patient']);
  assert.deepEqual(told(await server.request('GET', '/Patient/v1/$validate?mode=delete')), [
    'success validation-passed',
  ]);
  assert.deepEqual(told(await server.request('GET', '/Patient/none/$validate?mode=delete')), [
    'error resource-not-found',
  ]);
  const update = await post('/Patient/v1/$validate?mode=update', patient({ id: 'v2' }));
  assert.deepEqual(told(update), ['error id-mismatch Patient.id']);
});

test('what cannot be meant is 400', async () => {
  for (const [path, body] of [
    ['/Patient/$validate?mode=x', patient()],
    ['/Patient/$validate?mode=delete', patient()],
    ['/Patient/v1/$validate?mode=create', patient()],
    ['/Patient/v1/$validate?mode=profile', patient()],
    ['/Patient/$validate', { resourceType: 'Parameters' }],
  ] as const) {
    const reply = await post(path, body);
    assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], path);
  }
  assert.equal((await post('/Patient/$validate', '{')).code, 'json-invalid');
  assert.equal((await post('/Patient/$validate?colour=red', patient())).code, 'parameter-unknown');
  assert.equal((await post('/Patient/$validate', { resourceType: 'Observation' })).code, 'resource-type-mismatch');
});
