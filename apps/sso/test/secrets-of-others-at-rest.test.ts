/**
 * A copy of the database contains nothing of second factors, of self-registered clients, of keys bound to tokens, or of OneID with which
 * its reader can impersonate anybody, and no PINFL.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { oneId } from '@dhp/accounts/identity-systems';
import { openAccounts } from '@dhp/accounts';
import { openRegistrationTokens } from '@dhp/clients/registration';
import { newAuthenticator } from '../../../tests/checklist/authenticator.ts';
import { fromBase32, totpCode, totpStep } from '@dhp/accounts/testing';
import { unseal } from '@dhp/sso-kit';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { exportJWK, generateKeyPair, SignJWT } from './jose.ts';
import { answer, issuer, newClient, postForm, testBed } from './support.ts';
import { everything, foundIn } from './whole-database.ts';

const bed = await testBed();
const secrets = new Map<string, string>();
const remember = (what: string, secret: string | null | undefined): string => {
  assert.ok(typeof secret === 'string' && secret.length >= 8, `${what} was not seen`);
  secrets.set(`${what} ${String(secrets.size)}`, secret);
  return secret;
};

const pinfl = '31806950120034';
const fromOneId = { code: randomUUID(), access_token: randomUUID() };
const clientSecret = randomUUID();
const oneIdServer = createServer((request, response) => {
  let body = '';
  request.on('data', (piece) => (body += String(piece)));
  request.on('end', () => {
    const isToken = new URLSearchParams(body).get('grant_type') === 'one_authorization_code';
    const said = isToken
      ? { access_token: fromOneId.access_token, refresh_token: fromOneId.access_token }
      : {
          ret_cd: '0',
          pin: pinfl,
          first_name: 'Sevara',
          sur_name: 'Tursunova',
          pport_no: 'AC1234567',
          birth_date: '1995-06-18',
        };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(said));
  });
});
await new Promise<void>((resolve) => oneIdServer.listen(0, '127.0.0.1', resolve));
after(() => oneIdServer.close());
const host = `localhost:${String((oneIdServer.address() as AddressInfo).port)}`;
const { url } = await bed.start({
  allowedHosts: [host],
  upstreams: [oneId({ url: `http://${host}/oneid`, clientId: 'dhp', clientSecret, scope: 'dhp' })],
  directory: () => Promise.resolve([]),
});
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const person = { username: 'nodira', password: 'a long and quiet password' };
const redirectUri = 'https://app.uz/cb';
let accountId = '';
let application = '';
let totp: Buffer = Buffer.alloc(0);
let dump = '';

before(async () => {
  ({ accountId } = await accounts.create({ ...person, name: 'Nodira Alimova' }));
  ({ id: application } = await newClient(bed.clients, {
    ...{ grants: ['authorization_code', 'refresh_token'], scopes: ['openid', 'offline_access'] },
    ...{ redirectUris: [redirectUri], public: true },
  }));
  await factors();
  await registrations();
  await boundTokens();
  await comingFromOneId();
  remember('client secret at OneID', clientSecret);
  dump = await everything(bed.sql);
});

async function factors(): Promise<void> {
  const browser = new Browser(url);
  await browser.submit(await browser.get('/account'), person, 'login');
  const shown = await browser.get('/account/codes');
  const [, grouped = ''] = /<code[^>]*>([A-Z2-7 ]{32,})</.exec(shown.text) ?? [];
  const text = remember('secret of an authenticator application', grouped.replaceAll(' ', ''));
  totp = fromBase32(text);
  remember('its bytes', totp.toString('base64url'));
  const csrfOf = (page: string): string => /name="csrf" value="([^"]*)"/.exec(page)?.[1] ?? '';
  const code = totpCode(totp, totpStep(new Date()));
  const enrolled = await browser.post('/account', { csrf: csrfOf(shown.text), code, step: 'enrol' });
  const codes = [...enrolled.text.matchAll(/<code>([0-9a-z]{4,}(?:-[0-9a-z]{4,})+)</g)].map(([, one]) => one!);
  assert.ok(codes.length >= 10, enrolled.text);
  for (const one of codes) {
    remember('recovery code', one);
    remember('recovery code as it is typed', one.replaceAll('-', ''));
  }
  const security = await browser.get('/account/security');
  const [, json = ''] = /data-passkey="([^"]+)"/.exec(security.text) ?? [];
  const options = json.replaceAll(/&#(\d+);/g, (_, number: string) => String.fromCodePoint(Number(number)));
  const { challenge } = JSON.parse(options) as { challenge: string };
  remember('challenge of a passkey', challenge);
  const authenticator = newAuthenticator();
  const asked = { challenge, origin: issuer, rpId: new URL(issuer).hostname };
  const credential = authenticator.make(asked);
  await browser.post('/account', { csrf: csrfOf(security.text), credential, step: 'add-passkey' });
  const [row] = await bed.sql<{ n: number }[]>`select count(*)::int as n from sso.passkey`;
  assert.equal(row!.n, 1, 'the passkey is there');
}

async function registrations(): Promise<void> {
  const tokens = openRegistrationTokens(bed.sql, { actor: 'cli:tester' });
  const { secret } = await tokens.create({
    name: 'House',
    environment: 'playground',
    scopes: ['openid', 'system/Patient.rs'],
  });
  remember('registration token', secret);
  const made = await answer(
    await fetch(`${url}/oauth/register`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'Made', grant_types: ['client_credentials'], scope: 'system/Patient.rs' }),
    }),
  );
  assert.equal(made.status, 201, made.text);
  remember('registration_access_token', String(made.body['registration_access_token']));
  remember('secret of a client that registered itself', String(made.body['client_secret']));
}

async function boundTokens(): Promise<void> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(pair.publicKey);
  remember('private part of a key', (await exportJWK(pair.privateKey)).d);
  const { verifier, query } = pkce();
  const asked = {
    response_type: 'code',
    client_id: application,
    redirect_uri: redirectUri,
    scope: 'openid offline_access',
    ...query,
  };
  const { username } = await accounts.create({ ...person, username: 'bound', name: 'Bound' });
  const back = await signIn(new Browser(url), authorizeAddress(asked), { ...person, username });
  const proof = await new SignJWT({ jti: randomUUID(), htm: 'POST', htu: `${issuer}/oauth/token` })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
    .setIssuedAt()
    .sign(pair.privateKey);
  remember('DPoP proof', proof);
  const form = { grant_type: 'authorization_code', client_id: application, redirect_uri: redirectUri };
  const code = remember('code', back.searchParams.get('code'));
  const got = await postForm(`${url}/oauth/token`, { ...form, code, code_verifier: verifier }, { DPoP: proof });
  assert.equal(got.body['token_type'], 'DPoP', got.text);
  remember('bound access token', String(got.body['access_token']));
  remember('bound refresh token', String(got.body['refresh_token']));
}

async function comingFromOneId(): Promise<void> {
  const browser = new Browser(url);
  const asked = {
    response_type: 'code',
    client_id: application,
    redirect_uri: redirectUri,
    scope: 'openid',
    ...pkce().query,
  };
  const login = await browser.get(authorizeAddress(asked));
  const [, way = ''] = /href="([^"]*upstream=oneid[^"]*)"/.exec(login.text) ?? [];
  const sent = await browser.get(new URL(way.replaceAll('&#38;', '&'), login.address).href);
  const state = remember('state for OneID', new URL(sent.address).searchParams.get('state'));
  remember('code of OneID', fromOneId.code);
  remember('access token of OneID', fromOneId.access_token);
  await browser.get(`/upstream/oneid?${new URLSearchParams({ code: fromOneId.code, state }).toString()}`);
  const [row] = await bed.sql<
    { n: number }[]
  >`select count(*)::int as n from sso.upstream_link where upstream = 'oneid'`;
  assert.equal(row!.n, 1, 'the person came in');
  remember('PINFL', pinfl);
  remember('passport', 'AC1234567');
  for (const [name, { value }] of browser.cookies) remember(`cookie ${name}`, decodeURIComponent(value));
}

describe('a copy of the database', () => {
  it('was made after every flow', () => {
    assert.ok(secrets.size > 30, String(secrets.size));
    assert.ok(dump.includes('Sevara Tursunova') && dump.includes('factor.added'));
  });

  it('holds none of the secrets of factors, registrations, keys and OneID, in no form', () => {
    assert.deepEqual(foundIn(dump, secrets), []);
  });

  it('holds the secret of an authenticator application sealed: under the key of the server alone it can be read', async () => {
    const [row] = await bed.sql<{ secret: Buffer }[]>`select secret from sso.totp where account_id = ${accountId}`;
    assert.deepEqual(unseal(bed.encryptionKey, row!.secret, `totp:${accountId}`), totp);
    assert.throws(() => unseal(Buffer.alloc(32), row!.secret, `totp:${accountId}`));
    assert.throws(() => unseal(bed.encryptionKey, row!.secret, `totp:${randomUUID()}`), 'nor as that of somebody else');
  });
});
