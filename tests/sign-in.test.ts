/** People sign in: a real browser, a client library that others wrote, and the commands that register both. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import * as oidc from 'openid-client';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser, withoutBrowser } from './browser.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';

let place: Home;
let platform: Platform;
let app: Server | undefined;
let redirectUri: string;
let clientId: string;
let configuration: oidc.Configuration;

interface User {
  username: string;
  password?: string;
  sub: string;
  identities: { reference: string }[];
  disabled: boolean;
}

let patient: string;
let stranger: string;
const ownPassword = 'quiet words on paper';
const person = { username: 'aziza', password: 'a long and quiet password' };

before(async () => {
  place = await openHome({
    begins: 'migrated',
    serves: 'sso,fhir',
    programs: 'kept',
    environment: { DHP_SEED_PATIENTS: '2' },
  });
  platform = await place.start();
  [patient = '', stranger = ''] = await twoPatients();
  app = createServer((_request, response) => response.end('<title>app</title>back in the application'));
  await new Promise<void>((resolve) => app!.listen(0, '127.0.0.1', resolve));
  redirectUri = `http://localhost:${String((app.address() as AddressInfo).port)}/cb`;
  const client = await place.json<{ client_id: string; token_endpoint_auth_method: string; redirect_uris: string[] }>([
    ...['client', 'create', '--name', 'Bemorlar kabineti', '--public'],
    ...['--grant', 'authorization_code refresh_token', '--redirect-uri', redirectUri],
    ...['--scope', 'openid profile fhirUser offline_access user/*.rs launch/patient patient/*.rs'],
  ]);
  assert.equal(client.token_endpoint_auth_method, 'none');
  assert.deepEqual(client.redirect_uris, [redirectUri]);
  assert.ok(!('client_secret' in client));
  clientId = client.client_id;
  configuration = await oidc.discovery(new URL(platform.urls.sso), clientId, undefined, oidc.None(), {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated only so that nobody does it elsewhere than at home
    execute: [oidc.allowInsecureRequests],
  });
});
after(async () => {
  app?.close();
  await place.close();
});

/** Ids of two patients of the playground. */
async function twoPatients(): Promise<string[]> {
  const token = await getToken(platform.urls.sso, platform.demo!);
  const response = await fetch(`${platform.urls.playground}/Patient?_count=2`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { entry } = (await response.json()) as { entry: { resource: { id: string } }[] };
  return entry.map(({ resource }) => resource.id);
}

describe('dhp user', () => {
  test('registers a person, with a password of its own when none is given', async () => {
    const made = await place.json<User>(['user', 'create', 'vaqtincha', '--name', 'V', '--patient', 'p-9']);
    assert.ok(made.password!.length >= 16);
    assert.deepEqual(made.identities, [{ environment: 'playground', reference: 'Patient/p-9' }]);
    const anew = await place.json<User>(['user', 'set-password', 'vaqtincha']);
    assert.notEqual(anew.password, made.password);
    assert.equal((await place.json<User>(['user', 'disable', 'vaqtincha', '--reason', 'left'])).disabled, true);
    const { users } = await place.json<{ users: User[] }>(['user', 'list']);
    assert.deepEqual(
      users.map(({ username, disabled }) => [username, disabled]),
      [['vaqtincha', true]],
    );
    assert.equal((await place.json<User>(['user', 'enable', 'vaqtincha'])).disabled, false);
  });

  test('reads a password from standard input, and tells mistakes in a sentence', async () => {
    const args = [
      'user',
      'create',
      person.username,
      '--name',
      'Aziza Karimova',
      '--practitioner',
      'pr-1',
      '--patient',
      patient,
    ];
    const outcome = await place.run([...args, '--password-stdin', '--json'], {}, `${person.password}\n`);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.ok(!outcome.stdout.includes(person.password));
    const mistakes: [string[], RegExp][] = [
      [['user', 'create', person.username, '--name', 'Other'], /taken/],
      [['user', 'create', 'x y', '--name', 'Other'], /A user name has/],
      [['user', 'create', 'other', '--name', 'Other', '--patient', 'a/b'], /is not somebody/],
      [['user', 'disable', 'nobody'], /no account "nobody"/],
    ];
    for (const [words, sentence] of mistakes) {
      const { code, stderr } = await place.run(words);
      assert.equal(code, 1);
      assert.match(stderr, sentence);
    }
    const short = await place.run(['user', 'set-password', person.username, '--password-stdin'], {}, 'short\n');
    assert.match(short.stderr, /10 to 256 characters/);
  });
});

describe('dhp audit', () => {
  test('checks the chain of the running platform, against a head that was kept too, and writes it out', async () => {
    const report = await place.json<{ whole: boolean; length: number; head: string }>(['audit', 'verify']);
    assert.equal(report.whole, true);
    assert.ok(report.length > 5);
    const kept = await place.run(['audit', 'verify', '--head', report.head]);
    assert.equal(kept.code, 0, kept.stdout + kept.stderr);
    const forged = await place.run([
      'audit',
      'verify',
      '--head',
      report.head.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    ]);
    assert.equal(forged.code, 1);
    assert.match(forged.stdout, /BROKEN at position \d+: other-head/);
    assert.equal((await place.run(['audit', 'verify', '--head', 'x'])).code, 2);
    const { stdout } = await place.run(['audit', 'export', '--after', '1']);
    const lines = stdout.trim().split('\n');
    assert.ok(lines.length >= report.length - 1);
    for (const line of lines) assert.equal((JSON.parse(line) as { resourceType: string }).resourceType, 'AuditEvent');
  });

  test('dhp user create --invite prints a link by which the person sets a password', async () => {
    const made = await place.json<{ invitation: string }>([
      'user',
      'create',
      'yangi',
      '--name',
      'Yangi Xodim',
      '--invite',
    ]);
    assert.ok(made.invitation.startsWith(`${platform.urls.sso}/password/new?token=`));
    assert.equal((await fetch(made.invitation)).status, 200);
  });
});

describe('a person in a browser', { skip: withoutBrowser }, () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  before(async () => {
    browser = await launchBrowser();
    context = await browser.newContext({ locale: 'uz-UZ' });
    page = await context.newPage();
  });
  after(() => browser.close());

  async function request(scope: string): Promise<{ url: URL; checks: oidc.AuthorizationCodeGrantChecks }> {
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const checks = { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() };
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope,
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    });
    return { url, checks };
  }

  test('signs in with the keyboard, allows, and the application has tokens, a name and a new token', async () => {
    const { url, checks } = await request('openid profile fhirUser offline_access launch/patient patient/*.rs');
    await page.goto(url.href);
    assert.equal(await page.getAttribute('html', 'lang'), 'uz');
    // The style is applied: the page's policy contains its hash.
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('main')!).borderRadius), '16px');
    await page.keyboard.type(person.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type('a wrong password');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=alert]');
    assert.equal(await page.inputValue('#username'), person.username);
    await page.click('text=Русский');
    await page.fill('#username', person.username);
    await page.fill('#password', person.password);
    await page.keyboard.press('Enter');
    // An operator set the password, and therefore knows it.
    await page.waitForSelector('#new');
    await page.keyboard.type(ownPassword);
    await page.keyboard.press('Enter');
    // A health worker who is also a patient selects whose record it is.
    await page.click('text=Моя собственная запись');
    await page.waitForSelector('button[value=allow]');
    assert.equal(await page.getAttribute('html', 'lang'), 'ru', 'the language that was chosen stays');
    await page.click('button[value=allow]');
    await page.waitForURL(`${redirectUri}**`);
    const tokens = await oidc.authorizationCodeGrant(configuration, new URL(page.url()), checks);
    assert.equal(tokens['patient'], patient);
    const read = (id: string): Promise<Response> =>
      fetch(`${platform.urls.playground}/Patient/${id}`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
    assert.equal((await read(patient)).status, 200, 'the own record');
    assert.equal((await read(stranger)).status, 404, 'nobody else has one');
    assert.equal(tokens.claims()!['fhirUser'], `${platform.urls.playground}/Practitioner/pr-1`);
    const { name } = await oidc.fetchUserInfo(configuration, tokens.access_token, tokens.claims()!.sub);
    assert.equal(name, 'Aziza Karimova');
    const renewed = await oidc.refreshTokenGrant(configuration, tokens.refresh_token!);
    assert.notEqual(renewed.access_token, tokens.access_token);
  });

  test('comes in by OneID (test) for the first time, and reads the own record', async () => {
    const visitor = await browser.newContext({ locale: 'uz-UZ' });
    const visit = await visitor.newPage();
    const { url, checks } = await request('openid launch/patient patient/*.rs');
    await visit.goto(url.href);
    await visit.click('text=OneID (test)');
    await visit.click('main li a');
    await visit.click('button[value=allow]');
    await visit.waitForURL(`${redirectUri}**`);
    const tokens = await oidc.authorizationCodeGrant(configuration, new URL(visit.url()), checks);
    const response = await fetch(`${platform.urls.playground}/Patient/${tokens['patient'] as string}`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    assert.equal(response.status, 200);
    await visitor.close();
  });

  test('is signed in the next time without a page, and may say no', async () => {
    const again = await request('openid profile');
    await page.goto(again.url.href);
    assert.ok(page.url().startsWith(redirectUri));
    const tokens = await oidc.authorizationCodeGrant(configuration, new URL(page.url()), again.checks);
    assert.ok(tokens.access_token);
    const more = await request('openid user/*.rs');
    await page.goto(more.url.href);
    await page.click('button[value=refuse]');
    await page.waitForURL(`${redirectUri}**`);
    await assert.rejects(
      () => oidc.authorizationCodeGrant(configuration, new URL(page.url()), more.checks),
      (error) => error instanceof oidc.AuthorizationResponseError && error.error === 'access_denied',
    );
  });
});
