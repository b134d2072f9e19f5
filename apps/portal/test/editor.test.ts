/** The editor of the explorer with a whole platform: templates, the validator's marks and their places, suggested codes and elements. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser, withoutBrowser } from '../../../tests/browser.ts';
import { letGo } from '../../../tests/kept.ts';
import type { Platform } from '../../../tests/platform.ts';
import { inTurn } from '../../../tests/sample.ts';
import { sharedPlatform } from './shared-platform.ts';
import { assertFit, picture, register, signedIn } from './visitor.ts';

let platform: Platform;
let browser: Browser | undefined;

before(async () => {
  ({ platform } = await sharedPlatform({
    'editor-aziza': ['--name', 'Aziza Karimova'],
  }));
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await letGo();
});

const bodyOf = (page: Page): Promise<string> => page.locator('#body').inputValue();

async function opened(context: BrowserContext, query = ''): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${platform.urls.portal}/explorer${query}`);
  await page.locator('#call details summary').first().click();
  return page;
}

async function insert(page: Page, template: string): Promise<void> {
  await page.locator('select[name=template]').selectOption(template);
  await page.locator('button[name=insert]').click();
  await page.waitForLoadState();
}

async function said(page: Page): Promise<string> {
  await page.waitForFunction(() => {
    const place = document.getElementById('body-said')!;
    const { checking } = document.getElementById('body')!.dataset;
    return place.textContent !== '' && place.textContent !== checking;
  });
  return (await page.locator('#body-said').textContent()) ?? '';
}

describe('the editor', { skip: withoutBrowser }, () => {
  test('begins with a template, and marks what the validator finds at its line and column', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'editor-aziza');
    const first = await context.newPage();
    await register(first, platform);
    const page = await opened(context);
    const failed: string[] = [];
    page.on('console', (message) => message.type() === 'error' && failed.push(message.text()));
    page.on('pageerror', (error) => failed.push(error.message));
    await insert(page, 'patient');
    assert.equal(await page.locator('input[name=path]').inputValue(), '/Patient');
    assert.equal(await page.locator('select[name=method]').inputValue(), 'POST');
    await page.locator('button[name=check]').click();
    assert.match(await said(page), /found no errors|can be stored/);

    const text = (await bodyOf(page)).replace('"gender": "female"', '"gender": "lady",\n  "birthdate": "x"');
    const lines = text.split('\n');
    await page.locator('#body').fill(text);
    await page.locator('button[name=check]').click();
    assert.match(await said(page), /finds 2 errors/);
    const places = await page.locator('#findings button').allTextContents();
    const columnOf = (part: string): string => {
      const line = lines.findIndex((one) => one.includes(part));
      return `Line ${String(line + 1)}, column`;
    };
    for (const part of ['"lady"', '"birthdate"'])
      assert.ok(
        places.some((one) => one.startsWith(columnOf(part))),
        `${part}: ${places.join()}`,
      );
    const marks = await page.locator('.marks mark').allTextContents();
    assert.equal(marks.length, 2, marks.join());
    assert.ok(
      marks.every((one) => /lady|gender|birthdate|"x"/.test(one)),
      marks.join(),
    );
    assert.equal(await page.locator('.numbers .is-error').count(), 2);
    // The layer of marks lies exactly over the text.
    const [over, under] = await Promise.all(['#body', '.marks'].map((one) => page.locator(one).boundingBox()));
    assert.deepEqual(under, over);
    await page.locator('#findings button').first().click();
    const selected = await page.locator('#body').evaluate((field: HTMLTextAreaElement) => {
      return field.value.slice(field.selectionStart, field.selectionEnd);
    });
    assert.ok(marks.includes(selected), selected);
    await assertFit(page);
    await picture(page, 'editor-marks');
    await page.locator('#body').press('End');
    await page.locator('#body').press('Space');
    assert.match(await said(page), /has changed since/);
    assert.equal(await page.locator('.marks mark').count(), 0);

    // A body that was sent and refused is marked in the same way.
    await page.locator('#call > button').last().click();
    await page.locator('#answer').waitFor();
    assert.equal(await page.locator('.numbers .is-error').count(), 2);
    assert.equal(await page.locator('.marks mark').count(), 2);

    await page.locator('#body').fill('{"resourceType": "Patient",\n  "name": [}');
    await page.locator('button[name=check]').click();
    await said(page);
    assert.match((await page.locator('#findings li').first().textContent()) ?? '', /Line 2, column/);
    await page.locator('#body').fill('{}');
    await page.locator('input[name=path]').fill('/');
    await page.locator('button[name=check]').click();
    assert.match(await said(page), /nothing to check/);
    assert.deepEqual(failed, []);
    await context.close();
  });

  test('is the same without a script, in three languages, narrow and wide', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'editor-aziza');
    const plain = await browser!.newContext({ javaScriptEnabled: false, storageState: await context.storageState() });
    const page = await plain.newPage();
    await page.goto(`${platform.urls.portal}/explorer?lang=en`);
    await page.locator('#call details summary').first().click();
    await insert(page, 'laboratory-result');
    assert.match(await bodyOf(page), /"resourceType": "Observation"/);
    await page.locator('#body').fill((await bodyOf(page)).replace('"final"', '"finished"'));
    await page.locator('button[name=check]').click();
    assert.match((await page.locator('.answer .alarm').textContent()) ?? '', /finds 1 error/);
    assert.match((await page.locator('.numbered .marked').textContent()) ?? '', /finished/);
    await plain.close();
    for (const [lang, width] of inTurn(
      [
        ['uz', 320],
        ['ru', 700],
        ['en', 1280],
      ] as const,
      3,
    )) {
      const shown = await opened(context, `?lang=${lang}`);
      await shown.setViewportSize({ width, height: 800 });
      await insert(shown, 'blood-pressure');
      await shown.locator('#body').fill((await bodyOf(shown)).replace('"final"', '"finished"'));
      await shown.locator('button[name=check]').click();
      await said(shown);
      await picture(shown, `editor-${lang}`);
      await assertFit(shown);
      await shown.close();
    }
    await context.close();
  });

  test('every template is valid at the server as it is', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'editor-aziza');
    const page = await opened(context);
    const templates = await page
      .locator('select[name=template] option')
      .evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value));
    assert.ok(templates.length >= 10);
    for (const template of templates) {
      await insert(page, template);
      await page.locator('button[name=check]').click();
      const sentence = await said(page);
      // Of some types the application has no right to read or write.
      const refused = (await page.locator('#findings').textContent()) ?? '';
      assert.ok(/found no errors|can be stored/.test(sentence) || /scope/i.test(refused), `${template}: ${refused}`);
    }
    await context.close();
  });

  test('suggests codes of value sets, and the elements of an object', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'editor-aziza');
    const page = await opened(context);
    const path = page.locator('input[name=path]');
    const codes = page.locator('#suggestions li');
    await path.fill('');
    await path.pressSequentially('/Patient?gender=');
    await page.locator('#suggestions li', { hasText: 'gender=male' }).waitFor();
    assert.deepEqual(
      (await codes.evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['path']))).sort(),
      [...['/Patient?gender=female', '/Patient?gender=male', '/Patient?gender=other', '/Patient?gender=unknown']],
    );
    await picture(page, 'editor-codes');
    await path.pressSequentially('fem');
    await page.waitForFunction(() => document.querySelectorAll('#suggestions li').length === 1);
    await path.press('ArrowDown');
    await path.press('Enter');
    assert.equal(await path.inputValue(), '/Patient?gender=female');

    const body = page.locator('#body');
    const elements = page.locator('#elements li');
    await body.fill('{"resourceType": "Patient", "name": [{"use": "official", ');
    await body.press('End');
    await body.pressSequentially('"giv');
    await elements.first().waitFor();
    assert.match((await elements.first().textContent()) ?? '', /given\s*string\[\]/);
    await assertFit(page);
    await picture(page, 'editor-elements');
    await body.press('ArrowDown');
    await body.press('Enter');
    assert.match(await bodyOf(page), /"given": $/);
    await body.pressSequentially('["A"], "zzz');
    await page.waitForTimeout(400);
    assert.equal(await elements.first().isVisible(), false);
    await context.close();
  });

  test('is for who is signed in, and takes no form of another site', async () => {
    for (const target of ['elements?type=Patient', 'suggestions?path=/P'])
      assert.equal((await fetch(`${platform.urls.portal}/explorer/${target}`, { redirect: 'manual' })).status, 303);
    const form = new URLSearchParams({ csrf: 'x', body: '{"resourceType":"Patient"}' });
    const forged = { method: 'POST', redirect: 'manual', body: form } as const;
    assert.equal((await fetch(`${platform.urls.portal}/explorer/check`, forged)).status, 303);
    const context = await signedIn({ browser: browser!, platform }, 'editor-aziza');
    const cookie = (await context.cookies(platform.urls.portal)).map((one) => `${one.name}=${one.value}`).join('; ');
    const answer = await fetch(`${platform.urls.portal}/explorer/check`, { ...forged, headers: { cookie } });
    assert.equal(answer.status, 303);
    await context.close();
  });
});
