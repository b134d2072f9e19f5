/** The launcher: a launch of an own application as a test doctor for a test patient, each request shown, and no token or secret in the browser. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
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
let app: Server;
/** Requests to the launch address of the application. */
const opened: string[] = [];
const patient = '11111111-1111-8111-8111-111111111111';
const doctor = '22222222-2222-8222-8222-222222222222';

before(async () => {
  ({ platform } = await sharedPlatform({ 'launcher-nilufar': ['--name', 'Nilufar Karimova'] }));
  app = createServer((request, response) => {
    opened.push(request.url ?? '');
    response.end('opened');
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  app.close();
  await letGo();
});

const origin = (): string => `http://localhost:${String((app.address() as AddressInfo).port)}`;

interface Wanted {
  readonly kind: 'single-page' | 'web';
  readonly task: 'health-worker' | 'own-record';
  readonly launchAddress?: string;
}

async function registered(page: Page, { kind, task, launchAddress }: Wanted): Promise<{ id: string; secret: string }> {
  await page.goto(`${platform.urls.portal}/applications`);
  await page.locator('a[href*="applications/new?"]').first().click();
  await page.locator(`a[href*="/new/${kind}"]`).click();
  await page.locator('input[name=client_name]').fill(`Growth ${kind} ${task}`);
  await page.locator(`input[value=${task}]`).check();
  await page.locator('textarea[name=redirect_uris]').fill(`${origin()}/cb`);
  if (launchAddress !== undefined) {
    await page.locator('details:has(input[name=initiate_login_uri]) summary').click();
    await page.locator('input[name=initiate_login_uri]').fill(launchAddress);
  }
  await page.locator('main button[class=button]').click();
  const id = (await page.locator('#client-id').textContent()) ?? '';
  const secret = kind === 'web' ? ((await page.locator('#client-secret').textContent()) ?? '') : '';
  return { id, secret };
}

const wire = async (page: Page): Promise<string[]> => page.locator('.wire pre').allTextContents();

/** Everything that the browser has: storage, cookies, the page and the requested addresses. */
async function assertHoldsNothing(page: Page, seen: readonly string[], secrets: readonly string[]): Promise<void> {
  const stored = await page.evaluate(() =>
    JSON.stringify([
      ...Object.entries(sessionStorage),
      ...Object.entries(localStorage),
      document.cookie,
      location.href,
    ]),
  );
  const all = `${stored}${await page.content()}${seen.join('\n')}`;
  const readable = [...all.matchAll(/eyJ[\w-]+\.(eyJ[\w-]+)\./g)].filter(([, part = '']) =>
    /"(?:scope|sub)"/.test(Buffer.from(part, 'base64url').toString()),
  );
  assert.deepEqual(readable, [], 'no token comes to the browser');
  for (const secret of secrets) assert.ok(!`${stored}${await page.content()}`.includes(secret), 'nor is a secret kept');
}

describe('the launcher', { skip: withoutBrowser }, () => {
  test('plays the launch by software of a health worker, and shows each request', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'launcher-nilufar');
    const page = await context.newPage();
    await register(page, platform);
    const { id } = await registered(page, {
      kind: 'single-page',
      task: 'health-worker',
      launchAddress: `${origin()}/launch`,
    });
    const seen: string[] = [];
    page.on('request', (request) => seen.push(request.url()));

    await page.goto(`${platform.urls.portal}/applications/${id}`);
    await page.locator('a[href*="explorer/launch?client="]').click();
    await assertFit(page);
    for (const [lang, width] of inTurn(
      [
        ['uz', 320],
        ['uz-Cyrl', 320],
        ['ru', 1280],
      ] as const,
      3,
    )) {
      await page.setViewportSize({ width, height: 720 });
      await page.goto(`${platform.urls.portal}/explorer/launch?client=${id}&lang=${lang}`);
      await assertFit(page);
      await picture(page, `launcher-${lang}`);
    }
    await page.goto(`${platform.urls.portal}/explorer/launch?client=${id}&lang=en`);
    const ehr = page.locator('section:has(#ehr)');
    await ehr.locator('button[value=play]').click();
    await page.locator('.wire').waitFor();
    const steps = await wire(page);
    const all = steps.join('\n');
    assert.equal(await page.locator('.wire > li').count(), 8, all);
    assert.equal(await page.locator('.alarm').count(), 0, all);
    assert.match(all, /POST \S+\/oauth\/launch/);
    assert.match(all, new RegExp(`practitioner=${doctor}`));
    assert.match(all, new RegExp(`GET ${origin()}/launch`));
    assert.match(all, /GET \S+\/\.well-known\/smart-configuration/);
    assert.match(all, /code_challenge_method=S256/);
    assert.match(all, new RegExp(`aud=${platform.urls.playground}`));
    assert.match(all, /303 GET \/test-oneid/);
    assert.match(all, new RegExp(`GET ${origin()}/cb\n  \\?code=`));
    assert.match(all, new RegExp(`"patient": "${patient}"`));
    assert.match(all, /"encounter": "[^"]+"/);
    assert.match(all, /"access_token": "•••"/);
    assert.match(all, new RegExp(`"fhirUser": "[^"]*Practitioner/${doctor}"`));
    assert.equal(await page.locator('.checks .is-good').count(), 5);
    assert.equal(await page.locator('.checks .is-error').count(), 0);
    assert.deepEqual(opened, [], 'the portal alone has played it');
    await assertHoldsNothing(page, seen, []);
    await assertFit(page);
    await picture(page, 'launcher-outcome-en');
    await page.setViewportSize({ width: 320, height: 720 });
    await assertFit(page);
    await picture(page, 'launcher-outcome-320');

    // The visitor's sign-in is unchanged, and the token is the doctor's.
    await page.locator('form[action*="explorer#answer"] button').click();
    assert.match((await page.locator('#answer').textContent()) ?? '', /200/);
    assert.match((await page.locator('#answer-body').textContent()) ?? '', new RegExp(`"id": "${patient}"`));
    assert.match((await page.locator('.visitor').textContent()) ?? '', /Nilufar/);
    await page.locator('button[name=forget]').click();
    assert.match((await page.locator('.notice').first().textContent()) ?? '', /revoked/);
    await context.close();
  });

  test('opens the application itself by a link, where the health worker is signed in by one click', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'launcher-nilufar');
    const page = await context.newPage();
    const { id } = await registered(page, {
      kind: 'single-page',
      task: 'health-worker',
      launchAddress: `${origin()}/launch`,
    });
    await page.goto(`${platform.urls.portal}/explorer/launch?client=${id}`);
    await page.locator('button[value=link]').click();
    const address = (await page.locator('#launch-url').textContent()) ?? '';
    await assertFit(page);
    await picture(page, 'launcher-link');
    const launch = new URL(address);
    assert.equal(launch.origin, origin());
    await context.close();

    // Like the application, in a separate window.
    const other = await browser!.newContext({ locale: 'en-GB' });
    const window = await other.newPage();
    const asked = {
      ...{
        response_type: 'code',
        client_id: id,
        redirect_uri: `${origin()}/cb`,
        scope: 'openid fhirUser launch user/*.rs',
      },
      ...{ launch: launch.searchParams.get('launch')!, aud: launch.searchParams.get('iss')!, state: 's' },
      ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
    };
    await window.goto(`${platform.urls.sso}/oauth/authorize?${new URLSearchParams(asked).toString()}`);
    await window.locator('a[href="?upstream=oneid"]').click();
    await window.locator('button[value=allow]').click();
    await window.waitForURL(`${origin()}/cb?**`);
    assert.ok(new URL(window.url()).searchParams.has('code'), window.url());
    await other.close();
  });

  test('plays the launch of an application with a secret, as a doctor who chooses the patient and as the patient', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'launcher-nilufar');
    const page = await context.newPage();
    const { id, secret } = await registered(page, { kind: 'web', task: 'own-record' });
    const seen: string[] = [];
    page.on('request', (request) => seen.push(request.url()));
    for (const group of ['Health workers', 'Patients']) {
      await page.goto(`${platform.urls.portal}/explorer/launch?client=${id}&lang=en`);
      assert.equal(await page.locator('#ehr').count(), 0, 'it may not ask for launch');
      const person = page.locator(`select[name=person] optgroup[label="${group}"] option`).first();
      await page.locator('select[name=person]').selectOption(await person.getAttribute('value'));
      await page.locator('input[name=client_secret]').fill(secret);
      await page.locator('button[value=play]').click();
      await page.locator('.wire').waitFor();
      const all = (await wire(page)).join('\n');
      assert.equal(await page.locator('.alarm').count(), 0, all);
      assert.match(all, new RegExp(`"patient": "${patient}"`), group);
      assert.match(all, /Authorization: Basic •••/);
      assert.equal(await page.locator('.wire > li').count(), 6);
      await assertHoldsNothing(page, seen, [secret]);
      await assertFit(page);
    }
    // A wrong secret is reported as to the application.
    await page.goto(`${platform.urls.portal}/explorer/launch?client=${id}&lang=en`);
    await page.locator('input[name=client_secret]').fill('wrong');
    await page.locator('button[value=play]').click();
    assert.match((await page.locator('.alarm').textContent()) ?? '', /invalid_client/);
    assert.match((await wire(page)).join('\n'), /401/);
    await assertFit(page);
    await picture(page, 'launcher-refused');
    await context.close();
  });

  test('is not there for what cannot be launched, nor for applications of others', async () => {
    const context = await signedIn({ browser: browser!, platform }, 'launcher-nilufar');
    const page = await context.newPage();
    const { id } = await registered(page, { kind: 'single-page', task: 'own-record' });
    await page.goto(`${platform.urls.portal}/explorer/launch?client=${id}`);
    // An answer that no form of the portal can send: health workers' software does not launch it.
    const loaded = page.waitForEvent('load');
    await page.evaluate(() => {
      const form = document.querySelector<HTMLFormElement>('form[action$="explorer/launch"]')!;
      (form.elements.namedItem('kind') as HTMLInputElement).value = 'ehr';
      form.requestSubmit();
    });
    await loaded;
    assert.equal(await page.locator('.wire').count(), 0);
    for (const client of ['nothing', 'demo', 'dhp-portal', '../x']) {
      const answer = await page.goto(`${platform.urls.portal}/explorer/launch?client=${encodeURIComponent(client)}`);
      assert.equal(answer?.status(), 404, client);
    }
    await page.goto(`${platform.urls.portal}/explorer/launch?lang=ru`);
    assert.ok((await page.locator('.choices a').count()) >= 3);
    await assertFit(page);
    await picture(page, 'launcher-list-ru');
    await context.close();
  });
});
