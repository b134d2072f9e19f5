/** The pages of an application's subscriptions, with a whole platform: failures are reported with the remedy, and can be sent again. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, withoutBrowser } from '../../../tests/browser.ts';
import { makePerson } from '../../../tests/people.ts';
import { openHome, type Home, type Platform } from '../../../tests/platform.ts';
import { inTurn } from '../../../tests/sample.ts';
import { assertFit, password, picture, register, signedIn, type Credentials } from './visitor.ts';

type Json = Readonly<Record<string, unknown>>;

let place: Home;
let platform: Platform;
let browser: Browser | undefined;
let receiver: Server;
let answer = 200;
let received = 0;

before(async () => {
  receiver = createServer((request, response) => {
    received += 1;
    request.resume();
    response.writeHead(answer).end();
  });
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
  const host = `127.0.0.1:${String((receiver.address() as AddressInfo).port)}`;
  const environment = { DHP_SEED_PATIENTS: '4', DHP_OUTBOUND_HOSTS: host };
  place = await openHome({ begins: 'migrated', programs: 'kept', environment });
  platform = await place.start();
  for (const [username, name] of [
    ['subs-aziza', 'Aziza Karimova'],
    ['subs-bobur', 'Bobur Karimov'],
  ])
    await makePerson(place, platform.urls.sso, { username: username!, password }, ['--name', name!]);
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await place.close();
  receiver.closeAllConnections();
  receiver.close();
});

const urlOf = (path: string): string => `http://127.0.0.1:${String((receiver.address() as AddressInfo).port)}${path}`;

async function clientOf({ id, secret }: Credentials): Promise<(path: string, body?: Json) => Promise<Json>> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
  const answered = await fetch(`${platform.urls.sso}/oauth/token`, { method: 'POST', body });
  const { access_token: token } = (await answered.json()) as { access_token: string };
  const authorization = `Bearer ${token}`;
  return async (path, resource) => {
    const address = `${platform.urls.playground}${path}`;
    const before = resource && (await fetch(address, { headers: { authorization } }));
    const etag = before?.headers.get('etag');
    const reply = await fetch(address, {
      ...(resource && { method: 'PUT', body: JSON.stringify(resource) }),
      headers: {
        ...{ authorization, 'content-type': 'application/fhir+json' },
        ...(typeof etag === 'string' && { 'if-match': etag }),
      },
    });
    const text = await reply.text();
    assert.ok(reply.ok, `${path} ${String(reply.status)} ${text}`);
    return JSON.parse(text) as Json;
  };
}

/** An active topic, which an operator writes. */
async function makeTopic(): Promise<void> {
  const scope = ['--scope', 'system/*.cruds'];
  const made = await place.run(['client', 'create', '--name', 'Operator', ...scope, '--json']);
  assert.equal(made.code, 0, made.stderr);
  const { client_id: id, client_secret: secret } = JSON.parse(made.stdout) as Record<string, string>;
  const write = await clientOf({ id: id!, secret: secret! });
  await write('/SubscriptionTopic/patients', {
    ...{ resourceType: 'SubscriptionTopic', id: 'patients', url: 'https://example.org/topics/patients' },
    ...{ status: 'active', title: 'Patients that changed' },
    _title: {
      extension: [
        {
          url: 'http://hl7.org/fhir/StructureDefinition/translation',
          extension: [
            { url: 'lang', valueCode: 'uz' },
            { url: 'content', valueString: 'Oʻzgargan bemorlar' },
          ],
        },
      ],
    },
    resourceTrigger: [{ resource: 'Patient', supportedInteraction: ['create', 'update'] }],
  });
}

const subscription = (id: string, path: string): Json => ({
  ...{ resourceType: 'Subscription', id, status: 'requested', topic: 'https://example.org/topics/patients' },
  ...{ content: 'id-only', endpoint: urlOf(path) },
  channelType: { system: 'http://terminology.hl7.org/CodeSystem/subscription-channel-type', code: 'rest-hook' },
});

/** Reloads until the text appears: the page queries the server each time. */
async function until(page: Page, address: string, words: RegExp): Promise<void> {
  for (let n = 0; n < 40; n += 1) {
    await page.goto(address);
    if (words.test((await page.locator('main').textContent()) ?? '')) return;
    await delay(300);
  }
  assert.fail(`${address} does not say ${String(words)}: ${(await page.locator('main').textContent()) ?? ''}`);
}

/** Makes a receiver with a click, and sees the notifications that a subscription sends to it. */
async function tryReceiver(page: Page, client: Awaited<ReturnType<typeof clientOf>>): Promise<void> {
  const receivers = `${platform.urls.portal}/applications/receivers`;
  await page.goto(`${receivers}?lang=en`);
  assert.match((await page.locator('main p[role=status]').textContent()) ?? '', /no test receiver/);
  await page.locator('main form.form button').click();
  await page.waitForURL(/\/receivers\/[\da-f-]{36}$/);
  const here = page.url();
  const { endpoint, parameter } = JSON.parse((await page.locator('.code pre').first().textContent()) ?? '') as {
    endpoint: string;
    parameter: Json[];
  };
  assert.ok(endpoint.startsWith(`${platform.urls.portal}/test-receivers/`));
  const evil = { name: 'X-Evil', value: '<script>alert(1)</script>' };
  await client('/Subscription/clinic-tried', {
    ...subscription('clinic-tried', '/'),
    ...{ endpoint, parameter: [...parameter, evil] },
  });
  await until(page, here, /Notification 1.*handshake.*signature is right/s);
  await client('/Patient/subs-3', { resourceType: 'Patient', id: 'subs-3', name: [{ family: '<b>Karimova</b>' }] });
  await until(page, here, /Notification 2.*events 1.*Patient\/subs-3/s);
  assert.equal(await page.locator('main script, main pre b').count(), 0);
  assert.ok(!(await page.content()).includes('alert(1)'), 'values of header fields are not kept');
  for (const [lang, width] of inTurn(
    [
      ['uz', 320],
      ['uz-Cyrl', 768],
      ['ru', 390],
      ['en', 1280],
    ] as const,
    2,
  ))
    for (const address of [receivers, here]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(`${address}?lang=${lang}`);
      await assertFit(page);
      await picture(page, `receiver${address === here ? '' : 's'}-${lang}-${String(width)}`);
    }
  await page.goto(`${here}?lang=en`);
  await page.locator('select[name=answer]').selectOption('fails');
  await page.locator('input[value=answer] ~ button').click();
  assert.match((await page.locator('main p[role=status]').first().textContent()) ?? '', /From now on/);
  const other = await signedIn({ browser: browser!, platform }, 'subs-bobur');
  const stranger = await other.newPage();
  assert.equal((await stranger.goto(here))!.status(), 404);
  assert.equal(
    (await stranger.request.post(endpoint, { data: 'x' })).status(),
    404,
    'nobody else stores anything there',
  );
  await other.close();
  await page.locator('button.danger').click();
  await page.waitForURL(/notice=removed/);
}

describe('the subscriptions of an application', { skip: withoutBrowser }, () => {
  test('are shown to its developers with what is wrong and what to do, tried, and sent again', async () => {
    await makeTopic();
    const context = await signedIn({ browser: browser!, platform }, 'subs-aziza');
    const page = await context.newPage();
    const credentials = await register(page, platform);
    const list = `${platform.urls.portal}/applications/${credentials.id}/subscriptions`;
    await page.goto(list.replace('/subscriptions', ''));
    await page.locator('main a[href$="/subscriptions"]').click();
    await until(page, page.url(), /no subscriptions of its own/);
    await assertFit(page);

    const client = await clientOf(credentials);
    await client('/Subscription/clinic-told', subscription('clinic-told', '/told'));
    await until(page, list, /active/);
    assert.match((await page.locator('.subscriptions h2').textContent()) ?? '', /^Patients that changed$/);
    const patient = (n: number): Json => ({
      ...{ resourceType: 'Patient', id: `subs-${String(n)}`, name: [{ family: 'Karimova' }], gender: 'female' },
    });
    await client('/Patient/subs-1', patient(1));
    await until(page, `${list}/clinic-told`, /Last number accepted\s*1/);
    const before = received;
    answer = 503;
    await client('/Patient/subs-2', patient(2));
    const one = `${list}/clinic-told`;
    await until(page, one, /The receiver failed while it processed the notification \(503\)/);
    const said = (await page.locator('main').textContent()) ?? '';
    assert.match(said, /What to do: Look into the log of the receiver/);
    assert.match(said, /1 event is waiting, the oldest for \d+ (?:second|minute)/);
    assert.match(said, /Next attempt/);
    assert.match(said, /Patient\/subs-2.*waiting.*Patient\/subs-1.*accepted/s);
    assert.equal(await page.locator('svg.chart').count(), 1);
    await page.goto(`${one}?before=2`);
    assert.match((await page.locator('main').textContent()) ?? '', /Patient\/subs-1/);
    assert.doesNotMatch((await page.locator('main').textContent()) ?? '', /Patient\/subs-2/);
    for (const strange of ['before=1', 'before=x', 'before=-3', `before=${'9'.repeat(20)}`])
      assert.equal((await page.goto(`${one}?${strange}`))!.status(), 404, strange);
    for (const strange of ['behind=%2F..', 'skipped=x'])
      assert.equal((await page.goto(`${list}?${strange}`))!.status(), 404, strange);
    await page.goto(`${list}?skipped=500`);
    assert.match((await page.locator('main').textContent()) ?? '', /no subscriptions of its own/);
    for (const [lang, width, colorScheme] of inTurn(
      [
        ['uz', 320, 'dark'],
        ['uz-Cyrl', 768, 'light'],
        ['ru', 390, 'light'],
        ['en', 1280, 'dark'],
      ] as const,
      2,
    ))
      for (const address of [list, one]) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme });
        await page.goto(`${address}?lang=${lang}`);
        await assertFit(page);
        await picture(page, `subscriptions-${address === one ? 'one' : 'list'}-${lang}-${String(width)}`);
      }
    await page.goto(`${list}?lang=uz`);
    assert.match((await page.locator('.subscriptions h2').textContent()) ?? '', /^Oʻzgargan bemorlar$/);

    await page.goto(`${one}?lang=en`);
    await page.locator('input[value=handshake] ~ button').click();
    assert.match((await page.locator('main [role=alert]').textContent()) ?? '', /did not accept.*\(503\)/s);
    answer = 204;
    await page.goto(one);
    await page.locator('input[value=handshake] ~ button').click();
    assert.match((await page.locator('main p[role=status]').textContent()) ?? '', /accepted the handshake in \d+ ms/);
    // It waits before a retry; when requested again it retries at once.
    await client('/Subscription/clinic-told', subscription('clinic-told', '/told'));
    await until(page, one, /Last number accepted\s*2/);
    assert.ok(received >= before + 5);
    const taken = received;
    await page.locator('input[name=from]').fill('1');
    await page.locator('input[value=resend] ~ button').click();
    assert.match((await page.locator('main p[role=status]').textContent()) ?? '', /sent again/);
    for (let n = 0; n < 100 && received === taken; n += 1) await delay(100);
    assert.ok(received > taken);

    await tryReceiver(page, client);

    const found = await place.run(['audit', 'export', '--reason', 'look']);
    for (const call of ['GET /Subscription/$status', 'POST /Subscription/clinic-told/$resend'])
      assert.ok(found.stdout.includes(`subscriptions: ${call}`), call);

    const other = await signedIn({ browser: browser!, platform }, 'subs-bobur');
    const stranger = await other.newPage();
    for (const address of [list, one]) assert.equal((await stranger.goto(address))!.status(), 404);
    const owns = await register(stranger, platform);
    const strange = await stranger.goto(one.replace(credentials.id, owns.id));
    assert.equal(strange!.status(), 404, 'one of another application');
    assert.equal((await stranger.goto(one.replace('clinic-told', '..%2Fx')))!.status(), 404);
    await Promise.all([context.close(), other.close()]);
  });
});
