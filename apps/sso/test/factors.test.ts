/** Second factors and passkeys, in a real browser: set up, demanded, misused. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import type { Page } from 'playwright-core';
import { openAccounts } from '@dhp/accounts';
import { fromBase32, totpCode, totpStep } from '@dhp/accounts/testing';
import { pkce } from './browser.ts';
import { beginning, chromiumBed, isFit, withoutBrowser } from './chromium.ts';
import { codesDiffer, wrongCode } from './one-time-codes.ts';
import { newClient, postForm, testBed } from './support.ts';
import { inTurn } from '../../../tests/sample.ts';

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const chromium = await chromiumBed(bed, { clock, secondFactorFor: ['Practitioner'] });
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const password = 'correct horse battery';
const twoFactors = 'urn:dhp:acr:two-factors';
let clientId: string;

before(async () => {
  ({ id: clientId } = await newClient(bed.clients, {
    name: 'Shifokor ish stoli',
    grants: ['authorization_code'],
    scopes: ['openid'],
    redirectUris: [chromium.redirectUri],
    public: true,
  }));
  for (const username of ['doctor', 'doctor-uz', 'doctor-ru', 'keyless']) {
    const identities = [{ environment: 'playground', type: 'Practitioner', fhir_id: username } as const];
    await accounts.create({ username, name: 'Bobur Alimov', password, identities });
  }
  for (const username of ['patient', 'stranger']) await accounts.create({ username, name: 'Aziza Karimova', password });
});

async function enterPassword(page: Page, username: string, more: Record<string, string> = {}): Promise<void> {
  await page.goto(beginning(chromium, clientId, more));
  await page.fill('#username', username);
  await page.fill('#password', password);
  await page.click('button[value=login]');
}

/** The secret that an enrolment page shows, as an authenticator application stores it. */
async function secretOn(page: Page): Promise<Buffer> {
  return fromBase32((await page.innerText('figure + p code')).replaceAll(' ', ''));
}

const codeOf = (secret: Buffer, ahead = 0): string => totpCode(secret, totpStep(now) + ahead);

async function enterCode(page: Page, code: string): Promise<void> {
  await page.fill('#code', code);
  await page.click('form:has(#code) button');
}

async function allow(page: Page): Promise<URL> {
  const button = page.locator('button[value=allow]');
  await Promise.race([button.waitFor(), page.waitForURL(`${chromium.redirectUri}**`)]);
  if (await button.isVisible()) await button.click();
  await page.waitForURL(`${chromium.redirectUri}**`);
  return new URL(page.url());
}

/** A platform authenticator with user verification, such as a telephone. */
async function authenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
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
}

describe('codes of an application', { skip: withoutBrowser }, () => {
  let secret: Buffer;
  let codes: string[];

  it('are set up on the way in where the role demands it, and no code is issued before', async () => {
    const { page, context } = await chromium.visit();
    await enterPassword(page, 'doctor');
    await page.waitForSelector('figure.qr');
    await isFit(page, 'second-factor-setup.en');
    const [row] = await bed.sql<
      { n: number }[]
    >`select count(*)::int as n from sso.artifact where model = 'AuthorizationCode'`;
    assert.equal(row!.n, 0);
    secret = await secretOn(page);
    await enterCode(page, wrongCode(secret, now));
    await page.waitForSelector('[role=alert]:visible');
    assert.deepEqual(await secretOn(page), secret, 'the code that was scanned stays good');
    await enterCode(page, codeOf(secret));
    await page.waitForSelector('.codes');
    await isFit(page, 'recovery-codes.en');
    codes = await page.locator('.codes code').allInnerTexts();
    assert.equal(new Set(codes).size, 10);
    await page.click('button[value=recovery-kept]');
    assert.ok((await allow(page)).searchParams.get('code'));
    await context.close();
  });

  for (const language of inTurn(['uz', 'ru'] as const, 2)) {
    it(`are set up in ${language}`, async () => {
      const { page, context } = await chromium.visit({ language });
      await enterPassword(page, `doctor-${language}`);
      await page.waitForSelector('figure.qr');
      await isFit(page, `second-factor-setup.${language}`);
      const own = await secretOn(page);
      await enterCode(page, codeOf(own));
      await page.waitForSelector('.codes');
      await isFit(page, `recovery-codes.${language}`);
      await page.click('button[value=recovery-kept]');
      await allow(page);
      now = new Date(now.getTime() + 30_000);
      await enterPassword(page, `doctor-${language}`, { prompt: 'login' });
      await page.waitForSelector('#code');
      await isFit(page, `second-factor.${language}`);
      await context.close();
    });
  }

  it('UX-04 are asked for; one step early or late is taken, none twice, a recovery code once', async () => {
    const later = (seconds: number): void => {
      now = new Date(now.getTime() + seconds * 1000);
      while (!codesDiffer(secret, now)) now = new Date(now.getTime() + 30_000);
    };
    const tries = async (code: string): Promise<boolean> => {
      const { page, context } = await chromium.visit();
      await enterPassword(page, 'doctor');
      await page.waitForSelector('#code');
      assert.equal(await page.locator('figure.qr').count(), 0, 'nobody else can add a factor with the password alone');
      await isFit(page, 'second-factor.en');
      await enterCode(page, code);
      const alarm = page.locator('[role=alert]:visible');
      await Promise.race([
        alarm.waitFor(),
        page.waitForSelector('button[value=allow]'),
        page.waitForURL(`${chromium.redirectUri}**`),
      ]);
      const taken = !(await alarm.isVisible());
      await context.close();
      return taken;
    };
    later(0);
    assert.equal(await tries(codeOf(secret, 1)), true, 'a clock that is ahead');
    assert.equal(await tries(codeOf(secret, 1)), false, 'twice');
    assert.equal(await tries(codeOf(secret)), false, 'an older one afterwards');
    later(120);
    assert.equal(await tries(codeOf(secret, -2)), false, 'too late');
    assert.equal(await tries(codeOf(secret, -1)), true, 'a clock that is behind');
    assert.equal(await tries(codes[0]!.toUpperCase().replace('-', ' ')), true);
    assert.equal(await tries(codes[0]!), false, 'used up');
  });

  it('five wrong ones lock the factor for a while', async () => {
    now = new Date(now.getTime() + 3600_000);
    const { page, context } = await chromium.visit();
    await enterPassword(page, 'doctor');
    for (let n = 0; n < 5; n += 1) {
      await enterCode(page, wrongCode(secret, now));
      await page.waitForSelector('[role=alert]:visible');
    }
    await enterCode(page, codeOf(secret));
    await page.waitForSelector('text=too many wrong codes');
    now = new Date(now.getTime() + 60_000);
    await enterCode(page, codeOf(secret));
    assert.ok((await allow(page)).searchParams.get('code'));
    await context.close();
  });
});

describe('a passkey', { skip: withoutBrowser }, () => {
  it('UX-05 is made on the way in, and signs in without a password afterwards', async () => {
    const { page, context } = await chromium.visit();
    await authenticator(page);
    await enterPassword(page, 'keyless');
    await page.click('button[value=make-passkey]');
    assert.ok((await allow(page)).searchParams.get('code'));
    await context.clearCookies();
    const { verifier, query } = pkce();
    await page.goto(beginning(chromium, clientId, { scope: 'openid', acr_values: twoFactors, ...query }));
    await page.click('button[value=passkey]');
    const code = (await allow(page)).searchParams.get('code')!;
    const form = { grant_type: 'authorization_code', client_id: clientId, code, redirect_uri: chromium.redirectUri };
    const { body } = await postForm(`${chromium.issuer}/oauth/token`, { ...form, code_verifier: verifier });
    const { acr, amr } = decodeJwt(String(body['id_token'])) as { acr?: string; amr?: string[] };
    assert.equal(acr, twoFactors, 'it is two factors in one');
    assert.ok(amr?.includes('mfa'));

    // A signature for one sign-in is not valid for another.
    await context.clearCookies();
    await page.goto(beginning(chromium, clientId));
    let sent = '';
    await page.route('**/sign-in/**', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      sent = new URLSearchParams(route.request().postData() ?? '').get('credential') ?? '';
      return route.abort();
    });
    await page.click('button[value=passkey]').catch(() => undefined);
    for (let n = 0; sent === '' && n < 600; n += 1) await page.waitForTimeout(50);
    await page.unroute('**/sign-in/**');
    assert.ok(sent.includes('signature'));
    await context.clearCookies();
    await page.goto(beginning(chromium, clientId));
    await page.evaluate((credential) => {
      const form = document.querySelector<HTMLFormElement>('form[data-passkey]')!;
      (form.elements.namedItem('credential') as HTMLInputElement).value = credential;
      form.requestSubmit(form.querySelector('button'));
    }, sent);
    await page.waitForSelector('#wrong');
    assert.equal(await page.locator('button[value=allow]').count(), 0);
    await context.close();
  });

  it('of nobody here is refused', async () => {
    const { page, context } = await chromium.visit();
    await authenticator(page);
    await page.goto(beginning(chromium, clientId));
    await page.click('button[value=passkey]');
    await page.waitForSelector('text=The passkey did not work');
    await context.close();
  });
});

describe('step-up', { skip: withoutBrowser }, () => {
  it('asks a person who is signed in by password for the second factor alone', async () => {
    const { page, context } = await chromium.visit();
    await enterPassword(page, 'patient');
    assert.ok((await allow(page)).searchParams.get('code'), 'nobody demands more');
    await page.goto(beginning(chromium, clientId, { acr_values: twoFactors, prompt: 'none' }));
    assert.ok(new URL(page.url()).searchParams.get('code'), 'a wish is no demand');
    await page.goto(beginning(chromium, clientId, { acr_values: twoFactors }));
    await page.waitForSelector('figure.qr');
    assert.equal(await page.locator('#password').count(), 0);
    await enterCode(page, codeOf(await secretOn(page)));
    await page.click('button[value=recovery-kept]');
    assert.ok((await allow(page)).searchParams.get('code'));
    await page.goto(beginning(chromium, clientId, { acr_values: twoFactors, prompt: 'none' }));
    assert.ok(new URL(page.url()).searchParams.get('code'), 'it stays so for the session');
    await context.close();
  });
});

describe('a session', { skip: withoutBrowser }, () => {
  it('UX-11 ends after eight hours without use, and after twelve in any case', async () => {
    const { page, context } = await chromium.visit();
    await enterPassword(page, 'stranger');
    await allow(page);
    const answer = async (hours: number): Promise<string | null> => {
      now = new Date(now.getTime() + hours * 3600_000);
      await page.goto(beginning(chromium, clientId, { prompt: 'none' }));
      return new URL(page.url()).searchParams.get('error');
    };
    assert.equal(await answer(7), null);
    assert.equal(await answer(4.9), null, 'it was used in between');
    assert.equal(await answer(0.2), 'login_required', 'twelve hours are over');
    await enterPassword(page, 'stranger');
    await allow(page);
    assert.equal(await answer(8.1), 'login_required', 'eight hours without use');
    await context.close();
  });
});

describe('what is stored of factors', () => {
  it('can be neither read nor used', async () => {
    const [{ dump }] = (await bed.sql`
      select concat((select string_agg(encode(secret, 'hex'), ' ') from sso.totp), (select string_agg(c::text, ' ') from sso.recovery_code c))
        as dump`) as unknown as [{ dump: string }];
    assert.ok(dump.length > 300);
    const events = await bed.sql<{ event: string; reason: string }[]>`
      select distinct event, reason from sso.audit_event where event like 'factor.%' order by reason`;
    assert.deepEqual(
      events.map(({ event, reason }) => `${event} ${reason}`),
      ['factor.added passkey', 'factor.added totp'],
    );
  });
});
