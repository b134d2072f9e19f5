/**
 * Pages beside the main sign-in, in a real browser: a device that is authorized, signing out, the OneID for testing, a client with a
 * picture.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { logoOf } from '@dhp/clients';
import { testOneIdPath } from '@dhp/sign-in';
import { oneId } from '@dhp/accounts/identity-systems';
import { openAccounts } from '@dhp/accounts';
import type { Page } from 'playwright-core';
import { freePort } from '../../../tests/processes.ts';
import { pageLanguages } from '../../../tests/sample.ts';
import { beginning, chromiumBed, desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const password = 'correct horse battery';
const languages = ['uz', 'ru', 'en'] as const;
const testOneId = { clientId: 'dhp', clientSecret: 's' };
const port = await freePort();
const at = `http://localhost:${String(port)}${testOneIdPath}`;
const chromium = await chromiumBed(bed, {
  allowedHosts: [new URL(at).host],
  upstreams: [oneId({ ...testOneId, url: at, scope: 'dhp', name: 'OneID (test)' })],
  testOneId: {
    ...testOneId,
    citizens: [
      { pinfl: '30101900000011', firstName: 'Aziza', surname: 'Karimova', is: 'patient', id: 'c-1' },
      { pinfl: '50202910000022', firstName: 'Olim', surname: 'Usmonov', is: 'patient', id: 'c-2' },
      { pinfl: '30303800000033', firstName: 'Nodira', surname: 'Alimova', is: 'health-worker', id: 'c-3' },
    ],
  },
  directory: () => Promise.resolve([]),
  port,
});

/** A cross on a field of one colour, 24 by 24. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAABgAAAAYAQMAAADaua+7AAAABlBMVEUAaXr///81ecoZAAAAF0lEQVR42mNgQAd1mJj//wesGJtaNAAAJUcQ4XibITgAAAAASUVORK5CYII=',
  'base64',
);
let application = '';
let television = '';

before(async () => {
  const grants = ['authorization_code'];
  const redirectUris = [chromium.redirectUri];
  const registration = { name: 'Bemorlar kabineti', grants, scopes: ['openid'], redirectUris, public: true };
  ({ id: application } = await newClient(bed.clients, { ...registration, logo: logoOf(picture) }));
  const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
  ({ id: television } = await newClient(bed.clients, {
    ...{ name: 'Qabulxona ekrani', grants: [deviceGrant], scopes: ['openid'], public: true },
  }));
  for (const username of languages)
    await accounts.create({ username, name: username === 'en' ? 'Second Person' : 'Aziza Karimova', password });
});

describe('the pages beside a sign-in', { skip: withoutBrowser }, () => {
  for (const language of pageLanguages) {
    it(`are fit in ${language}`, async () => {
      const { page, context } = await chromium.visit({
        language,
        size: language === 'ru' ? desktop : phone,
        dark: language === 'ru',
      });
      const { body } = await postForm(`${chromium.issuer}/oauth/device_authorization`, {
        client_id: television,
        scope: 'openid',
      });
      await page.goto(`${chromium.issuer}/oauth/device?user_code=${String(body['user_code'])}`);
      assert.equal(await page.getAttribute('html', 'lang'), language);
      assert.equal(await page.inputValue('#user_code'), body['user_code']);
      await isFit(page, `device-code.${language}`);
      await page.click('main button');
      await page.waitForSelector('button[name=confirm]');
      await isFit(page, `device-question.${language}`);
      await page.click('button[name=confirm]');
      await page.waitForSelector('#username');
      await page.fill('#username', language);
      await page.fill('#password', password);
      await page.click('button[value=login]');
      const allow = page.locator('button[value=allow]');
      await allow.waitFor();
      await allow.click();
      await page.waitForLoadState();
      await isFit(page, `device-done.${language}`);

      await page.goto(beginning(chromium, application, { prompt: 'login' }));
      const isShown = await page.evaluate('document.querySelector("img.tile").naturalWidth');
      assert.equal(isShown, 24, 'the picture is there, and the policy of the page lets it be');
      await isFit(page, `client-picture.${language}`);
      await page.click('a[href*="upstream=oneid"]');
      await page.waitForSelector('.pick');
      await isFit(page, `test-oneid.${language}`);

      await page.goto(`${chromium.issuer}/oauth/logout`);
      await isFit(page, `sign-out.${language}`);
      const other = language === 'en' ? 'uz' : 'en';
      await page.click(`nav.languages a[lang=${other}]`);
      assert.equal(await page.getAttribute('html', 'lang'), other);
      await page.click(`nav.languages a[lang=${language}]`);
      await page.click('button[name=logout]');
      await page.waitForURL('**/oauth/logout/success**');
      await isFit(page, `signed-out.${language}`);
      await page.goto(`${chromium.issuer}/account`);
      await page.waitForSelector('#password');
      await context.close();
    });
  }
});

describe('somebody who signs in over the session of another person', { skip: withoutBrowser }, () => {
  const beginAnew = async (page: Page, username: string): Promise<void> => {
    await page.goto(beginning(chromium, application, { prompt: 'login' }));
    await page.fill('#username', username);
    await page.fill('#password', password);
    await page.click('button[value=login]');
  };

  for (const language of pageLanguages) {
    it(`is told so in ${language}, and goes on`, async () => {
      const size = language === 'uz' ? desktop : phone;
      const { page, context } = await chromium.visit({ language, size, dark: language === 'ru' });
      await beginAnew(page, 'uz');
      await page.locator('button[value=allow]').or(page.locator('text=back in the application')).waitFor();
      // The page's own request is held back, so that the page can be seen; then the button sends it.
      const confirming = '**/oauth/logout/confirm';
      await page.route(confirming, (route) => route.abort('aborted'));
      await beginAnew(page, 'en');
      await page.waitForSelector('form[action$="/logout/confirm"]');
      assert.equal(await page.getAttribute('html', 'lang'), language);
      await isFit(page, `another-person.${language}`);
      await page.unroute(confirming);
      await page.click('main button');
      await page.locator('button[value=allow]').or(page.locator('text=back in the application')).waitFor();
      await page.goto(`${chromium.issuer}/account`);
      await page.waitForSelector('text=Second Person');
      await context.close();
    });
  }

  it('waits for nothing where scripts run', async () => {
    const { page, context } = await chromium.visit({ size: desktop });
    await beginAnew(page, 'uz');
    await page.locator('button[value=allow]').or(page.locator('text=back in the application')).waitFor();
    await beginAnew(page, 'ru');
    await page.locator('button[value=allow]').waitFor();
    await page.click('button[value=allow]');
    await page.waitForSelector('text=back in the application');
    await context.close();
  });
});
