/** The administration over HTTP: scopes, reasons, every act of the table, approval, and its description. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { clientTests } from './admin-clients.ts';
import { openAdminFixture, reason } from './admin-fixture.ts';
import { peopleTests } from './admin-people.ts';
import { trailTests } from './admin-trail.ts';
import { issuer, newClient, postForm } from './support.ts';

const fixture = await openAdminFixture();
const { bed, url, all, operator, full, description, answered, tokenFor, call, audited } = fixture;

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

clientTests(fixture);
peopleTests(fixture);

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

trailTests(fixture);

describe('a registration token', () => {
  it('is made, listed, shown and ended', async () => {
    const asked = { name: 'Software house', scope: 'system/Patient.rs', max_uses: 2, expires_in: 3600, reason };
    const made = await call('POST', '/registration-tokens', asked);
    assert.deepEqual([made.status, made.body['state'], made.body['max_uses']], [201, 'live', 2]);
    assert.match(String(made.body['token']), /^dhpi_/);
    const id = String(made.body['token_id']);
    const { body } = await call('GET', '/registration-tokens');
    assert.deepEqual([body['total'], JSON.stringify(body).includes(String(made.body['token']))], [1, false]);
    assert.equal((await call('GET', `/registration-tokens/${id}`)).body['uses'], 0);
    const ended = await call('POST', `/registration-tokens/${id}/end`, { reason });
    assert.deepEqual([ended.body['state'], ended.body['ended_by']], ['ended', `client:${operator.id}`]);
    assert.equal((await audited('registration-token.ended')).at(-1)?.reason, `${id}: ${reason}`);
    assert.equal((await call('GET', '/registration-tokens/none')).status, 404);
    assert.equal((await call('POST', '/registration-tokens', { ...asked, max_uses: '2' })).status, 400);
    assert.equal((await call('POST', '/registration-tokens', { ...asked, scope: 'admin/keys.write' })).status, 403);
  });
});

describe('access policies, broken glass and jobs', () => {
  it('answer as they are described', async () => {
    const path = '/access-policies/playground';
    assert.equal((await call('GET', path)).body['version'], 2);
    assert.equal((await call('GET', `${path}/versions`)).status, 200);
    assert.equal((await call('GET', `${path}/versions/1`)).status, 200);
    const faulty = await call('POST', `${path}/check`, { policies: 'wrong', language: 'uz' });
    assert.deepEqual((faulty.body['faults'] as { line: number }[])[0]!.line, 3);
    const tried = await call('POST', `${path}/try`, { policies: '{}', purpose: 'HRESCH' });
    assert.deepEqual((tried.body['losses'] as { who: object }[])[0]!.who, {
      authority: 'system',
      clients: ['dhp-sso'],
      number_of_clients: 1,
      roles: [],
    });
    const asked = { resource: 'Observation/7', client_id: operator.id };
    assert.equal((await call('POST', `${path}/explain`, asked)).body['permitted'], false);
    assert.equal((await call('POST', `${path}/explain`, { ...asked, username: 'no.body' })).status, 400);
    assert.equal((await call('POST', `${path}/explain`, { ...asked, client_id: 'none' })).status, 400);
    assert.equal((await call('POST', `${path}/activate`, { policies: '{}', base: 2, reason })).body['version'], 3);
    assert.equal((await call('POST', `${path}/activate`, { policies: '{}', base: 1, reason })).status, 409);
    assert.equal((await call('POST', `${path}/activate`, { policies: '{}', reason })).status, 400, 'without a base');
    for (const base of [-1, 1.5, 2 ** 31])
      assert.equal((await call('POST', `${path}/activate`, { policies: '{}', base, reason })).status, 400);
    assert.equal((await call('POST', `${path}/rollback`, { base: 2, reason })).body['version'], 1);
    assert.equal((await call('GET', '/access-policies/elsewhere')).status, 400);
    assert.equal((await audited('access-policies.activated')).at(-1)?.reason, `version 3 in playground: ${reason}`);

    const { body } = await call('GET', '/broken-glass/playground?all=true');
    assert.equal((body['glass'] as { id: string }[])[0]!.id, '7');
    const review = { verdict: 'justified', reason };
    assert.equal((await call('POST', '/broken-glass/playground/7/review', review)).status, 200);
    assert.equal((await call('POST', '/broken-glass/playground/8/review', review)).status, 403);
    assert.equal((await call('POST', '/broken-glass/playground/7/review', { ...review, verdict: 'fine' })).status, 400);

    const listed = (await call('GET', '/jobs/production')).body as { jobs: { state: string; share?: number }[] };
    assert.deepEqual(
      listed.jobs.map(({ state, share }) => [state, share]),
      [
        ...[['ended'], ['running', 0.425], ['running'], ['waiting'], ['waiting'], ['ended'], ['ending']].map(
          ([state, share]) => [state, share],
        ),
      ],
    );
    for (const act of ['cancel', 'retry']) {
      assert.equal((await call('POST', `/jobs/production/7/${act}`, { reason })).status, 204);
      assert.equal((await call('POST', `/jobs/production/9/${act}`, { reason })).status, 404);
      assert.equal((await call('POST', `/jobs/production/7/${act}`, {})).status, 400, 'without a reason');
    }
    assert.equal((await audited('job.retried')).at(-1)?.reason, `production/7: ${reason}`);

    const { holds } = (await call('GET', '/legal-holds/production?all=true')).body as {
      holds: Record<string, unknown>[];
    };
    assert.deepEqual(
      holds.map(({ on, state, lifted_by: by = null }) => [on, state, by]),
      [
        ['Patient/42', 'stands', null],
        ['Observation', 'stands', null],
        ['Observation/9', 'over', null],
        ['Patient/43', 'lifted', 'client:desk'],
      ],
    );
    const standing = (await call('GET', '/legal-holds/production')).body as { holds: unknown[] };
    assert.equal(standing.holds.length, 2);
    const made = await call('POST', '/legal-holds/production', { on: 'Patient/44', until: '2999-01-31', reason });
    assert.deepEqual([made.status, made.body], [201, { hold_id: '8' }]);
    for (const [wrong, status] of [
      [{ on: 'nothing at all', reason }, 400],
      [{ on: 'Patient/44' }, 400],
      [{ reason }, 400],
    ] as const)
      assert.equal((await call('POST', '/legal-holds/production', wrong)).status, status, JSON.stringify(wrong));
    assert.equal((await call('POST', '/legal-holds/production/7/lift', { reason })).status, 204);
    assert.equal((await call('POST', '/legal-holds/production/9/lift', { reason })).status, 404);
    assert.equal((await audited('legal-hold.set')).at(-1)?.reason, `production/8: ${reason}`);
    assert.equal((await audited('legal-hold.lifted')).at(-1)?.reason, `production/7: ${reason}`);

    const { subscriptions, ...figures } = (await call('GET', '/subscriptions/production')).body as {
      subscriptions: Record<string, unknown>[];
      [name: string]: unknown;
    };
    const { in_error: inError, oldest_seconds: oldest, is_read: isRead } = figures;
    assert.deepEqual([inError, oldest, isRead], [1, 3_700, true]);
    const [fails, held, , without] = subscriptions;
    assert.deepEqual([fails!['behind'], fails!['failed'], fails!['failure']], [28, 5, 'the receiver answered 503']);
    assert.deepEqual([held!['paused'], held!['person'], without!['taken']], [true, 'account-2', undefined]);
    for (const act of ['pause', 'resume', 'turn-off']) {
      assert.equal((await call('POST', `/subscriptions/production/7/${act}`, { reason })).status, 204, act);
      assert.equal((await call('POST', `/subscriptions/production/9/${act}`, { reason })).status, 404, act);
      assert.equal((await call('POST', `/subscriptions/production/7/${act}`, {})).status, 400, 'without a reason');
    }
    assert.equal((await audited('subscription.turned-off')).at(-1)?.reason, `production/7: ${reason}`);
    assert.equal((await call('GET', '/jobs/elsewhere')).status, 400);
  });
});

describe('a request', () => {
  it('is refused with what nobody knows, and with what is no JSON', async () => {
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

// Last of the tests that send the token: it retires the key that signed it, which the server notices with a delay.
describe('acts that no other test here needs', () => {
  it('answer as they are described', async () => {
    const made = await call('POST', '/users', { username: 'rare', name: 'Rare', reason });
    const { password, ...user } = made.body;
    assert.equal(typeof password, 'string');
    assert.equal((await call('POST', '/users/rare/enable', { reason })).body['sub'], user['sub']);
    assert.equal(typeof (await call('POST', '/users/rare/set-password', { reason })).body['password'], 'string');
    assert.deepEqual((await call('GET', '/users/rare/roles')).body, { roles: [] });
    const client = await newClient(bed.clients);
    assert.equal((await call('GET', `/clients/${client.id}`)).body['status'], 'approved');
    assert.equal((await call('POST', `/clients/${client.id}/drop-old-secret`, { reason })).body['live_secrets'], 1);
    assert.equal((await call('POST', `/clients/${client.id}/sign-out`, { reason })).status, 200);
    // A key that signed tokens and no longer does.
    await bed.sql`update sso.signing_key set signs_from = now() - interval '1 second' where alg = 'ES256'`;
    const { keys } = (await call('GET', '/keys')).body as { keys: { kid: string; state: string }[] };
    const old = keys.find(({ state }) => state === 'verifying')!;
    assert.equal((await call('POST', `/keys/${old.kid}/retire`, { reason })).status, 204);
  });
});

describe('the interface', () => {
  it('was tried whole: every act was answered as it is described', () => {
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual([...answered].sort(), described.sort());
  });

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
});
