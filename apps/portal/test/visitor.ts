/** Visitors of the portal of a whole platform, for tests in a real browser. */
import assert from 'node:assert/strict';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { askPage, valuesWithoutText, violationsOn } from '../../../tests/browser.ts';
import type { Platform } from '../../../tests/platform.ts';

export const password = 'a long and quiet password';

export async function signedIn(
  { browser, platform }: { browser: Browser; platform: Platform },
  username: string,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  await page.goto(`${platform.urls.portal}/applications`);
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await page.locator('button[value=login]').click();
  await page.waitForURL(`${platform.urls.portal}/applications`);
  return context;
}

export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/** A program of a new organisation of the visitor. */
export async function register(page: Page, platform: Platform): Promise<Credentials> {
  await page.goto(`${platform.urls.portal}/applications`);
  await page.locator('input[name=name]').fill('Clinic');
  await page.locator('main form.form button').click();
  await page.locator('a[href*="/new/backend"]').click();
  await page.locator('input[name=client_name]').fill('Clinic system');
  await page.locator('input[value=clinic]').check();
  await page.locator('main button[class=button]').click();
  const text = async (target: string): Promise<string> => (await page.locator(target).textContent()) ?? '';
  return { id: await text('#client-id'), secret: await text('#client-secret') };
}

/** The page violates no accessibility rule, and is not wider than the screen. */
export async function assertFit(page: Page): Promise<void> {
  assert.deepEqual(await violationsOn(page, import.meta.resolve('axe-core/axe.min.js')), [], page.url());
  const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
  assert.deepEqual(await askPage(page, [{ expression: overflow }]), [0], page.url());
  // PHP writes a pair as the source of a function in JavaScript is written.
  const found = (await valuesWithoutText(page)).filter((text) => !text.startsWith('<?php'));
  assert.deepEqual(found, [], page.url());
}

/** A picture for inspection, in the folder of DHP_PICTURES; none without it. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['DHP_PICTURES'];
  const fullPage = (page.viewportSize()?.width ?? 0) < 2000;
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage });
}

/** The words of the first element that a selector names. */
export const words = async (page: Page, target: string): Promise<string> =>
  (await page.locator(target).first().textContent()) ?? '';

/** The page in four languages, sizes, and colours; afterwards it is English and large. */
export async function assertShown(page: Page, address: string, name: string): Promise<void> {
  for (const [lang, width, colorScheme] of [
    ['uz', 320, 'dark'],
    ['uz-Cyrl', 768, 'light'],
    ['ru', 390, 'light'],
    ['en', 1280, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await page.goto(`${address}?lang=${lang}`);
    await assertFit(page);
    await picture(page, `${name}-${lang}-${String(width)}`);
  }
}

/** The text and the name of a file that a link or a button downloads. */
export async function downloaded(page: Page, target: string): Promise<{ text: string; name: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator(target).first().click()]);
  const parts: Buffer[] = [];
  for await (const part of await download.createReadStream()) parts.push(part as Buffer);
  return { text: Buffer.concat(parts).toString('utf8'), name: download.suggestedFilename() };
}
