/** A page in a browser that complains of nothing, and its violations of accessibility. */
import { deepEqual, equal } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { draw, valuesWithoutText, violationsOn } from '../../../tests/browser.ts';

/**
 * Runs a check in a fresh page and demands that the page complained of nothing (no error, no violated policy) and that all its values
 * are texts, before the check and after it.
 * @param o.html in the place of what the server answers at the address
 */
export async function inPage(
  { browser, url, html }: { browser: Browser; url: string; html?: string },
  options: BrowserContextOptions,
  check: (page: Page, complaints: string[]) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
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
  } finally {
    await context.close();
  }
}

export async function violations(page: Page): Promise<string[]> {
  const found = await violationsOn(page, import.meta.resolve('axe-core/axe.min.js'));
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
}

/** Draws the page where `npm run screenshots` asks for it. `name` is the page with its language, and has a line in scripts/pictures.mjs. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env['DHP_SCREENSHOTS'];
  if (folder !== undefined) await writeFile(join(folder, `${name}.webp`), await draw(page));
}
