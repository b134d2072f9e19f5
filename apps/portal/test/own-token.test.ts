/**
 * The visitor's own token in the explorer: obtained from the SSO for one of the visitor's applications, stored only in the page, and
 * revoked.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, withoutBrowser } from '../../../tests/browser.ts';
import { letGo } from '../../../tests/kept.ts';
import type { Platform } from '../../../tests/platform.ts';
import { inTurn } from '../../../tests/sample.ts';
import { sharedPlatform } from './shared-platform.ts';
import { assertFit, picture, register, signedIn } from './visitor.ts';

let platform: Platform;
let browser: Browser | undefined;
const patient = '11111111-1111-8111-8111-111111111111';

before(async () => {
  ({ platform } = await sharedPlatform({
    'own-token-nilufar': ['--name', 'Nilufar Karimova', '--patient', patient],
    'own-token-bobur': ['--name', 'Bobur Karimov'],
  }));
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await letGo();
});

/** A page in a browser of the visitor's organisation, which works with the visitor's own record. */
async function registerPage(page: Page, redirect: string, kind: 'single-page' | 'web' = 'single-page'): Promise<void> {
  await page.goto(`${platform.urls.portal}/applications`);
  await page.locator('a[href*="applications/new?"]').first().click();
  await page.locator(`a[href*="/new/${kind}"]`).click();
  await page.locator('input[name=client_name]').fill(`Record ${kind}`);
  await page.locator('input[value=own-record]').check();
  await page.locator('textarea[name=redirect_uris]').fill(redirect);
  await page.locator('main button[class=button]').click();
  await page.locator('#client-id').waitFor();
}

const choose = (page: Page): Promise<void> => page.locator('details.own-token summary').click();

async function send(page: Page, path: string): Promise<string> {
  await page.locator('input[name=path]').fill(path);
  await page.locator('#call > button').click();
  await page.locator('#answer').waitFor();
  return (await page.locator('#answer').textContent()) ?? '';
}

describe('the own token of a visitor', { skip: withoutBrowser }, () => {
  test('is got by signing in, sent with calls, and revoked; the browser never has it in clear', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'own-token-nilufar');
    const page = await context.newPage();
    await register(page, platform);
    await page.goto(`${platform.urls.portal}/explorer`);
    await choose(page);
    const redirect = (await page.locator('.own-token code').textContent()) ?? '';
    assert.equal(redirect, `${platform.urls.portal}/explorer/signed-in`);
    assert.equal(await page.locator('form[action$="explorer/sign-in"]').count(), 0, 'there is no application for it');
    await registerPage(page, 'https://page.example.uz/cb');

    // An application that the browser is not sent back from is refused with the cure.
    await page.goto(`${platform.urls.portal}/explorer`);
    await choose(page);
    await page.locator('form[action$="explorer/sign-in"] button').click();
    assert.match((await page.locator('.alarm').textContent()) ?? '', /redirect address: http.*\/explorer\/signed-in/);
    await assertFit(page);
    // An application with a secret is sent to the launcher, where the secret is entered.
    await registerPage(page, redirect, 'web');
    await page.goto(`${platform.urls.portal}/explorer`);
    await choose(page);
    const web = page.locator('form[action$="explorer/sign-in"] option', { hasText: 'web' });
    await page.locator('form[action$="explorer/sign-in"] select').selectOption(await web.getAttribute('value'));
    await page.locator('form[action$="explorer/sign-in"] button').click();
    assert.match((await page.locator('.alarm').textContent()) ?? '', /Launch it instead/);
    assert.equal(await page.locator('a[href$="explorer/launch"]').count(), 1);
    await registerPage(page, redirect);

    const seen: string[] = [];
    page.on('request', (request) => seen.push(`${request.url()} ${request.postData() ?? ''}`));
    await page.goto(`${platform.urls.portal}/explorer`);
    await choose(page);
    await page.locator('form[action$="explorer/sign-in"] button').click();
    await page.locator('button[value=allow]').click();
    await page.locator('section.own-token').waitFor();
    const facts = (await page.locator('section.own-token dl').textContent()) ?? '';
    assert.match(facts, /patient\/\*\.rs/);
    assert.match(facts, new RegExp(patient));
    await assertFit(page);
    await picture(page, 'own-token');

    assert.match(await send(page, `/Patient/${patient}`), /200/);
    assert.match((await page.locator('#answer-body').textContent()) ?? '', /Karimova/);
    // The request is that person's: others are not visible.
    assert.match(await send(page, '/Patient?_summary=count'), /200/);
    assert.match((await page.locator('#answer-body').textContent()) ?? '', /"total": 1/);
    await page.setViewportSize({ width: 320, height: 720 });
    await assertFit(page);
    await page.setViewportSize({ width: 1280, height: 720 });

    const stored = await page.evaluate(() => JSON.stringify([...Object.entries(sessionStorage), document.cookie]));
    const sealedText = await page.locator('input[name=held]').inputValue();
    assert.ok(sealedText.length > 500);
    const all = `${seen.join('\n')}${stored}${await page.content()}`;
    // A signed token has readable members in its second part; an encrypted text has none.
    const readable = [...all.matchAll(/eyJ[\w-]+\.(eyJ[\w-]+)\./g)].filter(([, part = '']) =>
      Buffer.from(part, 'base64url').toString().includes('"scope"'),
    );
    assert.deepEqual(readable, [], 'no token comes to the browser');
    assert.ok(!stored.includes(sealedText.slice(0, 60)), 'the page alone holds it');

    // Another session gets nothing of the values encrypted for this one.
    const stranger = await signedIn({ browser: browser!, platform }, 'own-token-bobur');
    const other = await stranger.newPage();
    await other.goto(`${platform.urls.portal}/explorer`);
    await other.evaluate((text) => {
      const form = document.getElementById('call') as HTMLFormElement;
      const held = Object.assign(document.createElement('input'), { type: 'hidden', name: 'held', value: text });
      form.append(held);
      const select = form.elements.namedItem('application') as HTMLSelectElement;
      select.append(new Option('own', '@own', true, true));
    }, sealedText);
    await send(other, `/Patient/${patient}`);
    assert.match((await other.locator('.alarm').textContent()) ?? '', /Sign in again below/);
    assert.doesNotMatch(await other.content(), /"resourceType"/);
    await stranger.close();

    await page.locator('button[name=forget]').click();
    assert.match((await page.locator('.notice').first().textContent()) ?? '', /revoked/);
    assert.equal(await page.locator('input[name=held]').count(), 0);
    // A copy of the page from before has a token that counts no longer.
    await page.evaluate((text) => {
      const form = document.getElementById('call') as HTMLFormElement;
      form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: 'held', value: text }));
      (form.elements.namedItem('application') as HTMLSelectElement).append(new Option('own', '@own', true, true));
    }, sealedText);
    await page.waitForTimeout(2_500); // the FHIR servers hear of a revocation within two seconds
    assert.match(await send(page, `/Patient/${patient}`), /401/);
    await context.close();
  });

  test('comes from a sign-in that this session began, and says why it does not', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'own-token-bobur');
    const page = await context.newPage();
    for (const query of ['?code=x', '?code=x&state=y', '?error=access_denied&state=eyJ', '']) {
      await page.goto(`${platform.urls.portal}/explorer/signed-in${query}`);
      assert.match((await page.locator('.alarm').textContent()) ?? '', /did not begin here/, query);
    }
    for (const lang of inTurn(['uz', 'ru', 'uz-Cyrl'], 3)) {
      await page.setViewportSize({ width: 320, height: 720 });
      await page.goto(`${platform.urls.portal}/explorer?lang=${lang}`);
      await choose(page);
      await assertFit(page);
      await picture(page, `own-token-${lang}`);
    }
    await context.close();
  });
});
