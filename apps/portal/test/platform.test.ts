/** The portal's own pages with a whole platform: a new integrator from the start page to a stored Patient, and attacks on the session. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser, valuesWithoutText, violationsOn, withoutBrowser } from '../../../tests/browser.ts';
import { letGo } from '../../../tests/kept.ts';
import type { Platform } from '../../../tests/platform.ts';
import { pageLanguages } from '../../../tests/sample.ts';
import { sharedPlatform } from './shared-platform.ts';
import { password } from './visitor.ts';

let platform: Platform;
let browser: Browser | undefined;

before(async () => {
  ({ platform } = await sharedPlatform({
    'platform-aziza': ['--name', 'Aziza Karimova'],
    'platform-bobur': ['--name', 'Bobur Karimova'],
    'platform-dilnoza': ['--name', 'Dilnoza Karimova'],
  }));
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await letGo();
});

/** Signs in when the SSO requires a password. */
async function signIn(page: Page, username: string): Promise<void> {
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await page.locator('button[value=login]').click();
}

async function signedIn(
  username: string,
  options: BrowserContextOptions = { locale: 'en-GB' },
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser!.newContext(options);
  const page = await context.newPage();
  await page.goto(`${platform.urls.portal}/applications`);
  await signIn(page, username);
  await page.waitForURL(`${platform.urls.portal}/applications`);
  return { context, page };
}

const cookieOf = async (context: BrowserContext): Promise<string> =>
  (await context.cookies(platform.urls.portal)).map(({ name, value }) => `${name}=${value}`).join('; ');

const asked = (cookie: string, path = '/applications', init: RequestInit = {}): Promise<Response> =>
  fetch(`${platform.urls.portal}${path}`, { redirect: 'manual', ...init, headers: { cookie } });

/** The page violates no accessibility rule, and is not wider than the screen. */
async function assertFit(page: Page): Promise<void> {
  assert.deepEqual(await violationsOn(page, import.meta.resolve('axe-core/axe.min.js')), [], page.url());
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(overflow, 0, page.url());
  assert.deepEqual(await valuesWithoutText(page), [], page.url());
}

describe('a new integrator', { skip: withoutBrowser }, () => {
  for (const [locale, width, username] of [
    ['uz', 320, 'platform-aziza'],
    ['ru', 1280, 'platform-bobur'],
    ['en', 1280, 'platform-dilnoza'],
  ] as const) {
    if (!pageLanguages.includes(locale)) continue;
    test(`comes from the start page to a stored Patient, in ${locale} at ${String(width)} px`, async () => {
      const context = await browser!.newContext({ locale, viewport: { width, height: 720 } });
      const page = await context.newPage();
      const isFit = (): Promise<void> => assertFit(page);
      await page.goto(`${platform.urls.portal}/?lang=${locale}`);
      await isFit();
      await page.locator('.sections nav a').nth(1).click();
      await signIn(page, username);
      await isFit();
      await page.locator('input[name=name]').fill('Sinov klinikasi');
      await page.locator('main button').click();
      await isFit();
      await page.locator('a[href*="/new/backend"]').click();
      await page.locator('input[name=client_name]').fill('Klinika tizimi');
      await page.locator('input[value=clinic]').check();
      await isFit();
      await page.locator('main button[class=button]').click();
      await page.locator('#client-secret').waitFor();
      await isFit();
      const [id, secret] = await Promise.all(
        ['#client-id', '#client-secret'].map(async (target) => (await page.locator(target).textContent()) ?? ''),
      );
      const form = { grant_type: 'client_credentials', client_id: id!, client_secret: secret! };
      const answer = await fetch(`${platform.urls.sso}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      });
      assert.equal(answer.status, 200);
      const { access_token: token } = (await answer.json()) as { access_token: string };
      const stored = await fetch(`${platform.urls.playground}/Patient`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
        body: JSON.stringify({ resourceType: 'Patient', name: [{ family: 'Karimova' }] }),
      });
      assert.equal(stored.status, 201);
      await page.locator('main .actions a').click();
      await isFit();
      assert.equal((await page.content()).includes(secret!), false, 'the secret is shown once');
      assert.match(await page.locator('.facts').innerText(), /60\D?000\D+3\D?000\D+429/, 'requests a minute');
      await page.locator('a.danger').click();
      await isFit();
      await page.locator('main form .danger').click();
      await page.locator('.notice').waitFor();
      const refused = await fetch(`${platform.urls.sso}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      });
      assert.equal(refused.status, 401);
      await context.close();
    });
  }

  for (const [locale, width] of [
    ['ru', 320],
    ['uz', 1280],
  ] as const) {
    test(`finds every page of an application and an organisation in order, in ${locale} at ${String(width)} px`, async () => {
      const { context, page } = await signedIn('platform-bobur', { locale, viewport: { width, height: 720 } });
      const portal = `${platform.urls.portal}/applications`;
      await page.goto(portal);
      const isFirst = (await page.locator('main section').count()) === 0;
      if (!isFirst) await page.locator('summary').click();
      await page.locator('input[name=name]').fill(`Klinika ${locale}`);
      await page.locator('main form.form button').click();
      await page.waitForURL(/\/new\?organization=/);
      const organization = new URL(page.url()).searchParams.get('organization')!;
      await page.goto(`${portal}/new/web?organization=${organization}`);
      await page.locator('input[name=client_name]').fill('Kabinet');
      await page.locator('input[value=own-record]').check();
      await page.locator('textarea[name=redirect_uris]').fill('http://example.uz/cb');
      await page.locator('button.button').click();
      await page.locator('.alarm').waitFor();
      await assertFit(page);
      await page.locator('textarea[name=redirect_uris]').fill('https://example.uz/cb');
      await page.locator('button.button').click();
      const id = (await page.locator('#client-id').textContent()) ?? '';
      await assertFit(page);
      for (const part of ['change', 'secret', 'production', 'revoke', '']) {
        await page.goto(`${portal}/${id}/${part}`.replace(/\/$/, ''));
        await assertFit(page);
      }
      await page.goto(`${portal}/${id}/secret`);
      await page.locator('main form .button').first().click();
      await page.locator('#client-secret').waitFor();
      await assertFit(page);
      await page.goto(`${portal}/organizations/${organization}`);
      await assertFit(page);
      await page.locator('select[name=role]').selectOption('owner');
      await page.locator('form.form button').click();
      const link = (await page.locator('#invitation').textContent()) ?? '';
      await assertFit(page);
      const other = await signedIn('platform-aziza', { locale, viewport: { width, height: 720 } });
      await other.page.goto(link);
      await assertFit(other.page);
      await other.page.locator('main form button').click();
      await other.page.waitForURL(portal);
      await page.goto(`${portal}/organizations/${organization}`);
      assert.equal(await page.locator('main .card').count(), 2);
      await assertFit(page);
      await page.goto(portal);
      await assertFit(page);
      // Made, and the most: of organisations, of applications of a person and of an organisation.
      const limits = (await page.locator('main > .quiet').innerText()).match(/\d+/g)?.map(Number) ?? [];
      assert.deepEqual([limits.length, ...[3, 10, 20].map((most) => limits.includes(most))], [5, true, true, true]);
      await Promise.all([context.close(), other.context.close()]);
    });
  }

  test('sees at once whether an address can be used', async () => {
    const { context, page } = await signedIn('platform-aziza');
    await page.goto(`${platform.urls.portal}/applications/new/web`);
    const field = page.locator('textarea[name=redirect_uris]');
    await field.fill('http://example.uz/cb');
    await page.locator('textarea[aria-invalid=true]').waitFor();
    assert.match((await page.locator('#redirects-check').textContent()) ?? '', /https/);
    await field.fill('https://example.uz/cb');
    await page.locator('textarea[name=redirect_uris]:not([aria-invalid])').waitFor();
    await context.close();
  });
});

describe('the session', { skip: withoutBrowser }, () => {
  test('is in no place that a script reads, and the token in no place that the browser reads', async () => {
    const { context, page } = await signedIn('platform-aziza');
    const cookies = await context.cookies(platform.urls.portal);
    const own = cookies.find(({ name }) => name === 'dhp_portal');
    assert.ok(own !== undefined && own.httpOnly && own.sameSite === 'Lax' && own.expires === -1);
    assert.equal(await page.evaluate(() => document.cookie), '');
    const stored = await page.evaluate(() => [localStorage.length, sessionStorage.length]);
    assert.deepEqual(stored, [0, 0]);
    for (const part of own.value.split('.').slice(1))
      assert.doesNotMatch(Buffer.from(part, 'base64url').toString('latin1'), /"token"|eyJhbGci|Karimova/);
    await context.close();
  });

  test('ends at the portal and at the SSO, and a copy of the cookie opens nothing afterwards', async () => {
    const { context, page } = await signedIn('platform-aziza');
    const cookie = await cookieOf(context);
    assert.equal((await asked(cookie)).status, 200);
    await page.locator('.visitor button').click();
    await page.waitForURL(`${platform.urls.portal}/`);
    const stolen = await asked(cookie);
    assert.equal(stolen.status, 303);
    assert.match(stolen.headers.get('location') ?? '', /\/oauth\/authorize\?/);
    await page.goto(`${platform.urls.portal}/applications`);
    assert.ok(await page.locator('input[name=password]').isVisible(), 'the SSO asks again');
    await context.close();
  });

  test('takes no form that did not come from one of its pages', async () => {
    const [one, other] = [await signedIn('platform-aziza'), await signedIn('platform-bobur')];
    const cookie = await cookieOf(one.context);
    const foreign = await other.page.locator('input[name=csrf]').first().getAttribute('value');
    for (const csrf of ['', 'x', foreign ?? '', 'A'.repeat(86)]) {
      for (const path of ['/applications/organizations', '/sign-out']) {
        const body = new URLSearchParams({ csrf, name: 'Forged' });
        const answer = await asked(cookie, path, { method: 'POST', body });
        assert.equal(answer.status, 303);
      }
    }
    assert.doesNotMatch(await (await asked(cookie)).text(), /Forged/);
    await Promise.all([one.context.close(), other.context.close()]);
  });

  test('begins for the browser that asked for it alone', async () => {
    const begun = await asked('', '/sign-in');
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? '';
    const way = begun.headers
      .getSetCookie()
      .find((line) => line.startsWith('dhp_portal_way='))!
      .split(';')[0]!;
    const code = 'c'.repeat(43);
    for (const cookie of ['', 'dhp_portal_way=', `dhp_portal_way=${'A'.repeat(43)}`, way]) {
      const answer = await asked(cookie, `/signed-in?${new URLSearchParams({ code, state }).toString()}`);
      assert.equal(answer.status, 400);
      assert.equal(
        answer.headers.getSetCookie().some((line) => line.startsWith('dhp_portal=')),
        false,
      );
    }
    for (const query of [
      '',
      '?code=x',
      `?state=${state}`,
      '?state=x&code=x',
      '?error=access_denied',
      `?state=${state}&state=x&code=y`,
    ])
      assert.equal((await asked(way, `/signed-in${query}`)).status, 400, query);
  });

  test('leads nobody away from the portal', async () => {
    for (const to of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      '/.evil',
      '@evil.example',
      '/a\r\nLocation: x',
    ]) {
      const context = await browser!.newContext({ locale: 'en-GB' });
      const page = await context.newPage();
      await page.goto(`${platform.urls.portal}/sign-in?to=${encodeURIComponent(to)}`);
      await signIn(page, 'platform-bobur');
      await page.waitForURL(`${platform.urls.portal}/applications`);
      await context.close();
    }
  });

  test('goes on in two tabs that sign in at the same moment', async () => {
    const context = await browser!.newContext({ locale: 'en-GB' });
    const tabs = [await context.newPage(), await context.newPage()];
    for (const tab of tabs) await tab.goto(`${platform.urls.portal}/applications`);
    for (const tab of tabs) {
      if (await tab.locator('input[name=password]').isVisible()) await signIn(tab, 'platform-dilnoza');
      await tab.waitForURL(`${platform.urls.portal}/applications`);
    }
    await context.close();
  });
});

test('no secret of an application, token or code is in the log', () => {
  assert.doesNotMatch(platform.said(), /dhps_[\w-]{20}|eyJ[\w-]{20}/);
});
