/** The token request of the platform document, and the token that results from it (RFC 6749 4.4, RFC 9068). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { basic, issuer, newClient, playground, postForm, production, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const token = `${url}/oauth/token`;

describe('client_credentials', () => {
  it('PD-01 CORE-29 answers with a token for the environment of the client', async () => {
    const client = await newClient(bed.clients);
    const { status, headers, body } = await postForm(token, client.form);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body).sort(), ['access_token', 'expires_in', 'scope', 'token_type']);
    assert.equal(body['token_type'], 'Bearer');
    assert.equal(body['expires_in'], 3600);
    assert.equal(body['scope'], 'system/*.cruds');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('pragma'), 'no-cache');
    assert.match(headers.get('content-type')!, /^application\/json/);
    assert.equal(decodeJwt(body['access_token'] as string).aud, playground);
  });

  it('JAT-01 JAT-02 JAT-03 JAT-04 JAT-06 JAT-07 the token is an at+jwt that the published keys verify', async () => {
    const client = await newClient(bed.clients, { scopes: ['system/Patient.rs', 'system/Observation.cruds'] });
    const asked = Date.now() / 1000;
    const { body } = await postForm(token, client.form);
    const got = Date.now() / 1000;
    const { payload, protectedHeader } = await jwtVerify(
      body['access_token'] as string,
      createRemoteJWKSet(new URL(`${url}/oauth/jwks`)),
      { issuer, audience: playground, typ: 'at+jwt', algorithms: ['ES256'] },
    );
    assert.ok(protectedHeader.kid);
    assert.equal(payload.sub, client.id);
    assert.equal(payload['client_id'], client.id);
    assert.equal(payload['scope'], 'system/Patient.rs system/Observation.cruds');
    assert.equal(payload['scope'], body['scope']);
    assert.equal(payload.exp! - payload.iat!, 3600);
    assert.ok(payload.iat! > asked - 5 && payload.iat! < got + 5);
    assert.ok(payload.jti!.length >= 27, 'at least 160 random bits');
    assert.deepEqual(Object.keys(payload).sort(), [
      'aud',
      'client_id',
      'exp',
      'iat',
      'iat_ms',
      'iss',
      'jti',
      'scope',
      'sub',
    ]);
  });

  it('takes its time from the clock that it is given', async () => {
    const { url: other } = await bed.start({ clock: () => new Date('2030-01-02T03:04:05.678Z') });
    const client = await newClient(bed.clients);
    const { body } = await postForm(`${other}/oauth/token`, client.form);
    const { iat, exp } = decodeJwt(body['access_token'] as string);
    assert.equal(iat, Date.parse('2030-01-02T03:04:05Z') / 1000);
    assert.equal(exp, iat + 3600);
  });

  it('CORE-02 takes HTTP Basic, also with form-encoded halves and a client_id in the body', async () => {
    const client = await newClient(bed.clients);
    const form = { grant_type: 'client_credentials' };
    assert.equal((await postForm(token, form, basic(client.id, client.secret))).status, 200);
    const encoded = `${client.id.replaceAll('-', '%2D')}:${client.secret.replaceAll('_', '%5F')}`;
    const authorization = `Basic ${Buffer.from(encoded).toString('base64')}`;
    assert.equal((await postForm(token, form, { authorization })).status, 200);
    const withId = { ...form, client_id: client.id };
    assert.equal((await postForm(token, withId, basic(client.id, client.secret))).status, 200);
  });

  it('CORE-38 gives every token another jti', async () => {
    const client = await newClient(bed.clients);
    const answers = await Promise.all(Array.from({ length: 100 }, () => postForm(token, client.form)));
    const ids = answers.map(({ body }) => decodeJwt(body['access_token'] as string).jti);
    assert.equal(new Set(ids).size, 100);
  });

  it('RES-06 a client of production gets tokens for production', async () => {
    const client = await newClient(bed.clients, { environment: 'production' });
    for (const resource of [undefined, production]) {
      const { body } = await postForm(token, { ...client.form, resource });
      assert.equal(decodeJwt(body['access_token'] as string).aud, production);
    }
  });

  it('signs with a key whose id the JWKS has', async () => {
    const client = await newClient(bed.clients);
    const { body } = await postForm(token, client.form);
    const jwks = (await (await fetch(`${url}/oauth/jwks`)).json()) as { keys: { kid: string; alg: string }[] };
    const { kid } = decodeProtectedHeader(body['access_token'] as string);
    assert.equal(jwks.keys.find((key) => key.kid === kid)?.alg, 'ES256');
  });
});
