/** A real browser for tests and pictures: found once, and started the same way everywhere. */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { keep, letGoOf } from './kept.ts';
import { look } from './look.ts';
import { isFull } from './sample.ts';

/** The headless shell first: the same engine without browser windows; a visit takes a third of the CPU time. */
const names = [
  'chromium-headless-shell',
  'chrome-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
];

/** Reproducible, offline, and usable by root in a container, in contrast to Chromium's own sandbox. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium to use: the one in CHROMIUM_PATH, else the system's, else undefined. */
export function findBrowser(): string | undefined {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') return named;
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** For `{ skip: withoutBrowser }` of a test: why it cannot run here, or false when it can. */
export const withoutBrowser: string | false =
  findBrowser() === undefined && 'no Chromium on this machine: install it, or name one with CHROMIUM_PATH';

/** Milliseconds to wait for an action on a page: a machine with more work than cores is slow. */
const patience = 90_000;

/** The key under which a process keeps its browser. */
const kept = 'Chromium';

/**
 * Returns the browser that the test files of this process share; the first of them starts it. Its `close` closes what the file opened in
 * it; the browser itself ends after the last file, which is the only one if a file runs alone.
 * @throws Error if there is no browser, or if the one in CHROMIUM_PATH does not start
 */
export async function launchBrowser(): Promise<Browser> {
  const { browser } = await keep(kept, open);
  return browser;
}

async function open(): Promise<{ browser: Browser; close: () => Promise<void>; isThere: () => boolean }> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error(String(withoutBrowser));
  const browser = await chromium.launch({ executablePath, args: [...flags] });
  const newContext = browser.newContext.bind(browser);
  const close = browser.close.bind(browser);
  browser.newContext = async (given) => {
    const context = await newContext(given);
    context.setDefaultTimeout(patience);
    return context;
  };
  browser.close = async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await letGoOf(kept);
  };
  return { browser, close, isThere: () => browser.isConnected() };
}

/** An expression to evaluate on a page, together with others: at a width in CSS pixels, or at the current width. */
export interface Asked {
  readonly expression: string;
  readonly width?: number;
}

/**
 * Returns the values of expressions in the page, as JSON, in their order. All are sent together, without the scripts that `page.evaluate`
 * loads into every page: the page is rendered once, and not for each width. Its width is then restored.
 * @throws Error if an expression throws
 */
export async function askPage(page: Page, asked: readonly Asked[]): Promise<unknown[]> {
  const session = await page.context().newCDPSession(page);
  const height = page.viewportSize()?.height ?? 720;
  const answers = asked.map(async ({ expression, width }) => {
    // A visible size would go a moment after the session, and be seen meanwhile.
    const fixed = { height, deviceScaleFactor: 1, mobile: false, dontSetVisibleSize: true };
    const resized =
      width === undefined ? undefined : session.send('Emulation.setDeviceMetricsOverride', { width, ...fixed });
    const evaluated = session.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    const [answer] = await Promise.all([evaluated, resized]);
    return answer;
  });
  const all = await Promise.all(answers);
  await session.detach();
  return asked.map(({ expression }, at) => {
    const { result, exceptionDetails: thrown } = all[at]!;
    if (thrown === undefined) return result.value as unknown;
    throw new Error(`${page.url()}: ${thrown.exception?.description ?? thrown.text} in ${expression}`);
  });
}

/** Runs in a page with axe: returns the violations, and as little as possible about passed rules, which would take most of the time. */
const runAxe = `axe.run({ resultTypes: ['violations'] }).then((results) => results.violations)`;

export interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Its text, by address. */
const read = new Map<string, string>();

/** Looks of pages on which axe found no violations in this process. */
const clean = new Set<string>();

/** A file that exists if axe found no violations on such a page in another process of the same run; undefined outside of a run. */
function markOf(seen: string): string | undefined {
  const folder = process.env['DHP_TEST_FOLDER'];
  if (folder === undefined) return undefined;
  return join(folder, `looked-${createHash('sha256').update(seen).digest('hex')}`);
}

/**
 * Returns the accessibility rules that a page breaks in its current state. A page that looks like one without violations in this run, for
 * example in another language (`look`), is not checked again; with `--full` every page is.
 * @param axe address of `axe-core/axe.min.js`: sending the long form to a page takes longer than the rules
 */
export async function violationsOn(page: Page, axe: string): Promise<readonly Violation[]> {
  const [seen] = (await askPage(page, [{ expression: look }])) as [string];
  const mark = markOf(seen);
  const isClean = clean.has(seen) || (mark !== undefined && existsSync(mark));
  if (isClean && !isFull) return [];
  const source = read.get(axe) ?? readFileSync(fileURLToPath(axe), 'utf8');
  read.set(axe, source);
  const asked = [`${source};0`, runAxe].map((expression) => ({ expression }));
  const [, found] = (await askPage(page, asked)) as [0, Violation[]];
  if (found.length > 0) return found;
  clean.add(seen);
  if (mark !== undefined) writeFileSync(mark, '');
  return [];
}

/**
 * Runs in the page: returns its texts, visible or not, except code in documents and calls, and the attributes that screen readers speak or
 * scripts show.
 */
const said = `(() => {
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest('script, style, article pre, [id^=snippet-]')) texts.push(walker.currentNode.data);
  for (const element of document.body.querySelectorAll('*'))
    for (const { name, value } of element.attributes)
      if (/^(?:aria-|data-|alt$|title$|placeholder$|value$|href$|action$)/.test(name)) texts.push(value);
  return texts;
})()`;

/** Keys of forms, ids of sign-ins and challenges: one of some thousand holds `-NaN-`. */
const random = /[\w-]{40,}/g;

/** Values on a page that were not meant as text: the source of a function, an object, or a missing value. */
export async function valuesWithoutText(page: Page): Promise<string[]> {
  const [all] = (await askPage(page, [{ expression: said }])) as [string[]];
  const texts = all.map((text) => text.replaceAll(random, '…'));
  return texts.filter((text) => /=>|\[object |\bundefined\b|\bNaN\b/.test(text)).map((text) => text.trim());
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const lightPicture = 60_000;
/** Quality, and how much of a long page is shown. */
const attempts = [
  [80, 2400],
  [65, 2400],
  [50, 2000],
  [50, 1500],
  [40, 1100],
  [40, 800],
] as const;

/** A picture of the page as WebP, as large and as good as the size limit allows. */
export async function draw(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  // Without a blinking caret; the focus is then restored.
  await page.evaluate('globalThis.focusedBefore = document.activeElement; document.activeElement?.blur()');
  const { cssContentSize: size } = await session.send('Page.getLayoutMetrics');
  const clip = { x: 0, y: 0, width: size.width, height: size.height, scale: 1 };
  let picture = Buffer.alloc(0);
  for (const [quality, height] of attempts) {
    const part = { ...clip, height: Math.min(clip.height, height) };
    const options = { format: 'webp', quality, captureBeyondViewport: true, clip: part } as const;
    picture = Buffer.from((await session.send('Page.captureScreenshot', options)).data, 'base64');
    if (picture.length <= lightPicture) break;
  }
  await session.detach();
  await page.evaluate('globalThis.focusedBefore?.focus()');
  return picture;
}
