/** Reads at the SSO while the synchronous standby confirms no commit: a real pair with an unavailable standby. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { startPair } from '@dhp/postgres/testing';
import { revocationFeedKey } from '@dhp/signing-keys/server-keys';
import { acts } from '@dhp/administration/testing';
import { exportJWK, generateKeyPair } from './jose.ts';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import type { OperateBed } from './operate-bed.ts';
import { answer, basic, newClient, postForm, production, type Answer } from './support.ts';

const pair = await startPair({ max_connections: '200' });
// Set for this process only: the databases of this file are on the pair.
process.env['DHP_TEST_DATABASE_URL'] = pair.primary;
const { operateBed, password } = await import('./operate-bed.ts');
const { bed, chromium, register, withoutScripts }: OperateBed = await operateBed();
after(() => pair.close());

type Ask = () => Promise<Answer>;
const url = chromium.issuer;
const redirectUri = 'https://app.example/cb';
/** Reads by name: each is run before the standby fails, while its failure is not yet known, and when it is known. */
const reads = new Map<string, Ask>();
let pages: string[];
let browser: Browser;
let issue: Ask;

const get = async (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  answer(await fetch(url + path, { headers }));
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

before(async () => {
  await register('nodira', 'Nodira Oʻktamova');
  const service = await newClient(bed.clients, { name: 'Laboratory' });
  const readScopes = [...new Set(acts.filter(({ method }) => method === 'GET').map(({ scope }) => scope))];
  const reader = await newClient(bed.clients, { name: 'Desk', scopes: readScopes });
  const got = await postForm(`${url}/oauth/token`, { ...reader.form, scope: readScopes.join(' '), resource: url });
  const admin = String(got.body['access_token']);
  issue = () => postForm(`${url}/oauth/token`, { ...service.form, scope: 'system/Patient.rs' });
  const token = String((await issue()).body['access_token']);
  for (const path of [
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
    '/oauth/jwks',
    '/healthz',
    '/readyz',
    '/',
    '/favicon.ico',
    '/admin/openapi.json',
  ])
    reads.set(path, () => get(path));
  for (const act of acts.filter(({ method }) => method === 'GET'))
    reads.set(`/admin${act.path}`, () => get(`/admin${act.path.replaceAll(/\{\w+\}/g, 'none')}`, bearer(admin)));
  reads.set('introspection', () => postForm(`${url}/oauth/introspect`, { token }, basic(service.id, service.secret)));
  reads.set('introspection with a token', () => postForm(`${url}/oauth/introspect`, { token }, bearer(token)));
  reads.set('the feed of revocations', async () => get('/oauth/revocations', bearer(await feedToken())));
  await addUserInfo();
  await addAssertion();
  ({ browser } = await withoutScripts('operator'));
  pages = await crawl(['/account', '/operate']);
});

async function feedToken(): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: production, aud: `${url}/oauth/revocations`, iat: now, exp: now + 60 })
    .setProtectedHeader({ alg: 'HS256', typ: 'dhp-revocations+jwt' })
    .sign(revocationFeedKey(bed.encryptionKey));
}

/** With a token bound to a key: each use of a proof is stored. */
async function addUserInfo(): Promise<void> {
  const keys = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(keys.publicKey);
  const proof = (claims: Record<string, unknown>): Promise<string> =>
    new SignJWT({ jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .sign(keys.privateKey);
  const { client } = await bed.clients.create({
    ...{ name: 'Application', grants: ['authorization_code'], scopes: ['openid', 'profile'], public: true },
    ...{ redirectUris: [redirectUri], environment: 'playground' },
  });
  const { verifier, query } = pkce();
  const asked = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: redirectUri,
    scope: 'openid profile',
  };
  const person = { username: 'nodira', password };
  const back = await signIn(new Browser(url, 'en', {}, url), authorizeAddress({ ...asked, ...query }), person);
  const form = {
    grant_type: 'authorization_code',
    client_id: client.clientId,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
  const DPoP = await proof({ htm: 'POST', htu: `${url}/oauth/token` });
  const got = await postForm(`${url}/oauth/token`, { ...form, code: back.searchParams.get('code')! }, { DPoP });
  const token = String(got.body['access_token']);
  const ath = createHash('sha256').update(token).digest('base64url');
  for (const path of ['/oauth/userinfo', '/oauth/introspect']) {
    const method = path.endsWith('userinfo') ? 'GET' : 'POST';
    reads.set(`${path} with a proof`, async () => {
      const headers = { authorization: `DPoP ${token}`, DPoP: await proof({ htm: method, htu: url + path, ath }) };
      return method === 'GET' ? get(path, headers) : postForm(url + path, { token }, headers);
    });
  }
}

/** An assertion for this endpoint only. */
async function addAssertion(): Promise<void> {
  const keys = await generateKeyPair('ES384', { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES384' };
  const { client } = await bed.clients.create({
    ...{ name: 'Signer', grants: ['client_credentials'], scopes: ['system/Patient.rs'], environment: 'playground' },
    jwks: { keys: [jwk] },
  });
  reads.set('introspection with an assertion', async () => {
    const now = Math.floor(Date.now() / 1000);
    const [iss, aud] = [client.clientId, `${url}/oauth/introspect`];
    const assertion = await new SignJWT({ iss, sub: iss, aud, jti: randomUUID(), iat: now, exp: now + 60 })
      .setProtectedHeader({ alg: 'ES384', kid: 'one', typ: 'JWT' })
      .sign(keys.privateKey);
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    return postForm(aud, { token: 'x', client_assertion: assertion, client_assertion_type: type });
  });
}

/** All pages reachable through links from these, except pages that ask for an act. */
async function crawl(from: readonly string[]): Promise<string[]> {
  const found = new Set(from);
  for (const path of found) {
    const page = await browser.get(path);
    if (page.status !== 200 || found.size > 80) continue;
    for (const [, link] of page.text.matchAll(/href="(\/(?:account|operate)[^"#]*)"/g)) {
      const next = link!.replaceAll('&#38;', '&').replaceAll('&amp;', '&');
      if (!/\/(?:back|connect)|ui_locales|sign-out/.test(next)) found.add(next);
    }
  }
  return [...found];
}

/** A read of the audit trail is recorded in it, and is not answered without the record. */
const isRecorded = (path: string): boolean => /^\/(?:admin|operate)\/audit/.test(path);

const shown = ({ status, body }: Answer): string => `${String(status)} ${Object.keys(body).sort().join()}`;

async function asBefore(
  expected: ReadonlyMap<string, string>,
  expectedPages: ReadonlyMap<string, number>,
): Promise<void> {
  let waiting = 24;
  const writers = Array.from({ length: waiting }, () => issue().finally(() => (waiting -= 1)));
  const early = await Promise.all(
    [...reads]
      .filter(([name]) => !isRecorded(name))
      .map(async ([name, ask]) => {
        // An answer about commits is valid for a second.
        if (name === '/readyz') while ((await ask()).body['status'] !== 'degraded') await delay(100);
        else {
          const given = await ask();
          assert.equal(shown(given), expected.get(name), `${name}: ${given.text}`);
        }
        return waiting === 24 ? [] : [name];
      }),
  );
  assert.deepEqual(early.flat(), [], 'these waited for a commit');
  for (const one of await Promise.all(writers)) assert.equal(one.status, 503, one.text);

  for (const deadline = Date.now() + 60_000; !(await issue()).text.includes('not carried out');)
    assert.ok(Date.now() < deadline, 'it is known that commits are not confirmed');
  for (const [name, ask] of reads)
    if (isRecorded(name)) assert.equal((await ask()).status, 503, name);
    else if (name !== '/readyz') assert.equal(shown(await ask()), expected.get(name), name);
  for (const path of pages) {
    const { status } = await browser.get(path);
    assert.ok(status === expectedPages.get(path) || (isRecorded(path) && status === 503), `${path}: ${String(status)}`);
  }
}

describe('while no commit is confirmed', { timeout: 240_000 }, () => {
  it('everything that reads answers as before, before the first write gives up waiting, and when writes are refused', async () => {
    assert.ok(pages.length > 20, pages.join(' '));
    const expected = new Map<string, string>();
    for (const [name, ask] of reads) expected.set(name, shown(await ask()));
    const expectedPages = new Map<string, number>();
    for (const path of pages) expectedPages.set(path, (await browser.get(path)).status);
    assert.equal(expected.get('introspection'), expected.get('introspection with a token'));
    assert.match(expected.get('introspection with an assertion')!, /^200 active/);
    assert.match(expected.get('/oauth/userinfo with a proof')!, /^200 .*sub/);

    await pair.synchronous(true);
    await pair.killStandby();
    try {
      await asBefore(expected, expectedPages);
    } finally {
      await pair.startStandby();
    }
    for (const deadline = Date.now() + 60_000; (await issue()).status !== 200;)
      assert.ok(Date.now() < deadline, 'tokens are issued again');
  });
});
