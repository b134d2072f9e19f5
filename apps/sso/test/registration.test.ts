/** Clients that register themselves (RFC 7591): their limits, the required approval, and the audit records. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@dhp/postgres/testing';
import { exportJWK } from 'jose';
import { app, asRequest, backend, registrationBed } from './registration-bed.ts';
import { issuer, newClient, postForm } from './support.ts';

const { bed, url, host, keyPair, published, tokens, usual, ofProduction, call, register, registered, grant, audited } =
  await registrationBed();

describe('a registration', () => {
  it('gives a client that works at once in the playground, with its address and token to manage it', async () => {
    const got = await register({
      ...backend,
      contacts: ['it@lab.example.uz'],
      unknown_member: 'left out',
      tos_uri: null,
    });
    const { body } = got;
    assert.equal(got.status, 201, got.text);
    assert.equal(got.headers.get('cache-control'), 'no-store');
    assert.equal(body['registration_client_uri'], `${issuer}/oauth/register/${String(body['client_id'])}`);
    assert.deepEqual(
      [body['client_secret_expires_at'], body['environment'], body['status'], body['token_endpoint_auth_method']],
      [0, 'playground', 'registered', 'client_secret_basic'],
    );
    assert.deepEqual(
      [body['contacts'], body['unknown_member'], body['tos_uri']],
      [['it@lab.example.uz'], undefined, undefined],
    );
    assert.ok(Number.isInteger(body['client_id_issued_at']));
    const given = await grant(body as Record<string, string>);
    assert.deepEqual([given.status, given.body['scope']], [200, 'system/Patient.rs'], given.text);
    const last = (await audited('client.created')).at(-1);
    assert.deepEqual(
      [last?.actor, last?.client_id, last?.address],
      [`registration-token:${usual.registrationToken.tokenId}`, body['client_id'], '127.0.0.1'],
    );
  });

  it('has the defaults of RFC 7591, and all scopes that fit when it names none', async () => {
    const { client_name: name, redirect_uris: uris } = app;
    const { body } = await register({ client_name: name, redirect_uris: uris });
    assert.deepEqual([body['grant_types'], body['response_types']], [['authorization_code'], ['code']]);
    assert.equal(body['scope'], 'openid fhirUser launch launch/patient patient/*.rs');
    assert.ok(body['client_secret']);
  });

  it('takes what SMART applications say of themselves, and software launches them by it', async () => {
    const about = {
      client_uri: 'https://growth.example.uz',
      logo_uri: 'https://growth.example.uz/logo.png',
      initiate_login_uri: 'https://growth.example.uz/launch?theme=blue',
      software_id: 'growth-chart',
      software_version: '2.1',
    };
    const told = await registered({
      ...app,
      ...about,
      scope: 'openid launch patient/*.rs',
      grant_types: ['authorization_code'],
    });
    for (const [name, value] of Object.entries(about)) assert.equal(told[name], value, name);
    assert.equal(told['client_secret'], undefined, 'a public client has none');
    const software = await newClient(bed.clients, { scopes: ['dhp.launch'] });
    const { client_id: id = '', client_secret: secret = '' } = software.form;
    const form = { client_id: id, client_secret: secret, application: told['client_id']!, patient: 'p-1' };
    const launch = await postForm(`${url}/oauth/launch`, form);
    const at = new URL(String(launch.body['launch_url']));
    assert.equal(at.origin + at.pathname, 'https://growth.example.uz/launch');
    assert.deepEqual(
      [at.searchParams.get('theme'), at.searchParams.get('iss'), at.searchParams.get('launch')],
      ['blue', 'https://playground.example.uz/fhir', launch.body['launch']],
    );
  });

  it('leaves out keys of a client that does not sign with them, whatever they are, also when it is replaced', async () => {
    const keys = [{ jwks: published }, { jwks_uri: 'https://127.0.0.1:1/jwks' }, { jwks: { keys: [{ kty: 'OKP' }] } }];
    for (const method of ['client_secret_basic', 'client_secret_post', 'none']) {
      for (const given of keys) {
        const metadata = { ...app, token_endpoint_auth_method: method, ...given };
        const told = await registered(metadata);
        assert.deepEqual([told['jwks'], told['jwks_uri']], [undefined, undefined]);
        assert.equal(told['client_secret'] === undefined, method === 'none');
        const change = { ...asRequest(told), ...given };
        const path = told['registration_client_uri']!;
        const changed = await call('PUT', path, told['registration_access_token'], change);
        assert.deepEqual([changed.status, changed.body['jwks']], [200, undefined], changed.text);
      }
    }
  });

  it('leaves out scopes for claims that are not here', async () => {
    const told = await registered({ ...app, scope: 'openid email address phone patient/*.rs' });
    assert.equal(told['scope'], 'openid patient/*.rs');
  });

  it('takes keys, in it or at an address that is looked at through the guard', async () => {
    const signer = { ...backend, token_endpoint_auth_method: 'private_key_jwt' };
    const inline = await registered({ ...signer, jwks: published });
    assert.deepEqual(
      [inline['client_secret'], Object.keys((inline['jwks'] as unknown as { keys: object[] }).keys[0]!).includes('d')],
      [undefined, false],
    );
    assert.equal((await registered({ ...signer, jwks_uri: `http://${host}/jwks` }))['jwks_uri'], `http://${host}/jwks`);
    const refused: [object, RegExp][] = [
      [{ jwks_uri: 'https://127.0.0.1:1/jwks' }, /internal address/],
      [{ jwks_uri: 'https://169.254.169.254/keys' }, /internal address/],
      // Nothing listens there, or the name does not exist: a stranger does not learn which.
      [{ jwks_uri: 'https://localhost:9/jwks' }, /it could not be fetched$/],
      [{ jwks_uri: 'https://nobody.invalid/jwks' }, /it could not be fetched$/],
      [{ jwks_uri: `http://${host}/missing` }, /404/],
      [{ jwks_uri: `http://${host}/page` }, /not a key set/],
      [{ jwks: { keys: [await exportJWK(keyPair.privateKey)] } }, /private members/],
      [{ jwks: published, jwks_uri: `http://${host}/jwks` }, /not both/],
      [{}, /needs jwks or jwks_uri/],
    ];
    for (const [keys, sentence] of refused) {
      const got = await register({ ...signer, ...keys });
      assert.deepEqual([got.status, got.body['error']], [400, 'invalid_client_metadata'], got.text);
      assert.match(String(got.body['error_description']), sentence);
    }
  });

  it('is refused with the member that is wrong, in the words of RFC 7591', async () => {
    const cases: [unknown, string, RegExp][] = [
      [{ ...app, redirect_uris: ['https://a.uz/cb#x'] }, 'invalid_redirect_uri', /fragment/],
      [{ ...app, redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri', /javascript/],
      [{ ...app, redirect_uris: ['http://a.uz/cb'] }, 'invalid_redirect_uri', /https/],
      [{ ...app, redirect_uris: 'https://a.uz/cb' }, 'invalid_client_metadata', /redirect_uris is a list/],
      [{ ...app, client_name: undefined }, 'invalid_client_metadata', /client_name is missing/],
      [{ ...app, client_name: 7 }, 'invalid_client_metadata', /client_name is a text/],
      [{ ...app, grant_types: ['password'] }, 'invalid_client_metadata', /password/],
      [{ ...app, response_types: ['code', 'token'] }, 'invalid_client_metadata', /response_types/],
      [{ ...app, token_endpoint_auth_method: 'tls_client_auth' }, 'invalid_client_metadata', /tls_client_auth/],
      [{ ...app, id_token_signed_response_alg: 'HS256' }, 'invalid_client_metadata', /RS256/],
      [{ ...app, logo_uri: 'javascript:1' }, 'invalid_client_metadata', /logo_uri/],
      [{ ...app, contacts: ['nobody'] }, 'invalid_client_metadata', /contacts/],
      [{ ...backend, scope: 'system/Patient.cruds' }, 'invalid_client_metadata', /more than may be registered/],
      [{ ...backend, scope: 'admin/clients.write' }, 'invalid_client_metadata', /more than may be registered/],
      [{ ...app, software_statement: 'e30.e30.' }, 'unapproved_software_statement', /software_statement/],
      [[], 'invalid_client_metadata', /JSON object/],
      ['{"client_name":', 'invalid_client_metadata', /JSON in UTF-8/],
    ];
    const before = (await tokens.find(usual.registrationToken.tokenId)).uses;
    for (const [metadata, error, sentence] of cases) {
      const got = await register(metadata);
      assert.deepEqual([got.status, got.body['error']], [400, error], `${JSON.stringify(metadata)} ${got.text}`);
      const description = String(got.body['error_description']);
      assert.match(description, sentence);
      assert.match(description, /^[\x20-\x7e]*$/);
    }
    assert.equal((await tokens.find(usual.registrationToken.tokenId)).uses, before, 'what is refused uses nothing up');
    assert.ok(
      (await until('the refusal is recorded', async () => (await audited('registration.refused')).at(-1))).reason,
    );
  });

  it('of production waits until an operator has approved it', async () => {
    const told = await registered(backend, ofProduction.secret);
    assert.deepEqual([told['environment'], told['status']], ['production', 'registered']);
    const waiting = await grant(told);
    assert.deepEqual([waiting.status, waiting.body['error']], [400, 'unauthorized_client']);
    await bed.clients.approve(told['client_id']!);
    assert.equal((await grant(told)).status, 200);
  });
});
