/** Clients that manage their registration (RFC 7592), and the changes that are refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { app, asRequest, backend, registrationBed } from './registration-bed.ts';
import { issuer, newClient, type Answer } from './support.ts';

const { bed, published, usual, ofProduction, call, registered, grant, audited, ahead } = await registrationBed();

describe('the management of a registration', () => {
  it('shows it, without the secret, to who has its token alone', async () => {
    const told = await registered(backend);
    const at = told['registration_client_uri']!;
    const { status, body } = await call('GET', at, told['registration_access_token']);
    assert.equal(status, 200);
    const { client_secret: _secret, client_secret_expires_at: _never, ...rest } = told;
    assert.deepEqual(body, rest);
    const other = await registered(backend);
    for (const [where, bearer] of [
      [at, other['registration_access_token']],
      [at, usual.secret],
      [`${issuer}/oauth/register/nobody`, told['registration_access_token']],
      [`${issuer}/oauth/register/%00`, told['registration_access_token']],
    ] as const) {
      const refused = await call('GET', where, bearer);
      assert.deepEqual([refused.status, refused.body['error']], [401, 'invalid_token'], where);
    }
    assert.equal((await call('PATCH', at, told['registration_access_token'], {})).status, 405);
  });

  it('replaces it whole, with another token each time', async () => {
    const told = await registered({ ...app, logo_uri: 'https://growth.example.uz/logo.png' });
    const at = told['registration_client_uri']!;
    const first = told['registration_access_token']!;
    const { logo_uri: _gone, ...kept } = asRequest(told);
    const uris = ['https://growth.example.uz/other'];
    const changed = await call('PUT', at, first, { ...kept, redirect_uris: uris, client_name: 'Growth chart 2' });
    assert.equal(changed.status, 200, changed.text);
    const { client_name: name, redirect_uris: now, logo_uri: logo, client_id: id } = changed.body;
    assert.deepEqual([name, now, logo, id], ['Growth chart 2', uris, undefined, told['client_id']]);
    const second = String(changed.body['registration_access_token']);
    assert.notEqual(second, first);
    assert.equal((await call('GET', at, first)).status, 401, 'the token before opens nothing');
    assert.equal((await call('GET', at, second)).status, 200);
    assert.equal((await audited('client.changed')).at(-1)?.actor, `client:${told['client_id']!}`);
    const same = asRequest(changed.body);
    const others = ['one', 'another'].map((client_name) => call('PUT', at, second, { ...same, client_name }));
    assert.deepEqual((await Promise.all(others)).map(({ status }) => status).sort(), [200, 401], 'of two at once one');
  });

  it('demands PKCE from then on, where it says so or an operator did', async () => {
    const metadata = { ...app, token_endpoint_auth_method: 'client_secret_basic' };
    const told = await registered(metadata);
    assert.equal(told['require_pkce'], false);
    const at = told['registration_client_uri']!;
    await bed.clients.change(told['client_id']!, { requirePkce: true });
    const request = { ...asRequest(told), require_pkce: false };
    const { status, body } = await call('PUT', at, told['registration_access_token'], request);
    assert.deepEqual([status, body['require_pkce']], [200, true], 'it is not taken back');
    assert.equal((await registered({ ...metadata, require_pkce: true }))['require_pkce'], true);
  });

  it('answers a change whose answer was lost once more, with the same token, and nothing else by the old one', async () => {
    const told = await registered({ ...app, contacts: ['it@growth.example.uz'] });
    const [at, first] = [told['registration_client_uri']!, told['registration_access_token']!];
    const change = { ...asRequest(told), client_name: 'Growth chart 3' };
    const lost = await call('PUT', at, first, change);
    assert.equal(lost.status, 200, lost.text);
    const changes = (await audited('client.changed')).length;
    const backwards = Object.fromEntries(Object.entries(change).reverse());
    for (const same of [change, backwards]) {
      const again = await call('PUT', at, first, same);
      assert.deepEqual([again.status, again.body], [200, lost.body], again.text);
    }
    const records = (await audited('client.changed')).slice(changes);
    assert.deepEqual(
      records.map(({ reason }) => reason),
      Array(2).fill('by itself; sent again: its answer was given again'),
    );
    const atOnce = await Promise.all([change, change].map((same) => call('PUT', at, first, same)));
    for (const { status, body } of atOnce) assert.deepEqual([status, body], [200, lost.body]);

    for (const [method, body] of [
      ['PUT', { ...change, client_name: 'Growth chart 4' }],
      ['GET', undefined],
      ['DELETE', undefined],
    ] as const) {
      assert.equal((await call(method, at, first, body)).status, 401, method);
    }
    const second = String(lost.body['registration_access_token']);
    const next = await call('PUT', at, second, { ...change, client_name: 'Growth chart 5' });
    assert.equal(next.status, 200);
    assert.equal((await call('PUT', at, first, change)).status, 401, 'what was changed since is not undone');
    const third = String(next.body['registration_access_token']);
    ahead(3_601_000);
    try {
      const late = await call('PUT', at, second, { ...change, client_name: 'Growth chart 5' });
      assert.equal(late.status, 401, 'too late');
    } finally {
      ahead(0);
    }
    assert.equal((await call('GET', at, third)).status, 200);
  });

  it('gives one token for the same change sent twice at once', async () => {
    const told = await registered(app);
    const [at, first] = [told['registration_client_uri']!, told['registration_access_token']!];
    const change = { ...asRequest(told), client_name: 'At once' };
    const [one, other] = await Promise.all([change, change].map((same) => call('PUT', at, first, same)));
    assert.deepEqual([one!.status, other!.status], [200, 200]);
    assert.equal(one!.body['registration_access_token'], other!.body['registration_access_token']);
  });

  it('does not let a client be another one, nor have more than it may', async () => {
    const told = await registered(backend);
    const at = told['registration_client_uri']!;
    const same = asRequest(told);
    const put = (metadata: object): Promise<Answer> => call('PUT', at, told['registration_access_token'], metadata);
    const { client_id: _id, ...nameless } = same;
    for (const wrong of [
      nameless,
      { ...same, client_id: 'another' },
      { ...same, client_secret: 'of my own choice' },
      { ...same, registration_access_token: told['registration_access_token'] },
      { ...same, scope: 'system/Patient.cruds' },
      { ...same, token_endpoint_auth_method: 'private_key_jwt', jwks: published },
    ]) {
      const got = await put(wrong);
      assert.deepEqual([got.status, got.body['error']], [400, 'invalid_client_metadata'], got.text);
    }
    assert.equal((await grant(told)).status, 200, 'the secret is the one it was');

    await bed.clients.change(told['client_id']!, { scopes: ['system/Patient.r'] });
    assert.equal((await put({ ...same, scope: 'system/Patient.rs' })).status, 400, 'an operator has narrowed it');
  });

  it('wants approval anew for what grows in production, and for nothing else', async () => {
    const told = await registered(
      { ...app, initiate_login_uri: 'https://growth.example.uz/launch' },
      ofProduction.secret,
    );
    const [at, id] = [told['registration_client_uri']!, told['client_id']!];
    let access = told['registration_access_token'];
    const put = async (change: object): Promise<unknown> => {
      const { body, status, text } = await call('PUT', at, access, { ...asRequest(told), ...change });
      assert.equal(status, 200, text);
      access = String(body['registration_access_token']);
      return body['status'];
    };
    await bed.clients.approve(id);
    assert.equal(await put({ contacts: ['it@growth.example.uz'] }), 'approved');
    assert.equal(await put({ scope: 'openid launch/patient patient/Observation.rs' }), 'approved', 'less than before');
    for (const more of [
      { redirect_uris: ['https://growth.example.uz/cb', 'https://elsewhere.example.uz/cb'] },
      { client_name: 'Ministry of Health' },
      { scope: 'openid fhirUser launch/patient patient/*.rs' },
      { initiate_login_uri: 'https://elsewhere.example.uz' },
    ]) {
      assert.equal(await put(more), 'registered', JSON.stringify(more));
      await bed.clients.approve(id);
    }
    assert.match((await audited('client.changed')).at(-1)!.reason, /approval anew/);
  });

  it('ends it: the client, its tokens and its secret', async () => {
    const told = await registered(backend);
    const [at, access] = [told['registration_client_uri']!, told['registration_access_token']];
    assert.equal((await grant(told)).status, 200);
    assert.equal((await call('DELETE', at, access)).status, 204);
    assert.equal((await call('DELETE', at, access)).status, 401);
    assert.equal((await grant(told)).status, 401);
    const client = await bed.clients.find(told['client_id']!);
    assert.match(client!.disabledReason!, /itself/);
    assert.equal((await audited('client.deregistered')).at(-1)?.client_id, told['client_id']);
    const revoked = await bed.sql`select 1 from sso.revocation where subject = ${`client:${told['client_id']!}`}`;
    assert.equal(revoked.length, 1);
    await bed.clients.enable(told['client_id']!);
    assert.equal((await grant(told)).status, 401, 'the secret went with it');
  });

  it('is not there for a disabled client, nor for one that an operator registered', async () => {
    const told = await registered(backend);
    await bed.clients.disable(told['client_id']!);
    assert.equal((await call('GET', told['registration_client_uri']!, told['registration_access_token'])).status, 401);
    const { id, secret } = await newClient(bed.clients);
    assert.equal((await call('GET', `/oauth/register/${id}`, secret)).status, 401);
  });
});
