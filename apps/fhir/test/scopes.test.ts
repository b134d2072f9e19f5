import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  await server.write('PUT', '/Patient/1', patient({ id: '1' }));
});
after(() => server.close());

const json = { 'content-type': 'application/fhir+json' };

async function attempt(scope: string, method: string, path: string, body?: object): Promise<Reply> {
  const token = await server.sso.token({ scope });
  return server.request(method, path, {
    token,
    ...(body === undefined ? {} : { headers: json, body: JSON.stringify(body) }),
  });
}

test('BEAR-06 a missing scope is named in the header and in the outcome', async () => {
  const reply = await attempt('system/Patient.rs', 'GET', '/Observation/1');
  assert.equal(reply.status, 403);
  assert.equal(reply.code, 'scope-insufficient');
  const challenge = reply.headers.get('www-authenticate') ?? '';
  assert.match(challenge, /error="insufficient_scope"/);
  assert.match(challenge, /scope="system\/Observation\.r"$/);
  assert.match(reply.sentence, /system\/Observation\.r/);
});

test('each interaction needs its own letter', async () => {
  const cases = [
    ['c', 'POST', '/Patient', patient(), 201],
    ['r', 'GET', '/Patient/1', undefined, 200],
    ['r', 'HEAD', '/Patient/1', undefined, 200],
    ['r', 'GET', '/Patient/1/_history', undefined, 200],
    ['r', 'GET', '/Patient/1/_history/1', undefined, 200],
    ['u', 'PUT', '/Patient/2', patient({ id: '2' }), 201],
    ['d', 'DELETE', '/Patient/3', undefined, 200],
  ] as const;
  for (const [letter, method, path, body, status] of cases) {
    const others = 'cruds'.replace(letter, '');
    assert.equal((await attempt(`system/Patient.${others}`, method, path, body)).status, 403, `${method} ${path}`);
    assert.equal((await attempt(`system/Patient.${letter}`, method, path, body)).status, status, `${method} ${path}`);
  }
});

test('a wildcard and the scopes of SMART v1 count; a token without scopes permits nothing', async () => {
  assert.equal((await attempt('openid system/*.r', 'GET', '/Patient/1')).status, 200);
  assert.equal((await attempt('system/Patient.read', 'GET', '/Patient/1')).status, 200);
  assert.equal((await attempt('system/Patient.write', 'GET', '/Patient/1')).status, 403);
  assert.equal((await attempt('', 'GET', '/Patient/1')).status, 403);
  const none = await server.sso.token({ scope: undefined });
  assert.equal((await server.request('GET', '/Patient/1', { token: none })).status, 403);
});

test('what means nothing for the token grants nothing, and the answer says so', async () => {
  for (const scope of ['patient/Patient.r', 'user/*.cruds']) {
    const reply = await attempt(scope, 'GET', '/Patient/1');
    assert.equal(reply.status, 403, scope);
    assert.equal(reply.code, 'scope-context-unsupported');
  }
});

test('permission is checked before the body is looked at', async () => {
  const token = await server.sso.token({ scope: 'system/Patient.r' });
  const reply = await server.request('POST', '/Patient', { token, headers: json, body: 'not json' });
  assert.equal(reply.status, 403);
});

test('a patch gives the content back to those alone who may read or search the type', async () => {
  await server.write('PUT', '/Patient/patched', patient({ id: 'patched' }));
  const patch = JSON.stringify([{ op: 'test', path: '/resourceType', value: 'Patient' }]);
  const resource = {
    resourceType: 'Binary',
    contentType: 'application/json-patch+json',
    data: Buffer.from(patch).toString('base64'),
  };
  const isShown = async (scope: string, method: string, path: string, body: string, type: string): Promise<boolean> => {
    const token = await server.sso.token({ scope });
    const headers = { 'content-type': type, prefer: 'return=representation' };
    const reply = await server.request(method, path, { token, headers, body });
    assert.equal(reply.status, 200, reply.text);
    return reply.text.includes('Karimov');
  };
  for (const [scope, isReader] of [
    ['system/Patient.u', false],
    ['system/Patient.us', true],
    ['system/Patient.ru', true],
  ] as const) {
    const entries = (url: string, type: string): string =>
      JSON.stringify({ resourceType: 'Bundle', type, entry: [{ resource, request: { method: 'PATCH', url } }] });
    const [byId, byCriteria] = ['/Patient/patched', '/Patient?_id=patched'];
    const json = 'application/fhir+json';
    assert.equal(await isShown(scope, 'PATCH', byId, patch, 'application/json-patch+json'), isReader, scope);
    for (const type of ['batch', 'transaction'])
      assert.equal(await isShown(scope, 'POST', '', entries(byId.slice(1), type), json), isReader, `${scope} ${type}`);
    if (!scope.includes('s', 'system/Patient.'.length)) continue;
    assert.equal(await isShown(scope, 'PATCH', byCriteria, patch, 'application/json-patch+json'), isReader, scope);
  }
});
