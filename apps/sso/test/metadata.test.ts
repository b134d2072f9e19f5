/** Discovery and keys (RFC 8414, OpenID Connect Discovery, RFC 7517). */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { issuer, newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const documents = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'];

interface Metadata {
  [name: string]: unknown;
  issuer: string;
}

async function getMetadata(path: string): Promise<Metadata> {
  return (await (await fetch(url + path)).json()) as Metadata;
}

for (const path of documents) {
  describe(path, () => {
    it('META-01 names the issuer exactly', async () => {
      const response = await fetch(url + path);
      assert.equal(response.status, 200);
      assert.match(response.headers.get('content-type')!, /^application\/json/);
      assert.equal(((await response.json()) as Metadata).issuer, issuer);
    });

    it('META-03 META-04 META-15 says what works', async () => {
      const metadata = await getMetadata(path);
      assert.deepEqual(metadata['subject_types_supported'], ['public']);
      assert.deepEqual(metadata['id_token_signing_alg_values_supported'], ['RS256']);
      assert.deepEqual(metadata['ui_locales_supported'], ['uz', 'uz-Cyrl', 'ru', 'en']);
      assert.deepEqual(metadata['token_endpoint_auth_methods_supported'], [
        'client_secret_basic',
        'client_secret_post',
        'private_key_jwt',
        'none',
      ]);
      assert.deepEqual(metadata['response_types_supported'], ['code']);
      assert.deepEqual(metadata['code_challenge_methods_supported'], ['S256']);
      assert.equal(metadata['authorization_response_iss_parameter_supported'], true);
    });

    it('META-06 every endpoint it names is there', async () => {
      const metadata = await getMetadata(path);
      const endpoints = Object.keys(metadata).filter((name) => /_endpoint$|^jwks_uri$/.test(name));
      assert.ok(endpoints.length >= 4);
      for (const name of endpoints) {
        const address = String(metadata[name]);
        assert.ok(address.startsWith(issuer));
        assert.notEqual((await fetch(url + address.slice(issuer.length))).status, 404, name);
      }
    });

    it('META-04 names exactly the grants that the token endpoint supports', async () => {
      const { grant_types_supported: announced } = (await getMetadata(path)) as unknown as {
        grant_types_supported: string[];
      };
      const { form } = await newClient(bed.clients);
      const device = 'urn:ietf:params:oauth:grant-type:device_code';
      const candidates = ['client_credentials', 'authorization_code', 'refresh_token', device, 'password', 'implicit'];
      const works = async (grant_type: string): Promise<boolean> =>
        (await postForm(`${url}/oauth/token`, { ...form, grant_type })).body['error'] !== 'unsupported_grant_type';
      const working: string[] = [];
      for (const grant of candidates) if (await works(grant)) working.push(grant);
      assert.deepEqual(working, announced);
    });

    it('META-02 META-06 every endpoint named is below the issuer and answers something other than 404', async () => {
      const entries = Object.entries(await getMetadata(path)).filter(([name]) => /_(?:endpoint|uri)$/.test(name));
      assert.ok(entries.length >= 2);
      for (const [name, endpoint] of entries) {
        assert.ok(String(endpoint).startsWith(`${issuer}/`), name);
        const { status } = await fetch(String(endpoint).replace(issuer, url));
        assert.notEqual(status, 404, name);
      }
    });

    it('META-07 is the same whatever the Host header says', async () => {
      const body = await getWithHost(path, 'evil.example');
      assert.doesNotMatch(body, /evil/);
      assert.deepEqual(JSON.parse(body), await getMetadata(path));
    });

    it('META-11 may be read from any origin', async () => {
      const response = await fetch(url + path, { headers: { origin: 'https://any.example' } });
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      const preflight = await fetch(url + path, { method: 'OPTIONS', headers: { origin: 'https://any.example' } });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
    });

    it('refuses other methods with 405 and Allow', async () => {
      const response = await fetch(url + path, { method: 'POST' });
      assert.equal(response.status, 405);
      assert.equal(response.headers.get('allow'), 'GET, HEAD, OPTIONS');
    });
  });
}

describe('/oauth/jwks', () => {
  it('META-12 has an EC and an RSA key with public members only', async () => {
    const response = await fetch(`${url}/oauth/jwks`);
    const { keys } = (await response.json()) as { keys: Record<string, string>[] };
    assert.deepEqual(keys.map((key) => `${key['kty']} ${key['alg']}`).sort(), ['EC ES256', 'RSA RS256']);
    const members = { EC: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'], RSA: ['alg', 'e', 'kid', 'kty', 'n', 'use'] };
    for (const key of keys) {
      assert.deepEqual(Object.keys(key).sort(), members[key['kty'] as 'EC' | 'RSA']);
      assert.equal(key['use'], 'sig');
    }
  });

  it('META-13 META-11 may be cached for an hour at most, and read from any origin', async () => {
    const { headers } = await fetch(`${url}/oauth/jwks`);
    const [, seconds] = /max-age=(\d+)/.exec(headers.get('cache-control')!)!;
    assert.ok(Number(seconds) > 0 && Number(seconds) <= 3600);
    assert.equal(headers.get('access-control-allow-origin'), '*');
  });
});

/** `fetch` does not allow to set the Host header. */
async function getWithHost(path: string, host: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const get = request(url + path, { headers: { host, 'x-forwarded-host': host } }, (response) => {
    response.setEncoding('utf8');
    let text = '';
    response.on('data', (chunk: string) => (text += chunk));
    response.on('end', () => resolve(text));
  });
  get.on('error', reject).end();
  return promise;
}
