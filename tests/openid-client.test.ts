/** openid-client, a library of others, against the SSO: discovery, code, refresh, userinfo, PAR, DPoP, devices, logout, registration. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import * as client from 'openid-client';
import { connect } from '@dhp/postgres';
import { testDatabase } from '@dhp/postgres/testing';
import { createSso, migrations } from '@dhp/sso';
import { openClients } from '@dhp/clients';
import { openRegistrationTokens } from '@dhp/clients/registration';
import { openAccounts } from '@dhp/accounts';
import { Browser, signIn } from '../apps/sso/test/browser.ts';
import { freePort } from './processes.ts';

const playground = 'https://playground.example.uz/fhir';
const person = { username: 'aziza', password: 'correct horse battery' };
const redirectUri = 'https://app.example.uz/cb';
const after_ = 'https://app.example.uz/bye';

const database = await testDatabase({ name: 'openid_client', migrations: [migrations] });
const port = await freePort(); // The issuer must be known before the server listens.
const issuer = `http://127.0.0.1:${port}`;
const sql = connect(database.url, { max: 4 });
const sso = await createSso({
  sql,
  issuer,
  environments: { playground },
  encryptionKey: randomBytes(32),
  defaultLanguage: 'en',
});
await sso.app.listen({ host: '127.0.0.1', port });
after(async () => {
  await sso.close();
  await sql.end({ timeout: 5 });
  await database.drop();
});
const clients = openClients(sql, { actor: 'cli:tester' });
const device = 'urn:ietf:params:oauth:grant-type:device_code';
const { client: app } = await clients.create({
  name: 'Application',
  grants: ['authorization_code', 'refresh_token', device],
  scopes: ['openid', 'profile', 'fhirUser', 'offline_access', 'user/*.rs'],
  environment: 'playground',
  redirectUris: [redirectUri],
  postLogoutRedirectUris: [after_],
  public: true,
});
const { client: backend, secret } = await clients.create({
  name: 'Backend',
  grants: ['client_credentials'],
  scopes: ['system/*.rs'],
  environment: 'playground',
});

// eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out; the test speaks to its own machine
const insecure = { execute: [client.allowInsecureRequests] };
const config = await client.discovery(new URL(issuer), app.clientId, undefined, client.None(), insecure);
const backendConfig = await client.discovery(
  new URL(issuer),
  backend.clientId,
  undefined,
  client.ClientSecretPost(secret),
  insecure,
);

before(async () => {
  await openAccounts(sql, { actor: 'cli:tester' }).create({
    ...person,
    name: 'Aziza Karimova',
    identities: [{ environment: 'playground', type: 'Practitioner', fhir_id: 'pr-1' }],
  });
});

const browser = (): Browser => new Browser(issuer, 'en', {}, issuer);
const pathOf = ({ pathname, search }: URL): string => pathname + search;

interface Flow {
  parameters: Record<string, string>;
  checks: client.AuthorizationCodeGrantChecks;
}

async function flow(): Promise<Flow> {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const parameters = {
    redirect_uri: redirectUri,
    scope: 'openid profile fhirUser offline_access user/*.rs',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  };
  return {
    parameters,
    checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true },
  };
}

type Tokens = Awaited<ReturnType<typeof client.authorizationCodeGrant>>;

async function tokens(one = browser(), options: client.DPoPOptions = {}): Promise<Tokens> {
  const { parameters, checks } = await flow();
  const back = await signIn(one, pathOf(client.buildAuthorizationUrl(config, parameters)), person);
  return client.authorizationCodeGrant(config, back, checks, undefined, options);
}

describe('openid-client', () => {
  it('finds its way by discovery', () => {
    const metadata = config.serverMetadata();
    assert.equal(metadata.issuer, issuer);
    assert.equal(metadata.token_endpoint, `${issuer}/oauth/token`);
  });

  it('signs a person in, renews the tokens, and asks who it is', async () => {
    const first = await tokens();
    const { sub } = first.claims()!;
    const second = await client.refreshTokenGrant(config, first.refresh_token!);
    assert.notEqual(second.refresh_token, first.refresh_token);
    const { name } = await client.fetchUserInfo(config, second.access_token, sub);
    assert.equal(name, 'Aziza Karimova');
    await client.tokenRevocation(config, second.refresh_token!);
    await assert.rejects(client.refreshTokenGrant(config, second.refresh_token!), { error: 'invalid_grant' });
  });

  it('pushes the authorization request', async () => {
    const { parameters, checks } = await flow();
    const url = await client.buildAuthorizationUrlWithPAR(config, parameters);
    assert.match(url.searchParams.get('request_uri') ?? '', /^urn:/);
    assert.equal(url.searchParams.get('scope'), null);
    const back = await signIn(browser(), pathOf(url), person);
    assert.ok((await client.authorizationCodeGrant(config, back, checks)).refresh_token);
  });

  it('binds tokens to a key, for a backend and for a person', async () => {
    const keys = await client.randomDPoPKeyPair('ES256');
    const handle = client.getDPoPHandle(backendConfig, keys);
    const machine = await client.clientCredentialsGrant(backendConfig, {}, { DPoP: handle });
    assert.equal(machine.token_type, 'dpop');
    const told = await client.tokenIntrospection(backendConfig, machine.access_token);
    assert.deepEqual([told.active, told.token_type], [true, 'DPoP']);
    const DPoP = client.getDPoPHandle(config, keys);
    const first = await tokens(browser(), { DPoP });
    assert.equal(first.token_type, 'dpop');
    const second = await client.refreshTokenGrant(config, first.refresh_token!, undefined, { DPoP });
    assert.equal(second.token_type, 'dpop');
    await assert.rejects(client.refreshTokenGrant(config, second.refresh_token!), { error: 'invalid_grant' });
  });

  it('lets a person in at a device', async () => {
    const begun = await client.initiateDeviceAuthorization(config, { scope: 'openid user/*.rs' });
    assert.equal(begun.interval, 5);
    const one = browser();
    const send = async (text: string, fields: Record<string, string>): ReturnType<Browser['post']> => {
      const hidden = [...text.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)].map((found) => [
        found[1],
        found[2],
      ]);
      return one.post('/oauth/device', { ...(Object.fromEntries(hidden) as Record<string, string>), ...fields });
    };
    const form = await one.get(pathOf(new URL(begun.verification_uri_complete!)));
    const question = await send(form.text, { user_code: begun.user_code });
    let page = await send(question.text, { confirm: 'yes' });
    page = await one.submit(page, person, 'login');
    if (page.text.includes('value="allow"')) page = await one.submit(page, {}, 'allow');
    assert.match(page.text, /The device is connected/);
    const got = await client.pollDeviceAuthorizationGrant(config, { ...begun, interval: 0.1 });
    assert.ok(got.access_token && got.id_token);
  });

  it('signs the person out', async () => {
    const one = browser();
    const { id_token: hint } = await tokens(one);
    const url = client.buildEndSessionUrl(config, {
      id_token_hint: hint!,
      post_logout_redirect_uri: after_,
      state: 'bye',
    });
    const question = await one.get(pathOf(url));
    const [, xsrf = ''] = /name="xsrf" value="([^"]*)"/.exec(question.text) ?? [];
    const left = await one.post('/oauth/logout/confirm', { xsrf, logout: 'yes' });
    assert.equal(left.address, `${after_}?state=bye`);
  });

  it('registers a client, which gets tokens', async () => {
    const made = await openRegistrationTokens(sql, { actor: 'cli:tester' }).create({
      name: 'A program',
      environment: 'playground',
      scopes: ['system/Patient.rs'],
    });
    const metadata = {
      client_name: 'Registered by a program',
      grant_types: ['client_credentials'],
      response_types: [],
    };
    const registered = await client.dynamicClientRegistration(new URL(issuer), metadata, undefined, {
      initialAccessToken: made.secret,
      ...insecure,
    });
    const { scope } = registered.clientMetadata();
    assert.equal(scope, 'system/Patient.rs');
    const got = await client.clientCredentialsGrant(registered);
    assert.equal(got.scope, 'system/Patient.rs');
  });
});
