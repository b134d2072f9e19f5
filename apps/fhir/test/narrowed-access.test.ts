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

  test('read a version only when it was of the patient then', async () => {
    const read = async (path: string): Promise<number> => (await as('patient/*.rs', 'GET', path, { claims })).status;
    assert.equal(await read('/Observation/moved/_history/2'), 200);
    assert.equal(await read('/Observation/moved/_history/1'), 404, 'it was of somebody else');
    assert.equal(await read('/Observation/moved/_history/7'), 404);
    const b = { patient: 'b' };
    assert.equal((await as('patient/*.r', 'GET', '/Observation/moved/_history/1', { claims: b })).status, 404);
  });

  test('write into the compartment only, and out of it never', async () => {
    const write = (method: string, path: string, body: unknown, headers = {}): Promise<Reply> =>
      as('patient/Observation.cud', method, path, { claims, body, headers });
    assert.equal((await write('POST', '/Observation', observation(undefined, 'a', 'laboratory'))).status, 201);
    const foreign = await write('POST', '/Observation', observation(undefined, 'b', 'laboratory'));
    assert.deepEqual([foreign.status, foreign.code], [403, 'scope-outside']);
    assert.equal((await write('PUT', '/Observation/new-a', observation('new-a', 'a', 'exam'))).status, 201);
    assert.equal((await write('PUT', '/Observation/new-b', observation('new-b', 'b', 'exam'))).code, 'scope-outside');
    assert.equal(
      (await write('PUT', '/Observation/lab-b', observation('lab-b', 'a', 'exam'), { 'if-match': 'W/"1"' })).status,
      404,
    );
    assert.equal(
      (await write('PUT', '/Observation/new-a', observation('new-a', 'b', 'exam'), { 'if-match': 'W/"1"' })).code,
      'scope-outside',
    );
    assert.equal((await as('patient/Observation.d', 'DELETE', '/Observation/lab-b', { claims })).status, 404);
    assert.equal((await as('patient/Observation.d', 'DELETE', '/Observation/new-a', { claims })).status, 200);
    assert.equal((await server.request('GET', '/Observation/lab-b')).status, 200, 'untouched');
  });

  test('show histories of what is in the compartment, each version only when it was, and count right', async () => {
    const versions = async (path: string, of = claims): Promise<[string[], unknown]> => {
      const reply = await as('patient/*.rs', 'GET', path, { claims: of });
      assert.equal(reply.status, 200, reply.text);
      const entries = (reply.json['entry'] ?? []) as { fullUrl: string; response: { etag: string } }[];
      const named = entries.map(
        ({ fullUrl, response }) => `${fullUrl.split('/').slice(-2).join('/')} ${response.etag}`,
      );
      return [named, reply.json['total']];
    };
    assert.deepEqual(await versions('/Observation/moved/_history'), [['Observation/moved W/"2"'], 1]);
    assert.equal((await as('patient/*.rs', 'GET', '/Observation/lab-b/_history', { claims })).status, 404);
    const [ofType] = await versions('/Observation/_history?_count=500');
    assert.ok(ofType.includes('Observation/lab-a W/"1"'));
    assert.ok(ofType.includes('Observation/moved W/"2"'));
    assert.ok(!ofType.some((name) => name.includes('lab-b') || name === 'Observation/moved W/"1"'));
    const [ofAll] = await versions('/_history?_count=500');
    assert.ok(ofAll.includes('Patient/a W/"1"') && !ofAll.includes('Patient/b W/"1"'));
    const [ofOther] = await versions('/Observation/_history?_count=500', { patient: 'b' });
    assert.ok(!ofOther.some((name) => name.includes('moved')), 'what it is now is of somebody else');
  });

  test('page through a narrowed history without gaps and repetitions', async () => {
    const [, all] = await pages('/Observation/_history?_count=500');
    const [count, small] = await pages('/Observation/_history?_count=2');
    assert.ok(count > 1);
    assert.deepEqual(small, all);
    assert.equal(new Set(small).size, small.length);
  });

  /** The number of pages, and the names of their entries. */
  async function pages(first: string): Promise<[number, string[]]> {
    const names: string[] = [];
    let count = 0;
    for (let path: string | undefined = first; path !== undefined; count += 1) {
      const reply: Reply = await as('patient/*.rs', 'GET', path, { claims });
      const entries = (reply.json['entry'] ?? []) as { fullUrl: string; response: { etag: string } }[];
      names.push(...entries.map(({ fullUrl, response }) => fullUrl + response.etag));
      const links = reply.json['link'] as { relation: string; url: string }[];
      path = links.find(({ relation }) => relation === 'next')?.url.slice(baseUrl.length);
    }
    return [count, names];
  }

  test('patch what is in the compartment, and out of it never', async () => {
    const headers = { 'content-type': 'application/json-patch+json' };
    const patch = (id: string, path: string, value: unknown): Promise<Reply> =>
      as('patient/*.cruds', 'PATCH', `/Observation/${id}`, { claims, body: [{ op: 'replace', path, value }], headers });
    const results = await patch('lab-a', '/status', 'amended');
    assert.deepEqual([results.status, results.code], [403, 'scope-outside'], 'a laboratory wrote it');
    assert.match(results.diagnostics, /was not written by the patient/);
    const own = await as('patient/*.cruds', 'PUT', '/Observation/own-a', {
      ...{ claims, body: observation('own-a', 'a', 'exam') },
    });
    assert.equal(own.status, 201, own.text);
    assert.equal((await patch('own-a', '/status', 'amended')).status, 200);
    assert.equal((await patch('lab-b', '/status', 'amended')).status, 404);
    assert.equal((await patch('own-a', '/subject/reference', 'Patient/b')).code, 'scope-outside');
    const entry = {
      request: { method: 'PATCH', url: 'Observation/own-a' },
      resource: {
        resourceType: 'Binary',
        contentType: 'application/json-patch+json',
        data: Buffer.from('[{"op":"replace","path":"/subject/reference","value":"Patient/b"}]').toString('base64'),
      },
    };
    for (const type of ['batch', 'transaction']) {
      const body = { resourceType: 'Bundle', type, entry: [entry] };
      const reply = await as('patient/*.cruds', 'POST', '/', { claims, body });
      assert.match(reply.text, /scope-outside/, type);
      assert.match(reply.text, /Bundle\.entry\[0\]/, type);
    }
  });

  test('see nothing else by criteria, and write nothing else', async () => {
    const write = (method: string, path: string, body?: unknown, headers = {}): Promise<Reply> =>
      as('patient/*.cruds', method, path, { claims, body, headers });
    const other = { ...observation('twin', 'b', 'exam'), identifier: [{ value: 'n1' }] };
    await server.write('PUT', '/Observation/twin', other);
    const mine = { ...observation(undefined, 'a', 'exam'), identifier: [{ value: 'n1' }] };
    const exists = await write('POST', '/Observation', mine, { 'if-none-exist': 'identifier=n1' });
    assert.equal(exists.status, 201, 'another one of somebody else is not found');
    assert.equal((await write('POST', '/Observation', mine, { 'if-none-exist': 'identifier=n1' })).status, 200);
    assert.equal((await write('PUT', '/Observation?identifier=n1', mine)).status, 200);
    assert.equal((await write('PUT', '/Observation?identifier=n1', other)).status, 400, 'it has another id');
    assert.equal((await write('DELETE', '/Observation?identifier=n1&_count=10')).status, 200);
    assert.equal((await server.request('GET', '/Observation/twin')).status, 200, 'untouched');
    assert.equal((await write('PUT', '/Observation?identifier=n1', { ...mine, id: 'twin' })).status, 404);
  });

  test('hold for every write of a transaction, which then stores nothing', async () => {
    const entry = (url: string, resource: unknown): object => ({ request: { method: 'PUT', url }, resource });
    const body = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        entry('Observation/t-a', observation('t-a', 'a', 'exam')),
        entry('Observation/t-b', observation('t-b', 'b', 'exam')),
      ],
    };
    const reply = await as('patient/*.cruds', 'POST', '/', { claims, body });
    assert.deepEqual([reply.status, reply.code], [403, 'scope-outside']);
    assert.match(reply.diagnostics, /^Bundle\.entry\[1\]/);
    assert.equal((await server.request('GET', '/Observation/t-a')).status, 404);
  });

  test('do not tell who refers to a resource that is to be deleted', async () => {
    const strict = await startServer({ referenceIntegrity: 'enforce' });
    try {
      await strict.write('PUT', '/Patient/a', { resourceType: 'Patient', id: 'a' });
      await strict.write('PUT', '/Patient/b', { resourceType: 'Patient', id: 'b' });
      const token = await strict.sso.token({ scope: 'patient/*.cruds', ...claims });
      const own = { token, headers: json, body: JSON.stringify(observation('o', 'a', 'exam')) };
      assert.equal((await strict.request('PUT', '/Observation/o', own)).status, 201);
      const secret = { ...observation('secret', 'b', 'exam'), derivedFrom: [{ reference: 'Observation/o' }] };
      await strict.write('PUT', '/Observation/secret', secret);
      const refused = await strict.request('DELETE', '/Observation/o', { token });
      assert.equal(refused.status, 200, 'what the patient may not see stops no deletion');
      assert.ok(!refused.text.includes('secret'), refused.text);
      const left = await strict.request('GET', '/Observation/secret');
      assert.ok(left.text.includes('Observation/o'), 'it refers to what is deleted');
    } finally {
      await strict.close();
    }
  });

  test('hold while others move the resource away', async () => {
    const one = { ...observation('raced', 'a', 'exam') };
    const other = { ...observation('raced', 'b', 'exam') };
    await as('patient/*.cruds', 'PUT', '/Observation/raced', { claims, body: one });
    const headers = { 'content-type': 'application/json-patch+json' };
    const body = [{ op: 'add', path: '/note', value: [{ text: 'seen' }] }];
    const [, ...patched] = await Promise.all([
      server.write('PUT', '/Observation/raced', other, { 'if-match': 'W/"1"' }),
      ...Array.from({ length: 8 }, () =>
        as('patient/*.cruds', 'PATCH', '/Observation/raced', { claims, body, headers }),
      ),
    ]);
    for (const { status, text } of patched) assert.ok(status === 200 || status === 404, text);
    const now = await server.request('GET', '/Observation/raced');
    const isMoved = now.text.includes('Patient/b');
    assert.ok(!(isMoved && now.text.includes('seen')), 'what is of somebody else was not changed');
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
      (await as(chained, 'POST', '/Observation', { body: observation(undefined, 'a', 'exam') })).code,
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

  test('of a health worker with roles are what the scope and a policy permit, also through an organisation', async () => {
    const organization = { resourceType: 'Organization', id: 'clinic', name: 'Clinic' };
    await server.write('PUT', '/Organization/clinic', organization);
    const ours = { resourceType: 'Patient', id: 'ours', managingOrganization: { reference: 'Organization/clinic' } };
    await server.write('PUT', '/Patient/ours', ours);
    await server.write('PUT', '/Observation/of-ours', observation('of-ours', 'ours', 'laboratory'));
    const policies = [
      'user/Patient.crus?organization=Organization/clinic',
      'user/Observation.crus?subject:Patient.organization=Organization/clinic',
    ];
    const claims = { fhirUser: `${baseUrl}/Practitioner/p`, policies };
    const status = async (method: string, path: string, body?: unknown, scope = 'user/*.cruds'): Promise<number> =>
      (await as(scope, method, path, { claims, body })).status;
    assert.equal(await status('GET', '/Observation/of-ours'), 200);
    assert.equal(await status('GET', '/Observation/lab-b'), 404);
    assert.equal(await status('GET', '/Encounter/x'), 403, 'no policy names it');
    assert.equal(await status('DELETE', '/Observation/of-ours'), 403, 'no policy permits it');
    assert.equal(await status('GET', '/Observation/of-ours', undefined, 'user/Patient.rs'), 403, 'not asked for');
    const found = await as('user/*.rs', 'GET', '/Observation?_total=accurate', { claims });
    assert.equal(found.json['total'], 1);
    assert.equal(await status('POST', '/Observation', observation(undefined, 'ours', 'exam')), 201);
    assert.equal(await status('POST', '/Observation', observation(undefined, 'b', 'exam')), 403);
    const entry = [
      {
        fullUrl: 'urn:uuid:6c1a7e3e-55f7-4a3c-9a0a-6d5d4c2b1a00',
        request: { method: 'POST', url: 'Patient' },
        resource: { ...ours, id: undefined },
      },
      {
        request: { method: 'POST', url: 'Observation' },
        resource: {
          ...observation(undefined, 'x', 'exam'),
          subject: { reference: 'urn:uuid:6c1a7e3e-55f7-4a3c-9a0a-6d5d4c2b1a00' },
        },
      },
    ];
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry };
    const stored = await as('user/*.cruds', 'POST', '/', { claims, body: bundle });
    assert.equal(stored.status, 200, stored.text);
    const none = { ...claims, policies: [] };
    assert.equal(
      (await as('user/*.cruds', 'GET', '/Patient/ours', { claims: none })).code,
      'scope-context-unsupported',
    );
    const wrong = { ...claims, policies: ['system/*.cruds', 7, 'patient/*.cruds'] };
    assert.equal((await as('user/*.cruds', 'GET', '/Patient/ours', { claims: wrong })).status, 403);
  });

  test('of a patient whom a health worker chose are what the scope and a policy permit of that one patient', async () => {
    for (const id of ['mine-1', 'mine-2']) {
      const patient = { resourceType: 'Patient', id, managingOrganization: { reference: 'Organization/clinic' } };
      await server.write('PUT', `/Patient/${id}`, patient);
      await server.write('PUT', `/Observation/lab-${id}`, observation(`lab-${id}`, id, 'laboratory'));
      await server.write('PUT', `/Observation/vital-${id}`, observation(`vital-${id}`, id, 'vital-signs'));
    }
    const status = async (path: string, policies: string[] | undefined): Promise<number> => {
      const claims = { patient: 'mine-1', patient_policies: true, ...(policies && { policies }) };
      return (await as('patient/*.rs', 'GET', path, { claims })).status;
    };
    const laboratory = ['user/Observation.rs?category=laboratory'];
    assert.equal(await status('/Observation/lab-mine-1', laboratory), 200);
    assert.equal(await status('/Observation/vital-mine-1', laboratory), 404, 'no policy permits it');
    assert.equal(await status('/Observation/lab-mine-2', laboratory), 404, 'another patient');
    assert.equal(await status('/Patient/mine-1', laboratory), 403, 'no policy names it');
    assert.equal(await status('/Observation/lab-mine-1', []), 403, 'roles without a policy');
    assert.equal(await status('/Observation/vital-mine-1', undefined), 200, 'no role, where that is trusted');
    const strict = await startServer();
    try {
      const claims = { patient: 'mine-1', patient_policies: true };
      const token = await strict.sso.token({ scope: 'patient/*.rs', ...claims });
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
