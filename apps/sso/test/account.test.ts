/** The account pages in a real browser: their content, and that a session ended there is over everywhere. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { openAccounts } from '@dhp/accounts';
import { pageLanguages } from '../../../tests/sample.ts';
import { pkce } from './browser.ts';
import { beginning, chromiumBed, desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { lookedAt } from './looked-at.ts';
import { newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const looks = await lookedAt();
const chromium = await chromiumBed(bed, { clock, fhirUrls: { playground: looks.url } });
after(() => looks.close());
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const password = 'correct horse battery';
const languages = ['uz', 'ru', 'en'] as const;
let clientId: string;

before(async () => {
  ({ id: clientId } = await newClient(bed.clients, {
    name: 'Bemorlar kabineti',
    grants: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'offline_access', 'patient/*.rs'],
    redirectUris: [chromium.redirectUri],
    public: true,
  }));
  for (const username of [...languages, 'olim', 'nodira', 'other']) {
    const identities = [{ environment: 'playground', type: 'Patient', fhir_id: `p-${username}` } as const];
    await accounts.create({ username, name: 'Aziza Karimova', password, identities });
  }
  const doctor = { environment: 'playground', type: 'Practitioner', fhir_id: 'd' } as const;
  await accounts.create({ username: 'lola', name: 'Lola Yusupova', password, identities: [doctor] });
  const [row] = await bed.sql<{ id: string }[]>`
    select account_id::text as id from sso.account where username = 'lola'`;
  looks.by(row!.id, clientId);
});

async function enter(page: Page, username: string, secret = password): Promise<void> {
  await page.fill('#username', username);
  await page.fill('#password', secret);
  await page.click('button[value=login]');
}

/** An application gets tokens for the person of this browser. */
async function tokens(page: Page, username?: string): Promise<Record<string, unknown>> {
  const { verifier, query } = pkce();
  await page.goto(beginning(chromium, clientId, { scope: 'openid offline_access patient/*.rs', ...query }));
  if (username !== undefined) await enter(page, username);
  const allow = page.locator('button[value=allow]');
  await Promise.race([allow.waitFor(), page.waitForURL(`${chromium.redirectUri}**`)]);
  if (!page.url().startsWith(chromium.redirectUri)) await allow.click();
  await page.waitForURL(`${chromium.redirectUri}**`);
  const code = new URL(page.url()).searchParams.get('code')!;
  const form = { grant_type: 'authorization_code', client_id: clientId, redirect_uri: chromium.redirectUri, code };
  const { body } = await postForm(`${chromium.issuer}/oauth/token`, { ...form, code_verifier: verifier });
  assert.ok(body['refresh_token']);
  return body;
}

function refresh({ refresh_token: token }: Record<string, unknown>): Promise<Answer> {
  const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token: String(token) };
  return postForm(`${chromium.issuer}/oauth/token`, form);
}

async function isLive({ access_token: token }: Record<string, unknown>): Promise<boolean> {
  const response = await fetch(`${chromium.issuer}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${String(token)}` },
  });
  return response.status === 200;
}

async function act(page: Page, path: string, step: string): Promise<void> {
  await page.goto(chromium.issuer + path);
  await page.locator(`button[value=${step}]`).first().click();
  await page.waitForLoadState();
}

describe('the pages of the account', { skip: withoutBrowser }, () => {
  for (const language of pageLanguages) {
    it(`are fit in ${language}`, async () => {
      const size = language === 'ru' ? desktop : phone;
      const { page, context } = await chromium.visit({ language, size, dark: language === 'ru' });
      await tokens(page, language);
      await page.goto(`${chromium.issuer}/account`);
      assert.equal(await page.getAttribute('html', 'lang'), language);
      await isFit(page, `account.${language}`);
      for (const tab of ['security', 'sessions', 'applications', 'access', 'activity']) {
        await page.click(`nav.tabs a[href="/account/${tab}"]`);
        await page.waitForURL(`**/account/${tab}`);
        await isFit(page, `account-${tab}.${language}`);
        const notices = await page.locator('p.notice').allInnerTexts();
        assert.deepEqual(notices, tab === 'access' ? ['An emergency, at noon: <unconscious>'] : []);
      }
      assert.equal((await page.locator('tbody tr').count()) >= 3, true, 'opened, signed in, allowed');
      await page.goto(`${chromium.issuer}/account/codes`);
      await isFit(page, `account-codes.${language}`);
      await context.close();
    });
  }

  it('want a sign-in, lead back to where one wanted to go, and a fresh one for what weighs more', async () => {
    const { page, context } = await chromium.visit();
    await page.goto(`${chromium.issuer}/account/sessions`);
    await enter(page, 'other');
    await page.waitForURL('**/account/sessions');
    now = new Date(now.getTime() + 11 * 60_000);
    await page.goto(`${chromium.issuer}/account/applications`);
    assert.ok(page.url().endsWith('/account/applications'));
    await page.goto(`${chromium.issuer}/account/security`);
    await enter(page, 'other');
    await page.waitForURL('**/account/security');
    await context.close();
  });

  it('UX-07 take no form without the key of the session', async () => {
    const { page, context } = await chromium.visit();
    await page.goto(`${chromium.issuer}/account`);
    await enter(page, 'other');
    await page.waitForURL('**/account');
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    const body = new URLSearchParams({ step: 'sign-out-everywhere', csrf: 'x' });
    const forged = await fetch(`${chromium.issuer}/account`, {
      method: 'POST',
      body,
      headers: { cookie },
      redirect: 'manual',
    });
    assert.match(forged.headers.get('location') ?? '', /oauth\/authorize/);
    await page.reload();
    assert.ok(page.url().endsWith('/account'), 'nothing was done');
    await context.close();
  });
});

describe('what is ended there', { skip: withoutBrowser }, () => {
  it('UX-09 one session: its tokens die, those of the others live', async () => {
    const [one, two] = [await chromium.visit(), await chromium.visit({ size: desktop })];
    const first = await tokens(one.page, 'olim');
    const second = await tokens(two.page, 'olim');
    await one.page.goto(`${chromium.issuer}/account/sessions`);
    const rows = one.page.locator('.rows > li');
    assert.equal(await rows.count(), 2);
    await rows.filter({ hasNotText: 'this device' }).locator('button').click();
    await one.page.waitForSelector('[role=status]');
    assert.equal(await rows.count(), 1);
    assert.equal((await refresh(second)).status, 400);
    assert.equal(await isLive(second), false);
    assert.equal(await isLive(first), true);
    assert.equal((await refresh(first)).status, 200);
    await two.page.goto(`${chromium.issuer}/account`);
    assert.equal(await two.page.locator('#password').count(), 1);
    await one.context.close();
    await two.context.close();
  });

  it('an application: its tokens die and it must ask again', async () => {
    const { page, context } = await chromium.visit();
    const given = await tokens(page, 'nodira');
    await act(page, '/account/applications', 'revoke-application');
    assert.equal(await page.locator('.rows > li').count(), 0);
    assert.equal((await refresh(given)).status, 400);
    assert.equal(await isLive(given), false);
    await page.goto(beginning(chromium, clientId, { scope: 'openid patient/*.rs' }));
    assert.equal(await page.locator('button[value=allow]').count(), 1);
    await context.close();
  });

  it('everything, everywhere', async () => {
    const [one, two] = [await chromium.visit(), await chromium.visit()];
    const given = await tokens(two.page, 'nodira');
    await one.page.goto(`${chromium.issuer}/account/sessions`);
    await enter(one.page, 'nodira');
    await one.page.waitForURL('**/account/sessions');
    now = new Date(now.getTime() + 2000);
    await act(one.page, '/account/sessions', 'sign-out-everywhere');
    for (const { page } of [one, two]) {
      await page.goto(`${chromium.issuer}/account`);
      assert.equal(await page.locator('#password').count(), 1);
    }
    assert.equal((await refresh(given)).status, 400);
    assert.equal(await isLive(given), false);
    await one.context.close();
    await two.context.close();
  });

  it('UX-12 a changed password ends all sessions and tokens; a weak one or a wrong one changes nothing', async () => {
    const { page, context } = await chromium.visit();
    const given = await tokens(page, 'nodira');
    const change = async (current: string, wanted: string): Promise<void> => {
      await page.goto(`${chromium.issuer}/account/security`);
      await page.fill('#current', current);
      await page.fill('#new', wanted);
      await page.click('button[value=change-password]');
      await page.waitForLoadState();
    };
    await change(password, 'qwertyuiop');
    assert.match(await page.innerText('[role=alert]:visible'), /tried first/);
    await change('not the password', 'quiet words on paper');
    assert.match(await page.innerText('[role=alert]:visible'), /wrong/);
    assert.equal((await refresh(given)).status, 200);
    now = new Date(now.getTime() + 2000);
    await change(password, 'quiet words on paper');
    await enter(page, 'nodira', 'quiet words on paper');
    await page.waitForURL('**/account');
    assert.equal((await refresh(given)).status, 400);
    assert.equal(await isLive(given), false);
    await context.close();
  });

  it('codes and passkeys are added and removed', async () => {
    const { page, context } = await chromium.visit();
    const session = await context.newCDPSession(page);
    await session.send('WebAuthn.enable');
    const options = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
    } as const;
    await session.send('WebAuthn.addVirtualAuthenticator', {
      options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
    });
    await page.goto(`${chromium.issuer}/account/security`);
    await enter(page, 'other');
    await page.waitForURL('**/account/security');
    await page.fill('#passkey-name', 'My  telephone');
    await page.click('button[value=add-passkey]');
    await page.waitForSelector('[role=status]');
    assert.equal(await page.locator('button[value=remove-passkey]').count(), 1);
    assert.match(await page.innerText('.rows'), /My telephone/);
    await page.click('.rows summary');
    await page.fill('.rows input[name=name]', '<i>Redmi</i>');
    await page.click('button[value=rename-passkey]');
    await page.waitForSelector('text=<i>Redmi</i>');
    await isFit(page);
    const [kept] = await bed.sql<{ h: string }[]>`select password_hash as h from sso.account where username = 'other'`;
    await bed.sql`update sso.account set password_hash = null where username = 'other'`;
    await page.click('button[value=remove-passkey]');
    await page.waitForSelector('text=the only way into your account');
    await bed.sql`update sso.account set password_hash = ${kept!.h} where username = 'other'`;
    await page.click('button[value=remove-passkey]');
    await page.waitForLoadState();
    await page.waitForSelector('text=None yet');
    await context.close();
  });
});
