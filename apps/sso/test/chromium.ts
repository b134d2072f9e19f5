/** The pages in a real browser: a server whose issuer is where it listens, an application to come from, and checks of any page. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { join } from 'node:path';
import { after } from 'node:test';
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { SsoOptions } from '@dhp/sso';
import { launchBrowser, withoutBrowser } from '../../../tests/browser.ts';
import { authorizeAddress, pkce } from './browser.ts';
import type { TestBed } from './support.ts';

export { withoutBrowser };

export interface ChromiumBed {
  /** The issuer, and where the server really listens. */
  issuer: string;
  /** Where the application of the tests wants its people back. */
  redirectUri: string;
  /** A person at a device of their own: nobody is signed in. */
  visit(o?: Visit): Promise<{ page: Page; context: BrowserContext }>;
}

export interface Visit {
  language?: string;
  dark?: boolean;
  /** Width and height in CSS pixels; default: a telephone. */
  size?: readonly [number, number];
}

export const phone = [390, 844] as const;
export const smallPhone = [320, 568] as const;
export const desktop = [1280, 800] as const;

/** Call it at the top level of the file, after `testBed`. @param o.port where the server is to listen; default: anywhere */
export async function chromiumBed(
  bed: TestBed,
  { port: wanted, ...options }: Partial<SsoOptions> & { port?: number } = {},
): Promise<ChromiumBed> {
  const port = wanted ?? (await freePort());
  const issuer = `http://localhost:${String(port)}`;
  await bed.start({ ...options, issuer, port });
  const app = createHttpServer((_request, response) =>
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>app</title>back in the application'),
  );
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const redirectUri = `http://localhost:${String((app.address() as AddressInfo).port)}/cb`;
  // With the first visit, not in a hook: hooks of a file whose top level has awaited something run beside each other.
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
      context.setDefaultTimeout(20_000);
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

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/**
 * What must hold for every page that a person meets: axe finds nothing, nothing is cut off or scrolls sideways at 320 pixels.
 * Where DHP_SCREENSHOTS names a folder it is drawn there too (`npm run screenshots`): `name` says which page, in which language, as
 * `sign-in.uz` or `sign-in.uz.dark`, and has a line in scripts/pictures.mjs. Without a name it is not drawn.
 */
export async function isFit(page: Page, name?: string): Promise<void> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<Violation[]>('axe.run().then((results) => results.violations)');
  const said = found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
  assert.deepEqual(said, [], name ?? page.url());
  const usual = page.viewportSize()!;
  await page.setViewportSize({ width: 320, height: 568 });
  const wide = await page.evaluate('document.documentElement.scrollWidth');
  assert.equal(wide, 320, `${name ?? page.url()} scrolls sideways at 320 pixels`);
  await page.setViewportSize(usual);
  const folder = process.env['DHP_SCREENSHOTS'];
  if (folder !== undefined && name !== undefined) await writeFile(join(folder, `${name}.webp`), await draw(page));
}

const lightPicture = 60_000;
/** Quality, and how much of a long page is shown. */
const attempts = [
  [80, 2400],
  [65, 2400],
  [50, 2000],
  [50, 1500],
  [40, 1100],
] as const;

/** A picture of the page as WebP, as good and as long as it stays light. */
export async function draw(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  // Without a blinking caret; the test goes on where it was.
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
