/** The short authorization request of the platform document: client_id and redirect_uri alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Browser, pkce, signIn } from './browser.ts';
import { codeBed, doctor, redirectUri } from './code-bed.ts';
import { postForm } from './support.ts';

const { url, token, web, minimal } = await codeBed();

describe('the short request of the platform document', () => {
  it('PD-06 PD-07 PD-08 PD-12 client_id and redirect_uri alone lead to a code that the secret exchanges', async () => {
    const address = `/?${new URLSearchParams({ client_id: minimal.id, redirect_uri: redirectUri, state: 'x' }).toString()}`;
    const back = await signIn(new Browser(url), address, doctor);
    assert.equal(back.searchParams.get('state'), 'x');
    assert.equal(back.searchParams.get('access_token'), null);
    const form = {
      grant_type: 'authorization_code',
      redirect_uri: redirectUri,
      client_id: minimal.id,
      code: back.searchParams.get('code')!,
    };
    assert.equal((await postForm(token, form)).status, 401, 'not without the secret');
    const { status, body } = await postForm(token, { ...form, client_secret: minimal.secret });
    assert.equal(status, 200);
    assert.equal(body['scope'], 'openid fhirUser user/*.rs');
    assert.equal(body['refresh_token'], undefined);
  });

  it('PD-09 another client may not send it, PD-11 nor may it lead elsewhere', async () => {
    const query = new URLSearchParams({ client_id: web.id, redirect_uri: redirectUri });
    const back = new URL((await new Browser(url).get(`/?${query.toString()}`)).address);
    assert.equal(back.searchParams.get('error'), 'invalid_request');
    const elsewhere = new URLSearchParams({ client_id: minimal.id, redirect_uri: 'https://evil.example/cb' });
    assert.equal((await new Browser(url).get(`/?${elsewhere.toString()}`)).status, 400);
  });

  it('is full with anything more, and then response_type is missing as for every client', async () => {
    const begin = async (more: Record<string, string>, path = '/'): Promise<URL> => {
      const query = new URLSearchParams({ client_id: minimal.id, redirect_uri: redirectUri, state: 's', ...more });
      return new URL((await new Browser(url).get(`${path}?${query.toString()}`)).address);
    };
    const beside = {
      ...{ scope: 'openid', nonce: 'n', prompt: 'none', max_age: '1', response_mode: 'query', ui_locales: 'uz' },
      ...{ acr_values: 'x', login_hint: 'aziza', aud: 'https://playground.example.uz/fhir', launch: 'l', unknown: 'x' },
      ...{ resource: 'https://playground.example.uz/fhir', grant_type: 'authorization_code', display: 'page' },
    };
    for (const [name, value] of Object.entries(beside)) {
      const back = await begin({ [name]: value });
      assert.equal(`${back.origin}${back.pathname}`, redirectUri, name);
      assert.deepEqual(
        [back.searchParams.get('error'), back.searchParams.get('state')],
        ['invalid_request', 's'],
        name,
      );
    }
    for (const more of [{}, pkce().query]) {
      for (const path of ['/', '/oauth/authorize']) assert.match((await begin(more, path)).pathname, /^\/sign-in\//);
    }
    assert.match((await begin({ response_type: '', scope: '' })).pathname, /^\/sign-in\//, 'without a value: left out');
    assert.equal((await begin({ response_type: 'foo' })).searchParams.get('error'), 'unsupported_response_type');
  });

  it('may be pushed, with the secret beside it', async () => {
    const form = { client_id: minimal.id, client_secret: minimal.secret, redirect_uri: redirectUri };
    assert.equal((await postForm(`${url}/oauth/par`, form)).status, 201);
    const full = await postForm(`${url}/oauth/par`, { ...form, scope: 'openid' });
    assert.deepEqual([full.status, full.body['error']], [400, 'invalid_request']);
  });

  it('PD-10 PKCE-10 PKCE works with it too, and cannot be added afterwards', async () => {
    const { verifier, query } = pkce();
    const ask = (more: object): string =>
      `/?${new URLSearchParams({ client_id: minimal.id, redirect_uri: redirectUri, ...more }).toString()}`;
    const form = {
      grant_type: 'authorization_code',
      redirect_uri: redirectUri,
      client_id: minimal.id,
      client_secret: minimal.secret,
    };
    const bound = (await signIn(new Browser(url), ask(query), doctor)).searchParams.get('code')!;
    assert.equal((await postForm(token, { ...form, code: bound, code_verifier: verifier })).status, 200);
    const free = (await signIn(new Browser(url), ask({}), doctor)).searchParams.get('code')!;
    assert.equal(
      (await postForm(token, { ...form, code: free, code_verifier: verifier })).body['error'],
      'invalid_grant',
    );
  });
});
