/**
 * Imports, tables and charts of an application on the portal, with a whole platform: from the uploaded file to the chart of its content.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, withoutBrowser } from '../../../tests/browser.ts';
import { letGo } from '../../../tests/kept.ts';
import type { Platform } from '../../../tests/platform.ts';
import { viewText } from './data-samples.ts';
import { sharedPlatform } from './shared-platform.ts';
import { assertFit, assertShown, downloaded, register, signedIn, words } from './visitor.ts';

let platform: Platform;
let browser: Browser | undefined;

before(async () => {
  ({ platform } = await sharedPlatform({
    'data-aziza': ['--name', 'Aziza Karimova'],
    'data-bobur': ['--name', 'Bobur Karimov'],
  }));
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await letGo();
});

/** A patient of a region, as a line. */
const line = (n: number, state: string, gender: string): string =>
  JSON.stringify({
    ...{ resourceType: 'Patient', id: `data-${String(n)}`, gender, birthDate: `${String(1950 + n * 3)}-05-01` },
    ...{ name: [{ family: `Karimova${String(n)}` }], address: [{ state, country: 'UZ' }] },
  });

/** Seven women and five men of Khorezm, two of Navoi. */
const lines = Array.from({ length: 14 }, (_, n) => line(n, n < 12 ? '1733' : '1712', n < 7 ? 'female' : 'male'));

async function send(page: Page, address: string, text: string): Promise<void> {
  await page.goto(`${address}?lang=en`);
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'p.ndjson', mimeType: 'text/plain', buffer: Buffer.from(text) });
  await page.locator('main form.form > button').click();
}

describe('the data of an application', { skip: withoutBrowser }, () => {
  test('come in by a file, with the lines that were not taken, and are seen as tables and charts by its developers alone', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'data-aziza');
    const page = await context.newPage();
    const failed: string[] = [];
    page.on('pageerror', (error) => failed.push(error.message));
    page.on('console', (message) => /Content Security/.test(message.text()) && failed.push(message.text()));
    const { id } = await register(page, platform);
    const application = `${platform.urls.portal}/applications/${id}`;

    const imports = `${application}/imports`;
    await page.goto(`${imports}?lang=en`);
    await page.locator('main form.form > button').click();
    assert.match(await words(page, 'main [role=alert]'), /Choose a file/);
    await send(
      page,
      imports,
      [...lines, '{"resourceType":"Patient","id":"data-x","gender":"wrong"}', 'nonsense'].join('\n'),
    );
    await page.waitForURL(/\/imports\/[\da-f-]{36}$/);
    const imported = page.url();
    await page.locator('ol.rejects').waitFor();
    const counts = await page.locator('table.files tbody td').allTextContents();
    assert.deepEqual(
      counts.map((one) => one.trim()),
      ['14', '0', '0', '2'],
    );
    assert.match(await words(page, 'ol.rejects'), /Line 15.*gender.*What to do.*Line 16/s);
    await assertShown(page, imported, 'import');
    const rejects = await downloaded(page, 'a[download="rejects.ndjson"]');
    assert.deepEqual(
      rejects.text
        .trim()
        .split('\n')
        .map((one) => (JSON.parse(one) as { line: number }).line),
      [15, 16],
    );
    await assertShown(page, imports, 'imports');

    const views = `${application}/views`;
    await page.goto(`${views}?lang=en`);
    assert.equal(await page.locator('.views .card').count(), 20);
    const cards = await page.locator('.views .card').allTextContents();
    assert.match(cards.find((one) => one.includes('Immunization')) ?? '', /no access/);
    assert.doesNotMatch(cards[0] ?? '', /no access/);
    await assertShown(page, views, 'views');
    await chart(page, `${views}/patients-by-region-and-age`);
    await ownView(page, views);

    // Of a type that the application may not read there is no number, and the reason.
    const refused = await page.goto(`${views}/vaccinations-by-dose?lang=en`);
    assert.equal(refused!.status(), 403);
    assert.match(await words(page, 'main [role=alert]'), /lacks the scope system\/Immunization\.s.*What to do/s);
    assert.equal(await page.locator('.figure, .bars, table.rows').count(), 0);
    assert.equal((await page.request.get(`${views}/vaccinations-by-dose/chart.csv`)).status(), 404);
    assert.equal((await page.request.get(`${views}/nothing`)).status(), 404);
    assert.deepEqual(failed, []);

    const other = await signedIn({ browser: browser!, platform }, 'data-bobur');
    const stranger = await other.newPage();
    for (const address of [
      views,
      `${views}/patients-by-region-and-age`,
      `${views}/patients-by-region-and-age/chart.csv`,
      imports,
      imported,
      `${imported}/files/rejects.ndjson`,
    ]) {
      const answer = await stranger.request.get(address);
      assert.equal(answer.status(), 404, address);
      assert.doesNotMatch(await answer.text(), /Clinic system|Karimova\d|1733/, address);
    }
    await Promise.all([context.close(), other.close()]);
  });
});

/** The chart contains numbers of five patients and more; smaller ones appear nowhere. */
async function chart(page: Page, address: string): Promise<void> {
  await page.goto(`${address}?lang=en`);
  const bars = await page.locator('.bars li').allTextContents();
  const of = (name: string): string => bars.find((one) => one.includes(name))?.replaceAll(/\s+/g, ' ') ?? '';
  assert.match(of('Khorezm'), /Khorezm 12/);
  assert.match(of('Navoi'), /Navoi <5/);
  assert.match(await words(page, '.few-note'), /fewer than 5 patients/);
  await page.locator('main details summary').first().click();
  assert.match(await words(page, 'main details table'), /Khorezm/);
  await assertShown(page, address, 'view');
  const { text, name } = await downloaded(page, 'a[href$="chart.csv"]');
  assert.equal(name, 'patients-by-region-and-age.csv');
  assert.match(text, /^region,.*count\r\n(?:.*\r\n)*1733,.*,12\r\n/);
  assert.match(text, /\r\n1712,.*,<5\r\n/);
  assert.equal(
    (await downloaded(page, 'button[value=csv]')).text.split(/\r?\n/)[0],
    'patient,region,district,sex,age,age_group',
  );
  assert.match((await downloaded(page, 'button[value=ndjson]')).text, /"patient":"data-0"/);
  assert.match((await downloaded(page, 'button[value=parquet]')).text, /^PAR1/);
  await page.locator('button[value=export]').click();
  await page.waitForURL(/\/exports\/[\da-f-]{36}$/);
  await page.locator('table.files').waitFor();
  assert.match((await downloaded(page, 'table.files a')).text, /^patient,region[^]*data-0,1733/);
}

/** A view shows its rows while it is being written, and its faults at their places, without reloading. */
async function ownView(page: Page, views: string): Promise<void> {
  await page.goto(`${views}?lang=en`);
  await page.locator('a[href$="/own"]').click();
  await page.locator('table.rows').waitFor();
  await page.evaluate('window.isSame = true');
  await page.locator('#definition').fill(viewText('gender +'));
  await page.locator('.marked-source').waitFor();
  assert.match(await words(page, '#preview [role=alert]'), /refused the request \(422\)/);
  assert.match(await words(page, '#preview .faults'), /line 12/i);
  assert.match(await words(page, '.marked-source .marked'), /"path": "gender \+"/);
  await page.locator('#definition').fill('{ "resource": ');
  await page.getByText('This is not JSON.').waitFor();
  await page.locator('#definition').fill(viewText('gender'));
  await page.locator('table.rows').waitFor();
  assert.match(await words(page, 'table.rows'), /key.*sex.*male/s);
  assert.equal(await page.evaluate('window.isSame'), true);
  await assertFit(page);
  // The button does the same without a script.
  const plain = await page
    .context()
    .browser()!
    .newContext({ javaScriptEnabled: false, storageState: await page.context().storageState() });
  const still = await plain.newPage();
  await still.goto(`${views}/own?lang=en`);
  await still.locator('#definition').fill(viewText('birthDate'));
  await still.locator('button[value=preview]').click();
  assert.match(await words(still, 'table.rows'), /\d{4}-\d\d-\d\d/);
  await plain.close();
}
