/** Documents and error pages in a browser: accessibility, narrow and wide screens, the keyboard, and no layout shifts. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { askPage, launchBrowser, valuesWithoutText, withoutBrowser } from '../../../tests/browser.ts';
import { inPage, violations } from './in-page.ts';
import { install, type Installation } from './installation.ts';

describe('documents in a browser', { skip: withoutBrowser }, () => {
  let installation: Installation;
  let browser: Browser;
  const at = (path: string): { browser: Browser; url: string } => ({ browser, url: installation.url + path });
  const again = (path: string): ReturnType<typeof at> & { keeps: true } => ({ ...at(path), keeps: true });
  before(async () => {
    installation = await install();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await installation.close();
  });

  const paths = [
    '/documents',
    '/documents?q=token',
    '/documents/getting-started',
    '/documents/tokens',
    '/errors',
    '/errors/version-mismatch',
  ];
  const withLanguage = (path: string, language: string): string =>
    `${path}${path.includes('?') ? '&' : '?'}lang=${language}`;

  for (const path of paths) {
    it(`have no accessibility violation in the dark, and fit 4K: ${path}`, async () => {
      await inPage(again(withLanguage(path, 'ru')), { colorScheme: 'dark' }, async (page) => {
        deepEqual(await violations(page), []);
        const asked = { width: 3840, expression: 'document.documentElement.scrollWidth' };
        deepEqual(await askPage(page, [asked]), [3840]);
      });
    });

    it(`fit 320 pixels: ${path}`, async () => {
      const viewport = { width: 320, height: 568 };
      // One visitor, who changes the language.
      await inPage(again(withLanguage(path, 'uz')), { viewport, isMobile: true, hasTouch: true }, async (page) => {
        for (const language of ['uz', 'uz-Cyrl', 'ru', 'en']) {
          if (language !== 'uz') await page.goto(installation.url + withLanguage(path, language));
          deepEqual(await askPage(page, [{ expression: 'document.documentElement.scrollWidth' }]), [320], language);
          deepEqual(await valuesWithoutText(page), [], language);
        }
      });
    });
  }

  it('do not jump while they load, pictures and all', async () => {
    for (const width of [390, 1280, 3840])
      await inPage(at('/documents/sign-in?lang=uz'), { viewport: { width, height: 900 } }, async (page) => {
        await page.evaluate(`window.shift = 0; new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) window.shift += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });`);
        const picture = page.locator('article img').last();
        await picture.scrollIntoViewIfNeeded();
        await page.evaluate(`(({ complete }, one) => complete || new Promise((done) => one.addEventListener('load', () => done(true))))(
          [...document.images].at(-1), [...document.images].at(-1))`);
        const shift = await page.evaluate<number>('window.shift');
        ok(shift < 0.05, `${String(width)}: ${String(shift)}`);
      });
  });

  it('are moved through by the keyboard: headings lead to themselves, wide tables move', async () => {
    const viewport = { width: 390, height: 800 };
    await inPage(at('/documents/tokens?lang=en'), { viewport }, async (page) => {
      await page.locator('h2 a', { hasText: 'Required checks' }).focus();
      await page.keyboard.press('Enter');
      equal(new URL(page.url()).hash, '#required-checks');
      const table = page.locator('.table').nth(1);
      await table.focus();
      await page.keyboard.press('ArrowRight');
      const moved = (): Promise<boolean> => page.evaluate<boolean>('document.activeElement.scrollLeft > 0');
      for (const until = Date.now() + 30_000; !(await moved()) && Date.now() < until;);
      ok(await moved());
    });
  });

  it('are searched from the list, without a script too', async () => {
    await inPage(at('/documents?lang=en'), { javaScriptEnabled: false }, async (page) => {
      await page.getByRole('searchbox').fill('revocation');
      await page.keyboard.press('Enter');
      await page
        .getByRole('link', { name: /Checking a token yourself/ })
        .first()
        .click();
      equal(new URL(page.url()).pathname, '/documents/tokens');
    });
  });

  it('copy their code, with the addresses of the installation', async () => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    await inPage(at('/documents/getting-started?lang=en'), { permissions }, async (page) => {
      await page.locator('[data-copy=code-1]').click();
      await page.locator('[data-copy=code-1][data-result=done]').waitFor();
      const command = await page.evaluate<string>('navigator.clipboard.readText()');
      ok(command.startsWith(`TOKEN=$(curl -s ${installation.sso.url}/oauth/token`), command);
    });
  });
});
