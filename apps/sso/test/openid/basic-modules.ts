/** The modules of the Basic OP plan, which the Form Post OP plan repeats with `response_mode=form_post`. */
import assert from 'node:assert/strict';
import { pkce } from '../browser.ts';
import { decodeJwt } from '../jose.ts';
import { newClient, postForm } from '../support.ts';
import { Browser, parametersOf, redirectUri, type Module, type Plan } from './plan.ts';

const asksForPassword = (text: string): boolean => text.includes('name="password"');

const noObjects = 'request objects are not supported, and discovery says so (request_parameter_supported)';

/** Succeeds with this beside an ordinary request. */
const succeedsWith =
  (query: Record<string, string>): Module =>
  async (plan) => {
    await plan.flow(query);
  };

/** A scope that requests claims: a server without them omits it from the granted scopes. */
const scope =
  (asked: string, given: readonly string[]): Module =>
  async (plan) => {
    const { tokens } = await plan.flow({ scope: asked });
    const granted = tokens['scope']!.split(' ');
    assert.deepEqual(granted.sort(), ['openid', ...given].sort());
    const { body } = await plan.userInfo(tokens['access_token']!);
    assert.equal(body['name'], given.includes('profile') ? 'Aziza Karimova' : undefined);
  };

const userInfoBy =
  (init: (token: string) => RequestInit): Module =>
  async (plan) => {
    const { tokens, claims } = await plan.flow({ scope: 'openid profile' });
    const got = await plan.userInfo(tokens['access_token']!, init(tokens['access_token']!));
    assert.deepEqual([got.status, got.body['sub']], [200, claims.sub], got.text);
    assert.match(got.headers.get('content-type') ?? '', /^application\/json/);
  };

async function isReused(plan: Plan, seconds: number): Promise<void> {
  const { tokens, response } = await plan.flow();
  plan.shift(seconds * 1000);
  const again = await plan.exchange(response);
  assert.deepEqual([again.status, again.body['error']], [400, 'invalid_grant']);
  assert.equal((await plan.userInfo(tokens['access_token']!)).status, 401, 'its token ends');
  plan.shift(0);
}

async function isSignedInAnew(plan: Plan, query: Record<string, string>): Promise<void> {
  const browser = new Browser(plan.url);
  plan.shift(-3000);
  const first = await plan.flow({ max_age: '15000' }, { browser });
  plan.shift(0);
  assert.ok(asksForPassword((await plan.begin(query, { browser })).text));
  const { claims } = await plan.flow(query, { browser });
  assert.ok(Number(claims['auth_time']) > Number(first.claims['auth_time']));
  assert.equal(claims.sub, first.claims.sub);
}

async function isKnown(plan: Plan, query: Record<string, string>): Promise<void> {
  const browser = new Browser(plan.url);
  const first = await plan.flow({ max_age: '15000' }, { browser });
  const hint = query['id_token_hint'] === '' ? { id_token_hint: first.tokens['id_token']! } : {};
  const page = await plan.begin({ ...query, ...hint }, { browser });
  assert.ok(parametersOf(page, plan.mode).get('code'), 'nobody is asked');
  const { claims } = await plan.flow({ ...query, ...hint, max_age: '10000' }, { browser });
  assert.deepEqual([claims.sub, claims['auth_time']], [first.claims.sub, first.claims['auth_time']]);
}

async function isRefusedWithoutObject(plan: Plan, query: Record<string, string>): Promise<void> {
  const [name] = Object.keys(query);
  const page = await plan.begin(query);
  assert.equal(parametersOf(page, plan.mode).get('error'), `${name!}_not_supported`);
}

export const basicModules: Readonly<Record<string, Module>> = {
  'oidcc-server': async (plan) => {
    const { tokens, claims } = await plan.flow();
    assert.equal(tokens['token_type'], 'Bearer');
    assert.ok(claims.exp! > claims.iat!);
  },
  'oidcc-response-type-missing': async (plan) => {
    const page = await plan.begin({ response_type: undefined });
    // The missing type determines the response mode; both modes use the client's own address.
    const found = page.status === 0 ? new URL(page.address).searchParams : parametersOf(page, 'form_post');
    assert.equal(found.get('error'), 'invalid_request');
    assert.equal(found.get('state'), 'st ate');
  },
  'oidcc-idtoken-signature': async (plan) => {
    await plan.flow(); // which verifies it by the key that its kid names
  },
  'oidcc-idtoken-unsigned': { notApplicable: 'id_tokens are always signed: none is not announced' },
  'oidcc-userinfo-get': userInfoBy((token) => ({ headers: { authorization: `Bearer ${token}` } })),
  'oidcc-userinfo-post-header': userInfoBy((token) => ({
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })),
  'oidcc-userinfo-post-body': userInfoBy((token) => ({
    method: 'POST',
    body: new URLSearchParams({ access_token: token }),
  })),
  'oidcc-ensure-request-without-nonce-succeeds-for-code-flow': async (plan) => {
    await plan.flow({ nonce: undefined });
  },
  'oidcc-scope-profile': scope('openid profile', ['profile']),
  'oidcc-scope-email': scope('openid email', []),
  'oidcc-scope-address': scope('openid address', []),
  'oidcc-scope-phone': scope('openid phone', []),
  'oidcc-scope-all': scope('openid profile email address phone', ['profile']),
  'oidcc-ensure-other-scope-order-succeeds': scope('email profile openid', ['profile']),
  'oidcc-display-page': succeedsWith({ display: 'page' }),
  'oidcc-display-popup': succeedsWith({ display: 'popup' }),
  'oidcc-prompt-login': (plan) => isSignedInAnew(plan, { prompt: 'login' }),
  'oidcc-prompt-none-not-logged-in': async (plan) => {
    const found = parametersOf(await plan.begin({ prompt: 'none' }), plan.mode);
    assert.deepEqual([found.get('error'), found.get('state')], ['login_required', 'st ate']);
  },
  'oidcc-prompt-none-logged-in': (plan) => isKnown(plan, { prompt: 'none' }),
  'oidcc-max-age-1': (plan) => isSignedInAnew(plan, { max_age: '1' }),
  'oidcc-max-age-10000': (plan) => isKnown(plan, { max_age: '10000' }),
  'oidcc-ensure-request-with-unknown-parameter-succeeds': succeedsWith({ extra: 'foobar' }),
  'oidcc-id-token-hint': (plan) => isKnown(plan, { prompt: 'none', id_token_hint: '' }),
  'oidcc-login-hint': succeedsWith({ login_hint: 'aziza@example.uz' }),
  'oidcc-ui-locales': succeedsWith({ ui_locales: 'se fr-CA uz-Latn-UZ' }),
  'oidcc-claims-locales': succeedsWith({ claims_locales: 'se' }),
  'oidcc-ensure-request-with-acr-values-succeeds': async (plan) => {
    const [known] = plan.metadata['acr_values_supported'] as string[];
    const { claims } = await plan.flow({ acr_values: `${known!} 2` });
    assert.equal(claims['acr'], known);
    await plan.flow({ acr_values: '1 2' });
  },
  'oidcc-codereuse': (plan) => isReused(plan, 0),
  'oidcc-codereuse-30seconds': (plan) => isReused(plan, 30),
  'oidcc-ensure-registered-redirect-uri': async (plan) => {
    const { status, address } = await plan.begin({ redirect_uri: `${redirectUri}/other` });
    assert.deepEqual([status, new URL(address).pathname], [400, '/oauth/authorize']);
  },
  'oidcc-ensure-post-request-succeeds': async (plan) => {
    await plan.flow({}, { post: true });
  },
  'oidcc-server-client-secret-post': async (plan) => {
    const { id, secret } = plan.client;
    const response = await plan.respond({});
    const form = { grant_type: 'authorization_code', redirect_uri: redirectUri, code: response.get('code')! };
    const got = await postForm(`${plan.url}/oauth/token`, { ...form, client_id: id, client_secret: secret });
    assert.equal(got.status, 200, got.text);
  },
  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported': (plan) =>
    isRefusedWithoutObject(plan, { request_uri: 'https://rp.example.uz/request.jwt' }),
  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported': (plan) =>
    isRefusedWithoutObject(plan, { request: 'eyJhbGciOiJub25lIn0.e30.' }),
  'oidcc-claims-essential': async (plan) => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
    const { tokens } = await plan.flow({ claims, scope: 'openid profile' });
    assert.equal((await plan.userInfo(tokens['access_token']!)).body['name'], 'Aziza Karimova');
  },
  'oidcc-ensure-request-object-with-redirect-uri': { notApplicable: noObjects },
  'oidcc-refresh-token': async (plan) => {
    const query = { scope: 'openid offline_access', prompt: 'consent' };
    const { tokens, claims } = await plan.flow(query);
    const refreshToken = tokens['refresh_token']!;
    assert.match(refreshToken, /^[\x20-\x7e]+$/);
    const renewed = await plan.token({ grant_type: 'refresh_token', refresh_token: refreshToken });
    assert.equal(renewed.status, 200, renewed.text);
    const again = decodeJwt(renewed.body['id_token'] as string);
    const { iss, sub, aud } = again;
    assert.deepEqual([iss, sub, aud], [claims.iss, claims.sub, claims.aud]);
    const ofSecond = (await plan.flow(query, { client: plan.second })).tokens['refresh_token']!;
    const stolen = await plan.token({ grant_type: 'refresh_token', refresh_token: ofSecond });
    assert.deepEqual([stolen.status, stolen.body['error']], [400, 'invalid_grant']);
  },
  'oidcc-ensure-request-with-valid-pkce-succeeds': async (plan) => {
    const { verifier, query } = pkce();
    const response = await plan.respond(query);
    assert.equal((await plan.exchange(response, { code_verifier: verifier })).status, 200);
  },
  // These modules are not of the suite: parameters that common clients send, and that a specification allows.
  'dhp-select-account': async (plan) => {
    const browser = new Browser(plan.url);
    await plan.flow({}, { browser });
    const page = await plan.begin({ prompt: 'select_account' }, { browser });
    assert.ok(asksForPassword(page.text), 'who chooses an account signs in');
    await plan.flow({ prompt: 'select_account consent' }, { browser });
  },
  'dhp-redirect-uri-left-out': async (plan) => {
    // RFC 6749 section 3.1.2.3: if one is registered; but not for an id_token.
    const scopes = ['openid', 'user/*.rs'];
    const client = await newClient(plan.bed.clients, {
      ...{ grants: ['authorization_code'], scopes, redirectUris: [redirectUri] },
    });
    const without = { redirect_uri: undefined, nonce: undefined };
    const response = await plan.respond({ ...without, scope: 'user/*.rs' }, { client });
    assert.equal((await plan.exchange(response, { redirect_uri: undefined }, client)).status, 200);
    const page = await plan.begin({ ...without, scope: 'openid user/*.rs' }, { client });
    assert.equal(page.status, 400);
    assert.match(page.text, /redirect_uri/);
  },
  'dhp-nonce-without-openid': async (plan) => {
    const client = await newClient(plan.bed.clients, {
      ...{ grants: ['authorization_code'], scopes: ['user/*.rs'], redirectUris: [redirectUri] },
    });
    const query = { scope: 'user/*.rs', nonce: 'n', claims: '{}', claims_locales: 'uz' };
    const response = await plan.respond(query, { client });
    const { status, body } = await plan.exchange(response, {}, client);
    assert.deepEqual([status, body['id_token']], [200, undefined]);
  },
};
