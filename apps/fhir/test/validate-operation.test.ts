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

test('of very many findings it tells 500, and how many errors there are', async () => {
  const name = Array.from({ length: 700 }, () => ({ use: 'x', family: 'Karimov' }));
  const all = told(await post('/Patient/$validate', patient({ name })));
  assert.equal(all.length, 501);
  assert.equal(all[500], 'error resource-invalid');
  const reply = await post('/Patient/$validate', patient({ name }));
  assert.match((reply.json['issue'] as Told[])[500]!.details.text, /has 700 errors/);
  assert.equal(told(await post('/Patient/$validate', patient({ name: name.slice(0, 500) }))).length, 500);
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

test('a token that permits anything of the type will do, where nothing stored is looked at', async () => {
  const status = async (scope: string, path = '/Patient/$validate'): Promise<string> => {
    const reply = await server.request('POST', path, {
      token: await server.sso.token({ scope }),
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(patient()),
    });
    return `${reply.status} ${reply.code}`.trim();
  };
  for (const permission of ['c', 'r', 'u', 's', 'd']) {
    assert.equal(await status(`system/Patient.${permission}`), '200 validation-passed', permission);
  }
  assert.equal(await status('system/Observation.cruds'), '403 scope-insufficient');
  assert.equal(await status('system/Patient.c', '/Patient/v1/$validate'), '403 scope-insufficient');
});

test('a deletion is valid when nothing refers to the resource, where references are kept whole', async (t) => {
  const strict = await startServer({ referenceIntegrity: 'enforce', requireIfMatch: false });
  t.after(() => strict.close());
  await strict.write(
    'PUT',
    '/Patient/a',
    patient({ id: 'a', link: [{ other: { reference: 'Patient/a' }, type: 'seealso' }] }),
  );
  await strict.write('PUT', '/Patient/b', patient({ id: 'b' }));
  const basic = { resourceType: 'Basic', id: 'x', code: { text: 'x' }, subject: { reference: 'Patient/b' } };
  assert.equal((await strict.write('PUT', '/Basic/x', basic)).status, 201);
  const of = async (id: string): Promise<string[]> =>
    told(await strict.request('GET', `/Patient/${id}/$validate?mode=delete`));
  assert.deepEqual(await of('a'), ['success validation-passed'], 'what refers to itself goes with itself');
  assert.deepEqual(await of('b'), ['error resource-referenced']);
  assert.equal((await strict.request('DELETE', '/Patient/b')).status, 409, 'as the deletion itself says');
  assert.equal((await strict.request('DELETE', '/Basic/x')).status, 200);
  assert.deepEqual(await of('b'), ['success validation-passed']);
});

test('in a context of use, additional bindings that are for it hold, too', async () => {
  const context = {
    code: { system: 'http://terminology.hl7.org/CodeSystem/usage-context-type', code: 'venue' },
    valueCodeableConcept: { coding: [{ system: 'http://example.org/venues', code: 'clinic' }] },
  };
  const url = 'http://example.org/StructureDefinition/bound-by-use';
  const valueSet = 'http://hl7.org/fhir/ValueSet/administrative-gender';
  const profile = {
    resourceType: 'StructureDefinition',
    id: 'bound-by-use',
    url,
    name: 'BoundByUse',
    status: 'active',
    kind: 'resource',
    abstract: false,
    type: 'Patient',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    derivation: 'constraint',
    differential: {
      element: [
        {
          id: 'Patient.maritalStatus',
          path: 'Patient.maritalStatus',
          binding: {
            strength: 'example',
            description: 'any',
            additional: [{ purpose: 'required', valueSet, usage: [context] }],
          },
        },
      ],
    },
  };
  const stored = await server.write('PUT', '/StructureDefinition/bound-by-use', profile);
  assert.equal(stored.status, 201, stored.text);
  const resource = patient({ maritalStatus: { coding: [{ system: 'http://example.org/s', code: 'x' }] } });
  const of = async (...more: object[]): Promise<string[]> => {
    const all = told(
      await post('/Patient/$validate', parameters(resource, { name: 'profile', valueCanonical: url }, ...more)),
    );
    // The binding of R5 is told as a warning.
    return all.filter((one) => !one.startsWith('warning')).map((one) => one.split(' ').slice(0, 2).join(' '));
  };
  assert.deepEqual(await of(), ['success validation-passed']);
  assert.deepEqual(await of({ name: 'usageContext', valueUsageContext: context }), ['error concept-not-in-value-set']);
  const query = await post('/Patient/$validate?usageContext=clinic', resource);
  assert.deepEqual([query.status, query.code], [400, 'parameter-invalid']);
  const wrong = await post('/Patient/$validate', parameters(resource, { name: 'usageContext', valueString: 'clinic' }));
  assert.deepEqual([wrong.status, wrong.code], [400, 'parameter-invalid']);
});

test('with mode create and update: what a write is refused for, since nothing is where a reference leads', async () => {
  const strict = await startServer({ referenceIntegrity: 'enforce', requireIfMatch: false });
  try {
    assert.equal((await strict.write('PUT', '/Patient/there', patient({ id: 'there' }))).status, 201);
    const linked = (...ids: string[]): Record<string, unknown> =>
      patient({ id: 'own', link: ids.map((id) => ({ other: { reference: `Patient/${id}` }, type: 'seealso' })) });
    const ask = async (resource: object, mode?: string): Promise<string[]> =>
      told(await strict.write('POST', `/Patient/$validate${mode === undefined ? '' : `?mode=${mode}`}`, resource));
    const wrong = 'error reference-not-found Patient.link[1].other.reference';
    const [only, ...others] = await ask(linked('there', 'nowhere', 'nowhere'), 'create');
    assert.deepEqual([only?.replace(/ [\d:]+$/, ''), others], [wrong, []]);
    const refused = await strict.write('POST', '/Patient', linked('there', 'nowhere'));
    assert.equal(refused.code, 'reference-not-found', 'as the write itself');
    assert.deepEqual(await ask(linked('own'), 'update'), ['success validation-passed']);
    const reading = await strict.request('POST', '/Patient/$validate?mode=create', {
      token: await strict.sso.token({ scope: 'system/Patient.rs' }),
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(linked('nowhere')),
    });
    assert.deepEqual(
      told(reading),
      ['success validation-passed'],
      'who may write nothing learns nothing of what is stored',
    );
    assert.deepEqual(await ask(linked('nowhere')), ['success validation-passed'], 'no write is asked about');
  } finally {
    await strict.close();
  }
  const loose = patient({ managingOrganization: { reference: 'Organization/nowhere' } });
  assert.deepEqual(told(await post('/Patient/$validate?mode=create', loose)), ['success validation-passed']);
});
