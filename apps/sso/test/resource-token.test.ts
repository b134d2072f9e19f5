/**
 * Access tokens at every resource that the server serves itself: each form of a token (bound to a key or not, each scheme, each fault of a
 * proof) gets the same answer at all of them (RFC 6750, RFC 9449 section 7).
 */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from './jose.ts';
import type { Description } from './openapi.ts';
import { answer, issuer, newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const second = await bed.start();
const asking = await bed.start({ requireDpopNonce: true });

interface Key {
  privateKey: CryptoKey;
  jwk: JWK;
}
type Claims = Record<string, unknown>;

async function newKey(): Promise<Key> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  return { privateKey: pair.privateKey, jwk: await exportJWK(pair.publicKey) };
}
const key = await newKey();
const otherKey = await newKey();

function proofOf({ privateKey, jwk }: Key, claims: Claims, typ = 'dpop+jwt'): Promise<string> {
  const given = { jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims };
  return new SignJWT(given).setProtectedHeader({ alg: 'ES256', typ, jwk }).sign(privateKey);
}
const athOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

const description = (await (await fetch(`${url}/admin/openapi.json`)).json()) as Description & {
  paths: Record<string, Record<string, { security: { token: string[] }[] }>>;
};
const adminScopes = new Set<string>();
const acts = Object.entries(description.paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, { security }]) => {
    adminScopes.add(security[0]!.token[0]!);
    return { method: method.toUpperCase(), path: path.replaceAll(/\{\w+\}/g, 'nothing') };
  }),
);
const operator = await newClient(bed.clients, { scopes: [...adminScopes, 'system/*.rs'] });
const redirectUri = 'https://app.uz/cb';
const person = { username: 'aziza', password: 'a long and quiet password' };
await openAccounts(bed.sql, { actor: 'cli:tester' }).create({ ...person, name: 'Aziza Karimova' });
const application = await newClient(bed.clients, {
  grants: ['authorization_code'],
  scopes: ['openid', 'user/*.rs'],
  redirectUris: [redirectUri],
  public: true,
});

async function granted(form: Record<string, string>, by: Key | undefined): Promise<string> {
  const headers = by && { DPoP: await proofOf(by, { htm: 'POST', htu: `${issuer}/oauth/token` }) };
  const got = await postForm(`${url}/oauth/token`, form, headers);
  assert.equal(got.status, 200, got.text);
  assert.equal(got.body['token_type'], by === undefined ? 'Bearer' : 'DPoP');
  return String(got.body['access_token']);
}

async function personToken(by: Key | undefined): Promise<string> {
  const { verifier, query } = pkce();
  const asked = { response_type: 'code', client_id: application.id, redirect_uri: redirectUri, ...query };
  const back = await signIn(
    new Browser(url),
    authorizeAddress({ ...asked, scope: 'openid user/*.rs', state: 's' }),
    person,
  );
  const code = back.searchParams.get('code')!;
  const form = { client_id: application.id, redirect_uri: redirectUri, code, code_verifier: verifier };
  return granted({ grant_type: 'authorization_code', ...form }, by);
}

interface Resource {
  method: string;
  path: string;
  token: (by: Key | undefined) => Promise<string>;
  body?: (token: string) => URLSearchParams | string;
}

const kept = new Map<string, Promise<string>>();
/** One token of a kind is enough for all. */
function once(kind: string, make: (by: Key | undefined) => Promise<string>): Resource['token'] {
  return (by) => {
    const name = `${kind} ${String(by?.jwk.x)}`;
    const token = kept.get(name) ?? make(by);
    kept.set(name, token);
    return token;
  };
}
const adminToken = once('admin', (by) => granted({ ...operator.form, scope: [...adminScopes].join(' ') }, by));
const fhirToken = once('fhir', (by) => granted({ ...operator.form, scope: 'system/*.rs' }, by));
const ofPerson = once('person', personToken);

const resources: Resource[] = [
  // Without a reason a change is refused after the token was accepted, without effect.
  ...acts.map((act) => ({ ...act, token: adminToken })),
  { method: 'GET', path: '/oauth/userinfo', token: ofPerson },
  { method: 'POST', path: '/oauth/userinfo', token: ofPerson },
  {
    ...{ method: 'POST', path: '/oauth/introspect', token: fhirToken },
    body: (token) => new URLSearchParams({ token }),
  },
];

interface Sent {
  scheme?: 'Bearer' | 'DPoP' | 'dpop' | 'bearer';
  token?: string;
  proof?: string | undefined;
}

async function send(to: Resource, { scheme, token = '', proof }: Sent, at = url): Promise<Answer> {
  const body = to.body?.(token);
  const headers = {
    ...(scheme === undefined ? {} : { authorization: `${scheme} ${token}` }),
    ...(proof === undefined ? {} : { dpop: proof }),
  };
  return answer(await fetch(at + to.path, { method: to.method, headers, ...(body === undefined ? {} : { body }) }));
}

const algs = 'algs="ES256 Ed25519 EdDSA"';
function isRefused(got: Answer, what: string, scheme: 'Bearer' | 'DPoP', error: string): void {
  assert.equal(got.status, 401, `${what}: ${got.text}`);
  const expected =
    scheme === 'Bearer' ? `Bearer error="${error}", DPoP ${algs}` : `DPoP error="${error}", ${algs}, Bearer`;
  assert.equal(got.headers.get('www-authenticate'), expected, what);
  assert.equal(got.body['error'], error, what);
}
const isAccepted = (got: Answer, what: string): void => {
  assert.ok(![401, 403].includes(got.status) && got.status < 500, `${what}: ${String(got.status)} ${got.text}`);
};

/** Faults of a proof, and the error that the sender gets for each. */
const faults: [name: string, claims: Claims, by: Key, error: string][] = [
  ['another key', {}, otherKey, 'invalid_dpop_proof'],
  ['another method', { htm: 'PURGE' }, key, 'invalid_dpop_proof'],
  ['another address', { htu: `${issuer}/oauth/token` }, key, 'invalid_dpop_proof'],
  ['no address', { htu: undefined }, key, 'invalid_dpop_proof'],
  ['another token', { ath: athOf('x') }, key, 'invalid_dpop_proof'],
  ['no token', { ath: undefined }, key, 'invalid_dpop_proof'],
  ['no identifier', { jti: undefined }, key, 'invalid_dpop_proof'],
  ['no time', { iat: undefined }, key, 'invalid_dpop_proof'],
  ['a time long ago', { iat: Math.floor(Date.now() / 1000) - 3600 }, key, 'use_dpop_nonce'],
  ['a time to come', { iat: Math.floor(Date.now() / 1000) + 3600 }, key, 'use_dpop_nonce'],
];

describe('every resource of the server', () => {
  for (const to of resources) {
    const name = `${to.method} ${to.path}`;
    const good = (token: string, claims: Claims = {}, by = key): Promise<string> =>
      proofOf(by, { htm: to.method, htu: issuer + to.path, ath: athOf(token), ...claims });

    it(`${name}: takes a token that is not bound as a bearer token alone`, async () => {
      const token = await to.token(undefined);
      isAccepted(await send(to, { scheme: 'Bearer', token }), name);
      isAccepted(await send(to, { scheme: 'bearer', token }), name);
      isRefused(await send(to, { scheme: 'DPoP', token, proof: await good(token) }), name, 'DPoP', 'invalid_token');
      isRefused(await send(to, { scheme: 'DPoP', token }), name, 'DPoP', 'invalid_token');
    });

    it(`${name}: takes a bound token with the scheme DPoP and a proof alone`, async () => {
      const token = await to.token(key);
      for (const proof of [undefined, await good(token)])
        isRefused(await send(to, { scheme: 'Bearer', token, proof }), name, 'Bearer', 'invalid_token');
      for (const proof of [undefined, 'x', await proofOf(key, { htm: to.method }, 'JWT')])
        isRefused(await send(to, { scheme: 'DPoP', token, proof }), name, 'DPoP', 'invalid_dpop_proof');
      for (const [fault, claims, by, error] of faults) {
        const proof = await good(token, claims, by);
        isRefused(await send(to, { scheme: 'DPoP', token, proof }), `${name}: ${fault}`, 'DPoP', error);
      }
      for (const scheme of ['DPoP', 'dpop'] as const)
        isAccepted(await send(to, { scheme, token, proof: await good(token) }), name);
    });

    it(`${name}: takes a proof once, on whichever node, and asks for a nonce where that is set`, async () => {
      const token = await to.token(key);
      const proof = await good(token);
      isAccepted(await send(to, { scheme: 'DPoP', token, proof }), name);
      for (const at of [url, second.url])
        isRefused(await send(to, { scheme: 'DPoP', token, proof }, at), name, 'DPoP', 'invalid_dpop_proof');
      const first = await send(to, { scheme: 'DPoP', token, proof: await good(token) }, asking.url);
      isRefused(first, name, 'DPoP', 'use_dpop_nonce');
      const nonce = first.headers.get('dpop-nonce');
      isAccepted(await send(to, { scheme: 'DPoP', token, proof: await good(token, { nonce }) }, asking.url), name);
    });

    it(`${name}: names both schemes to who sends no token`, async () => {
      const got = await send(to, {});
      assert.equal(got.status, 401);
      const challenge = got.headers.get('www-authenticate')!;
      assert.ok(challenge.endsWith(`Bearer, DPoP ${algs}`), challenge);
      assert.ok(!challenge.includes('error='), challenge);
    });
  }

  it('takes a token in one place only', async () => {
    const token = await ofPerson(undefined);
    const body = new URLSearchParams({ access_token: token });
    const to = { method: 'POST', path: '/oauth/userinfo', token: ofPerson, body: () => body };
    const twice = await send(to, { scheme: 'Bearer', token });
    assert.deepEqual([twice.status, twice.body['error']], [400, 'invalid_request']);
    isAccepted(await send(to, {}), 'in the form');
  });

  it('records refused tokens of the administration in the audit trail', async () => {
    const events = await bed.sql<{ reason: string }[]>`
      select distinct reason from sso.audit_event where event = 'client.refused' and reason like '% for GET /admin/clients'
      order by reason`;
    const expected = ['invalid-dpop-proof', 'invalid-token', 'use-dpop-nonce'].map(
      (one) => `${one} for GET /admin/clients`,
    );
    assert.deepEqual(
      events.map(({ reason }) => reason),
      expected,
    );
  });
});

describe('the management of a registration', () => {
  it('takes its own tokens alone: an access token opens nothing, in whatever form', async () => {
    const path = `/oauth/register/${operator.id}`;
    for (const by of [undefined, key]) {
      const token = await adminToken(by);
      for (const scheme of ['Bearer', 'DPoP'] as const) {
        for (const method of ['GET', 'DELETE']) {
          const proof = await proofOf(key, { htm: method, htu: issuer + path, ath: athOf(token) });
          const got = await send({ method, path, token: adminToken }, { scheme, token, proof });
          assert.ok([401, 429].includes(got.status), `${method} ${scheme}: ${got.text}`);
        }
      }
    }
  });
});
