/** Clients of OAuth 2.0 and OpenID Connect, each as its documentation says. */
import { importJWK } from 'jose';
import * as openid from 'openid-client';
import { Issuer, generators } from 'openid-client-5';
import * as oauth from 'oauth4webapi';
import { OidcClient, WebStorageStateStore } from 'oidc-client-ts';
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2';
import { OAuth2Client, OAuth2Fetch, generateCodeVerifier } from '@badgateway/oauth2-client';
import ClientOAuth2 from 'client-oauth2';
import * as arctic from 'arctic';
import axios from 'axios';
import * as axiosOauth from 'axios-oauth-client';
import { check, ground, open, signIn } from './table.mjs';

const { issuer, fhir, redirectUri, backend, web, mobile, signing } = ground;
const scope = 'openid profile fhirUser offline_access user/*.cruds';
const after = redirectUri.replace('/cb', '/bye');
const privateKey = await importJWK(signing.jwk, 'RS384');

async function withOpenidClient() {
  const call = open('openid-client');
  const insecure = { execute: [openid.allowInsecureRequests] };
  const at = (client, authentication) =>
    openid.discovery(new URL(issuer), client.client_id, client.client_secret, authentication, insecure);
  const config = await call('discovery', () => at(web));
  for (const [name, client, authentication] of [
    ['client_secret_basic', backend, openid.ClientSecretBasic(backend.client_secret)],
    ['client_secret_post', backend, openid.ClientSecretPost(backend.client_secret)],
    ['private_key_jwt', signing, openid.PrivateKeyJwt({ key: privateKey, kid: 'k1' })],
  ]) {
    await call(`client_credentials by ${name}`, async () => {
      const own = await at(client, authentication);
      const tokens = await openid.clientCredentialsGrant(own, { scope: 'system/Patient.rs', resource: fhir });
      const told = await openid.tokenIntrospection(own, tokens.access_token);
      check(told.active === true, 'active');
      await openid.tokenRevocation(own, tokens.access_token);
      check((await openid.tokenIntrospection(own, tokens.access_token)).active === false, 'no longer active');
    });
  }
  const authorize = async (own, more = {}, checks = {}) => {
    const address = openid.buildAuthorizationUrl(own, { redirect_uri: redirectUri, scope, ...more });
    return openid.authorizationCodeGrant(own, await signIn(address), checks);
  };
  const withPkce = async (own, more = {}) => {
    const [pkceCodeVerifier, expectedState, expectedNonce] = [
      openid.randomPKCECodeVerifier(),
      openid.randomState(),
      openid.randomNonce(),
    ];
    const code_challenge = await openid.calculatePKCECodeChallenge(pkceCodeVerifier);
    const sent = { code_challenge, code_challenge_method: 'S256', state: expectedState, nonce: expectedNonce, ...more };
    return authorize(own, sent, { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true });
  };
  const tokens = await call('code with PKCE, a secret by post', () => withPkce(config));
  await call('code without PKCE', () => authorize(config));
  await call('code with PKCE, without a secret', async () => withPkce(await at(mobile, openid.None())));
  await call('code with max_age, prompt, ui_locales, login_hint', async () => {
    const own = await at(web);
    const more = { max_age: '600', prompt: 'login', ui_locales: 'ru uz', login_hint: 'aziza', display: 'page' };
    const address = openid.buildAuthorizationUrl(own, { redirect_uri: redirectUri, scope, ...more });
    await openid.authorizationCodeGrant(own, await signIn(address), { maxAge: 600, idTokenExpected: true });
  });
  await call('code by a pushed request', async () => {
    const address = await openid.buildAuthorizationUrlWithPAR(config, { redirect_uri: redirectUri, scope });
    await openid.authorizationCodeGrant(config, await signIn(address));
  });
  await call('code with a signed request object', async () => {
    const { privateKey: key } = await openid.randomDPoPKeyPair('ES256');
    const address = await openid.buildAuthorizationUrlWithJAR(config, { redirect_uri: redirectUri, scope }, key);
    await openid.authorizationCodeGrant(config, await signIn(address));
  });
  await call('userinfo', async () => {
    const { sub } = tokens.claims();
    check((await openid.fetchUserInfo(config, tokens.access_token, sub)).name === 'Aziza Karimova', 'name');
  });
  const renewed = await call('refresh', () => openid.refreshTokenGrant(config, tokens.refresh_token));
  await call('refresh with fewer scopes', () =>
    openid.refreshTokenGrant(config, renewed.refresh_token, { scope: 'openid user/*.cruds' }),
  );
  await call('refresh with narrower scopes', async () => {
    const { refresh_token: token } = await withPkce(config);
    await openid.refreshTokenGrant(config, token, { scope: 'openid user/Patient.rs' });
  });
  await call('introspection', async () => {
    const { access_token: token } = await withPkce(config);
    check((await openid.tokenIntrospection(config, token, { token_type_hint: 'access_token' })).active, 'active');
  });
  await call('revocation of a refresh token', async () => {
    const { refresh_token: token } = await withPkce(config);
    await openid.tokenRevocation(config, token, { token_type_hint: 'refresh_token' });
  });
  await call('end session', async () => {
    const { id_token: hint } = await withPkce(config);
    const address = openid.buildEndSessionUrl(config, { id_token_hint: hint, post_logout_redirect_uri: after });
    check((await fetch(address)).ok, 'a page');
  });
}

async function withOpenidClient5() {
  const call = open('openid-client-5');
  const found = await call('discovery', () => Issuer.discover(issuer));
  const clientOf = (own, more = {}, jwks = undefined) =>
    new found.Client({ ...own, redirect_uris: [redirectUri], response_types: ['code'], ...more }, jwks);
  await call('client_credentials by basic', () => clientOf(backend).grant({ grant_type: 'client_credentials' }));
  await call('client_credentials by post', () =>
    clientOf(backend, { token_endpoint_auth_method: 'client_secret_post' }).grant({ grant_type: 'client_credentials' }),
  );
  await call('client_credentials by private_key_jwt', () => {
    const more = { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'RS384' };
    const own = clientOf({ client_id: signing.client_id }, more, { keys: [signing.jwk] });
    return own.grant({ grant_type: 'client_credentials' });
  });
  const client = clientOf(web);
  const authorize = async (own = client) => {
    const verifier = generators.codeVerifier();
    const [state, nonce] = [generators.state(), generators.nonce()];
    const challenge = { code_challenge: generators.codeChallenge(verifier), code_challenge_method: 'S256' };
    const back = await signIn(own.authorizationUrl({ scope, state, nonce, ...challenge }));
    const parameters = own.callbackParams(back.href);
    return own.callback(redirectUri, parameters, { code_verifier: verifier, state, nonce });
  };
  const tokens = await call('code with PKCE', () => authorize());
  await call('code without a secret', () =>
    authorize(clientOf({ client_id: mobile.client_id, token_endpoint_auth_method: 'none' })),
  );
  await call('userinfo', () => client.userinfo(tokens));
  await call('userinfo by POST, token in the body', () =>
    client.userinfo(tokens.access_token, { method: 'POST', via: 'body' }),
  );
  await call('introspection', () => client.introspect(tokens.access_token));
  const renewed = await call('refresh', () => client.refresh(tokens));
  await call('revocation', () => client.revoke(renewed.refresh_token));
  await call('end session', async () => {
    const address = client.endSessionUrl({ id_token_hint: renewed.id_token, post_logout_redirect_uri: after });
    check((await fetch(address)).ok, 'a page');
  });
  await call('device', () => clientOf(web).deviceAuthorization({ scope: 'openid' }));
}

async function withOauth4webapi() {
  const call = open('oauth4webapi');
  const insecure = { [oauth.allowInsecureRequests]: true };
  const url = new URL(issuer);
  const server = await call('discovery (OpenID Connect)', async () =>
    oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, insecure)),
  );
  await call('discovery (RFC 8414)', async () =>
    oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure })),
  );
  for (const [name, client, authentication] of [
    ['client_secret_basic', backend, oauth.ClientSecretBasic(backend.client_secret)],
    ['client_secret_post', backend, oauth.ClientSecretPost(backend.client_secret)],
    ['private_key_jwt', signing, oauth.PrivateKeyJwt({ key: privateKey, kid: 'k1' })],
  ]) {
    await call(`client_credentials by ${name}`, async () => {
      const answer = await oauth.clientCredentialsGrantRequest(
        server,
        client,
        authentication,
        { scope: 'system/*.rs' },
        insecure,
      );
      const tokens = await oauth.processClientCredentialsResponse(server, client, answer);
      const told = await oauth.introspectionRequest(server, client, authentication, tokens.access_token, insecure);
      check((await oauth.processIntrospectionResponse(server, client, told)).active, 'active');
      const request = new Request(fhir, { headers: { authorization: `Bearer ${tokens.access_token}` } });
      await oauth.validateJwtAccessToken(server, request, fhir, insecure);
      const revoked = await oauth.revocationRequest(server, client, authentication, tokens.access_token, insecure);
      await oauth.processRevocationResponse(revoked);
    });
  }
  for (const [name, client, authentication] of [
    ['a secret', web, oauth.ClientSecretBasic(web.client_secret)],
    ['no secret', mobile, oauth.None()],
  ]) {
    const tokens = await call(`code with PKCE and ${name}`, async () => {
      const verifier = oauth.generateRandomCodeVerifier();
      const state = oauth.generateRandomState();
      const address = new URL(server.authorization_endpoint);
      const sent = {
        ...{ client_id: client.client_id, redirect_uri: redirectUri, response_type: 'code', scope, state },
        ...{ code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
      };
      for (const [key, value] of Object.entries(sent)) address.searchParams.set(key, value);
      const parameters = oauth.validateAuthResponse(server, client, await signIn(address), state);
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        parameters,
        redirectUri,
        verifier,
        insecure,
      );
      const got = await oauth.processAuthorizationCodeResponse(server, client, answer, { requireIdToken: true });
      await oauth.validateApplicationLevelSignature(server, answer, insecure);
      return got;
    });
    await call(`userinfo, ${name}`, async () => {
      const { sub } = oauth.getValidatedIdTokenClaims(tokens);
      const answer = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
      await oauth.processUserInfoResponse(server, client, sub, answer);
    });
    await call(`refresh, ${name}`, async () => {
      const answer = await oauth.refreshTokenGrantRequest(
        server,
        client,
        authentication,
        tokens.refresh_token,
        insecure,
      );
      await oauth.processRefreshTokenResponse(server, client, answer);
    });
  }
}

async function withOidcClientTs() {
  const call = open('oidc-client-ts');
  const memory = new Map();
  const store = {
    get length() {
      return memory.size;
    },
    key: (n) => [...memory.keys()][n] ?? null,
    getItem: (key) => memory.get(key) ?? null,
    setItem: (key, value) => memory.set(key, value),
    removeItem: (key) => memory.delete(key),
  };
  const settings = (own, more = {}) => ({
    ...{ authority: issuer, redirect_uri: redirectUri, scope, post_logout_redirect_uri: after },
    ...{ ...own, stateStore: new WebStorageStateStore({ store }), ...more },
  });
  for (const [name, own, more] of [
    ['without a secret', mobile, {}],
    ['with a secret by post', web, {}],
    ['with a secret by basic', web, { client_authentication: 'client_secret_basic' }],
    ['without PKCE', web, { disablePKCE: true }],
    ['with loadUserInfo', mobile, { loadUserInfo: true }],
    ['with response_mode=query', mobile, { response_mode: 'query' }],
    ['with resource', mobile, { resource: fhir }],
    ['with max_age, ui_locales', mobile, { max_age: 600, ui_locales: 'uz', display: 'popup', prompt: 'login consent' }],
  ]) {
    const client = new OidcClient(settings(own, more));
    const tokens = await call(`code ${name}`, async () => {
      const request = await client.createSigninRequest({ state: { from: 'here' } });
      return client.processSigninResponse((await signIn(request.url)).href);
    });
    await call(`refresh ${name}`, () =>
      client.useRefreshToken({
        state: {
          refresh_token: tokens.refresh_token,
          id_token: tokens.id_token,
          session_state: null,
          scope,
          profile: tokens.profile,
        },
      }),
    );
    await call(`end session ${name}`, async () => {
      const request = await client.createSignoutRequest({ id_token_hint: tokens.id_token });
      check((await fetch(request.url)).ok, 'a page');
    });
  }
}

async function withSimpleOauth2() {
  const call = open('simple-oauth2');
  const auth = {
    tokenHost: issuer,
    tokenPath: '/oauth/token',
    authorizePath: '/oauth/authorize',
    revokePath: '/oauth/revoke',
  };
  const client = ({ client_id: id, client_secret: secret }) => ({ id, secret });
  const machine = { tokenHost: issuer, tokenPath: '/oauth/token' };
  for (const options of [
    { authorizationMethod: 'header', credentialsEncodingMode: 'strict' },
    { authorizationMethod: 'header', credentialsEncodingMode: 'loose' },
    { authorizationMethod: 'body' },
    { authorizationMethod: 'body', bodyFormat: 'json' },
  ]) {
    const name = Object.values(options).join(', ');
    await call(`client_credentials (${name})`, () =>
      new ClientCredentials({ client: client(backend), auth: machine, options }).getToken({
        scope: ['system/Patient.rs'],
      }),
    );
    const own = new AuthorizationCode({ client: client(web), auth, options });
    const tokens = await call(`code (${name})`, async () => {
      const back = await signIn(own.authorizeURL({ redirect_uri: redirectUri, scope, state: 'abc' }));
      return own.getToken({ code: back.searchParams.get('code'), redirect_uri: redirectUri, scope });
    });
    if (tokens === undefined) continue;
    const renewed = await call(`refresh (${name})`, () => tokens.refresh());
    await call(`revocation (${name})`, () => renewed?.revokeAll());
  }
}

async function withBadgateway() {
  const call = open('@badgateway/oauth2-client');
  const of = (own, more = {}) =>
    new OAuth2Client({ server: issuer, clientId: own.client_id, clientSecret: own.client_secret, ...more });
  for (const authenticationMethod of [
    undefined,
    'client_secret_basic',
    'client_secret_post',
    'client_secret_basic_interop',
  ]) {
    const more = authenticationMethod === undefined ? {} : { authenticationMethod };
    await call(`client_credentials (${authenticationMethod ?? 'as discovered'})`, async () => {
      const client = of(backend, more);
      const tokens = await client.clientCredentials({ scope: ['system/*.rs'], resource: fhir });
      check((await client.introspect(tokens)).active, 'active');
      await client.revoke(tokens);
    });
  }
  for (const [name, own] of [
    ['with a secret', web],
    ['without a secret', mobile],
  ]) {
    const client = of(own);
    const tokens = await call(`code ${name}`, async () => {
      const codeVerifier = await generateCodeVerifier();
      const flow = { redirectUri, state: 'abc', codeVerifier };
      const address = await client.authorizationCode.getAuthorizeUri({ ...flow, scope: scope.split(' ') });
      return client.authorizationCode.getTokenFromCodeRedirect(await signIn(address), flow);
    });
    const renewed = await call(`refresh ${name}`, () => client.refreshToken(tokens));
    await call(`revocation ${name}`, () => client.revoke(renewed, 'refresh_token'));
  }
  await call('fetch with a token of its own', async () => {
    const client = of(backend);
    const fetching = new OAuth2Fetch({ client, getNewToken: () => client.clientCredentials() });
    check((await fetching.fetch(`${fhir}/Patient?_count=1`)).ok, 'ok');
  });
}

async function withClientOauth2() {
  const call = open('client-oauth2');
  const of = (own, more = {}) =>
    new ClientOAuth2({
      ...{ clientId: own.client_id, clientSecret: own.client_secret, redirectUri, scopes: scope.split(' ') },
      ...{ accessTokenUri: `${issuer}/oauth/token`, authorizationUri: `${issuer}/oauth/authorize`, ...more },
    });
  await call('client_credentials', () => of(backend, { scopes: ['system/*.rs'] }).credentials.getToken());
  await call('client_credentials without scopes', () => of(backend, { scopes: [] }).credentials.getToken());
  const tokens = await call('code', async () => {
    const back = await signIn(of(web).code.getUri({ state: 'abc' }));
    return of(web).code.getToken(back.href, { state: 'abc' });
  });
  await call('refresh', () => tokens.refresh());
  await call('code without a secret', async () => {
    const { code_challenge, verifier } = await pkce();
    const back = await signIn(
      of(mobile).code.getUri({ state: 'abc', query: { code_challenge, code_challenge_method: 'S256' } }),
    );
    return of(mobile).code.getToken(back.href, { state: 'abc', body: { code_verifier: verifier } });
  });
  await call('password', () => of(web).owner.getToken('aziza', 'a long and quiet password'));
}

async function pkce() {
  const verifier = oauth.generateRandomCodeVerifier();
  return { verifier, code_challenge: await oauth.calculatePKCECodeChallenge(verifier) };
}

async function withArctic() {
  const call = open('arctic');
  for (const [name, own] of [
    ['with a secret', web],
    ['without a secret', mobile],
  ]) {
    const client = new arctic.OAuth2Client(own.client_id, own.client_secret ?? null, redirectUri);
    const tokens = await call(`code ${name}`, async () => {
      const [state, verifier] = [arctic.generateState(), arctic.generateCodeVerifier()];
      const address = client.createAuthorizationURLWithPKCE(
        `${issuer}/oauth/authorize`,
        state,
        arctic.CodeChallengeMethod.S256,
        verifier,
        scope.split(' '),
      );
      const back = await signIn(address);
      return client.validateAuthorizationCode(`${issuer}/oauth/token`, back.searchParams.get('code'), verifier);
    });
    const renewed = await call(`refresh ${name}`, () =>
      client.refreshAccessToken(`${issuer}/oauth/token`, tokens.refreshToken(), []),
    );
    await call(`revocation ${name}`, () => client.revokeToken(`${issuer}/oauth/revoke`, renewed.refreshToken()));
  }
  await call('code with a plain challenge', async () => {
    const client = new arctic.OAuth2Client(web.client_id, web.client_secret, redirectUri);
    const verifier = arctic.generateCodeVerifier();
    const address = client.createAuthorizationURLWithPKCE(
      `${issuer}/oauth/authorize`,
      'abc',
      arctic.CodeChallengeMethod.Plain,
      verifier,
      ['openid'],
    );
    const back = await signIn(address);
    check(back.searchParams.has('code'), back.href);
  });
}

async function withAxiosOauth() {
  const call = open('axios-oauth-client');
  const url = `${issuer}/oauth/token`;
  const { clientCredentials, authorizationCode, refreshToken } = axiosOauth;
  await call('client_credentials', () =>
    clientCredentials(axios.create(), url, backend.client_id, backend.client_secret)('system/*.rs'),
  );
  const tokens = await call('code', async () => {
    const back = await signIn(
      `${issuer}/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: web.client_id, redirect_uri: redirectUri, scope })}`,
    );
    const get = authorizationCode(axios.create(), url, web.client_id, web.client_secret, redirectUri);
    return get(back.searchParams.get('code'));
  });
  await call('refresh', () =>
    refreshToken(axios.create(), url, web.client_id, web.client_secret)(tokens.refresh_token, scope),
  );
}

for (const run of [
  withOpenidClient,
  withOpenidClient5,
  withOauth4webapi,
  withOidcClientTs,
  withSimpleOauth2,
  withBadgateway,
  withClientOauth2,
  withArctic,
  withAxiosOauth,
]) {
  try {
    await run();
  } catch (error) {
    console.error(run.name, error);
    process.exitCode = 1;
  }
}
