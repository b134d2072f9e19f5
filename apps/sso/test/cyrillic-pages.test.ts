/** Uzbek pages in Cyrillic: by the browser's preference, by the menu, and remembered; messages in a language that has texts. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { beginning, chromiumBed, isFit, smallPhone, withoutBrowser } from './chromium.ts';
import { authorizeAddress, Browser, pkce } from './browser.ts';
import { newClient, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const chromium = await chromiumBed(bed);
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const person = { username: 'aziza', password: 'correct horse battery' };
const redirectUri = 'https://clinic.example.uz/cb';
let clientId: string;

before(async () => {
  ({ id: clientId } = await newClient(bed.clients, {
    name: 'Bemorlar kabineti',
    grants: ['authorization_code'],
    scopes: ['openid', 'profile'],
    redirectUris: [redirectUri, chromium.redirectUri],
    public: true,
  }));
  await accounts.create({ ...person, name: 'Aziza Karimova' });
});

describe('pages in Uzbek in Cyrillic', () => {
  it('follow ui_locales, the browser and what was chosen before', async () => {
    const ask = (more: Record<string, string> = {}): string =>
      authorizeAddress({
        ...{ client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope: 'openid profile' },
        ...{ ...pkce().query, ...more },
      });
    const titles = {
      'uz-Cyrl': 'Тизимга кириш',
      'uz-Cyrl-UZ': 'Тизимга кириш',
      uz: 'Tizimga kirish',
      'uz-Latn': 'Tizimga kirish',
    };
    for (const [language, title] of Object.entries(titles)) {
      const page = await new Browser(url, `${language}, ru;q=0.5`).get(ask());
      assert.ok(page.text.includes(`<h1>${title}</h1>`), language);
      assert.match(page.text, new RegExp(`<html lang="${title.startsWith('Т') ? 'uz-Cyrl' : 'uz'}">`));
    }
    const browser = new Browser(url, 'en');
    const asked = await browser.get(ask({ ui_locales: 'uz-Cyrl' }));
    assert.equal(asked.headers.get('content-language'), 'uz-Cyrl');
    await browser.get(`${new URL(asked.address).pathname}?ui_locales=uz-Cyrl`);
    const consent = await browser.submit(asked, person, 'login');
    assert.ok(consent.text.includes('Рухсат берасизми?'), 'the cookie keeps it');
    assert.ok(consent.text.includes('“Bemorlar kabineti” иловаси'), 'names stay as they are');
    const [row] = await bed.sql<{ language: string }[]>`select language from sso.account where username = 'aziza'`;
    assert.equal(row?.language, 'uz', 'messages are kept in a language that has texts');
  });

  it('fit a small telephone, with their place in the menu', { skip: withoutBrowser }, async () => {
    const { page, context } = await chromium.visit({ language: 'uz', size: smallPhone });
    await page.goto(beginning(chromium, clientId));
    await page.click('nav.languages a[lang=uz-Cyrl]');
    await page.waitForSelector('html[lang=uz-Cyrl]');
    await isFit(page);
    await page.fill('#username', person.username);
    await page.fill('#password', person.password);
    await page.click('button[value=login]');
    await page.waitForSelector('button[value=allow]');
    assert.equal(await page.innerText('button[value=allow]'), 'Рухсат бериш');
    await isFit(page);
    await page.goto(`${chromium.issuer}/account/edit`);
    await page.waitForSelector('html[lang=uz-Cyrl]');
    await isFit(page);
    await context.close();
  });
});
