/**
 * Attacks on client authentication at every endpoint that uses it: two methods at once, two ids, nearly valid assertions, and repeated use
 * of single-use values: at another endpoint, on another node, concurrently, with a different clock.
 */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from './jose.ts';
import { answer, basic, issuer, newClient, postForm, production, testBed, type Answer } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const second = await bed.start();
const late = await bed.start({ clock: () => new Date(Date.now() - 10_000) });

const redirectUri = 'https://clinic.example.uz/cb';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const can = {
  grants: ['client_credentials', 'authorization_code', deviceGrant],
  scopes: ['system/*.cruds', 'dhp.launch', 'openid', 'user/*.rs'],
  redirectUris: [redirectUri],
};
const key = await newKey();
const foreign = await newKey();
const web = await newClient(bed.clients, can);
const evil = await newClient(bed.clients, { ...can, name: 'Evil' });
const keyed = await newClient(bed.clients, { ...can, jwks: { keys: [{ ...key.jwk, kid: 'k1' }] } });
await newClient(bed.clients, { ...can, jwks: { keys: [{ ...foreign.jwk, kid: 'k2' }] } });
const open = await newClient(bed.clients, {
  ...{ grants: ['authorization_code', deviceGrant], scopes: ['openid'], redirectUris: [redirectUri], public: true },
});

type Form = Record<string, string>;
interface Way {
  form?: Form;
  headers?: Form;
}

/** Endpoints at which clients authenticate, with the rest of a valid request. */
const doors: Record<string, Form> = {
  '/oauth/token': { grant_type: 'client_credentials', scope: 'system/*.cruds' },
  '/oauth/par': {
    ...{ response_type: 'code', redirect_uri: redirectUri, scope: 'openid' },
    ...pkce().query,
  },
  '/oauth/device_authorization': { scope: 'openid' },
  '/oauth/introspect': { token: 'a.b.c' },
  '/oauth/revoke': { token: 'x' },
  '/oauth/launch': { application: web.id, patient: 'p-1' },
};
const paths = Object.keys(doors);

const knock = (path: string, { form = {}, headers = {} }: Way, at = url): Promise<Answer> =>
  postForm(at + path, { ...doors[path], ...form }, headers);

interface Key {
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

async function newKey(): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true });
  return { privateKey, publicKey, jwk: await exportJWK(publicKey) };
}

const seconds = (): number => Math.floor(Date.now() / 1000);
const usualClaims = (): Record<string, unknown> => ({
  ...{ iss: keyed.id, sub: keyed.id, aud: `${issuer}/oauth/token`, jti: randomUUID(), exp: seconds() + 120 },
});

async function signed(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  by: CryptoKey | Uint8Array = key.privateKey,
): Promise<string> {
  return new SignJWT({ ...usualClaims(), ...claims })
    .setProtectedHeader({ alg: 'ES384', kid: 'k1', ...header })
    .sign(by);
}

const withAssertion = (assertion: string, more: Form = {}): Way => ({
  form: {
    client_assertion: assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    ...more,
  },
});

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('two ways of one request', () => {
  const ways: Record<string, () => Promise<Way>> = {
    header: () => Promise.resolve({ headers: basic(web.id, web.secret) }),
    'secret in the form': () => Promise.resolve({ form: { client_id: web.id, client_secret: web.secret } }),
    assertion: async () => withAssertion(await signed()),
    'access token': async () => {
      const { body } = await postForm(`${url}/oauth/token`, evil.form);
      return { headers: { authorization: `Bearer ${String(body['access_token'])}` } };
    },
  };
  const names: Record<string, string> = { confidential: web.id, evil: evil.id, keyed: keyed.id, public: open.id };

  it('count at no endpoint, whichever they are', async (t) => {
    const faults: string[] = [];
    let sent = 0;
    for (const path of paths)
      for (const [one, first] of Object.entries(ways))
        for (const [other, then] of Object.entries(ways)) {
          if (one >= other) continue;
          const [a, b] = [await first(), await then()];
          if (a.headers !== undefined && b.headers !== undefined) continue;
          sent += 1;
          const both = { form: { ...a.form, ...b.form }, headers: { ...a.headers, ...b.headers } };
          const { status } = await knock(path, both);
          if (status < 400) faults.push(`${path}: ${one} and ${other}`);
        }
    t.diagnostic(`${String(sent)} requests`);
    assert.deepEqual(faults, []);
  });

  it('nor does one way beside the name of another client', async (t) => {
    const faults: string[] = [];
    let sent = 0;
    for (const path of paths)
      for (const [way, make] of Object.entries(ways)) {
        if (way === 'access token') continue;
        const own = way === 'assertion' ? keyed.id : web.id;
        for (const [name, id] of Object.entries(names)) {
          const { form, headers } = await make();
          const { status } = await knock(path, { form: { ...form, client_id: id }, headers: headers ?? {} });
          sent += 1;
          if (status < 400 !== (id === own)) faults.push(`${path}: ${way} as ${name}: ${String(status)}`);
        }
      }
    t.diagnostic(`${String(sent)} requests`);
    assert.deepEqual(faults, []);
  });
});

describe('an assertion', () => {
  const refused: Record<string, () => Promise<Way>> = {
    'with no signature': () => Promise.resolve(withAssertion(`${encoded({ alg: 'none' })}.${encoded(usualClaims())}.`)),
    'with the signature cut off': async () => withAssertion((await signed()).replace(/[^.]+$/, '')),
    'signed by the public key as a secret': async () =>
      withAssertion(await signed({}, { alg: 'HS256' }, Buffer.from(JSON.stringify(key.jwk)))),
    'of the key of another client': async () => withAssertion(await signed({}, { kid: 'k2' }, foreign.privateKey)),
    'of another key under the right kid': async () => withAssertion(await signed({}, {}, foreign.privateKey)),
    'with a kid that nobody has': async () => withAssertion(await signed({}, { kid: '../k1' })),
    'with its own key in the header': async () =>
      withAssertion(await signed({}, { jwk: foreign.jwk }, foreign.privateKey)),
    'with an address of keys that is not registered': async () =>
      withAssertion(await signed({}, { jku: 'https://evil.example/jwks' })),
    'with an extension that is critical': async () => {
      const parts = (await signed()).split('.');
      return withAssertion([encoded({ alg: 'ES384', kid: 'k1', crit: ['x'], x: 1 }), ...parts.slice(1)].join('.'));
    },
    'for another server': async () => withAssertion(await signed({ aud: 'https://other.example/oauth/token' })),
    'for other servers': async () => withAssertion(await signed({ aud: ['https://other.example', production] })),
    'for another server beside this one': async () =>
      withAssertion(await signed({ aud: [`${issuer}/oauth/token`, 'https://other.example'] })),
    'for nobody': async () => withAssertion(await signed({ aud: [] })),
    'for the token endpoint in other letters': async () =>
      withAssertion(await signed({ aud: `${issuer}/OAuth/Token` })),
    'without an end': async () => withAssertion(await signed({ exp: undefined })),
    'with an end far ahead': async () => withAssertion(await signed({ exp: seconds() + 3600 })),
    'that has ended': async () => withAssertion(await signed({ exp: seconds() - 60 })),
    'that begins later': async () => withAssertion(await signed({ nbf: seconds() + 120 })),
    'without an id': async () => withAssertion(await signed({ jti: undefined })),
    'with an id that is no text': async () => withAssertion(await signed({ jti: 7 })),
    'of another issuer': async () => withAssertion(await signed({ iss: web.id })),
    'about another client': async () => withAssertion(await signed({ sub: web.id })),
    'of another kind': async () => withAssertion(await signed(), { client_assertion_type: 'x' }),
    'with no kind': async () => withAssertion(await signed(), { client_assertion_type: '' }),
  };

  it('that is nearly right is refused at every endpoint', async () => {
    const faults: string[] = [];
    for (const path of paths) {
      assert.ok((await knock(path, withAssertion(await signed()))).status < 300, path);
      for (const [what, make] of Object.entries(refused)) {
        const { status } = await knock(path, await make());
        if (status !== 401 && status !== 400) faults.push(`${path} ${what}: ${String(status)}`);
      }
    }
    assert.deepEqual(faults, []);
  });

  it('is good once: at whichever endpoints and nodes, in whatever order', async () => {
    const faults: string[] = [];
    for (const first of paths)
      for (const then of paths) {
        const way = withAssertion(await signed({ aud: [issuer, `${issuer}/oauth/token`] }));
        assert.ok((await knock(first, way)).status < 300, first);
        if ((await knock(then, way, second.url)).status < 400) faults.push(`${first}, ${then}`);
      }
    assert.deepEqual(faults, []);
  });

  it('is good once of all that are sent at the same time', async () => {
    for (let round = 0; round < 3; round += 1) {
      const way = withAssertion(await signed());
      const all = await Promise.all(paths.flatMap((path) => [knock(path, way), knock(path, way, second.url)]));
      assert.equal(all.filter(({ status }) => status < 300).length, 1);
    }
  });

  it('that ends is remembered until no endpoint takes it, by whichever clock', async () => {
    const faults: string[] = [];
    for (const first of ['/oauth/introspect', '/oauth/revoke', '/oauth/launch'])
      for (const then of ['/oauth/token', '/oauth/par', '/oauth/device_authorization']) {
        // By the clock of the first it has not ended; by that of the second it has, eight seconds ago, which the engine allows for.
        const way = withAssertion(await signed({ exp: seconds() - 8 }));
        assert.ok((await knock(first, way, late.url)).status < 300, first);
        assert.ok((await knock(then, withAssertion(await signed({ exp: seconds() - 8 })))).status < 300, then);
        if ((await knock(then, way)).status < 400) faults.push(`${first}, ${then}`);
      }
    assert.deepEqual(faults, []);
  });
});

describe('a proof of possession', () => {
  it('is good once for as long as its time is', async (t) => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(pair.publicKey);
    const proof = (claims: Record<string, unknown>): Promise<string> =>
      new SignJWT({ jti: randomUUID(), ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .sign(pair.privateKey);
    const person = { username: 'aziza', password: 'a long and quiet password' };
    await openAccounts(bed.sql, { actor: 'cli:tester' }).create({ ...person, name: 'Aziza Karimova' });
    const { verifier, query } = pkce();
    const request = { client_id: open.id, response_type: 'code', redirect_uri: redirectUri, scope: 'openid' };
    const back = await signIn(new Browser(url), authorizeAddress({ ...request, ...query }), person);
    const token = { htm: 'POST', htu: `${issuer}/oauth/token` };
    const code = { code: back.searchParams.get('code')!, code_verifier: verifier };
    const form = { grant_type: 'authorization_code', client_id: open.id, redirect_uri: redirectUri, ...code };
    const got = await postForm(`${url}/oauth/token`, form, { dpop: await proof({ ...token, iat: seconds() }) });
    assert.equal(got.status, 200, got.text);
    const bound = String(got.body['access_token']);
    const ath = createHash('sha256').update(bound).digest('base64url');

    const begun = Date.now();
    t.mock.timers.enable({ apis: ['Date'], now: begun });
    // The sender's clock is ahead by less than the allowed limit.
    const iat = seconds() + 295;
    const self = {
      authorization: `Bearer`,
      dpop: await proof({ htm: 'GET', htu: `${issuer}/oauth/userinfo`, ath, iat }),
    };
    const atUserInfo = async (): Promise<number> =>
      (await answer(await fetch(`${url}/oauth/userinfo`, { headers: { ...self, authorization: `DPoP ${bound}` } })))
        .status;
    const grant = { ...web.form, scope: 'system/*.cruds' };
    const atToken = { dpop: await proof({ ...token, iat }) };
    assert.equal(await atUserInfo(), 200);
    assert.equal((await postForm(`${url}/oauth/token`, grant, atToken)).status, 200);
    for (const later of [1, 299, 301, 450, 594]) {
      t.mock.timers.setTime(begun + later * 1000);
      assert.equal(await atUserInfo(), 401, `at userinfo ${String(later)} s later`);
      const again = await postForm(`${url}/oauth/token`, grant, atToken);
      assert.equal(again.status, 400, `at the token endpoint ${String(later)} s later`);
    }
  });
});
