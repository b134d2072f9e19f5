/** Clients with keys: their registration, and the endpoints that accept their assertions. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { exportJWK, exportPKCS8, generateKeyPair, importPKCS8, SignJWT, type JWK } from 'jose';
import { openAccounts } from '@dhp/accounts';
import type { NewClient } from '@dhp/clients';
import { Browser, pkce, signIn } from './browser.ts';
import { issuer, newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true });
const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'k1' };
const small = await exportJWK((await generateKeyPair('RS256', { modulusLength: 2048, extractable: true })).publicKey);

const create = (given: Partial<NewClient>): Promise<unknown> =>
  bed.clients.create({
    name: 'Signs',
    grants: ['client_credentials'],
    scopes: ['system/*.rs'],
    environment: 'playground',
    ...given,
  });

async function assertionFor(clientId: string, aud: string): Promise<Record<string, string>> {
  const claims = { iss: clientId, sub: clientId, aud, jti: randomUUID() };
  const assertion = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES384', kid: 'k1' })
    .setExpirationTime('4m')
    .sign(privateKey);
  return {
    client_assertion: assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  };
}

describe('a key set', () => {
  const refused: [string, Partial<NewClient>, RegExp][] = [
    ['that is none', { jwks: [] }, /array of JWK/],
    ['that is empty', { jwks: { keys: [] } }, /1 to 20 keys/],
    ['with a private key', { jwks: { keys: [{ ...jwk, d: 'AAAA' }] } }, /private members/],
    ['with a secret key', { jwks: { keys: [{ kty: 'oct', k: 'AAAA', kid: 'x' }] } }, /private members/],
    ['with a key of another curve', { jwks: { keys: [{ ...jwk, crv: 'P-256' }] } }, /neither RSA/],
    ['for another algorithm', { jwks: { keys: [{ ...small, kid: 'x', alg: 'RS512' }] } }, /neither RSA/],
    ['with two keys of one kid', { jwks: { keys: [jwk, jwk] } }, /same kid/],
    ['of two, one without a kid', { jwks: { keys: [jwk, { ...jwk, kid: undefined }] } }, /needs a kid/],
    ['with a kid that is none', { jwks: { keys: [{ ...jwk, kid: '' }] } }, /needs a kid/],
    ['with an end that is no time', { jwks: { keys: [{ ...jwk, exp: '2030-01-01' }] } }, /exp that is no time/],
    ['with an end that no clock reaches', { jwks: { keys: [{ ...jwk, exp: 1e300 }] } }, /exp that is no time/],
    ['beside an address', { jwks: { keys: [jwk] }, jwksUri: 'https://clinic.uz/jwks' }, /not both/],
    ['at an address that is not https', { jwksUri: 'http://clinic.uz/jwks' }, /not an https address/],
  ];
  for (const [what, given, message] of refused) {
    it(`${what} is refused`, () => assert.rejects(create(given), message));
  }

  it('makes a client without a secret, which cannot be given one', async () => {
    const { id, secret } = await newClient(bed.clients, { jwks: { keys: [jwk] } });
    assert.equal(secret, '');
    const client = (await bed.clients.find(id))!;
    assert.deepEqual([client.hasKeys, client.liveSecrets], [true, 0]);
    await assert.rejects(bed.clients.rotateSecret(id), /authenticates by its keys/);
  });
});

describe('an assertion', () => {
  it('is good at introspection and revocation too, once, for this server', async () => {
    const { id } = await newClient(bed.clients, { jwks: { keys: [jwk] }, scopes: ['system/*.rs'] });
    const form = { grant_type: 'client_credentials', ...(await assertionFor(id, `${issuer}/oauth/token`)) };
    const { body } = await postForm(`${url}/oauth/token`, form);
    const token = body['access_token'] as string;
    for (const aud of [issuer, `${issuer}/oauth/token`, `${issuer}/oauth/introspect`]) {
      const proof = await assertionFor(id, aud);
      const first = await postForm(`${url}/oauth/introspect`, { token, ...proof });
      assert.equal(first.body['active'], true, aud);
      assert.equal((await postForm(`${url}/oauth/introspect`, { token, ...proof })).status, 401, 'used before');
    }
    const abroad = await assertionFor(id, 'https://evil.example');
    assert.equal((await postForm(`${url}/oauth/introspect`, { token, ...abroad })).status, 401);
    const proof = await assertionFor(id, `${issuer}/oauth/revoke`);
    assert.equal((await postForm(`${url}/oauth/revoke`, { token, ...proof })).status, 200);
    const after = await postForm(`${url}/oauth/introspect`, { token, ...(await assertionFor(id, issuer)) });
    assert.equal(after.body['active'], false);
  });
});

describe('an assertion by an RSA key', () => {
  const token = `${url}/oauth/token`;
  /** The registered algorithm of the key, and the algorithms whose assertions are accepted. */
  const rows: readonly [registered: string | undefined, taken: readonly string[]][] = [
    [undefined, ['RS256', 'RS384']],
    ['RS256', ['RS256']],
    ['RS384', ['RS384']],
  ];
  for (const [registered, taken] of rows) {
    it(`${registered ?? 'without a named algorithm'} is taken by ${taken.join(' and ')} alone`, async () => {
      const pair = await generateKeyPair('RS256', { extractable: true });
      const pkcs8 = await exportPKCS8(pair.privateKey);
      const key = { ...(await exportJWK(pair.publicKey)), kid: 'r1', ...(registered && { alg: registered }) };
      const { id } = await newClient(bed.clients, { jwks: { keys: [key] } });
      for (const alg of ['RS256', 'RS384', 'RS512', 'PS256']) {
        const signer = await importPKCS8(pkcs8, alg);
        const claims = { iss: id, sub: id, aud: `${issuer}/oauth/token` };
        const sign = (): Promise<string> =>
          new SignJWT({ ...claims, jti: randomUUID() })
            .setProtectedHeader({ alg, kid: 'r1' })
            .setExpirationTime('4m')
            .sign(signer);
        const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
        const asked = { client_assertion: await sign(), client_assertion_type: type };
        const got = await postForm(token, { grant_type: 'client_credentials', ...asked });
        assert.equal(got.status, taken.includes(alg) ? 200 : 401, `${alg}: ${got.text}`);
        const again = { client_assertion: await sign(), client_assertion_type: type, token: 'x' };
        const other = await postForm(`${url}/oauth/introspect`, again);
        assert.equal(other.status, taken.includes(alg) ? 200 : 401, `${alg} at introspection`);
      }
    });
  }

  it('is announced', async () => {
    const metadata = (await (await fetch(`${url}/.well-known/openid-configuration`)).json()) as Record<string, unknown>;
    for (const at of ['token', 'introspection', 'revocation']) {
      assert.deepEqual(metadata[`${at}_endpoint_auth_signing_alg_values_supported`], ['RS384', 'ES384', 'RS256']);
    }
  });
});

describe('a client of the first days', () => {
  const redirectUri = 'https://portal.example.uz/cb';
  const person = { username: 'aziza', password: 'correct horse battery' };
  const registration = {
    grants: ['authorization_code'],
    scopes: ['openid', 'user/*.rs'],
    redirectUris: [redirectUri],
    public: true,
    minimalAuthorize: true,
  };

  it('that is public may send the short request with a hexadecimal challenge, where it is registered so', async () => {
    await openAccounts(bed.sql, { actor: 'cli:tester' }).create({
      ...person,
      name: 'Aziza',
      identities: [{ environment: 'playground', type: 'Practitioner', fhir_id: 'pr-1' }],
    });
    const { verifier } = pkce();
    const hex = createHash('sha256').update(verifier).digest('hex');
    const ask = (clientId: string, more: object = { code_challenge: hex }): string =>
      `/?${new URLSearchParams({ client_id: clientId, grant_type: 'authorization_code', redirect_uri: redirectUri, ...more }).toString()}`;
    const allowed = await newClient(bed.clients, { ...registration, hexChallenge: true });
    const back = await signIn(new Browser(url), ask(allowed.id), person);
    const form = {
      grant_type: 'authorization_code',
      client_id: allowed.id,
      redirect_uri: redirectUri,
      code: back.searchParams.get('code') ?? '',
      code_verifier: verifier,
    };
    assert.equal((await postForm(`${url}/oauth/token`, form)).status, 200);
    const without = new URL((await new Browser(url).get(ask(allowed.id, {}))).address);
    assert.equal(without.searchParams.get('error'), 'invalid_request', 'PKCE is required of a public client');
    const other = await newClient(bed.clients, registration);
    const refused = new URL((await new Browser(url).get(ask(other.id))).address);
    assert.equal(refused.searchParams.get('error'), 'invalid_request');
  });
});
