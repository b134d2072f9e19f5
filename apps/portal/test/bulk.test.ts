/** The data of an application on the portal, with a whole platform: exports from the form to the file, and who cannot see them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, withoutBrowser } from '../../../tests/browser.ts';
import { letGo } from '../../../tests/kept.ts';
import type { Home, Platform } from '../../../tests/platform.ts';
import { sharedPlatform } from './shared-platform.ts';
import { assertFit, assertShown, downloaded, picture, register, signedIn, words } from './visitor.ts';

let place: Home;
let platform: Platform;
let browser: Browser | undefined;

before(async () => {
  ({ place, platform } = await sharedPlatform({
    'bulk-aziza': ['--name', 'Aziza Karimova'],
    'bulk-bobur': ['--name', 'Bobur Karimov'],
  }));
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await letGo();
});

describe('exports of an application', { skip: withoutBrowser }, () => {
  test('are begun by a form, followed to their files, and removed; others see nothing of them', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'bulk-aziza');
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => /Content Security/.test(message.text()) && complaints.push(message.text()));
    const credentials = await register(page, platform);
    const application = `${platform.urls.portal}/applications/${credentials.id}`;
    await page.goto(`${application}?lang=en`);
    await page.locator('main a[href$="/views"]').click();
    await page.locator('nav.parts a[href$="/exports"]').click();
    assert.match(await words(page, 'main'), /There are no exports yet/);
    await assertShown(page, `${application}/exports`, 'exports-none');

    // The keyboard alone: from the first type to the button.
    await page.locator('input[value=Patient]').focus();
    await page.keyboard.press('Space');
    await page.locator('main form.form > button').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/exports\/[\da-f-]{36}$/);
    const one = page.url();
    // The page updates itself without being reloaded.
    await page.evaluate('window.isSame = true');
    await page.locator('table.files').waitFor();
    assert.equal(await page.evaluate('window.isSame'), true);
    assert.equal(await page.evaluate("document.querySelector('progress').value"), 100);
    const cells = await page.locator('table.files tbody tr').first().locator('th, td').allTextContents();
    const count = Number(cells[1]);
    assert.ok(cells[0] === 'Patient' && count >= 4 && /^[\d.]+ kB$/.test(cells[2] ?? ''), cells.join('|'));
    assert.equal(await page.locator('table.files tbody tr').count(), 1, 'of the type that was ticked alone');
    const { text, name } = await downloaded(page, 'table.files a');
    assert.match(name, /^Patient-\d+\.ndjson$/);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { resourceType: string });
    assert.deepEqual(
      [lines.length, new Set(lines.map(({ resourceType }) => resourceType))],
      [count, new Set(['Patient'])],
    );
    await assertShown(page, one, 'export');
    const file = await page
      .locator('table.files a')
      .first()
      .evaluate((link) => (link as HTMLAnchorElement).href);
    const part = await page.request.get(file, { headers: { range: 'bytes=0-9' } });
    assert.deepEqual([part.status(), await part.text()], [206, text.slice(0, 10)]);

    await refusals(page, `${application}/exports`);

    const other = await signedIn({ browser: browser!, platform }, 'bulk-bobur');
    const stranger = await other.newPage();
    const owns = await register(stranger, platform);
    for (const address of [
      `${application}/exports`,
      one,
      file,
      one.replace(credentials.id, owns.id),
      file.replace(credentials.id, owns.id),
    ]) {
      const answer = await stranger.request.get(address);
      assert.equal(answer.status(), 404, address);
      const said = await answer.text();
      assert.doesNotMatch(said, /Patient-\d|Clinic system/, address);
    }
    await other.close();

    await page.goto(one);
    await page.locator('button.danger').click();
    await page.waitForURL(/notice=ended/);
    assert.match(await words(page, 'main'), /its files are removed.*There are no exports yet/s);
    assert.equal((await page.request.get(one)).status(), 404);
    assert.equal((await page.request.get(file)).status(), 404);
    const found = await place.run(['audit', 'export', '--reason', 'look']);
    for (const call of ['explorer: GET /$export', 'explorer: DELETE /$job/'])
      assert.ok(found.stdout.includes(call), call);
    assert.deepEqual(complaints, []);
    await context.close();
  });
});

/** A fault in a form is reported with the remedy, and the fields keep their values. */
async function refusals(page: Page, address: string): Promise<void> {
  await page.goto(`${address}?lang=en`);
  await page.locator('input[value=group]').check();
  await page.locator('input[name=group]').fill('nobody');
  await page.locator('main form.form > button').click();
  assert.match(
    (await page.locator('main [role=alert]').textContent()) ?? '',
    /refused the request \(403\).*lacks the scope system\/Group\.r.*What to do/s,
  );
  assert.equal(await page.locator('input[name=group]').inputValue(), 'nobody');
  await assertFit(page);
  await picture(page, 'exports-refused');
  await page.locator('input[value=system]').check();
  await page.locator('main form.form summary').click();
  await page.locator('textarea[name=filters]').fill('Observation?nonsense=1');
  await page.locator('main form.form > button').click();
  assert.match((await page.locator('main [role=alert]').textContent()) ?? '', /refused the request \(400\).*nonsense/s);
  assert.equal(await page.locator('textarea[name=filters]').inputValue(), 'Observation?nonsense=1');
}
