/** How long a new integrator takes from the start page to a first token: words to read, clicks, and whether pages jump while they load. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser, withoutBrowser } from '../../../tests/browser.ts';
import { makePerson } from '../../../tests/people.ts';
import { openHome, type Home, type Platform } from '../../../tests/platform.ts';
import { password } from './visitor.ts';

let place: Home;
let platform: Platform;
let browser: Browser | undefined;

const visits = [
  ['uz', 360, 'aziza'],
  ['ru', 360, 'bobur'],
  ['en', 1280, 'dilnoza'],
] as const;

before(async () => {
  place = await openHome({ begins: 'migrated', commands: 'together' });
  platform = await place.start();
  for (const [, , username] of visits)
    await makePerson(place, platform.urls.sso, { username, password }, ['--name', `${username} Karimova`]);
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await place.close();
});

const observer = `window.shift = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: 'layout-shift', buffered: true });`;

interface Walk {
  clicks: number;
  words: number;
  shift: number;
}

/** Words of what a page says above its fold are read, and what stands on the pages of the way in whole. */
async function readPage(page: Page, walk: Walk, part: string): Promise<void> {
  const text = (await page.locator(part).first().innerText()).split(/\s+/u);
  walk.words += text.filter((word) => /\p{L}/u.test(word)).length;
  walk.shift = Math.max(walk.shift, await page.evaluate<number>('window.shift'));
}

describe('a first token', { skip: withoutBrowser }, () => {
  for (const [locale, width, username] of visits)
    test(`takes few minutes and clicks, in ${locale} at ${String(width)} px`, async (t) => {
      const context = await browser!.newContext({ locale, viewport: { width, height: 720 } });
      const page = await context.newPage();
      await page.addInitScript(observer);
      const walk: Walk = { clicks: 0, words: 0, shift: 0 };
      const click = async (target: Locator): Promise<void> => {
        walk.clicks += 1;
        await target.click();
      };
      await page.goto(`${platform.urls.portal}/?lang=${locale}`);
      await readPage(page, walk, 'header');
      await readPage(page, walk, '.who');
      await click(page.locator('[data-role=developer] .go a').first());
      await page.locator('input[name=password]').waitFor();
      await readPage(page, walk, 'main');
      await page.locator('input[name=username]').fill(username);
      await page.locator('input[name=password]').fill(password);
      await click(page.locator('button[value=login]'));
      await page.waitForURL(`${platform.urls.portal}/applications`);
      await readPage(page, walk, 'main');
      await page.locator('input[name=name]').fill('Klinika');
      await click(page.locator('main button'));
      await page.waitForURL(/\/new\?/);
      await readPage(page, walk, 'main');
      await click(page.locator('a[href*="/new/backend"]'));
      await page.locator('input[name=client_name]').fill('Tizim');
      await readPage(page, walk, 'main');
      await click(page.locator('input[value=laboratory]'));
      await click(page.locator('main button[class=button]'));
      await page.locator('#client-secret').waitFor();
      await readPage(page, walk, 'main');
      const [id, secret] = await Promise.all(
        ['#client-id', '#client-secret'].map(async (target) => (await page.locator(target).textContent()) ?? ''),
      );
      const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: id!, client_secret: secret! });
      walk.clicks += 2; // to copy the lines, and to run them
      assert.equal((await fetch(`${platform.urls.sso}/oauth/token`, { method: 'POST', body })).status, 200);
      const minutes = walk.words / 200 + (walk.clicks * 3) / 60;
      const { clicks, words, shift } = walk;
      t.diagnostic(
        `${locale}, ${String(width)} px: ${String(words)} words, ${String(clicks)} clicks, ${minutes.toFixed(1)} minutes, layout shift ${shift.toFixed(4)}`,
      );
      assert.ok(clicks <= 14, `${String(clicks)} clicks`);
      assert.ok(minutes <= 6, `${minutes.toFixed(1)} minutes`);
      assert.ok(shift < 0.05, `layout shift ${String(shift)}`);
      await context.close();
    });
});
