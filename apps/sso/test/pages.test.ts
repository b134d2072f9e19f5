/** Every page that a person meets, in a real browser, in three languages: usable by everybody, on any screen. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openAccounts } from '@dhp/accounts';
import { isFull, pageLanguages } from '../../../tests/sample.ts';
import { beginning, chromiumBed, desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { newClient, testBed } from './support.ts';

const bed = await testBed();
const chromium = await chromiumBed(bed);
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const password = 'correct horse battery';
const names = { uz: 'Aziza Karimova', ru: 'Азиза Каримова', en: 'Aziza Karimova' };
const languages = ['uz', 'ru', 'en'] as const;
let clientId: string;

before(async () => {
  ({ id: clientId } = await newClient(bed.clients, {
    name: 'Bemorlar kabineti',
    grants: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'profile', 'fhirUser', 'offline_access', 'launch/patient', 'user/*.rs', 'patient/*.cruds'],
    redirectUris: [chromium.redirectUri],
    public: true,
  }));
  for (const language of languages) {
    const identities = [{ environment: 'playground', type: 'Patient', fhir_id: `p-${language}` } as const];
    await accounts.create({ username: `aziza-${language}`, name: names[language], password, identities });
  }
});

const scope = 'openid profile offline_access patient/Observation.rs patient/MedicationRequest.rs patient/Patient.ru';

describe('the pages of a sign-in', { skip: withoutBrowser }, () => {
  for (const language of pageLanguages) {
    // In the dark it is the colours that differ, and they are the same in every language.
    for (const dark of language === 'uz' || isFull ? [false, true] : [false]) {
      const looks = dark ? '.dark' : '';
      it(`are fit in ${language}${dark ? ', dark' : ''}`, async () => {
        const { page, context } = await chromium.visit({ language, dark, size: dark ? desktop : phone });
        const complaints: string[] = [];
        page.on('console', (message) => {
          if (message.type() === 'error') complaints.push(message.text());
        });
        await page.goto(beginning(chromium, clientId, { scope }));
        assert.equal(await page.getAttribute('html', 'lang'), language);
        await isFit(page, `sign-in.${language}${looks}`);
        await page.fill('#username', `aziza-${language}`);
        await page.fill('#password', 'not the password');
        await page.keyboard.press('Enter');
        await page.waitForSelector('[role=alert]');
        await isFit(page, `wrong-password.${language}${looks}`);
        await page.fill('#password', password);
        await page.keyboard.press('Enter');
        await page.waitForSelector('button[value=allow]');
        await isFit(page, `consent.${language}${looks}`);
        await page.click('button[value=refuse]');
        await page.waitForURL(`${chromium.redirectUri}**`);
        await page.goto(beginning(chromium, 'unknown', { ui_locales: language }));
        await isFit(page, `error.${language}${looks}`);
        await page.goto(`${chromium.issuer}/sign-in/long-ago`);
        await isFit(page, `expired.${language}${looks}`);
        await page.goto(`${chromium.issuer}/acount`);
        await isFit(page, `missing.${language}${looks}`);
        await page.goto(chromium.issuer);
        await isFit(page, `start.${language}${looks}`);
        // The browser logs every 4xx of a page as an error; there must be no other errors, such as a violated policy.
        const others = complaints.filter((one) => !/status of 40[014]/.test(one));
        assert.deepEqual(others, []);
        await context.close();
      });
    }
  }

  it('the first one weighs less than 100 kB with all it needs, and asks no other host', async () => {
    const { page, context } = await chromium.visit();
    const asked: string[] = [];
    const bodies: Promise<Buffer>[] = [];
    page.on('response', (response) => {
      asked.push(new URL(response.url()).origin);
      if (response.status() === 200) bodies.push(response.body());
    });
    await page.goto(beginning(chromium, clientId, { scope }), { waitUntil: 'networkidle' });
    assert.deepEqual([...new Set(asked)], [chromium.issuer]);
    const bytes = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0);
    assert.ok(bytes > 1000 && bytes < 20_000, `${String(bytes)} bytes`);
    await context.close();
  });

  it('reach over a 4K screen with letters that grow', async () => {
    const { page, context } = await chromium.visit({ size: [3840, 2160] });
    await page.goto(beginning(chromium, clientId, { scope }));
    const size = await page.evaluate(
      'parseFloat(getComputedStyle(document.querySelector("input[name=username]")).fontSize)',
    );
    assert.ok((size as number) >= 22, `${String(size)} px`);
    await context.close();
  });
});
