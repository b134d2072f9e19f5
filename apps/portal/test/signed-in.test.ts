/** Pages for signed-in people: the start page by role, documents, and the notice about an application whose secret expires. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser, withoutBrowser } from '../../../tests/browser.ts';
import { makePerson } from '../../../tests/people.ts';
import { openHome, type Home, type Platform } from '../../../tests/platform.ts';
import { inTurn } from '../../../tests/sample.ts';
import { assertFit, password, picture, register, signedIn } from './visitor.ts';

let place: Home;
let platform: Platform;
let browser: Browser | undefined;

before(async () => {
  place = await openHome({ begins: 'migrated', programs: 'kept' });
  platform = await place.start({ DHP_APPLICATION_SECRET_DAYS: '5' });
  const make = (username: string, ...words: string[]): Promise<void> =>
    makePerson(place, platform.urls.sso, { username, password }, ['--name', `${username} Karimova`, ...words]);
  await make('developer');
  await make('patient', '--patient', 'p1');
  await make('operator');
  await place.json(['user', 'make-administrator', 'operator']);
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await place.close();
});

const visit = async (username: string): Promise<{ context: BrowserContext; page: Page }> => {
  const context = await signedIn({ browser: browser!, platform }, username);
  return { context, page: await context.newPage() };
};

/** Each page in two of them. */
const sizes = inTurn(
  [
    ['uz', 320],
    ['uz-Cyrl', 320],
    ['ru', 768],
    ['en', 1280],
  ] as const,
  2,
);

describe('the start page', { skip: withoutBrowser }, () => {
  test('leads who is not signed in on by who they are', async () => {
    const context = await browser!.newContext();
    const page = await context.newPage();
    for (const [lang, width] of sizes) {
      await page.setViewportSize({ width, height: 720 });
      await page.goto(`${platform.urls.portal}/?lang=${lang}`);
      const roles = await page.locator('.who .card').evaluateAll((cards) => cards.map((one) => one.dataset['role']));
      assert.deepEqual(roles, ['patient', 'developer', 'operator']);
      await assertFit(page);
      await picture(page, `who-${lang}-${String(width)}`);
    }
    for (const link of await page.locator('.who a').all()) {
      const address = await link.evaluate((one) => (one as HTMLAnchorElement).href);
      assert.equal((await page.request.get(address)).status(), 200, address);
    }
    await context.close();
  });

  for (const [username, first] of [
    ['developer', 'developer'],
    ['patient', 'patient'],
    ['operator', 'operator'],
  ] as const)
    test(`begins with what is theirs for the ${username}`, async () => {
      const { context, page } = await visit(username);
      for (const [lang, width] of sizes) {
        await page.setViewportSize({ width, height: 720 });
        const own = page.locator('.who > .cards > .card');
        // A busy SSO may answer later than the page waits.
        for (let n = 0; n < 30; n += 1) {
          await page.goto(`${platform.urls.portal}/?lang=${lang}`);
          if ((await own.count()) === 1) break;
        }
        assert.deepEqual(await own.evaluateAll((cards) => cards.map((one) => one.dataset['role'])), [first]);
        assert.match((await page.locator('#who').textContent()) ?? '', /Karimova/);
        await assertFit(page);
        await picture(page, `who-${username}-${lang}-${String(width)}`);
      }
      await page.locator('.who summary').click();
      assert.equal(await page.locator('.who details .card').count(), 2);
      await assertFit(page);
      await context.close();
    });

  test('shows nobody who has signed out elsewhere, and is no page that another one is given', async () => {
    const { context, page } = await visit('patient');
    const cookie = (await context.cookies(platform.urls.portal)).map((one) => `${one.name}=${one.value}`).join('; ');
    const asked = (sent: Record<string, string>): Promise<Response> =>
      fetch(`${platform.urls.portal}/?lang=en`, { headers: sent });
    const own = await asked({ cookie });
    assert.match(await own.text(), /patient Karimova/);
    assert.equal(own.headers.get('cache-control'), 'no-store');
    assert.doesNotMatch(await (await asked({})).text(), /patient Karimova/);
    await page.goto(`${platform.urls.portal}/`);
    await page.locator('.visitor button').click();
    await page.waitForURL(`${platform.urls.portal}/`);
    const late = await asked({ cookie });
    assert.equal(late.status, 200);
    assert.doesNotMatch(await late.text(), /patient Karimova/);
    await context.close();
  });
});

test('a code on paper from the command line opens the way to a password at the server', async () => {
  // Both derive the key of codes from that of the installation.
  const made = await place.json<{ code: string; address: string }>(['user', 'paper-code', 'patient']);
  const typed = (code: string): Promise<Response> =>
    fetch(made.address, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ code }) });
  const opened = await typed(made.code);
  assert.equal(opened.status, 303);
  assert.match(opened.headers.get('location') ?? '', /^\/password\/new\?token=/);
  assert.equal((await typed(made.code)).status, 400, 'it is good once');
});

describe('pages that are the same for everybody', { skip: withoutBrowser }, () => {
  test('say who is signed in, and nobody else gets them so', async () => {
    const { context, page } = await visit('developer');
    for (const path of ['documents', 'documents?q=token', 'documents/tokens', 'errors', 'errors/token-missing']) {
      await page.goto(`${platform.urls.portal}/${path}`);
      assert.match((await page.locator('.visitor').textContent()) ?? '', /developer Karimova/, path);
      assert.equal(await page.locator('a.way').count(), 0, path);
      await assertFit(page);
      const stranger = await fetch(`${platform.urls.portal}/${path}`);
      assert.doesNotMatch(await stranger.text(), /developer Karimova/, path);
    }
    await page.locator('.visitor button').click();
    await page.waitForURL(`${platform.urls.portal}/`);
    assert.equal(await page.locator('a.way').count(), 1);
    await context.close();
  });
});

describe('an application whose secret ends soon', { skip: withoutBrowser }, () => {
  test('says so on its page, in four languages', async () => {
    const { context, page } = await visit('developer');
    const { id } = await register(page, platform);
    for (const [lang, width] of sizes) {
      await page.setViewportSize({ width, height: 720 });
      await page.goto(`${platform.urls.portal}/applications/${id}?lang=${lang}`);
      assert.equal(await page.locator('main .alarm[role=status]').count(), 1);
      await assertFit(page);
      await picture(page, `ends-${lang}-${String(width)}`);
    }
    await page.goto(`${platform.urls.portal}/applications/${id}?lang=en`);
    assert.match((await page.locator('main .alarm').textContent()) ?? '', /The secret ends on \d/);
    await context.close();
  });
});
