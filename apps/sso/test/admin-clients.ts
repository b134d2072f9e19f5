/** Clients, in the administration over HTTP. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import { reason, type AdminFixture } from './admin-fixture.ts';
import { newClient, postForm, type Answer } from './support.ts';

/** Declares the tests. @param fixture a server whose administration API they use */
export function clientTests(fixture: AdminFixture): void {
  const { all, audited, bed, call, operator, approver, url } = fixture;

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
      const nul = await call('GET', '/sessions?client_id=a%00b');
      assert.deepEqual([nul.status, String(nul.body['error_description']).includes('client_id')], [400, true]);
      assert.equal((await call('POST', '/clients/nothing/disable', { reason })).status, 404);

      for (const event of ['client.created', 'client.changed', 'client.secret-rotated', 'client.disabled']) {
        const last = (await audited(event)).at(-1);
        assert.equal(last?.actor, `client:${operator.id}`, event);
        assert.match(last.reason, /as the ministry asked/, event);
      }
    });

    it('of production wait for approval, and are told to', async () => {
      const scope = 'system/Patient.rs';
      const made = await call('POST', '/clients', {
        client_name: 'Hospital',
        environment: 'production',
        scope,
        reason,
      });
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
      const own = await call('POST', `/clients/${id}/approve`, { reason });
      assert.deepEqual([own.status, own.body['error']], [403, 'access_denied'], 'not by who registered it');
      const asOther = await postForm(`${url}/oauth/token`, approver.form);
      const approved = await call('POST', `/clients/${id}/approve`, { reason }, String(asOther.body['access_token']));
      assert.deepEqual([approved.body['status'], approved.body['approved_by']], ['approved', `client:${approver.id}`]);
      assert.equal((await postForm(`${url}/oauth/token`, form)).status, 200);
    });

    it('get no power over the administration by it', async () => {
      const made = await call('POST', '/clients', { client_name: 'X', scope: 'admin/clients.write', reason });
      assert.equal(made.status, 403);
      const changed = await call('PATCH', `/clients/${operator.id}`, { scope: all.join(' '), reason });
      assert.equal(changed.status, 403);
    });
  });

  describe('a client', () => {
    it('is changed in all that may change, and in nothing else', async () => {
      const key = (await generateKeyPair('ES384')).publicKey;
      const jwks = { keys: [{ ...(await exportJWK(key)), kid: 'k1', alg: 'ES384', use: 'sig' }] };
      const made = await call('POST', '/clients', { client_name: 'Signer', scope: 'system/*.rs', jwks, reason });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const path = `/clients/${String(made.body['client_id'])}`;
      const more = { grant_types: ['client_credentials', 'authorization_code'], redirect_uris: ['https://a.uz/cb'] };
      const change = {
        ...more,
        client_name: 'Signer 2',
        scope: 'system/*.rs openid',
        post_logout_redirect_uris: ['https://a.uz/bye'],
        backchannel_logout_uri: 'https://a.uz/told',
        jwks_uri: 'https://a.uz/jwks',
        dpop_bound_access_tokens: true,
        minimal_authorize: true,
        hex_challenge: true,
        require_pkce: true,
      };
      const { status, body } = await call('PATCH', path, { ...change, reason });
      assert.equal(status, 200, JSON.stringify(body));
      for (const [name, value] of Object.entries(change)) assert.deepEqual(body[name], value, name);
      const told = await call('PATCH', path, { backchannel_logout_uri: null, dpop_bound_access_tokens: false, reason });
      assert.deepEqual(
        [told.body['backchannel_logout_uri'], told.body['dpop_bound_access_tokens']],
        [undefined, false],
      );
      assert.equal(told.body['jwks_uri'], change.jwks_uri, 'what is not said stays');
      assert.equal((await call('PATCH', path, { environment: 'production', reason })).status, 400);
      assert.equal((await call('PATCH', path, { redirect_uris: ['javascript:1'], reason })).status, 400);
      const secretOne = await call('POST', '/clients', { client_name: 'Other', scope: 'system/*.rs', reason });
      const other = `/clients/${String(secretOne.body['client_id'])}`;
      assert.equal((await call('PATCH', other, { jwks, reason })).status, 400, 'keys do not replace a secret');
    });

    it('is found a page at a time', async () => {
      for (let n = 0; n < 5; n += 1)
        await newClient(bed.clients, { name: `Page ${String(n)}`, clientId: `p-${String(n)}` });
      const first = await call('GET', '/clients?q=PAGE&count=2');
      const ids = ({ body }: Answer): string[] =>
        (body['clients'] as { client_id: string }[]).map((one) => one.client_id);
      assert.deepEqual([ids(first), first.body['total'], first.body['next']], [['p-0', 'p-1'], 5, 'p-1']);
      assert.deepEqual(ids(await call('GET', '/clients?q=page&count=3&after=p-1')), ['p-2', 'p-3', 'p-4']);
      assert.equal((await call('GET', '/clients?after=nothing')).status, 400);
      assert.equal((await call('GET', '/clients?status=tired')).status, 400);
    });
  });
}
