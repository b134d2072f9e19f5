/** A password set by an operator must be changed at its first use, before anything else, and expires unused. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { pageLanguages } from '../../../tests/sample.ts';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { beginning, chromiumBed, desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { fromBase32, totpCode, totpStep } from '@dhp/accounts/testing';
import { newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const hours = (count: number): void => void (now = new Date(now.getTime() + count * 3600_000));
const options = { clock, send: async () => undefined } as const;
const { url } = await bed.start({ ...options, secondFactorFor: ['Practitioner'] });
/** Device codes are measured by the engine's own clock. */
const { url: ofToday } = await bed.start({ send: options.send });
const chromium = await chromiumBed(bed, options);
/** Accounts as the operators' pages, the administration and the command line open them. */
const operators = openAccounts(bed.sql, { actor: 'cli:tester', clock, temporarySeconds: 72 * 3600 });
const given = 'given by an operator';
const own = 'quiet words on paper';
const redirectUri = 'https://cabinet.example.uz/cb';
let clientId: string;
let deviceId: string;
let count = 0;

before(async () => {
  ({ id: clientId } = await newClient(bed.clients, {
    grants: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'offline_access', 'patient/*.rs'],
    redirectUris: [redirectUri, chromium.redirectUri],
    public: true,
    name: 'Cabinet',
  }));
  ({ id: deviceId } = await newClient(bed.clients, {
    grants: ['urn:ietf:params:oauth:grant-type:device_code'],
    scopes: ['openid', 'patient/*.rs'],
    public: true,
    name: 'Device',
  }));
});

async function somebody(type: 'Patient' | 'Practitioner' = 'Patient'): Promise<{ username: string; sub: string }> {
  const username = `person-${String((count += 1))}`;
  const identities = [{ environment: 'playground' as const, type, fhir_id: username }];
  const { accountId: sub } = await operators.create({ username, name: 'Olim Usmonov', password: given, identities });
  return { username, sub };
}

const codeOf = (secret: Buffer): string => totpCode(secret, totpStep(now));
const secretIn = (text: string): Buffer =>
  fromBase32((/<code>([A-Z2-7 ]+)<\/code>/.exec(text)?.[1] ?? assert.fail(text)).replaceAll(' ', ''));

const request = (more: Record<string, string> = {}): string =>
  authorizeAddress({
    ...{ client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope: 'openid patient/*.rs' },
    ...pkce().query,
    ...more,
  });

async function login(
  username: string,
  password = given,
  browser = new Browser(url),
): Promise<{ browser: Browser; page: Page }> {
  const page = await browser.submit(await browser.get(request()), { username, password }, 'login');
  return { browser, page };
}

const isOwnPassword = (page: Page): boolean => page.text.includes('value="own-password"');
const sessionsOf = async (sub: string): Promise<number> =>
  (await bed.sql`select from sso.artifact where account_id = ${sub} and model in ('Session', 'Grant', 'RefreshToken')`)
    .length;

describe('a password of an operator', () => {
  it('leads to the page for another one, and then on to the application', async () => {
    const { username, sub } = await somebody();
    const { browser, page } = await login(username);
    assert.ok(isOwnPassword(page), page.text);
    assert.equal(await sessionsOf(sub), 0);
    let next = page;
    for (const [wanted, said] of [
      ['short', /too short/],
      ['qwertyuiop', /tried first/],
      [given, /administrator gave you/],
      [`${username} ${username}`, /must not be made of your name/],
    ] as const) {
      next = await browser.submit(next, { new: wanted }, 'own-password');
      assert.equal(next.status, 400);
      assert.match(next.text, said);
      assert.equal(await sessionsOf(sub), 0);
    }
    next = await browser.submit(next, { new: own }, 'own-password');
    assert.match(next.text, /value="allow"/);
    next = await browser.submit(next, {}, 'allow');
    assert.ok(new URL(next.address).searchParams.get('code'));
    const events = await bed.sql<{ event: string; reason: string | null; actor: string | null }[]>`
      select event, reason, actor from sso.audit_event where account_id = ${sub} order by id`;
    assert.deepEqual(events.map(({ event, reason, actor }) => [event, reason, actor]).slice(0, 3), [
      ['account.created', null, 'cli:tester'],
      ['account.password-set', 'chosen at the first use', `account:${sub}`],
      ['sign-in.succeeded', 'pwd', null],
    ]);
    const again = await login(username, own);
    assert.ok(!isOwnPassword(again.page));
    assert.equal((await login(username)).page.status, 401, 'the old one is good no longer');
  });

  it('expires unused, and says so to nobody but who knows it', async () => {
    const { username, sub } = await somebody();
    const [open, late] = [await login(username), await login(username)];
    hours(71);
    assert.ok(isOwnPassword((await login(username)).page));
    hours(2);
    const expired = await login(username);
    assert.equal(expired.page.status, 401);
    assert.match(expired.page.text, /This password has expired/);
    const wrong = await login(username, 'another long password');
    assert.doesNotMatch(wrong.page.text, /expired/);
    for (const { browser, page } of [open, late]) {
      const after = await browser.submit(page, { new: own }, 'own-password');
      assert.ok(
        !after.text.includes('value="allow"') && !after.address.includes('code='),
        'nor by a page that was open',
      );
    }
    assert.equal(await sessionsOf(sub), 0);
    const [refused] = await bed.sql<{ reason: string }[]>`
      select reason from sso.audit_event where account_id = ${sub} and event = 'sign-in.refused' and reason like 'password%'`;
    assert.equal(refused?.reason, 'password-expired');
    await operators.setPassword(username, 'given once more by them');
    const { browser, page } = await login(username, 'given once more by them');
    assert.match((await browser.submit(page, { new: own }, 'own-password')).text, /value="allow"/);
  });

  it('is not an invitation, which expires too: after seven days', async () => {
    const username = `person-${String((count += 1))}`;
    const { link } = await operators.invite({ username, name: 'Olim Usmonov' });
    const open = async (): Promise<number> => (await fetch(url + link)).status;
    hours(7 * 24 - 1);
    assert.equal(await open(), 200);
    hours(2);
    assert.equal(await open(), 400);
    const late = new URLSearchParams({ token: link.split('token=')[1]!, new: own });
    assert.equal((await fetch(url + link, { method: 'POST', body: late })).status, 400);
    assert.equal((await login(username, own)).page.status, 401);
  });

  it('is replaced once: of two pages that were open the second changes nothing', async () => {
    const { username } = await somebody();
    const [one, two] = [await login(username), await login(username)];
    await one.browser.submit(one.page, { new: own }, 'own-password');
    await two.browser.submit(two.page, { new: 'other words on paper' }, 'own-password');
    assert.ok(!isOwnPassword((await login(username, own)).page));
    assert.equal((await login(username, 'other words on paper')).page.status, 401);
  });

  it('is not kept by another hash of it, nor by another change of the account', async () => {
    const { username, sub } = await somebody();
    await bed.sql`update sso.account set updated_at = ${now} where account_id = ${sub}`;
    await operators.disable(username);
    await operators.enable(username);
    assert.ok(isOwnPassword((await login(username)).page));
  });
});

describe('nothing else goes on before it', () => {
  const skips: Record<string, (browser: Browser, username: string) => Promise<Page>> = {
    'prompt=none': (browser) => browser.get(request({ prompt: 'none' })),
    'a second request': (browser) => browser.get(request()),
    'the page of the account': (browser) => browser.get('/account'),
    'the page of codes': (browser) => browser.get('/account/codes'),
    'the operators’ pages': (browser) => browser.get('/operate'),
  };
  for (const [how, skip] of Object.entries(skips)) {
    it(`not by ${how}`, async () => {
      const { username, sub } = await somebody();
      const { browser } = await login(username);
      const page = await skip(browser, username);
      const isRefused = new URL(page.address).searchParams.get('error') === 'login_required';
      assert.ok(isRefused || page.text.includes('name="password"'), page.address + page.text);
      assert.equal(await sessionsOf(sub), 0);
    });
  }

  for (const step of ['allow', 'enrol', 'make-passkey', 'code', 'choose', 'passkey', 'recovery-kept', 'anything']) {
    it(`not by the form of another step: ${step}`, async () => {
      const { username, sub } = await somebody();
      const { browser, page } = await login(username);
      const after = await browser.submit(page, { code: '123456', credential: '{}' }, step);
      assert.equal(new URL(after.address).searchParams.get('code'), null);
      assert.equal(await sessionsOf(sub), 0);
      assert.ok(isOwnPassword(await browser.get(page.address)));
    });
  }

  it('not by a device', async () => {
    const { username, sub } = await somebody();
    const { body } = await postForm(`${ofToday}/oauth/device_authorization`, { client_id: deviceId });
    const browser = new Browser(ofToday);
    let page = await browser.get('/oauth/device');
    const hidden = (): Record<string, string> =>
      Object.fromEntries(
        [...page.text.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [
          name!,
          value!,
        ]),
      );
    page = await browser.post('/oauth/device', { ...hidden(), user_code: String(body['user_code']) });
    page = await browser.post('/oauth/device', { ...hidden(), confirm: 'yes' });
    page = await browser.submit(page, { username, password: given }, 'login');
    assert.ok(isOwnPassword(page), page.text);
    const token = await postForm(`${ofToday}/oauth/token`, {
      ...{ grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: deviceId },
      device_code: String(body['device_code']),
    });
    assert.equal(token.body['error'], 'authorization_pending');
    assert.equal(await sessionsOf(sub), 0);
  });

  it('comes before a second factor is set up, and after one that is there', async () => {
    const { username, sub } = await somebody('Practitioner');
    const first = await login(username);
    assert.ok(isOwnPassword(first.page), 'first the password');
    const enrol = await first.browser.submit(first.page, { new: own }, 'own-password');
    assert.match(enrol.text, /value="enrol"/);
    const secret = secretIn(enrol.text);
    const codes = await first.browser.submit(enrol, { code: codeOf(secret) }, 'enrol');
    assert.match(codes.text, /class="codes"|<code>/);
    await operators.setPassword(username, 'given once more by them');
    const { browser, page } = await login(username, 'given once more by them');
    assert.match(page.text, /name="code"/, 'the factor of the person first');
    assert.ok(!isOwnPassword(page));
    const early = await browser.submit(page, { new: 'early words on paper' }, 'own-password');
    assert.match(early.text, /name="code"/);
    hours(1);
    const due = await browser.get(request());
    const second = await browser.submit(due, { username, password: 'given once more by them' }, 'login');
    const after = await browser.submit(second, { code: codeOf(secret) }, 'code');
    assert.ok(isOwnPassword(after), after.text);
    assert.equal(await sessionsOf(sub), 0);
    const done = await browser.submit(after, { new: 'later words on paper' }, 'own-password');
    assert.notEqual(await sessionsOf(sub), 0, done.text);
  });
});

describe('the page in a browser', { skip: withoutBrowser }, () => {
  for (const [language, dark] of [
    ['uz', false],
    ['ru', true],
    ['en', false],
  ] as const) {
    if (!pageLanguages.includes(language)) continue;
    it(`is fit in ${language}`, async () => {
      const { username } = await somebody();
      const { page, context } = await chromium.visit({ language, dark, size: dark ? desktop : phone });
      await page.goto(beginning(chromium, clientId, { scope: 'openid' }));
      await page.fill('#username', username);
      await page.fill('#password', given);
      await page.keyboard.press('Enter');
      await page.waitForSelector('#new');
      await isFit(page, `own-password.${language}`);
      assert.equal(await page.evaluate('document.activeElement.id'), 'new');
      await page.keyboard.type(given);
      await page.keyboard.press('Enter');
      await page.waitForSelector('#wrong');
      await isFit(page);
      await page.fill('#new', own);
      await page.keyboard.press('Enter');
      await page.waitForSelector('button[value=allow]');
      await context.close();
    });
  }
});
