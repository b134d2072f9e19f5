/** A page in a browser without errors, and its accessibility violations. */
import { deepEqual, equal } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { askPage, draw, valuesWithoutText, violationsOn } from '../../../tests/browser.ts';

/** Pages that the next check with the same options reuses, by these options. */
const kept = new Map<string, Page>();

/**
 * A page for a check. A kept one has no cookies, but the code that it has loaded: the first run of code in a Chromium process, such as axe,
 * takes several times as long as later ones.
 */
async function pageFor(browser: Browser, options: BrowserContextOptions, keeps: boolean): Promise<Page> {
  const found = keeps ? kept.get(JSON.stringify(options)) : undefined;
  if (found?.isClosed() !== false || found.context().browser() !== browser)
    return (await browser.newContext(options)).newPage();
  await found.context().clearCookies();
  return found;
}

/** Keeps the page for the next check, without its listeners. */
async function keepPage(page: Page, options: BrowserContextOptions): Promise<void> {
  page.removeAllListeners();
  await page.unrouteAll();
  await askPage(page, [{ expression: 'localStorage.clear(), sessionStorage.clear()' }]);
  await page.goto('about:blank');
  kept.set(JSON.stringify(options), page);
}

/**
 * Runs a check in a fresh page and requires that the page reported no complaints (no error, no violated policy) and that all its values are
 * texts, before and after the check.
 * @param o.html replaces the server's answer at the address
 * @param o.keeps the page need not be new: one of an earlier check with the same options is used
 */
export async function inPage(
  { browser, url, html, keeps = false }: { browser: Browser; url: string; html?: string; keeps?: boolean },
  options: BrowserContextOptions,
  check: (page: Page, complaints: string[]) => Promise<void>,
): Promise<void> {
  const page = await pageFor(browser, options, keeps);
  let isDone = false;
  try {
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    if (html !== undefined) await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: html }));
    const response = await page.goto(url);
    equal(response?.status(), new URL(url).pathname === '/nowhere' ? 404 : 200);
    deepEqual(await valuesWithoutText(page), []);
    await check(page, complaints);
    deepEqual(await valuesWithoutText(page), []);
    deepEqual(complaints, []);
    isDone = true;
  } finally {
    if (keeps && isDone) await keepPage(page, options);
    else await page.context().close();
  }
}

export async function violations(page: Page): Promise<string[]> {
  const found = await violationsOn(page, import.meta.resolve('axe-core/axe.min.js'));
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
}

/** Draws the page for `npm run screenshots`. `name` is the page with its language, and has a line in scripts/pictures.mjs. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env['DHP_SCREENSHOTS'];
  if (folder !== undefined) await writeFile(join(folder, `${name}.webp`), await draw(page));
}
