/**
 * Walks of first-time visitors, in three languages, on a telephone and a desktop: an integrator to a stored laboratory result, a front-end
 * developer to a signed-in patient, and an operator who approves production.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { fromBase32, totpCode, totpStep } from '@dhp/accounts/testing';
import { launchBrowser, withoutBrowser } from '../../../tests/browser.ts';
import { letGo } from '../../../tests/kept.ts';
import { makePerson } from '../../../tests/people.ts';
import { openHome, type Home, type Platform } from '../../../tests/platform.ts';
import { isFull } from '../../../tests/sample.ts';
import { sharedPlatform } from './shared-platform.ts';
import { password, signedIn } from './visitor.ts';
import { Walk } from './walk.ts';

const visits = [
  ['uz', 360],
  ['ru', 360],
  ['en', 1280],
] as const;
/** Each walk in some languages; with `--full` in all. The first creates the organisation for an operator's walk. */
const walked = (...languages: readonly string[]): readonly (typeof visits)[number][] =>
  visits.filter(([language]) => isFull || languages.includes(language));

let browser: Browser | undefined;
before(async () => {
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await letGo();
});

/** From the start page to the list of applications, and to the first organisation. */
async function comeIn(walk: Walk, { urls }: Platform, locale: string, username: string): Promise<void> {
  const { page } = walk;
  await page.goto(`${urls.portal}/?lang=${locale}`);
  await walk.read('header');
  await walk.read('.who');
  await walk.click('[data-role=developer] .go a');
  await page.locator('input[name=password]').waitFor();
  await walk.read('main');
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await walk.click('button[value=login]');
  await page.waitForURL(`${urls.portal}/applications`);
  await walk.read('main');
  await page.locator('input[name=name]').fill('Klinika');
  await walk.click('main button');
  await page.waitForURL(/\/new\?/);
  await walk.read('main');
}

describe('somebody new', { skip: withoutBrowser }, () => {
  let platform: Platform;
  before(async () => {
    const names = visits.flatMap(([locale]) => [`integrator-${locale}`, `front-${locale}`]);
    ({ platform } = await sharedPlatform(Object.fromEntries(names.map((name) => [name, ['--name', 'A Karimova']]))));
  });

  for (const [locale, width] of walked('uz', 'en'))
    test(`connects a laboratory and stores a result, in ${locale} at ${String(width)} px`, async (t) => {
      const walk = await Walk.begin(browser!, { locale, width });
      const { page } = walk;
      await comeIn(walk, platform, locale, `integrator-${locale}`);
      await walk.click('a[href*="/new/backend"]');
      await page.locator('input[name=client_name]').fill('Tizim');
      await walk.read('main');
      await walk.click('input[value=laboratory]');
      await walk.click('main button[class=button]');
      await page.locator('#client-secret').waitFor();
      await walk.read('main');
      const [id, secret] = await Promise.all(
        ['#client-id', '#client-secret'].map(async (target) => (await page.locator(target).textContent()) ?? ''),
      );
      const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: id!, client_secret: secret! });
      const { words, clicks, minutes } = walk;
      t.diagnostic(
        `${locale}, to the lines of a first token: ${String(words)} words, ${String(clicks)} clicks, ${minutes.toFixed(1)} minutes`,
      );
      assert.equal((await fetch(`${platform.urls.sso}/oauth/token`, { method: 'POST', body })).status, 200);

      // The result is stored in the explorer, with the token of the new application.
      await walk.click('nav a[href$="explorer"]');
      await page.locator('#call').waitFor();
      await walk.read('#call');
      await walk.click('#call > details > summary');
      await page.locator('select[name=template]').selectOption('laboratory-result');
      walk.clicks += 2; // to open the list, and to choose
      await walk.click('button[name=insert]');
      await page.locator('textarea[name=body]').waitFor();
      await walk.click('#call > button');
      await page.locator('#answer').waitFor();
      assert.match((await page.locator('#answer').textContent()) ?? '', /201/, await page.locator('main').innerText());
      await walk.read('#answer');
      await walk.end(t, `${locale}, ${String(width)} px, to a stored result`);
    });

  for (const [locale, width] of walked('ru'))
    test(`makes a page that a patient signs in to, in ${locale} at ${String(width)} px`, async (t) => {
      const walk = await Walk.begin(browser!, { locale, width });
      const { page } = walk;
      await comeIn(walk, platform, locale, `front-${locale}`);
      await walk.click('a[href*="/new/single-page"]');
      await page.locator('input[name=client_name]').fill('Sahifa');
      await page.locator('textarea[name=redirect_uris]').fill('http://localhost:3000/cb');
      await walk.read('main');
      await walk.click('input[value=own-record]');
      await walk.click('main button[class=button]');
      await page.locator('#client-id').waitFor();
      await walk.read('main');
      await walk.click('main .actions a.button');
      await walk.read('main');
      await walk.click('a[href*="explorer/launch?client="]');
      await walk.read('main');
      const patient = page.locator('select[name=person] option[value]').last();
      await page.locator('select[name=person]').selectOption(await patient.getAttribute('value'));
      walk.clicks += 2; // to open the list, and to choose
      await walk.click('button[value=play]');
      await page.locator('.wire').waitFor();
      await walk.read('main > .notice');
      const answer = (await page.locator('.wire pre').last().textContent()) ?? '';
      assert.match(answer, /"patient": "[^"]+"/);
      assert.match(answer, /"fhirUser": "[^"]*\/Patient\//);
      await walk.end(t, `${locale}, ${String(width)} px, to a signed-in patient`);
    });
});

describe('an operator', { skip: withoutBrowser }, () => {
  let place: Home;
  let platform: Platform;
  let codes: string[] = [];
  before(async () => {
    place = await openHome({ begins: 'migrated', programs: 'kept', environment: { DHP_PRODUCTION: 'on' } });
    platform = await place.start();
    for (const username of ['aziza', 'operator'])
      await makePerson(place, platform.urls.sso, { username, password }, ['--name', `${username} Karimova`]);
    await place.json(['user', 'make-administrator', 'operator']);
    if (browser !== undefined) codes = await setUpCodes();
  });
  after(() => place.close());

  /** Changes of the administration need two factors. @returns codes, each of which is valid once */
  async function setUpCodes(): Promise<string[]> {
    const context = await browser!.newContext({ locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(`${platform.urls.sso}/operate`);
    await page.locator('input[name=username]').fill('operator');
    await page.locator('input[name=password]').fill(password);
    await page.locator('button[value=login]').click();
    const secret = fromBase32((await page.innerText('figure + p code')).replaceAll(' ', ''));
    await page.locator('#code').fill(totpCode(secret, totpStep(new Date())));
    await page.locator('form:has(#code) button').click();
    await page.locator('button[value=recovery-kept]').waitFor();
    const kept = await page.locator('.codes code').allTextContents();
    await context.close();
    return kept;
  }

  test('approves production for applications, each in another language', async (t) => {
    const developer = await signedIn({ browser: browser!, platform }, 'aziza');
    const page = await developer.newPage();
    for (const [locale, width] of walked('uz', 'en')) {
      await page.goto(`${platform.urls.portal}/applications`);
      if (locale === 'uz') {
        await page.locator('input[name=name]').fill('Klinika');
        await page.locator('main form.form button').click();
      } else await page.locator('a[href*="applications/new?"]').first().click();
      await page.locator('a[href*="/new/backend"]').click();
      await page.locator('input[name=client_name]').fill(`Tizim ${locale}`);
      await page.locator('input[value=laboratory]').check();
      await page.locator('main button[class=button]').click();
      const made = await page.locator('#client-id').textContent();
      await page.goto(`${platform.urls.portal}/applications/${made ?? ''}/production`);
      await page.locator('textarea[name=profiles]').fill('Observation, DiagnosticReport');
      await page.locator('textarea[name=tests]').fill('All recipes, with 201');
      await page.locator('textarea[name=contacts]').fill('it@clinic.uz');
      await page.locator('main button[class=button]').click();
      const asked = (await page.locator('#client-id').textContent()) ?? '';
      const secret = (await page.locator('#client-secret').textContent()) ?? '';
      const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: asked, client_secret: secret });
      const ask = async (): Promise<number> =>
        (await fetch(`${platform.urls.sso}/oauth/token`, { method: 'POST', body })).status;
      assert.notEqual(await ask(), 200, 'it waits');

      const walk = await Walk.begin(browser!, { locale, width });
      await walk.page.goto(`${platform.urls.portal}/?lang=${locale}`);
      await walk.read('.who');
      await walk.click('[data-role=operator] .go a');
      await walk.page.locator('input[name=password]').waitFor();
      await walk.read('main');
      await walk.page.locator('input[name=username]').fill('operator');
      await walk.page.locator('input[name=password]').fill(password);
      await walk.click('button[value=login]');
      await walk.page.locator('#code').waitFor();
      await walk.read('main');
      await walk.page.locator('#code').fill(codes.pop()!);
      await walk.click('form:has(#code) button');
      await walk.page.waitForURL(/\/operate/);
      await walk.read('main');
      await walk.click(`a[href$="/clients/${asked}"]`);
      await walk.read('main');
      await walk.click(`a[href$="/clients/${asked}/approve"]`);
      await walk.page.locator('main form').waitFor();
      await walk.read('main');
      const reason = walk.page.locator('main form [name=reason]');
      if ((await reason.count()) > 0) await reason.fill('The checklist is whole');
      await walk.click('main form button');
      await walk.page.waitForURL(/notice=|\/clients\//);
      await walk.read('h1');
      await walk.end(t, `${locale}, ${String(width)} px, to an approved application`);
      assert.equal(await ask(), 200, 'it works');
    }
    await developer.close();
  });
});

describe('a first visit', { skip: withoutBrowser }, () => {
  let platform: Platform;
  before(async () => {
    ({ platform } = await sharedPlatform({ 'visitor-aziza': ['--name', 'Aziza Karimova'] }));
  });

  /** Bytes transferred for one page with all its resources, and the seconds to load it at 1.6 Mbit/s. */
  async function weigh(path: string, username?: string): Promise<{ bytes: number; seconds: number }> {
    const context =
      username === undefined ? await browser!.newContext() : await signedIn({ browser: browser!, platform }, username);
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    const speed = { latency: 40, downloadThroughput: 200_000, uploadThroughput: 94_000 };
    await session.send('Network.emulateNetworkConditions', { offline: false, ...speed });
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    const began = performance.now();
    await page.goto(`${platform.urls.portal}${path}`, { waitUntil: 'load' });
    const seconds = (performance.now() - began) / 1000;
    await context.close();
    return { bytes, seconds };
  }

  test('weighs little: the start page, and the explorer of who is signed in', async (t) => {
    for (const [path, most, username] of [
      ['/', 60_000, undefined],
      ['/documents', 60_000, undefined],
      ['/documents/getting-started', 60_000, undefined],
      ['/errors', 60_000, undefined],
      ['/applications', 60_000, 'visitor-aziza'],
      ['/explorer', 250_000, 'visitor-aziza'],
    ] as const) {
      const { bytes, seconds } = await weigh(path, username);
      t.diagnostic(`${path}: ${String(bytes)} bytes, loaded in ${seconds.toFixed(2)} s at 1.6 Mbit/s`);
      assert.ok(bytes > 1_000 && bytes < most, `${path}: ${String(bytes)} bytes`);
      // The measured time depends on the machine; this is the transfer time of the bytes at that speed.
      if (path === '/') assert.ok((bytes * 8) / 1_600_000 < 0.6, path);
    }
  });
});
