/** A Binary is as open as the resource that its securityContext names: read, as a file, old versions, histories, searches, writes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;

before(async () => {
  server = await startServer({ requireIfMatch: false });
  for (const id of ['a', 'b']) await write(`Patient/${id}`, { resourceType: 'Patient', id });
  for (const id of ['a', 'b']) {
    await write(`Observation/of-${id}`, {
      ...{ resourceType: 'Observation', id: `of-${id}`, status: 'final', code: { text: 'x' } },
      subject: { reference: `Patient/${id}` },
    });
    await write(`Binary/scan-${id}`, binary(`scan-${id}`, `Patient/${id}`));
    await write(`Binary/of-observation-${id}`, binary(`of-observation-${id}`, `Observation/of-${id}`));
  }
  await write('Binary/versioned', binary('versioned', `${baseUrl}/Patient/a/_history/1`));
  await write('Binary/plain', binary('plain'));
  await write('Binary/elsewhere', binary('elsewhere', 'https://other.example/fhir/Patient/a'));
  await write('Binary/missing', binary('missing', 'Patient/nobody'));
  await write('Binary/loop', binary('loop', 'Binary/plain'));
  await write('Binary/odd', { ...binary('odd'), securityContext: { identifier: { value: 'a' } } });
  // Was of patient b first.
  await write('Binary/moved', binary('moved', 'Patient/b'));
  await write('Binary/moved', binary('moved', 'Patient/a'));
});
after(() => server.close());

function binary(id: string | undefined, context?: string): Record<string, unknown> {
  return {
    ...{ resourceType: 'Binary', ...(id === undefined ? {} : { id }), contentType: 'text/plain', data: 'c2VjcmV0' },
    ...(context === undefined ? {} : { securityContext: { reference: context } }),
  };
}

async function write(path: string, resource: unknown): Promise<void> {
  const { status, text } = await server.write('PUT', `/${path}`, resource);
  assert.ok(status === 200 || status === 201, text);
}

const patientA = { scope: 'patient/*.cruds', patient: 'a' };
const onlyBinaries = { scope: 'system/Binary.cruds' };
const binariesAndA = { scope: 'system/Binary.cruds patient/Patient.r', patient: 'a' };
type Claims = Record<string, unknown>;

async function as(claims: Claims, method: string, path: string, body?: unknown, headers = {}): Promise<Reply> {
  const token = await server.sso.token(claims);
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  return server.request(method, path, {
    token,
    headers: { 'content-type': 'application/fhir+json', ...headers },
    ...sent,
  });
}

async function readable(
  claims: Claims,
  path = (id: string): string => `/Binary/${id}`,
  headers = {},
): Promise<string[]> {
  const ids = ['scan-a', 'scan-b', 'of-observation-a', 'of-observation-b', 'versioned', 'plain', 'moved'];
  const found: string[] = [];
  for (const id of [...ids, 'elsewhere', 'missing', 'loop', 'odd']) {
    const { status, text } = await as(claims, 'GET', path(id), undefined, headers);
    assert.ok(status === 200 || status === 404, text);
    if (status === 200) found.push(id);
  }
  return found;
}

describe('reading', () => {
  test('who may read everything may read all Binaries', async () => {
    assert.equal((await readable({ scope: 'system/*.r' })).length, 11);
  });

  test('a patient reads those of the own record, and no other, as a resource and as a file', async () => {
    const own = ['scan-a', 'of-observation-a', 'versioned', 'moved'];
    assert.deepEqual(await readable(patientA), own);
    assert.deepEqual(await readable(patientA, undefined, { accept: 'text/plain' }), own);
    assert.deepEqual(await readable({ scope: 'user/*.r', fhirUser: `${baseUrl}/Patient/a` }), own);
    const foreign = await as(patientA, 'GET', '/Binary/scan-b');
    const absent = await as(patientA, 'GET', '/Binary/scan-c');
    assert.equal(foreign.text.replaceAll('scan-b', ''), absent.text.replaceAll('scan-c', ''));
  });

  test('a scope for Binaries alone reads those that name nothing', async () => {
    assert.deepEqual(await readable(onlyBinaries), ['plain']);
    assert.deepEqual(await readable(binariesAndA), ['scan-a', 'versioned', 'plain', 'moved']);
    assert.deepEqual(await readable({ scope: 'system/Binary.r system/Observation.r' }), [
      ...['of-observation-a', 'of-observation-b', 'plain'],
    ]);
    assert.equal((await as({ scope: 'system/Patient.r' }, 'GET', '/Binary/scan-a')).status, 403);
  });

  test('the condition of a scope holds for the Binary too', async () => {
    const tagged = { ...binary('tagged', 'Patient/a'), meta: { tag: [{ code: 'ours' }] } };
    await write('Binary/tagged', tagged);
    const claims = { scope: 'patient/Binary.r?_tag=ours patient/Patient.r', patient: 'a' };
    assert.equal((await as(claims, 'GET', '/Binary/tagged')).status, 200);
    assert.equal((await as(claims, 'GET', '/Binary/scan-a')).status, 404);
    assert.equal((await as({ ...claims, patient: 'b' }, 'GET', '/Binary/tagged')).status, 404);
  });

  test('a role reads what its policies let it read of what is named', async () => {
    const claims = {
      ...{ scope: 'user/*.r', fhirUser: `${baseUrl}/Practitioner/d` },
      policies: ['user/Binary.r', 'user/Observation.r?subject=Patient/b'],
    };
    assert.deepEqual(await readable(claims), ['of-observation-b', 'plain']);
  });

  test('an old version wants its own context as well', async () => {
    const status = async (version: number, claims: Claims): Promise<number> =>
      (await as(claims, 'GET', `/Binary/moved/_history/${version}`)).status;
    assert.deepEqual([await status(2, patientA), await status(1, patientA)], [200, 404]);
    const patientB = { ...patientA, patient: 'b' };
    assert.deepEqual([await status(2, patientB), await status(1, patientB)], [404, 404]);
    const { json } = await as(patientA, 'GET', '/Binary/moved/_history');
    assert.equal(json['total'], 1);
  });

  test('histories and searches show none that may not be read', async () => {
    for (const path of ['/Binary/_history?_count=100', '/_history?_count=100']) {
      const { status, text } = await as(patientA, 'GET', path);
      assert.equal(status, 200, text);
      assert.ok(text.includes('/Binary/scan-a') && text.includes('/Binary/of-observation-a'));
      for (const id of ['scan-b', 'of-observation-b', 'plain', 'elsewhere', 'missing']) {
        assert.ok(!text.includes(`/Binary/${id}`), `${path} ${id}`);
      }
    }
    for (const claims of [patientA, onlyBinaries]) {
      for (const path of ['/Binary', '/Binary?_id=scan-b', '/?_type=Binary,Patient']) {
        const { text } = await as(claims, 'GET', path);
        assert.ok(!text.includes('"resourceType":"Binary"'), path);
      }
    }
    // No access policies are in force that could be blamed.
    for (const scope of ['patient/*.rs', 'system/*.rs?_tag=ours'])
      assert.equal((await as({ ...patientA, scope }, 'GET', '/Binary')).code, 'scope-context-unsupported', scope);
    const all = await as({ scope: 'system/*.rs' }, 'GET', '/Binary?_count=100');
    assert.ok(all.text.includes('/Binary/scan-b'));
  });

  test('what is named and then deleted closes the Binary', async () => {
    await write('Patient/gone', { resourceType: 'Patient', id: 'gone' });
    await write('Binary/of-gone', binary('of-gone', 'Patient/gone'));
    const claims = { ...patientA, patient: 'gone' };
    assert.equal((await as(claims, 'GET', '/Binary/of-gone')).status, 200);
    await server.request('DELETE', '/Patient/gone');
    assert.equal((await as(claims, 'GET', '/Binary/of-gone')).status, 404);
  });
});

describe('writing', () => {
  test('a Binary for what may not be read is refused', async () => {
    const created = await as(patientA, 'POST', '/Binary', binary(undefined, 'Patient/a'));
    assert.equal(created.status, 201, created.text);
    for (const context of [
      'Patient/b',
      'Observation/of-b',
      'Patient/nobody',
      'https://other.example/Patient/a',
      undefined,
    ]) {
      const refused = await as(patientA, 'POST', '/Binary', binary(undefined, context));
      assert.deepEqual([refused.status, refused.code], [403, 'scope-outside'], String(context));
    }
    const file = { 'content-type': 'text/plain', 'x-security-context': 'Patient/b' };
    assert.equal((await as(patientA, 'POST', '/Binary', 'secret', file)).code, 'scope-outside');
    const own = { ...file, 'x-security-context': 'Patient/a' };
    assert.equal((await as(patientA, 'POST', '/Binary', 'secret', own)).status, 201);
    assert.equal((await as(onlyBinaries, 'POST', '/Binary', 'secret', own)).code, 'scope-outside');
    assert.equal((await as(onlyBinaries, 'POST', '/Binary', 'secret', { 'content-type': 'text/plain' })).status, 201);
  });

  test('one is not changed, moved away or deleted by who may not read what it names', async () => {
    assert.equal((await as(patientA, 'PUT', '/Binary/scan-b', binary('scan-b', 'Patient/a'))).status, 404);
    assert.equal((await as(patientA, 'DELETE', '/Binary/scan-b')).status, 404);
    assert.equal((await as(onlyBinaries, 'DELETE', '/Binary/scan-b')).status, 404);
    const notTheirs = await as(patientA, 'PUT', '/Binary/scan-a', binary('scan-a', 'Patient/a'));
    assert.equal(notTheirs.code, 'scope-outside', 'others wrote it');
    assert.match(notTheirs.diagnostics, /was not written by the patient/);
    assert.equal((await as(patientA, 'PUT', '/Binary/own', binary('own', 'Patient/a'))).status, 201);
    assert.equal((await as(patientA, 'PUT', '/Binary/own', binary('own', 'Patient/b'))).code, 'scope-outside');
    const headers = { 'content-type': 'application/json-patch+json' };
    const patch = [{ op: 'replace', path: '/securityContext/reference', value: 'Patient/b' }];
    assert.equal((await as(patientA, 'PATCH', '/Binary/own', patch, headers)).code, 'scope-outside');
    assert.equal(
      (await as(patientA, 'PUT', '/Binary/own', { ...binary('own', 'Patient/a'), language: 'uz' })).status,
      200,
    );
    const now = await server.request('GET', '/Binary/scan-b', { headers: { accept: 'application/fhir+json' } });
    assert.match(now.text, /Patient\/b/);
  });

  test('a transaction may name what it writes itself', async () => {
    const observation = (patient: string): object => ({
      ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' } },
      subject: { reference: `Patient/${patient}` },
    });
    const bundle = (patient: string): object => ({
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: [
        {
          fullUrl: 'urn:uuid:0b6ef3f3-4f38-4b0e-9b0f-6c1d6a1e0d01',
          resource: observation(patient),
          request: { method: 'POST', url: 'Observation' },
        },
        {
          resource: binary(undefined, 'urn:uuid:0b6ef3f3-4f38-4b0e-9b0f-6c1d6a1e0d01'),
          request: { method: 'POST', url: 'Binary' },
        },
      ],
    });
    const done = await as(patientA, 'POST', '/', bundle('a'));
    assert.equal(done.status, 200, done.text);
    const refused = await as(patientA, 'POST', '/', bundle('b'));
    assert.deepEqual([refused.status, refused.code], [403, 'scope-outside']);
  });
});
