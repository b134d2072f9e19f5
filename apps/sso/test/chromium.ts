/** The pages in a real browser: a server whose issuer is its own address, an application to come from, and checks for any page. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { SsoOptions } from '@dhp/sso';
import {
  askPage,
  draw,
  launchBrowser,
  valuesWithoutText,
  violationsOn,
  withoutBrowser,
} from '../../../tests/browser.ts';
import { freePort } from '../../../tests/processes.ts';
import { isFirst } from '../../../tests/sample.ts';
import { authorizeAddress, pkce } from './browser.ts';
import type { TestBed } from './support.ts';

export { withoutBrowser };

export interface ChromiumBed {
  /** The issuer, at which the server really listens. */
  issuer: string;
  /** The redirect URI of the tests' application. */
  redirectUri: string;
  /** A person at a separate device, without a session. */
  visit(o?: Viewing): Promise<{ page: Page; context: BrowserContext }>;
}

export interface Viewing {
  language?: string;
  dark?: boolean;
  /** Width and height in CSS pixels; default: a telephone. */
  size?: readonly [number, number];
}

export const phone = [390, 844] as const;
export const smallPhone = [320, 568] as const;
export const desktop = [1280, 800] as const;

/** Call it at the top level of the file, after `testBed`. @param o.port for the server; default: any free port */
export async function chromiumBed(
  bed: TestBed,
  { port: wanted, ...options }: Partial<SsoOptions> & { port?: number } = {},
): Promise<ChromiumBed> {
  const port = wanted ?? (await freePort());
  const issuer = `http://localhost:${String(port)}`;
  await bed.start({ ...options, issuer, port });
  const app = createServer((_request, response) =>
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>app</title>back in the application'),
  );
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const redirectUri = `http://localhost:${String((app.address() as AddressInfo).port)}/cb`;
  // With the first visit, not in a hook: hooks of a file whose top level awaited something run concurrently.
  let browser: Promise<Browser> | undefined;
  after(async () => {
    await (await browser)?.close();
    app.close();
  });
  return {
    issuer,
    redirectUri,
    async visit({ language = 'en', dark = false, size = phone } = {}) {
      browser ??= launchBrowser();
      const context = await (
        await browser
      ).newContext({
        locale: language,
        colorScheme: dark ? 'dark' : 'light',
        viewport: { width: size[0], height: size[1] },
      });
      return { page: await context.newPage(), context };
    },
  };
}

/** The address at which a sign-in for a client begins. */
export function beginning(
  { issuer, redirectUri }: ChromiumBed,
  clientId: string,
  more: Record<string, string> = {},
): string {
  const request = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri, ...pkce().query, ...more };
  return issuer + authorizeAddress(request);
}

/** From a small telephone over tablets, upright and across, to a small desk; in CSS pixels. */
const widths = [320, 600, 768, 1024] as const;

/**
 * Runs in the page. Lists members of grids and flexible boxes that overlap or whose content is wider than they are, elements that extend
 * beyond the window, and text directly below a box with a border, which a reader takes for a part of the box. A field is such a box, too,
 * but a hint stands close to its field on purpose.
 */
const misplaced = `(() => {
  const found = [];
  const say = (what, element) => found.push(what + ': ' + element.outerHTML.slice(0, 120));
  const shown = (element) => element.checkVisibility() && element.getClientRects().length > 0;
  const scrolls = (element) => element !== document.body && (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
  const isOverfull = (element) => getComputedStyle(element).overflowX === 'visible' && element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1;
  const isPlaced = (element) => !['absolute', 'fixed'].includes(getComputedStyle(element).position);
  const border = (element, side) => parseFloat(getComputedStyle(element)['border' + side + 'Width']);
  const endsInBox = (element) => border(element, 'Bottom') > 0 && border(element, 'Left') > 0 ? element : lowest(element);
  const lowest = (element) => {
    const bottom = element.getBoundingClientRect().bottom;
    const last = [...element.children].filter((one) => shown(one) && isPlaced(one)).findLast((one) => one.getBoundingClientRect().bottom > bottom - 1);
    return last === undefined ? undefined : endsInBox(last);
  };
  const next = (element) => {
    const sibling = element.nextElementSibling;
    return sibling === null || (shown(sibling) && isPlaced(sibling)) ? sibling : next(sibling);
  };
  for (const box of document.querySelectorAll('body *')) {
    if (!shown(box) || box.closest('svg') !== null) continue;
    const below = getComputedStyle(box).display.startsWith('inline') ? null : next(box);
    const ended = below === null ? undefined : endsInBox(box);
    if (ended !== undefined && !ended.matches('input, select, textarea') && !below.matches('.hint') && below.innerText !== '' && border(below, 'Top') === 0) {
      const space = below.getBoundingClientRect().top + parseFloat(getComputedStyle(below).paddingTop) - ended.getBoundingClientRect().bottom;
      if (space >= 0 && space < 6) say('no space above ' + below.outerHTML.slice(0, 80), ended);
    }
    if (box.getBoundingClientRect().right > innerWidth + 1 && isPlaced(box) && !scrolls(box)) say('beyond the window', box);
    if (!/grid|flex/.test(getComputedStyle(box).display)) continue;
    const members = [...box.children].filter((one) => shown(one) && isPlaced(one));
    [box, ...members].filter(isOverfull).forEach((one) => say('wider than its place', one));
    members.forEach((member, at) => {
      const mine = member.getBoundingClientRect();
      for (const other of members.slice(at + 1)) {
        const its = other.getBoundingClientRect();
        const across = Math.min(mine.right, its.right) - Math.max(mine.left, its.left);
        const down = Math.min(mine.bottom, its.bottom) - Math.max(mine.top, its.top);
        if (across > 1 && down > 1) say('lies over its neighbour', member);
      }
    });
  }
  return found;
})()`;

/** The name of a drawn page: `sign-in.uz.dark` is `sign-in`, in Uzbek, in dark mode. */
const drawn = /^(?<shown>.+?)\.(?<language>uz|ru|en)(?:\.dark)?$/;

/** Returns the widths for a page: all of them in its first language, and the narrowest in the others, whose words are longer or shorter. */
function widthsOf(name: string): readonly number[] {
  const shown = drawn.exec(name)?.groups?.['shown'];
  return shown === undefined || isFirst(`widths of ${shown}`) ? widths : widths.slice(0, 1);
}

/** Asserts that at every width nothing on the page scrolls sideways, is cut off or overlaps. */
async function fitsEveryWidth(page: Page, name: string): Promise<void> {
  const widths = widthsOf(name);
  const expression = `[innerWidth, document.documentElement.scrollWidth, ${misplaced}]`;
  const answers = await askPage(
    page,
    widths.map((width) => ({ width, expression })),
  );
  for (const [at, width] of widths.entries()) {
    const where = `${name} at ${String(width)} pixels`;
    const [inner, across, found] = answers[at] as [number, number, string[]];
    assert.equal(inner, width, `${where} was looked at`);
    assert.equal(across, width, `${where} scrolls sideways`);
    assert.deepEqual(found, [], where);
  }
}

async function passesAxe(page: Page, name: string): Promise<void> {
  const found = await violationsOn(page, import.meta.resolve('axe-core/axe.min.js'));
  const said = found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
  assert.deepEqual(said, [], name);
}

/**
 * Asserts the rules for every page: axe finds nothing, and nothing is cut off or scrolls sideways at any width. With DHP_SCREENSHOTS, the
 * path of a folder, the page is also drawn there (`npm run screenshots`). `name` is the page with its language, such as `sign-in.uz` or
 * `sign-in.uz.dark`, and has a line in scripts/pictures.mjs; without a name the page is not drawn. In a second language only checks that
 * depend on the language run (decision 97); with `--full` all.
 * @param o.axe whether axe checks the page, which takes longer than all other checks: false if it does so in another language (default
 * true)
 */
export async function isFit(page: Page, name?: string, o: { axe?: boolean } = {}): Promise<void> {
  if (o.axe !== false) await passesAxe(page, name ?? page.url());
  await fitsEveryWidth(page, name ?? page.url());
  assert.deepEqual(await valuesWithoutText(page), [], name ?? page.url());
  // A password is masked, password managers can identify its field, and pasting is allowed.
  const expression = `[...document.querySelectorAll('input[name=password], input[name=current], input[name=new]')].map((one) =>
    [one.type, one.autocomplete, one.readOnly, one.getAttribute('onpaste')].join(' '))`;
  const [secrets] = (await askPage(page, [{ expression }])) as [string[]];
  for (const one of secrets) assert.match(one, /^password (?:current|new)-password false $/, name ?? page.url());
  const folder = process.env['DHP_SCREENSHOTS'];
  if (folder !== undefined && name !== undefined) await writeFile(join(folder, `${name}.webp`), await draw(page));
}
