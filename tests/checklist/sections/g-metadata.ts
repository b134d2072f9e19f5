import assert from 'node:assert/strict';
import { request } from 'node:http';
import { openKeys, publishAheadSeconds } from '@dhp/signing-keys';
import { decodeProtectedHeader } from '../../../apps/sso/test/jose.ts';
import { backendToken, bearer, introspect } from '../expect.ts';
import { row, type Section } from '../row.ts';
import { issuer, playground, production, type World } from '../world.ts';

type Document = Record<string, unknown> & { jwks_uri: string };

const metadata = async (w: World, name = 'oauth-authorization-server'): Promise<Document> => {
  const got = await w.get(`/.well-known/${name}`);
  assert.equal(got.status, 200);
  return got.body as Document;
};

async function smart(w: World, base: string, headers: Record<string, string> = {}): Promise<Document> {
  const got = await w.fhir(base, '/.well-known/smart-configuration', headers);
  assert.equal(got.status, 200);
  assert.match(got.headers.get('content-type') ?? '', /^application\/json/);
  return got.body as Document;
}

/** Fetch does not let the Host header be chosen. */
function withHost(url: string, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => void (text += chunk.toString()));
      response.on('end', () => {
        resolve(text);
      });
    })
      .on('error', reject)
      .end();
  });
}

const kids = async (w: World): Promise<string[]> =>
  ((await w.get('/oauth/jwks')).body as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);

export const discovery: Section = {
  letter: 'G',
  title: 'Discovery, smart-configuration, JWKS',
  rows: [
    row('META-01', 'M', 'the authorization server metadata name the issuer exactly', async (w) => {
      assert.equal((await metadata(w))['issuer'], issuer);
    }),
    row('META-02', 'M', 'endpoints, response types and challenge methods, all URLs absolute', async (w) => {
      const document = await metadata(w);
      for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
        assert.ok(String(document[name]).startsWith(`${issuer}/`), name);
      }
      assert.deepEqual(document['response_types_supported'], ['code']);
      assert.deepEqual(document['code_challenge_methods_supported'], ['S256']);
      const urls = Object.values(document).filter((value) => typeof value === 'string');
      assert.ok(urls.every((url) => url.startsWith('https://')));
    }),
    row('META-03', 'M', 'OpenID discovery names subject types and RS256', async (w) => {
      const document = await metadata(w, 'openid-configuration');
      assert.deepEqual(document['subject_types_supported'], ['public']);
      assert.ok((document['id_token_signing_alg_values_supported'] as string[]).includes('RS256'));
    }),
    row('META-04', 'M', 'neither password nor implicit among the grants', async (w) => {
      const grants = (await metadata(w))['grant_types_supported'] as string[];
      assert.ok(grants.includes('authorization_code'));
      assert.ok(!grants.includes('password') && !grants.includes('implicit'));
    }),
    row('META-05', 'M', 'authorization_response_iss_parameter_supported', async (w) => {
      assert.equal((await metadata(w))['authorization_response_iss_parameter_supported'], true);
    }),
    row('META-06', 'M', 'every endpoint that is named is there', async (w) => {
      const documents = [await metadata(w), await metadata(w, 'openid-configuration'), await smart(w, playground)];
      const named = documents.flatMap((document) =>
        Object.entries(document).filter(([name]) => /_endpoint$|_uri$/.test(name)),
      );
      assert.ok(named.length > 10);
      for (const [name, url] of named) {
        const { status } = await w.get(String(url).slice(issuer.length));
        assert.notEqual(status, 404, name);
        assert.ok(status < 500, name);
      }
    }),
    row('META-07', 'P', 'another Host header changes no URL', async (w) => {
      const text = await withHost(`${w.sso}/.well-known/oauth-authorization-server`, 'evil.example');
      assert.doesNotMatch(text, /evil\.example/);
      assert.equal((JSON.parse(text) as Document)['issuer'], issuer);
    }),
    row('META-08', 'M', 'smart-configuration of both environments, whatever Accept says', async (w) => {
      for (const base of [playground, production]) {
        for (const accept of ['application/json', 'application/fhir+xml', 'text/html', '*/*']) {
          await smart(w, base, { accept });
        }
      }
    }),
    row('META-09', 'M', 'smart-configuration: endpoints, capabilities, grants, S256 and not plain', async (w) => {
      for (const base of [playground, production]) {
        const document = await smart(w, base);
        assert.equal(document['authorization_endpoint'], `${issuer}/oauth/authorize`);
        assert.equal(document['token_endpoint'], `${issuer}/oauth/token`);
        assert.ok((document['capabilities'] as string[]).includes('launch-standalone'));
        assert.ok((document['grant_types_supported'] as string[]).includes('authorization_code'));
        assert.deepEqual(document['code_challenge_methods_supported'], ['S256']);
      }
    }),
    row('META-10', 'M', 'sso-openid-connect: issuer and jwks_uri are those of the SSO', async (w) => {
      const document = await smart(w, playground);
      assert.ok((document['capabilities'] as string[]).includes('sso-openid-connect'));
      assert.equal(document['issuer'], issuer);
      assert.equal(document['jwks_uri'], `${issuer}/oauth/jwks`);
    }),
    row('META-11', 'M', 'smart-configuration may be read from any origin', async (w) => {
      const headers = { origin: 'https://any.example' };
      const got = await w.fhir(playground, '/.well-known/smart-configuration', headers);
      const allowed = got.headers.get('access-control-allow-origin');
      assert.ok(allowed === '*' || allowed === 'https://any.example', String(allowed));
    }),
    row('META-12', 'M', 'the key set has public members only, and an RSA key', async (w) => {
      const { keys } = (await w.get('/oauth/jwks')).body as { keys: Record<string, unknown>[] };
      for (const key of keys) {
        assert.ok(key['kid'] && key['alg']);
        assert.equal(key['use'], 'sig');
        assert.deepEqual(
          ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].filter((member) => member in key),
          [],
        );
      }
      assert.ok(keys.some(({ kty }) => kty === 'RSA'));
    }),
    row('META-13', 'S', 'the key set may be cached for an hour at most', async (w) => {
      const [, seconds] = /max-age=(\d+)/.exec((await w.get('/oauth/jwks')).headers.get('cache-control') ?? '') ?? [];
      assert.ok(Number(seconds) > 0 && Number(seconds) <= 3600);
    }),
    row(
      'META-14',
      'P',
      'a new key is published first and signs later, without a restart; old tokens stay good',
      async (w) => {
        const old = await backendToken(w);
        const kid = await addKey(w);
        await w.refreshKeys();
        assert.ok((await kids(w)).includes(kid));
        assert.notEqual(decodeProtectedHeader(await backendToken(w)).kid, kid);
        w.clock.ahead(publishAheadSeconds + 1);
        const fresh = await backendToken(w);
        assert.equal(decodeProtectedHeader(fresh).kid, kid);
        assert.equal((await introspect(w, old)).body['active'], true);
        for (const token of [old, fresh]) {
          assert.equal((await w.fhir(playground, '/Patient', bearer(token))).status, 200);
        }
      },
    ),
    row('META-15', 'P', 'scopes and the three languages are named', async (w) => {
      const document = await metadata(w);
      assert.ok((document['scopes_supported'] as string[]).includes('openid'));
      assert.deepEqual([...(document['ui_locales_supported'] as string[])].sort(), ['en', 'ru', 'uz', 'uz-Cyrl']);
    }),
  ],
};

async function addKey(w: World): Promise<string> {
  const { kid } = await openKeys(w.sql, { encryptionKey: w.encryptionKey, actor: 'cli:checklist' }).rotate('ES256');
  return kid;
}
