/** Signing in with OneID and OpenID Connect: the resulting identity, and every way that must fail. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { oneId, openIdConnect } from '@dhp/accounts/identity-systems';
import { openAccounts } from '@dhp/accounts';
import type { Page } from 'playwright-core';
import { createOutbound } from '@dhp/outbound';
import { beginning, chromiumBed, withoutBrowser } from './chromium.ts';
import { newClient, playground, testBed } from './support.ts';

type Said = Record<string, unknown>;

const bed = await testBed();
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const pinfl = '30101900000011';
const honest: Said = {
  ret_cd: '0',
  pin: pinfl,
  first_name: 'Aziza',
  sur_name: 'Karimova',
  auth_method: 'LOGINPASSMETHOD',
};
/** Claims of the tests' OneID, and the existing records. */
let said: Said = honest;
let records: {
  environment: 'playground';
  type: 'Patient' | 'Practitioner';
  fhir_id: string;
  writer?: { kind: 'internal' };
}[] = [];
const writer = { kind: 'internal' } as const;
let spoiled: Said = {};

const keys = await generateKeyPair('RS256');
const upstreamServer = createServer((request, response) => {
  const url = new URL(request.url ?? '', 'http://localhost');
  let body = '';
  request.on('data', (piece) => (body += String(piece)));
  request.on(
    'end',
    () =>
      void answer(url, new URLSearchParams(body)).then((text) => {
        if (text.startsWith('http')) response.writeHead(302, { location: text }).end();
        else response.setHeader('content-type', 'application/json').end(text);
      }),
  );
});
await new Promise<void>((resolve) => upstreamServer.listen(0, '127.0.0.1', resolve));
const upstreamUrl = `http://localhost:${String((upstreamServer.address() as AddressInfo).port)}`;
after(() => upstreamServer.close());
let nonce = '';
/** The return is withheld from the browser. */
let holds = false;
let isForged = false;
let held = '';

async function answer(url: URL, form: URLSearchParams): Promise<string> {
  const { searchParams: query } = url;
  const back = `${query.get('redirect_uri') ?? ''}?code=c&state=${query.get('state') ?? ''}`;
  switch (url.pathname) {
    case '/oneid':
      if (query.has('response_type')) return holds ? ((held = back), '{}') : back;
      return JSON.stringify(form.get('grant_type') === 'one_authorization_code' ? { access_token: 't' } : said);
    case '/.well-known/openid-configuration':
      return JSON.stringify({
        issuer: upstreamUrl,
        authorization_endpoint: `${upstreamUrl}/authorize`,
        token_endpoint: `${upstreamUrl}/token`,
        jwks_uri: `${upstreamUrl}/jwks`,
      });
    case '/jwks':
      return JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'RS256', kid: '1' }] });
    case '/authorize':
      nonce = query.get('nonce') ?? '';
      return back;
    case '/token': {
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: upstreamUrl,
        aud: 'dhp',
        sub: 'u-1',
        name: 'Olim Usmonov',
        nonce,
        iat: now,
        exp: now + 60,
        ...spoiled,
      };
      const { privateKey } = isForged ? await generateKeyPair('RS256') : keys;
      return JSON.stringify({
        id_token: await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: '1' }).sign(privateKey),
      });
    }
    default:
      return '{}';
  }
}

const chromium = await chromiumBed(bed, {
  upstreams: [
    oneId({ url: `${upstreamUrl}/oneid`, clientId: 'dhp', clientSecret: 's', scope: 'dhp' }),
    openIdConnect({ id: 'other', name: 'Other', issuer: upstreamUrl, clientId: 'dhp', clientSecret: 's' }),
  ],
  directory: async () => records,
  environments: { playground },
  identityEnvironments: ['playground'],
  allowedHosts: [new URL(upstreamUrl).host],
});
let clientId: string;

before(async () => {
  ({ id: clientId } = await newClient(bed.clients, {
    name: 'Bemorlar kabineti',
    grants: ['authorization_code'],
    scopes: ['openid'],
    redirectUris: [chromium.redirectUri],
    public: true,
  }));
  const identities = [{ environment: 'playground', type: 'Patient', fhir_id: 'p-2' } as const];
  await accounts.create({ username: 'second', name: 'Second', password: 'correct horse battery', identities });
});

/** @returns the account that signed in, or undefined with the page that states the reason */
async function comeIn(page: Page, upstream = 'OneID'): Promise<string | undefined> {
  await page.goto(beginning(chromium, clientId, { prompt: 'login' }));
  await page.click(`text=${upstream}`);
  await page.waitForLoadState();
  const allow = page.locator('button[value=allow]');
  if (await allow.isVisible()) await allow.click();
  if (!page.url().startsWith(chromium.redirectUri)) return undefined;
  const [row] = await bed.sql<{ account_id: string }[]>`
    select account_id from sso.audit_event where event = 'sign-in.succeeded' order by id desc limit 1`;
  return row?.account_id;
}

async function lastReason(): Promise<string | null> {
  const [row] = await bed.sql<{ event: string; reason: string }[]>`
    select event, reason from sso.audit_event where event like 'sign-in.%' order by id desc limit 1`;
  return row!.event === 'sign-in.refused' ? row!.reason : null;
}

describe('OneID', { skip: withoutBrowser }, () => {
  it('opens an account at the first sign-in, linked to the records of the PINFL, and finds it again', async () => {
    const { page, context } = await chromium.visit();
    records = [{ environment: 'playground', type: 'Patient', fhir_id: 'p-1', writer }];
    const first = await comeIn(page);
    await context.clearCookies();
    assert.equal(await comeIn(page), first);
    const account = (await accounts.list()).find(({ accountId }) => accountId === first);
    assert.equal(account?.name, 'Aziza Karimova');
    assert.deepEqual(account.identities, [{ environment: 'playground', type: 'Patient', fhir_id: 'p-1' }]);
    const dump = JSON.stringify(await bed.sql`select * from sso.account, sso.upstream_link, sso.audit_event`);
    assert.ok(!dump.includes(pinfl), 'the number itself is nowhere');
    await context.close();
  });

  it('opens an account beside that of somebody who is that record', async () => {
    const { page, context } = await chromium.visit();
    said = { ...honest, pin: '30101900000022', firstname: 'Second', first_name: undefined };
    records = [{ environment: 'playground', type: 'Patient', fhir_id: 'p-2', writer }];
    const opened = await comeIn(page);
    assert.ok(opened !== undefined && opened !== (await accounts.find('second'))!.accountId);
    const account = (await accounts.list()).find(({ accountId }) => accountId === opened);
    await accounts.disable(account!.username);
    await context.close();
  });

  it('UX-13 refuses an answer that proves nothing', async () => {
    const { page, context } = await chromium.visit();
    const answers: [Said, string][] = [
      [{ ...honest, ret_cd: '1' }, 'oneid: ret-cd'],
      [{ ...honest, pin: undefined }, 'oneid: no-pinfl'],
      [{ ...honest, pin: '123' }, 'oneid: no-pinfl'],
      [{ ...honest, valid: 'false' }, 'oneid: not-valid'],
    ];
    for (const [bad, reason] of answers) {
      said = bad;
      assert.equal(await comeIn(page), undefined);
      assert.match(await page.innerText('#wrong'), /did not confirm/);
      assert.equal(await lastReason(), reason);
    }
    said = honest;
    await context.close();
  });

  it('UX-13 refuses a state that is missing, made up, used, or of another browser', async () => {
    const { page, context } = await chromium.visit();
    const back = (query: string): Promise<unknown> => page.goto(`${chromium.issuer}/upstream/oneid?${query}`);
    for (const query of ['code=c', 'code=c&state=', 'code=c&state=made-up']) {
      await back(query);
      assert.equal(await page.locator('#username, #password').count(), 0);
      assert.equal(
        (await context.cookies()).some(({ name }) => name === 'session'),
        false,
      );
    }
    // A whole answer, of a sign-in that began in another browser.
    const victim = await chromium.visit();
    await page.goto(beginning(chromium, clientId));
    holds = true;
    await page.click('text=OneID');
    await page.waitForURL('**/oneid?**');
    holds = false;
    await victim.page.goto(held);
    assert.match(await victim.page.innerText('h1'), /no longer valid/);
    assert.equal(
      (await victim.context.cookies()).some(({ name }) => name === 'session'),
      false,
    );
    await page.goto(held);
    await page
      .waitForSelector('button[value=allow]', { timeout: 5000 })
      .catch(() => page.waitForURL(`${chromium.redirectUri}**`));
    await page.goto(beginning(chromium, clientId, { prompt: 'login' }));
    await page.goto(held);
    assert.match(await page.innerText('h1'), /no longer valid/, 'used');
    // An answer of one system at the address of another (RFC 9700 section 4.4.2).
    holds = true;
    await page.goto(beginning(chromium, clientId, { prompt: 'login' }));
    await page.click('text=OneID');
    await page.waitForURL('**/oneid?**');
    holds = false;
    await page.goto(held.replace('/upstream/oneid', '/upstream/other'));
    assert.equal(await lastReason(), 'other: unknown-state');
    await victim.context.close();
    await context.close();
  });

  it('a person who was disabled does not come in by it', async () => {
    const { page, context } = await chromium.visit();
    said = { ...honest, pin: '30101900000022' };
    assert.equal(await comeIn(page), undefined);
    assert.equal(await lastReason(), 'oneid: account-disabled');
    said = honest;
    await context.close();
  });
});

describe('OpenID Connect', { skip: withoutBrowser }, () => {
  it('asks nothing of an internal address that no operator has allowed, whatever a provider says of itself', async () => {
    const way = { code: 'c', nonce: 'n', codeVerifier: 'v', redirectUri: 'https://sso.example.uz/upstream/other' };
    const secrets = { clientId: 'dhp', clientSecret: 's' };
    const unreachable = { name: 'UpstreamRefusal', reason: 'upstream-unreachable' };
    const alone = createOutbound();
    const provider = openIdConnect({ ...secrets, id: 'other', name: 'Other', issuer: upstreamUrl });
    await assert.rejects(provider.identify({ ...way, outbound: alone }), unreachable);
    const system = oneId({ ...secrets, url: `${upstreamUrl}/oneid`, scope: 'dhp' });
    await assert.rejects(system.identify({ ...way, outbound: alone }), unreachable);
  });

  it('signs in by a provider that signs, with nonce and PKCE', async () => {
    const { page, context } = await chromium.visit();
    assert.ok(await comeIn(page, 'Other'));
    const wrong: [Said, string][] = [
      [{ nonce: 'another' }, 'other: other-nonce'],
      [{ aud: 'somebody' }, 'other: bad-id-token'],
      [{ iss: 'https://id.example.uz' }, 'other: bad-id-token'],
      [{ exp: 1 }, 'other: bad-id-token'],
    ];
    for (const [bad, reason] of wrong) {
      spoiled = bad;
      assert.equal(await comeIn(page, 'Other'), undefined);
      assert.equal(await lastReason(), reason);
    }
    spoiled = {};
    isForged = true;
    assert.equal(await comeIn(page, 'Other'), undefined);
    assert.equal(await lastReason(), 'other: bad-id-token', 'signed by a key that the provider did not publish');
    isForged = false;
    assert.ok(await comeIn(page, 'Other'), 'nothing else was wrong');
    await context.close();
  });

  it('believes no metadata of another issuer', async () => {
    const secrets = { clientId: 'dhp', clientSecret: 's' };
    // The same document at an address that is not its issuer.
    const issuer = upstreamUrl.replace('localhost', '127.0.0.1');
    const provider = openIdConnect({ ...secrets, id: 'other', name: 'Other', issuer });
    const outbound = createOutbound({ allowedHosts: [new URL(issuer).host] });
    const way = { state: 's', nonce: 'n', codeChallenge: 'c', redirectUri: 'https://sso.example.uz/upstream/other' };
    await assert.rejects(provider.address({ ...way, language: 'en', outbound }), { reason: 'other-issuer' });
  });
});
