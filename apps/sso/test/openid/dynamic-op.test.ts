/** oidcc-dynamic-certification-test-plan with response_type code: clients that register themselves and sign with their keys. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { openKeys } from '@dhp/signing-keys';
import { openRegistrationTokens } from '@dhp/clients/registration';
import { until } from '@dhp/postgres/testing';
import { decodeJwt } from '../jose.ts';
import { answer, postForm, type Answer } from '../support.ts';
import { discoveryIsVerified } from './discovery.ts';
import { issuer, openPlan, redirectUri, runModules, type Module, type Plan } from './plan.ts';

/** Keys that the client publishes at its jwks_uri now. */
const published: { keys: object[] } = { keys: [] };
const publisher = createServer((_request, response) => response.end(JSON.stringify(published)));
await new Promise<void>((listening) => publisher.listen(0, '127.0.0.1', listening));
after(() => publisher.close());
const host = `127.0.0.1:${String((publisher.address() as AddressInfo).port)}`;
const jwksUri = `http://${host}/jwks`;

const plan = await openPlan(undefined, { allowedHosts: [host], keyPollSeconds: 0.1 });
const initial = await openRegistrationTokens(plan.bed.sql, { actor: 'cli:tester' }).create({
  ...{ name: 'Conformance suite', environment: 'playground', maxUses: 100 },
  scopes: ['openid', 'profile', 'offline_access', 'user/*.rs'],
});

interface RsaKey {
  privateKey: CryptoKey;
  jwk: object;
  kid: string | undefined;
}

/** Makes a key for RS256 as the suite does: without a kid if it is the only one. */
async function rsaKey(kid?: string): Promise<RsaKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), use: 'sig', alg: 'RS256', ...(kid === undefined ? {} : { kid }) };
  return { privateKey, jwk, kid };
}
const key = await rsaKey();

async function register(metadata: object = {}): Promise<Answer> {
  const body = JSON.stringify({
    client_name: 'suite aB3dE',
    grant_types: ['authorization_code'],
    jwks: { keys: [key.jwk] },
    token_endpoint_auth_method: 'private_key_jwt',
    response_types: ['code'],
    redirect_uris: [redirectUri],
    contacts: ['certification@suite.example'],
    ...metadata,
  });
  const headers = { authorization: `Bearer ${initial.secret}`, 'content-type': 'application/json; charset=utf-8' };
  return answer(await fetch(`${plan.url}/oauth/register`, { method: 'POST', headers, body }));
}

async function registered(metadata: object = {}): Promise<Record<string, unknown> & { client_id: string }> {
  const { status, body, text } = await register(metadata);
  assert.equal(status, 201, text);
  return body as Record<string, unknown> & { client_id: string };
}

async function signed(form: Record<string, string>, clientId: string, by = key, aud?: string): Promise<Answer> {
  const endpoint = `${issuer}/oauth/token`;
  const assertion = await new SignJWT({ iss: clientId, sub: clientId, aud: aud ?? endpoint, jti: randomUUID() })
    .setProtectedHeader({ alg: 'RS256', ...(by.kid === undefined ? {} : { kid: by.kid }) })
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(by.privateKey);
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  return postForm(`${plan.url}/oauth/token`, { ...form, client_assertion: assertion, client_assertion_type: type });
}

/** From a registration to tokens. */
async function tokensOf(
  clientId: string,
  query: Record<string, string> = {},
  o: { by?: RsaKey; aud?: string; redirect?: string } = {},
): Promise<Record<string, string>> {
  const response = await plan.respond(query, { client: { id: clientId, secret: '' } });
  const code = response.get('code') ?? String(response);
  const form = { grant_type: 'authorization_code', redirect_uri: query['redirect_uri'] ?? redirectUri, code };
  const { status, body, text } = await signed(form, clientId, o.by, o.aud);
  assert.equal(status, 200, text);
  const tokens = body as Record<string, string>;
  assert.equal(decodeJwt(tokens['id_token']!).aud, clientId);
  assert.equal((await plan.userInfo(tokens['access_token']!)).status, 200);
  return tokens;
}

const isPage = async (clientId: string, query: Record<string, string | undefined>): Promise<void> => {
  const { status, address } = await plan.begin(query, { client: { id: clientId, secret: '' } });
  assert.deepEqual([status, address.startsWith(issuer)], [400, true], address);
};

const withQuery = `${redirectUri}?foo=bar`;

/** The address is registered, returned, and the client works. */
const tells =
  (name: string): Module =>
  async () => {
    const address = `https://suite.example/${name}`;
    const told = await registered({ [name]: address });
    assert.equal(told[name], address);
    await tokensOf(told.client_id);
  };

const objects = 'request objects are not supported, and discovery says so';
const pairwise = 'subject identifiers are public: pairwise is not announced, and a registration for it is refused';

const modules: Readonly<Record<string, Module>> = {
  'oidcc-idtoken-rs256': async () => {
    const told = await registered({ id_token_signed_response_alg: 'RS256' });
    assert.equal(told['id_token_signed_response_alg'], 'RS256');
    const tokens = await tokensOf(told.client_id);
    const [header = ''] = tokens['id_token']!.split('.');
    assert.match(Buffer.from(header, 'base64url').toString(), /"alg":"RS256"/);
  },
  'oidcc-idtoken-unsigned': { notApplicable: 'id_tokens are always signed: none is not announced' },
  'oidcc-userinfo-rs256': async () => {
    // Discovery announces no algorithm for it: unknown members are omitted from the registration (RFC 7591 section 2).
    assert.equal(plan.metadata['userinfo_signing_alg_values_supported'], undefined);
    const told = await registered({ userinfo_signed_response_alg: 'RS256' });
    assert.equal(told['userinfo_signed_response_alg'], undefined);
    await tokensOf(told.client_id);
  },
  'oidcc-ensure-redirect-uri-in-authorization-request': async () => {
    await isPage((await registered()).client_id, { redirect_uri: undefined });
  },
  'oidcc-redirect-uri-query-OK': async () => {
    const { client_id: id } = await registered({ redirect_uris: [withQuery] });
    const back = await plan.respond({ redirect_uri: withQuery }, { client: { id, secret: '' } });
    assert.equal(back.get('foo'), 'bar');
    await tokensOf(id, { redirect_uri: withQuery });
  },
  'oidcc-redirect-uri-query-mismatch': async () => {
    const { client_id: id } = await registered({ redirect_uris: [withQuery] });
    await isPage(id, { redirect_uri: `${redirectUri}?bar=foo` });
  },
  'oidcc-redirect-uri-query-added': async () => {
    await isPage((await registered()).client_id, { redirect_uri: withQuery });
  },
  'oidcc-redirect-uri-regfrag': async () => {
    const { status, body } = await register({ redirect_uris: [`${redirectUri}#foobar`] });
    assert.deepEqual([status, body['error']], [400, 'invalid_redirect_uri']);
  },
  'oidcc-discovery-endpoint-verification': discoveryIsVerified,
  'oidcc-server': async () => {
    const told = await registered();
    assert.equal(told['client_secret'], undefined);
    assert.equal(told['token_endpoint_auth_method'], 'private_key_jwt');
    assert.ok(told['registration_client_uri']);
    await tokensOf(told.client_id);
  },
  'oidcc-registration-logo-uri': tells('logo_uri'),
  'oidcc-registration-policy-uri': tells('policy_uri'),
  'oidcc-registration-tos-uri': tells('tos_uri'),
  'oidcc-registration-jwks-uri': async () => {
    const atUri = await rsaKey('at-uri');
    published.keys = [atUri.jwk];
    const told = await registered({ jwks: undefined, jwks_uri: jwksUri });
    await tokensOf(told.client_id, {}, { by: atUri });
  },
  'oidcc-registration-sector-uri': { notApplicable: pairwise },
  'oidcc-registration-sector-bad': async () => {
    const sector = { subject_type: 'pairwise', sector_identifier_uri: 'https://suite.example/redirect_uris.json' };
    const { status, body } = await register(sector);
    assert.deepEqual([status, body['error']], [400, 'invalid_client_metadata']);
  },
  'oidcc-server-rotate-keys': async ({ bed, url }: Plan) => {
    const kids = async (): Promise<unknown[]> => {
      const { keys } = (await (await fetch(`${url}/oauth/jwks`)).json()) as { keys: { kid: string }[] };
      return keys.map(({ kid }) => kid);
    };
    const before = await kids();
    const { kid } = await openKeys(bed.sql, { encryptionKey: bed.encryptionKey, actor: 'cli:tester' }).rotate('RS256');
    const now = await until('the new key is published', async () => {
      const found = await kids();
      return found.includes(kid) ? found : undefined;
    });
    for (const one of before) assert.ok(now.includes(one));
  },
  'oidcc-refresh-token-rp-key-rotation': async () => {
    const [first, next] = [await rsaKey('rp-1'), await rsaKey('rp-2')];
    published.keys = [first.jwk];
    const grants = ['authorization_code', 'refresh_token'];
    const keys = { jwks: undefined, jwks_uri: `${jwksUri}/rotated` };
    const { client_id: id } = await registered({ ...keys, grant_types: grants });
    const tokens = await tokensOf(id, { scope: 'openid offline_access', prompt: 'consent' }, { by: first });
    published.keys = [next.jwk];
    plan.shift(60_000);
    const form = { grant_type: 'refresh_token', refresh_token: tokens['refresh_token']! };
    const renewed = await signed(form, id, next);
    plan.shift(0);
    assert.equal(renewed.status, 200, renewed.text);
  },
  'oidcc-request-uri-unsigned': { notApplicable: objects },
  'oidcc-request-uri-signed-rs256': { notApplicable: objects },
  'oidcc-ensure-request-object-with-redirect-uri': { notApplicable: objects },
  'oidcc-refresh-token': async () => {
    const { client_id: id } = await registered({ grant_types: ['authorization_code', 'refresh_token'] });
    const tokens = await tokensOf(id, { scope: 'openid offline_access', prompt: 'consent' });
    const renewed = await signed({ grant_type: 'refresh_token', refresh_token: tokens['refresh_token']! }, id);
    assert.equal(renewed.status, 200, renewed.text);
    assert.equal(decodeJwt(renewed.body['id_token'] as string).aud, id);
  },
  'oidcc-ensure-client-assertion-with-iss-aud-succeeds': async () => {
    await tokensOf((await registered()).client_id, {}, { aud: issuer });
  },
  // The plans with a secret (basic, form post) that register their clients: they send keys nevertheless.
  'oidcc-server, client_secret_basic with jwks': async () => {
    const told = await registered({ token_endpoint_auth_method: 'client_secret_basic' });
    assert.deepEqual([told['jwks'], told['client_secret_expires_at']], [undefined, 0]);
    await plan.flow({}, { client: { id: told.client_id, secret: String(told['client_secret']) } });
  },
  'oidcc-server-client-secret-post, with jwks': async () => {
    const told = await registered({ token_endpoint_auth_method: 'client_secret_post' });
    assert.deepEqual([told['jwks'], told['token_endpoint_auth_method']], [undefined, 'client_secret_post']);
    const response = await plan.respond({}, { client: { id: told.client_id, secret: '' } });
    const form = { grant_type: 'authorization_code', redirect_uri: redirectUri, code: response.get('code')! };
    const credentials = { client_id: told.client_id, client_secret: String(told['client_secret']) };
    assert.equal((await postForm(`${plan.url}/oauth/token`, { ...form, ...credentials })).status, 200);
  },
};

describe('the Dynamic OP plan', () => runModules(plan, modules));
