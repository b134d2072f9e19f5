/** Userinfo with a token bound to a key (RFC 9449): a proof for this token and request, used once, with a nonce if requested. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { Browser, authorizeAddress, pkce, signIn } from './browser.ts';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from './jose.ts';
import { answer, issuer, newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const other = await bed.start();
const asking = await bed.start({ requireDpopNonce: true });

const person = { username: 'aziza', password: 'a long and quiet password' };
const { accountId } = await openAccounts(bed.sql, { actor: 'cli:tester' }).create({
  ...person,
  name: 'Aziza Karimova',
});
const redirectUri = 'https://app.uz/cb';
const { client } = await bed.clients.create({
  name: 'Application',
  grants: ['authorization_code'],
  scopes: ['openid', 'profile', 'user/*.rs'],
  redirectUris: [redirectUri],
  environment: 'playground',
  public: true,
});

interface Key {
  privateKey: CryptoKey;
  jwk: JWK;
}

async function newKey(): Promise<Key> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  return { privateKey: pair.privateKey, jwk: await exportJWK(pair.publicKey) };
}

function proofOf({ privateKey, jwk }: Key, claims: Record<string, unknown>): Promise<string> {
  const given = { jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims };
  return new SignJWT(given).setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk }).sign(privateKey);
}

/** @param key absent: the token is a bearer token */
async function tokenFor(key?: Key): Promise<string> {
  const { verifier, query } = pkce();
  const browser = new Browser(url);
  const asked = { response_type: 'code', client_id: client.clientId, redirect_uri: redirectUri, ...query };
  const scope = 'openid profile user/*.rs';
  const back = await signIn(browser, authorizeAddress({ ...asked, scope }), person);
  const form = {
    ...{ grant_type: 'authorization_code', client_id: client.clientId, redirect_uri: redirectUri },
    ...{ code: back.searchParams.get('code')!, code_verifier: verifier },
  };
  const headers = key && { DPoP: await proofOf(key, { htm: 'POST', htu: `${issuer}/oauth/token` }) };
  const got = await postForm(`${url}/oauth/token`, form, headers);
  assert.equal(got.status, 200, got.text);
  return String(got.body['access_token']);
}

const key = await newKey();
const token = await tokenFor(key);

function good(claims: Record<string, unknown> = {}, by = key): Promise<string> {
  const ath = createHash('sha256').update(token).digest('base64url');
  return proofOf(by, { htm: 'GET', htu: `${issuer}/oauth/userinfo`, ath, ...claims });
}

async function ask(headers: Record<string, string>, at = url, init: RequestInit = {}): Promise<Answer> {
  return answer(await fetch(`${at}/oauth/userinfo`, { ...init, headers }));
}

const bound = async (dpop: string, at = url): Promise<Answer> => ask({ authorization: `DPoP ${token}`, dpop }, at);

function isChallenged(got: Answer, scheme: string, error: string): void {
  assert.equal(got.status, 401, got.text);
  assert.ok(got.headers.get('www-authenticate')!.startsWith(`${scheme} error="${error}"`));
}

describe('userinfo with a bound token', () => {
  it('says who it is, by GET and by POST', async () => {
    const got = await bound(await good());
    assert.equal(got.status, 200, got.text);
    assert.deepEqual(got.body, { sub: accountId, name: 'Aziza Karimova' });
    const headers = { authorization: `DPoP ${token}`, dpop: await good({ htm: 'POST' }) };
    assert.equal((await ask(headers, url, { method: 'POST' })).status, 200);
  });

  it('wants a proof that is for this token, request, address and key, and of now', async () => {
    isChallenged(await ask({ authorization: `DPoP ${token}` }), 'DPoP', 'invalid_dpop_proof');
    const wrong = [
      { htm: 'POST' },
      { htu: `${issuer}/oauth/token` },
      { htu: `${url}/oauth/userinfo` },
      { ath: 'x' },
      { ath: undefined },
      { jti: undefined },
    ];
    for (const claims of wrong) isChallenged(await bound(await good(claims)), 'DPoP', 'invalid_dpop_proof');
    isChallenged(await bound(await good({}, await newKey())), 'DPoP', 'invalid_dpop_proof');
    const old = await bound(await good({ iat: Math.floor(Date.now() / 1000) - 600 }));
    isChallenged(old, 'DPoP', 'use_dpop_nonce');
  });

  it('takes a proof of two minutes ago', async () => {
    const got = await bound(await good({ iat: Math.floor(Date.now() / 1000) - 120 }));
    assert.equal(got.status, 200, got.text);
  });

  it('takes a proof once, on whichever node', async () => {
    const proof = await good();
    assert.equal((await bound(proof)).status, 200);
    for (const at of [other.url, url]) isChallenged(await bound(proof, at), 'DPoP', 'invalid_dpop_proof');
    const raced = await good();
    const all = await Promise.all(Array.from({ length: 10 }, (_, n) => bound(raced, n % 2 === 0 ? url : other.url)));
    assert.equal(all.filter(({ status }) => status === 200).length, 1);
  });

  it('asks for a nonce where that is set, and takes that of the token endpoint too', async () => {
    const first = await bound(await good(), asking.url);
    isChallenged(first, 'DPoP', 'use_dpop_nonce');
    const nonce = first.headers.get('dpop-nonce')!;
    assert.equal((await bound(await good({ nonce }), asking.url)).status, 200);
    const { form } = await newClient(bed.clients);
    const headers = { DPoP: await proofOf(key, { htm: 'POST', htu: `${issuer}/oauth/token` }) };
    const refused = await postForm(`${asking.url}/oauth/token`, form, headers);
    assert.equal(refused.body['error'], 'use_dpop_nonce');
    const theirs = refused.headers.get('dpop-nonce')!;
    assert.equal((await bound(await good({ nonce: theirs }), asking.url)).status, 200);
  });

  it('is no bearer token, and a bearer token is none that is bound', async () => {
    isChallenged(await ask({ authorization: `Bearer ${token}` }), 'Bearer', 'invalid_token');
    const body = new URLSearchParams({ access_token: token });
    isChallenged(
      await ask({ dpop: await good({ htm: 'POST' }) }, url, { method: 'POST', body }),
      'Bearer',
      'invalid_token',
    );
    const plain = await tokenFor();
    const ath = createHash('sha256').update(plain).digest('base64url');
    const headers = { authorization: `DPoP ${plain}`, dpop: await good({ ath }) };
    isChallenged(await ask(headers), 'DPoP', 'invalid_token');
    assert.equal((await ask({ authorization: `bearer ${plain}` })).status, 200);
  });
});
