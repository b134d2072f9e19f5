/**
 * The explorer with a whole platform: calls and their answers, in three languages; the data that it withholds from the browser, and from
 * attackers.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, withoutBrowser } from '../../../tests/browser.ts';
import { letGo } from '../../../tests/kept.ts';
import type { Platform } from '../../../tests/platform.ts';
import { inTurn } from '../../../tests/sample.ts';
import { sharedPlatform } from './shared-platform.ts';
import { assertFit, picture, register, signedIn } from './visitor.ts';

let platform: Platform;
let browser: Browser | undefined;

before(async () => {
  ({ platform } = await sharedPlatform({
    'explorer-aziza': ['--name', 'Aziza Karimova'],
    'explorer-bobur': ['--name', 'Bobur Karimova'],
  }));
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await letGo();
});

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: string;
  readonly body?: string;
}

/** Fills in the form and sends it. */
async function call(page: Page, { method = 'GET', path, headers = '', body = '' }: Asked): Promise<string> {
  await page.locator('select[name=method]').selectOption(method);
  await page.locator('input[name=path]').fill(path);
  if ((headers !== '' || body !== '') && !(await page.locator('textarea[name=body]').isVisible()))
    await page.locator('#call details summary').click();
  if (await page.locator('textarea[name=body]').isVisible()) {
    await page.locator('textarea[name=headers]').fill(headers);
    await page.locator('textarea[name=body]').fill(body);
  }
  await page.locator('#call > button').click();
  await page.locator('#answer').waitFor();
  return (await page.locator('#answer').textContent()) ?? '';
}

describe('the explorer', { skip: withoutBrowser }, () => {
  test('makes calls with a token of an application of the visitor, and shows their answers', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'explorer-aziza');
    const page = await context.newPage();
    const failed: string[] = [];
    page.on('console', (message) => message.type() === 'error' && failed.push(message.text()));
    const { id } = await register(page, platform);
    await page.goto(`${platform.urls.portal}/`);
    await page.locator('.sections nav a').nth(2).click();
    await assertFit(page);

    const patient = JSON.stringify({ resourceType: 'Patient', name: [{ family: 'Karimova' }] }, undefined, 2);
    assert.match(await call(page, { method: 'POST', path: '/Patient', body: patient }), /201/);
    await assertFit(page);
    await page.locator('dl button.follow, details:has(dl) summary').first().click();
    await page.locator('dl button.follow').first().click();
    await page.locator('#answer-body').waitFor();
    assert.match((await page.locator('#answer-body').textContent()) ?? '', /Karimova/);
    assert.match((await page.locator('p.call').textContent()) ?? '', /GET .*\/Patient\/[\w-]+\/_history\/1/);

    assert.match(await call(page, { path: '/Patient?name=Karimova&_count=1' }), /200/);
    await page.locator('button[value$="_explain=true"]').click();
    await page.locator('.answer ol li code').first().waitFor();
    assert.match((await page.locator('.answer').textContent()) ?? '', /Patient: string starts karimova/);
    assert.ok((await page.locator('.answer ol ul li').count()) > 0, 'what it read');
    await assertFit(page);
    assert.match(await call(page, { path: '/Patient?name=Karimova&_count=1' }), /200/);
    await page.locator('#answer-body button.follow').first().click();
    await page.locator('#answer-body').waitFor();
    assert.match((await page.locator('#answer').textContent()) ?? '', /200/);

    const wrong = patient.replace('"name"', '"birthdate": "1985-02-03",\n  "name"');
    assert.match(await call(page, { method: 'POST', path: '/Patient', body: wrong }), /4\d\d/);
    assert.equal(await page.locator('.numbered .marked').count(), 1);
    assert.match((await page.locator('.numbered .marked').textContent()) ?? '', /birthdate/);
    assert.match((await page.locator('.answer .issues').textContent()) ?? '', /birthdate/);
    for (const [lang, width] of inTurn(
      [
        ['uz', 320],
        ['ru', 1280],
        ['en', 3840],
      ] as const,
      3,
    )) {
      await page.setViewportSize({ width, height: 720 });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.goto(`${platform.urls.portal}/explorer?lang=${lang}`);
        await call(page, { method: 'POST', path: '/Patient', body: wrong });
        await assertFit(page);
        await picture(page, `explorer-${lang}-${String(width)}-${colorScheme}`);
      }
    }
    await page.setViewportSize({ width: 1280, height: 720 });

    await page.locator('#history summary').click();
    await page.locator('#history').getByText('GET /Patient?name=Karimova&_count=1', { exact: true }).first().click();
    assert.equal(await page.locator('input[name=path]').inputValue(), '/Patient?name=Karimova&_count=1');

    await page.locator('select[name=server]').selectOption('sso');
    assert.match(await call(page, { path: '/.well-known/openid-configuration' }), /200/);
    assert.match((await page.locator('#answer-body').textContent()) ?? '', /token_endpoint/);

    const stored = await page.evaluate(() => [
      JSON.stringify(Object.entries(sessionStorage)),
      JSON.stringify(Object.entries(localStorage)),
      document.cookie,
    ]);
    assert.doesNotMatch(`${stored.join()}${await page.content()}`, /eyJ[\w-]{10,}\./, 'no token comes to the browser');
    assert.doesNotMatch(stored.join(), /birthdate|Karimov[^a]/);
    assert.deepEqual(failed, []);

    // The developer finds the calls among the requests of the application.
    const address = `${platform.urls.portal}/applications/${id}/requests`;
    for (let n = 0; n < 100; n += 1) {
      await page.goto(address);
      if ((await page.locator('table.requests tbody tr').count()) >= 4) break;
      await page.waitForTimeout(300);
    }
    assert.ok((await page.locator('table.requests tbody tr').count()) >= 4);
    await context.close();
  });

  test('suggests what a path can go on with, by the keyboard alone', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'explorer-bobur');
    const page = await context.newPage();
    await page.goto(`${platform.urls.portal}/explorer`);
    const path = page.locator('input[name=path]');
    const option = page.locator('#suggestions li');
    await path.fill('');
    await path.pressSequentially('/Pati');
    await option.first().waitFor();
    await assertFit(page);
    await path.press('ArrowDown');
    await path.press('Enter');
    assert.equal(await path.inputValue(), '/Patient');
    await path.pressSequentially('?birthd');
    await option.first().waitFor();
    assert.match((await option.first().textContent()) ?? '', /birthdate=\s*date/);
    await picture(page, 'explorer-suggestions');
    await path.press('Escape');
    assert.equal(await option.first().isVisible(), false);
    assert.equal(await path.getAttribute('aria-expanded'), 'false');
    const stranger = await fetch(`${platform.urls.portal}/explorer/suggestions?path=/P`, { redirect: 'manual' });
    assert.equal(stranger.status, 303);
    await context.close();
  });

  test('reads a token in the page alone, and says whether its scopes permit a call', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'explorer-bobur');
    const page = await context.newPage();
    await page.goto(`${platform.urls.portal}/explorer`);
    await page.locator('a[href$="explorer/token"]').click();
    await page.waitForURL(/explorer\/token/);
    const sent: string[] = [];
    page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
    const part = (members: object): string => Buffer.from(JSON.stringify(members)).toString('base64url');
    const claims = { scope: 'openid system/Patient.rs', exp: 4_000_000_000, name: 'Қодирова' };
    const token = `${part({ alg: 'ES256', typ: 'at+jwt' })}.${part(claims)}.c2lnbmF0dXJl`;
    await page.locator('#token').fill(`Bearer ${token}`);
    assert.match((await page.locator('#token-content').textContent()) ?? '', /"name": "Қодирова"/);
    assert.match((await page.locator('#token-state').textContent()) ?? '', /has not expired/);
    await page.locator('#token').fill(`${part({})}.${part({ ...claims, exp: 1 })}.x`);
    assert.match((await page.locator('#token-state').textContent()) ?? '', /has expired/);
    for (const exp of [undefined, null, 'never', '4000000000', {}]) {
      await page.locator('#token').fill(`${part({})}.${part({ ...claims, exp })}.x`);
      assert.match((await page.locator('#token-state').textContent()) ?? '', /no time of its end/, JSON.stringify(exp));
    }
    await page.locator('#token').fill('<img src=x onerror=alert(1)>.a.b');
    assert.match((await page.locator('#token-state').textContent()) ?? '', /no JSON Web Token/);
    await page.locator('#token').fill(token);
    await assertFit(page);
    await picture(page, 'explorer-token');
    assert.equal(await page.locator('#scope').inputValue(), claims.scope);
    await page.locator('input[name=path]').fill('/Patient/1');
    await page.locator('form[method=get] button').click();
    assert.match((await page.locator('#verdict').textContent()) ?? '', /Permitted, by system\/Patient.rs/);
    await page.locator('select[name=method]').selectOption('DELETE');
    await page.locator('form[method=get] button').click();
    assert.match((await page.locator('#verdict').textContent()) ?? '', /Not permitted.*Patient\.d/);
    assert.doesNotMatch(sent.join('\n'), /c2lnbmF0dXJl|ES256/, 'the token is sent nowhere');
    for (const lang of inTurn(['uz', 'ru'], 2)) {
      await page.setViewportSize({ width: 320, height: 720 });
      await page.goto(`${platform.urls.portal}/explorer/token?lang=${lang}&scope=openid`);
      await assertFit(page);
    }
    await context.close();
  });

  test('reads a token that was there before its script', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'explorer-bobur');
    const page = await context.newPage();
    const asked = Promise.withResolvers<undefined>();
    const mayCome = Promise.withResolvers<undefined>();
    await page.route(/\/token[^/]*\.js/, async (route) => {
      asked.resolve(undefined);
      await mayCome.promise;
      await route.continue();
    });
    await page.goto(`${platform.urls.portal}/explorer/token`, { waitUntil: 'commit' });
    await page.locator('#token').fill('no token');
    await asked.promise;
    assert.equal(await page.locator('#token-state').textContent(), '');
    mayCome.resolve(undefined);
    await page.locator('#token-state', { hasText: 'no JSON Web Token' }).waitFor();
    await context.close();
  });

  test('calls nothing but the two servers, sends no header field of its own, and takes no form of another site', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'explorer-bobur');
    const page = await context.newPage();
    await page.goto(`${platform.urls.portal}/explorer`);
    const portal = new URL(platform.urls.portal);
    for (const path of [
      `http://127.0.0.1:${portal.port}/status.json`,
      '/../status.json',
      '/%2e%2e/status.json',
      'http://169.254.169.254/latest/meta-data',
      '//evil.example/x',
    ]) {
      const answer = await call(page, { path });
      assert.doesNotMatch(await page.content(), /checkedAt/, path);
      assert.ok(/40\d/.test(answer) || (await page.locator('.alarm').count()) === 1, `${path}: ${answer}`);
    }
    await page.goto(`${platform.urls.portal}/explorer`);
    await call(page, { path: '/metadata', headers: 'Authorization: Bearer x' });
    assert.equal(await page.locator('.alarm').count(), 1);
    await page.goto(`${platform.urls.portal}/explorer`);
    await page.locator('select[name=server]').selectOption('sso');
    for (const asked of [
      { path: '/oauth/authorize?client_id=x' },
      { method: 'POST', path: '/oauth/token' },
      { path: '/developer' },
      { path: '/admin/clients' },
    ]) {
      await call(page, asked);
      assert.equal(await page.locator('.alarm').count(), 1, asked.path);
    }

    const cookie = (await context.cookies(portal.href)).map(({ name, value }) => `${name}=${value}`).join('; ');
    const forged = await fetch(`${platform.urls.portal}/explorer`, {
      ...{ method: 'POST', redirect: 'manual', headers: { cookie } },
      body: new URLSearchParams({ csrf: 'x', server: 'fhir', method: 'GET', path: '/metadata' }),
    });
    assert.equal(forged.status, 303);
    const unknown = await fetch(`${platform.urls.portal}/explorer`, { redirect: 'manual' });
    assert.equal(unknown.status, 303);
    await context.close();
  });

  test('has no token of an application of others', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'explorer-bobur');
    const page = await context.newPage();
    await page.goto(`${platform.urls.portal}/explorer`);
    await page.evaluate(() => {
      const select = document.querySelector<HTMLSelectElement>('select[name=application]')!;
      select.append(new Option('x', 'dhp-portal', true, true));
    });
    await call(page, { path: '/Patient' });
    assert.ok((await page.locator('.alarm').count()) === 1 || (await page.locator('h1').count()) === 1);
    assert.doesNotMatch(await page.content(), /"resourceType"/);
    await context.close();
  });
});
