/** The administration over HTTP: scopes, reasons, every act of the table, approval, and its description. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { issuer, newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const all = ['clients', 'users', 'sessions', 'keys', 'policies'].flatMap((part) => [
  `admin/${part}.read`,
  `admin/${part}.write`,
]);
const operator = await newClient(bed.clients, { scopes: [...all, 'system/*.cruds'] });

async function tokenFor(scope: string): Promise<string> {
  const { status, body } = await postForm(`${url}/oauth/token`, { ...operator.form, scope });
  assert.equal(status, 200, JSON.stringify(body));
  return String(body['access_token']);
}
const full = await tokenFor(all.join(' '));

async function call(method: string, path: string, body?: unknown, token: string | null = full): Promise<Answer> {
  const response = await fetch(`${url}/admin${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  } as Answer;
}

const reason = 'as the ministry asked';

async function audited(event: string): Promise<{ actor: string; reason: string }[]> {
  return bed.sql`select actor, reason from sso.audit_event where event = ${event} order by id`;
}

describe('who may administer', () => {
  it('has a token for the SSO itself with the scope of the act', async () => {
    assert.equal(decodeJwt(full)['aud'], issuer);
    const { status, body } = await call('GET', '/clients', undefined, null);
    assert.deepEqual([status, body['error']], [401, 'invalid_token']);
    const reader = await tokenFor('admin/clients.read');
    assert.equal((await call('GET', '/clients', undefined, reader)).status, 200);
    const refused = await call('POST', '/clients', { reason }, reader);
    assert.deepEqual([refused.status, refused.body['error']], [403, 'insufficient_scope']);
    assert.equal((await call('GET', '/users', undefined, reader)).status, 403);
  });

  it('is not who has a token of a FHIR environment, and the other way round', async () => {
    const fhir = await tokenFor('system/*.cruds');
    assert.notEqual(decodeJwt(fhir)['aud'], issuer);
    assert.equal((await call('GET', '/clients', undefined, fhir)).status, 401);
    const mixed = await tokenFor('system/*.cruds admin/clients.read');
    assert.ok(!String(decodeJwt(mixed)['scope']).includes('admin/'), 'a token is for one of them');
    const plain = await newClient(bed.clients);
    const asked = await postForm(`${url}/oauth/token`, { ...plain.form, scope: 'admin/clients.write' });
    assert.equal(asked.body['error'], 'invalid_scope');
  });
});

describe('clients', () => {
  it('are registered, found, changed, given secrets, disabled and enabled, each with a reason', async () => {
    const bare = await call('POST', '/clients', { client_name: 'Clinic 7', scope: 'system/Patient.rs' });
    assert.deepEqual([bare.status, bare.body['error']], [400, 'invalid_request']);
    assert.match(String(bare.body['error_description']), /reason/);
    const made = await call('POST', '/clients', { client_name: 'Clinic 7', scope: 'system/Patient.rs', reason });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { client_id: id, client_secret: secret } = made.body as Record<string, string>;
    const grant = { grant_type: 'client_credentials', client_id: id!, client_secret: secret! };
    assert.equal((await postForm(`${url}/oauth/token`, grant)).status, 200);

    const found = await call('GET', '/clients?q=clinic%207');
    assert.deepEqual([found.body['total'], (found.body['clients'] as unknown[]).length], [1, 1]);
    assert.ok(!JSON.stringify(found.body).includes('client_secret"'));
    const changed = await call('PATCH', `/clients/${id!}`, { scope: 'system/Patient.r', reason });
    assert.deepEqual([changed.status, changed.body['scope']], [200, 'system/Patient.r']);
    assert.equal((await call('PATCH', `/clients/${id!}`, { scope: 'nonsense', reason })).status, 400);
    const rotated = await call('POST', `/clients/${id!}/rotate-secret`, { reason });
    assert.notEqual(rotated.body['client_secret'], secret);
    assert.equal((await postForm(`${url}/oauth/token`, grant)).status, 401);
    assert.equal((await call('POST', `/clients/${id!}/disable`, { reason })).body['status'], 'disabled');
    assert.equal((await call('POST', `/clients/${id!}/enable`, { reason })).status, 200);
    assert.equal((await call('GET', '/clients/nothing')).status, 404);
    assert.equal((await call('POST', '/clients/nothing/disable', { reason })).status, 404);

    for (const event of ['client.created', 'client.changed', 'client.secret-rotated', 'client.disabled']) {
      const last = (await audited(event)).at(-1);
      assert.equal(last?.actor, `client:${operator.id}`, event);
      assert.match(last.reason, /as the ministry asked/, event);
    }
  });

  it('of production wait for approval, and are told to', async () => {
    const scope = 'system/Patient.rs';
    const made = await call('POST', '/clients', { client_name: 'Hospital', environment: 'production', scope, reason });
    assert.equal(made.body['status'], 'registered');
    const { client_id: id = '', client_secret: secret = '' } = made.body as Record<string, string>;
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret };
    const waiting = await postForm(`${url}/oauth/token`, form);
    assert.deepEqual([waiting.status, waiting.body['error']], [400, 'unauthorized_client']);
    assert.match(String(waiting.body['error_description']), /wait/);
    const guess = await postForm(`${url}/oauth/token`, { ...form, client_secret: 'wrong' });
    assert.equal(guess.status, 401, 'only who has the secret learns it');
    const listed = await call('GET', '/clients?environment=production&status=registered');
    assert.equal(listed.body['total'], 1);
    const approved = await call('POST', `/clients/${id}/approve`, { reason });
    assert.deepEqual([approved.body['status'], approved.body['approved_by']], ['approved', `client:${operator.id}`]);
    assert.equal((await postForm(`${url}/oauth/token`, form)).status, 200);
  });

  it('get no power over the administration by it', async () => {
    const made = await call('POST', '/clients', { client_name: 'X', scope: 'admin/clients.write', reason });
    assert.equal(made.status, 400);
    const changed = await call('PATCH', `/clients/${operator.id}`, { scope: all.join(' '), reason });
    assert.equal(changed.status, 400);
  });
});

describe('people, roles and sessions', () => {
  it('are administered', async () => {
    const identities = [{ environment: 'playground', reference: 'Practitioner/pr-1' }];
    const made = await call('POST', '/users', { username: 'aziza', name: 'Aziza Karimova', identities, reason });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const password = String(made.body['password']);
    assert.equal((await call('GET', '/users?q=karim')).body['total'], 1);

    const role = { role: 'doctor', organization: 'o-1', reason };
    const given = await call('POST', '/users/aziza/roles', role);
    assert.deepEqual([given.status, (given.body['roles'] as unknown[]).length], [201, 1]);
    const taken = await call(
      'DELETE',
      `/users/aziza/roles?role=doctor&organization=o-1&reason=${encodeURIComponent(reason)}`,
    );
    assert.equal(taken.status, 204);

    const redirectUri = 'https://clinic.example.uz/cb';
    const app = await newClient(bed.clients, {
      grants: ['authorization_code'],
      scopes: ['openid', 'user/*.rs'],
      redirectUris: [redirectUri],
      public: true,
    });
    const request = { client_id: app.id, response_type: 'code', redirect_uri: redirectUri, scope: 'openid user/*.rs' };
    await signIn(new Browser(url), authorizeAddress({ ...request, ...pkce().query }), { username: 'aziza', password });
    const { body } = await call('GET', '/users/aziza/sessions');
    const sessions = body['sessions'] as { session_id: string }[];
    assert.equal(sessions.length, 1);
    const path = `/users/aziza/sessions/${sessions[0]!.session_id}`;
    assert.equal((await call('DELETE', path)).status, 400, 'without a reason');
    assert.equal((await call('DELETE', `${path}?reason=stolen+telephone`)).status, 204);
    assert.equal((await call('DELETE', `${path}?reason=stolen+telephone`)).status, 404);
    assert.deepEqual((await call('GET', '/users/aziza/sessions')).body['sessions'], []);
    assert.equal((await audited('session.ended')).at(-1)?.reason, 'stolen telephone');
    assert.equal((await call('POST', '/users/aziza/disable', { reason })).status, 200);
    assert.equal((await call('GET', '/users/nobody')).status, 404);
  });
});

describe('keys and policies', () => {
  it('are listed and changed', async () => {
    const before = (await call('GET', '/keys')).body['keys'] as unknown[];
    const made = await call('POST', '/keys', { alg: 'ES256', reason });
    assert.deepEqual([made.status, made.body['state']], [201, 'published']);
    const { body } = await call('GET', '/keys');
    assert.equal((body['keys'] as unknown[]).length, before.length + 1);
    assert.ok(!JSON.stringify(body).includes('private'));
    assert.match((await audited('key.added'))[0]!.reason, /ES256 .*: as the ministry asked/);

    const scopes = ['user/Patient.rs?organization={organization}'];
    assert.equal((await call('PUT', '/policies/playground/doctor', { scopes, reason })).status, 200);
    const { policies } = (await call('GET', '/policies')).body as { policies: { scopes: string[] }[] };
    assert.deepEqual(policies[0]?.scopes, scopes);
    assert.equal((await call('PUT', '/policies/playground/doctor', { scopes: ['system/*.rs'], reason })).status, 400);
    assert.equal((await call('PUT', '/policies/nowhere/doctor', { scopes, reason })).status, 400);
    assert.equal((await call('DELETE', '/policies/playground/doctor?reason=no+longer')).status, 204);
  });
});

describe('the interface', () => {
  it('describes itself, every act with its scope', async () => {
    const response = await fetch(`${url}/admin/openapi.json`);
    const { openapi, paths } = (await response.json()) as {
      openapi: string;
      paths: Record<string, Record<string, { security: { token: string[] }[]; operationId: string }>>;
    };
    assert.equal(openapi, '3.1.0');
    const operations = Object.values(paths).flatMap((path) => Object.values(path));
    for (const { security } of operations) assert.ok(all.includes(security[0]!.token[0]!));
    assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods)) {
        const { status } = await call(
          method.toUpperCase(),
          path.replace('/admin', '').replaceAll(/[{}]/g, ''),
          undefined,
          null,
        );
        assert.equal(status, 401, `${method} ${path} is there, and wants a token`);
      }
    }
  });

  it('refuses what it does not know, and what is no JSON', async () => {
    assert.equal((await call('GET', '/clients?colour=red')).status, 400);
    assert.equal((await call('POST', '/keys', { alg: 'none', reason })).status, 400);
    assert.equal((await call('POST', '/keys', { alg: 'ES256', reason, more: 1 })).status, 400);
    assert.equal((await call('POST', '/keys', [])).status, 400);
    assert.equal((await call('GET', '/clients?count=0')).status, 400);
    const headers = { authorization: `Bearer ${full}`, 'content-type': 'application/json' };
    const broken = await fetch(`${url}/admin/keys`, { method: 'POST', headers, body: '{' });
    assert.equal(broken.status, 400);
    assert.equal((await call('PUT', '/keys', { reason })).status, 405);
  });
});
