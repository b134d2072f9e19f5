/** The page of the requests of an application, at a whole platform: by its developer, in three languages, and by others. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser, withoutBrowser } from '../../../tests/browser.ts';
import { letGo } from '../../../tests/kept.ts';
import type { Platform } from '../../../tests/platform.ts';
import { inTurn } from '../../../tests/sample.ts';
import { sharedPlatform } from './shared-platform.ts';
import { assertFit, picture, register, signedIn, type Credentials } from './visitor.ts';

let platform: Platform;
let browser: Browser | undefined;

before(async () => {
  ({ platform } = await sharedPlatform({
    'requests-aziza': ['--name', 'Aziza Karimova'],
    'requests-bobur': ['--name', 'Bobur Karimova'],
  }));
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await letGo();
});

async function tokenOf({ id, secret }: Credentials): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
  const answer = await fetch(`${platform.urls.sso}/oauth/token`, { method: 'POST', body });
  return String(((await answer.json()) as Record<string, unknown>)['access_token']);
}

/** Opens the page until it has this many rows: they are written a second after the answer. */
async function withRows(page: Page, address: string, count: number): Promise<void> {
  for (let n = 0; n < 100; n += 1) {
    await page.goto(address);
    if ((await page.locator('table.requests tbody tr').count()) >= count) return;
    await delay(300);
  }
  assert.fail(`${address} has fewer than ${String(count)} rows`);
}

const hrefOf = (link: Locator): Promise<string> => link.evaluate((one) => (one as HTMLAnchorElement).href);

describe('the requests of an application', { skip: withoutBrowser }, () => {
  test('are found by its developer, in three languages, on a telephone and a large screen, and by nobody else', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'requests-aziza');
    const page = await context.newPage();
    const failed: string[] = [];
    page.on('console', (message) => message.type() === 'error' && failed.push(message.text()));
    const credentials = await register(page, platform);
    const token = await tokenOf(credentials);
    const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(`${platform.urls.playground}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', 'accept-language': 'en' },
      });
    for (let n = 0; n < 6; n += 1) await ask(`/Patient?_count=${String(n + 1)}`);
    await ask('/Patient?nam=x%3Cscript%3Ealert(1)%3C/script%3E');
    const refused = await ask('/Patient', {
      method: 'POST',
      body: '{"resourceType":"Patient","birthdate":"1985-02-03"}',
    });
    await ask('/Observation/none', {});
    await ask('/Consent/none');
    const requestId = refused.headers.get('x-request-id') ?? '';
    await tokenOf({ ...credentials, secret: 'wrong' });

    const address = `${platform.urls.portal}/applications/${credentials.id}/requests`;
    await page.goto(address.replace('/requests', ''));
    await page.locator('a[href$="/requests"]').click();
    await withRows(page, address, 10);
    assert.equal(await page.locator('svg.chart').count(), 2);
    assert.equal(await page.locator('tr.refused').count(), 4);
    assert.equal(await page.locator('main script').count(), 0);
    await page.locator('tr.refused', { hasText: 'birthdate' }).locator('summary').click();
    const first = await page.locator('tr.refused details', { hasText: 'birthdate' }).textContent();
    assert.match(first ?? '', /What to do/);
    assert.match(first ?? '', /birthdate/);

    await page.locator('input[name=request_id]').fill(requestId);
    await page.locator('form.search button').click();
    assert.equal(await page.locator('table.requests tbody tr').count(), 1);
    await page.locator('input[name=request_id]').fill('nobody-had-this');
    await page.locator('form.search button').click();
    await page.locator('main p[role=status]').waitFor();
    await assertFit(page);

    await withRows(page, `${address}?server=sso&status=refused`, 1);
    assert.match((await page.locator('tr.refused').first().textContent()) ?? '', /invalid_client/);
    for (const [lang, width] of inTurn(
      [
        ['uz', 320],
        ['ru', 1280],
        ['en', 3840],
      ] as const,
      3,
    )) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width, height: 720 });
        await page.emulateMedia({ colorScheme });
        await page.goto(`${address}?lang=${lang}`);
        await assertFit(page);
        await picture(page, `requests-${lang}-${String(width)}-${colorScheme}`);
      }
    }
    assert.deepEqual(failed, []);

    for (const [lang, width] of inTurn(
      [
        ['uz', 320],
        ['uz-Cyrl', 320],
        ['ru', 768],
        ['en', 1280],
      ] as const,
      2,
    )) {
      await page.setViewportSize({ width, height: 720 });
      await page.goto(`${address}?lang=${lang}`);
      const rows = page.locator('tr.refused', { has: page.locator('.why') });
      assert.equal(await rows.count(), 4, 'each says why');
      for (const summary of await rows.locator('summary').all()) await summary.click();
      await assertFit(page);
      await picture(page, `requests-why-${lang}-${String(width)}`);
    }
    for (const about of await page.locator('.requests .bullets a').all())
      assert.equal((await page.request.get(await hrefOf(about))).status(), 200);
    const consent = page.locator('tr.refused', { hasText: 'Consent/none' });
    await page.goto(await hrefOf(consent.locator('.actions a').nth(1)));
    assert.equal(await page.locator('input[name=path]').inputValue(), '/Consent/none');
    await page.goto(`${address}?lang=en`);
    await page.goto(
      await hrefOf(page.locator('tr.refused', { hasText: 'Observation/none' }).locator('.actions a').first()),
    );
    await page.locator('#call > button').last().click();
    assert.match((await page.locator('#answer-body').textContent()) ?? '', /"permitted"/);
    assert.deepEqual(failed, []);

    const other = await signedIn({ browser: browser!, platform }, 'requests-bobur');
    const stranger = await other.newPage();
    const answer = await stranger.goto(address);
    assert.equal(answer!.status(), 404);
    assert.doesNotMatch(await stranger.content(), /birthdate|Clinic system/);
    await Promise.all([context.close(), other.close()]);
  });
});
