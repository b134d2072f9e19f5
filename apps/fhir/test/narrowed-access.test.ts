/** Scopes for some resources of a type, in every interaction: `patient/…`, `user/…`, `…?category=x`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
const system = 'http://terminology.hl7.org/CodeSystem/observation-category';
const json = { 'content-type': 'application/fhir+json' };

function observation(id: string | undefined, patient: string, category: string): Record<string, unknown> {
  return {
    resourceType: 'Observation',
    ...(id === undefined ? {} : { id }),
    status: 'final',
    category: [{ coding: [{ system, code: category }] }],
    code: { text: 'x' },
    subject: { reference: `Patient/${patient}` },
  };
}

before(async () => {
  server = await startServer({ healthWorkers: 'as-scoped' });
  for (const id of ['a', 'b']) await server.write('PUT', `/Patient/${id}`, { resourceType: 'Patient', id });
  await server.write('PUT', '/Observation/lab-a', observation('lab-a', 'a', 'laboratory'));
  await server.write('PUT', '/Observation/vital-a', observation('vital-a', 'a', 'vital-signs'));
  await server.write('PUT', '/Observation/lab-b', observation('lab-b', 'b', 'laboratory'));
  // Was of patient b first, by mistake.
  await server.write('PUT', '/Observation/moved', observation('moved', 'b', 'laboratory'));
  await server.write('PUT', '/Observation/moved', observation('moved', 'a', 'laboratory'), { 'if-match': 'W/"1"' });
});
after(() => server.close());

interface As {
  claims?: Record<string, unknown>;
  body?: unknown;
  headers?: Record<string, string>;
}

async function as(
  scope: string,
  method: string,
  path: string,
  { claims = {}, body, headers = {} }: As = {},
): Promise<Reply> {
  const token = await server.sso.token({ scope, ...claims });
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { ...json, ...headers } };
  return server.request(method, path, { token, headers, ...sent });
}

describe('patient/ scopes', () => {
  const claims = { patient: 'a' };

  test('read what is in the compartment, and answer for the rest as if it were not there', async () => {
    for (const path of ['/Patient/a', '/Observation/lab-a', '/Observation/moved']) {
      assert.equal((await as('patient/*.r', 'GET', path, { claims })).status, 200, path);
    }
    const foreign = await as('patient/*.r', 'GET', '/Observation/lab-b', { claims });
    const absent = await as('patient/*.r', 'GET', '/Observation/lab-c', { claims });
    assert.deepEqual([foreign.status, absent.status], [404, 404]);
    assert.equal(
      foreign.text.replaceAll('lab-b', '').replaceAll(/"incident.*?"/g, ''),
      absent.text.replaceAll('lab-c', ''),
    );
    assert.equal((await as('patient/*.r', 'GET', '/Patient/b', { claims })).status, 404);
    assert.equal((await as('patient/Patient.r', 'GET', '/Observation/lab-a', { claims })).status, 403);
  });

  test('read a version only when it was of the patient then, and no histories', async () => {
    const read = async (path: string): Promise<number> => (await as('patient/*.rs', 'GET', path, { claims })).status;
    assert.equal(await read('/Observation/moved/_history/2'), 200);
    assert.equal(await read('/Observation/moved/_history/1'), 404, 'it was of somebody else');
    assert.equal(await read('/Observation/moved/_history/7'), 404);
    for (const path of ['/Observation/moved/_history', '/Observation/_history', '/_history'])
      assert.equal(await read(path), 403);
    const b = { patient: 'b' };
    assert.equal((await as('patient/*.r', 'GET', '/Observation/moved/_history/1', { claims: b })).status, 404);
  });

  test('write into the compartment only, and out of it never', async () => {
    const write = (method: string, path: string, body: unknown, headers = {}): Promise<Reply> =>
      as('patient/Observation.cud', method, path, { claims, body, headers });
    assert.equal((await write('POST', '/Observation', observation(undefined, 'a', 'laboratory'))).status, 201);
    const foreign = await write('POST', '/Observation', observation(undefined, 'b', 'laboratory'));
    assert.deepEqual([foreign.status, foreign.code], [403, 'scope-outside']);
    assert.equal((await write('PUT', '/Observation/new-a', observation('new-a', 'a', 'x'))).status, 201);
    assert.equal((await write('PUT', '/Observation/new-b', observation('new-b', 'b', 'x'))).code, 'scope-outside');
    assert.equal(
      (await write('PUT', '/Observation/lab-b', observation('lab-b', 'a', 'x'), { 'if-match': 'W/"1"' })).status,
      404,
    );
    assert.equal(
      (await write('PUT', '/Observation/new-a', observation('new-a', 'b', 'x'), { 'if-match': 'W/"1"' })).code,
      'scope-outside',
    );
    assert.equal((await as('patient/Observation.d', 'DELETE', '/Observation/lab-b', { claims })).status, 404);
    assert.equal((await as('patient/Observation.d', 'DELETE', '/Observation/new-a', { claims })).status, 200);
    assert.equal((await server.request('GET', '/Observation/lab-b')).status, 200, 'untouched');
  });

  test('grant nothing where it cannot be told what it is about', async () => {
    const patch = [{ op: 'replace', path: '/status', value: 'amended' }];
    const headers = { 'content-type': 'application/json-patch+json' };
    const patched = await as('patient/*.cruds', 'PATCH', '/Observation/lab-a', { claims, body: patch, headers });
    assert.equal(patched.status, 403);
    const entry = { request: { method: 'GET', url: 'Observation/lab-a' } };
    const body = { resourceType: 'Bundle', type: 'batch', entry: [entry] };
    const batch = await as('patient/*.cruds', 'POST', '/', { claims, body });
    assert.match(batch.text, /403/);
    const exists = await as('patient/*.cruds', 'POST', '/Observation', {
      claims,
      body: observation(undefined, 'a', 'x'),
      headers: { 'if-none-exist': 'identifier=x|1' },
    });
    assert.equal(exists.status, 403);
    assert.equal((await as('patient/*.cruds', 'DELETE', '/Observation?status=final', { claims })).status, 403);
  });
});

describe('scopes with a query', () => {
  const lab = `system/Observation.cruds?category=${system}|laboratory`;

  test('hold for one resource as they do for searches', async () => {
    assert.equal((await as(lab, 'GET', '/Observation/lab-b')).status, 200);
    assert.equal((await as(lab, 'GET', '/Observation/vital-a')).status, 404);
    assert.equal(
      (await as(lab, 'POST', '/Observation', { body: observation(undefined, 'b', 'laboratory') })).status,
      201,
    );
    assert.equal(
      (await as(lab, 'POST', '/Observation', { body: observation(undefined, 'b', 'vital-signs') })).code,
      'scope-outside',
    );
    const both = `${lab} system/Observation.r?category=vital-signs`;
    assert.equal((await as(both, 'GET', '/Observation/vital-a')).status, 200);
  });

  test('that the resource alone cannot answer permit no write', async () => {
    const chained = 'system/Observation.cr?subject:Patient.active=true';
    assert.equal(
      (await as(chained, 'POST', '/Observation', { body: observation(undefined, 'a', 'x') })).code,
      'scope-outside',
    );
  });
});

describe('user/ scopes', () => {
  test('of a patient are for the own record', async () => {
    const claims = { fhirUser: `${baseUrl}/Patient/a` };
    assert.equal((await as('user/*.r', 'GET', '/Observation/lab-a', { claims })).status, 200);
    assert.equal((await as('user/*.r', 'GET', '/Observation/lab-b', { claims })).status, 404);
    const found = await as('user/*.rs', 'GET', '/Observation', { claims });
    assert.equal(found.text.includes('Patient/b'), false);
    assert.ok((found.json['entry'] as unknown[]).length >= 3);
  });

  test('of a health worker are what they say where the policy trusts, and nothing where it does not', async () => {
    const claims = { fhirUser: `${baseUrl}/Practitioner/p` };
    assert.equal((await as('user/Observation.rs', 'GET', '/Observation/lab-b', { claims })).status, 200);
    assert.equal((await as('user/Observation.rs', 'GET', '/Patient/b', { claims })).status, 403);
    assert.equal(
      (await as(`user/Observation.rs?category=laboratory`, 'GET', '/Observation/vital-a', { claims })).status,
      404,
    );
    const strict = await startServer();
    try {
      const token = await strict.sso.token({ scope: 'user/*.cruds', ...claims });
      assert.equal((await strict.request('GET', '/Observation/lab-b', { token })).code, 'scope-context-unsupported');
      assert.equal((await strict.request('GET', '/Observation', { token })).code, 'scope-context-unsupported');
    } finally {
      await strict.close();
    }
  });

  test('of nobody, of somebody elsewhere and of others are nothing', async () => {
    for (const fhirUser of [
      undefined,
      'https://elsewhere.example/fhir/Practitioner/p',
      `${baseUrl}/Person/p`,
      `${baseUrl}/Device/p`,
    ]) {
      const reply = await as('user/*.cruds', 'GET', '/Observation/lab-a', { claims: { fhirUser } });
      assert.deepEqual([reply.status, reply.code], [403, 'scope-context-unsupported'], String(fhirUser));
    }
  });
});
