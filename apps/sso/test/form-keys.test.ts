/** Pages are compressed: no form key is repeated between answers, and each issued key is accepted. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { isSameKey, maskedKey } from '@dhp/web-kit';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { addCase, addUnconfirmed } from './identity-bed.ts';
import { operateBed, password, reason } from './operate-bed.ts';
import { newClient } from './support.ts';

const { bed, chromium, clock, register, idOf, withoutScripts } = await operateBed();
let operator: Browser;
let clientId = '';

before(async () => {
  await register('aziza', 'Aziza Karimova');
  await addCase(bed.sql, idOf('aziza'), { kind: 'several', ids: ['a', 'b'], at: clock() });
  const record = { environment: 'playground', type: 'Practitioner', id: 'c' };
  await addUnconfirmed(bed.sql, idOf('aziza'), { upstream: 'oneid', record, at: clock() });
  ({ id: clientId } = await newClient(bed.clients, {
    ...{
      grants: ['authorization_code'],
      scopes: ['openid'],
      redirectUris: ['https://clinic.example.uz/cb'],
      public: true,
    },
  }));
  ({ browser: operator } = await withoutScripts('operator'));
});

const keysOf = ({ text }: Page): string[] =>
  [...text.matchAll(/name="(?:csrf|xsrf)" value="([^"]*)"/g)].map(([, key]) => key!);
const visitor = (): Browser => new Browser(chromium.issuer, 'en', {}, chromium.issuer);
const toSignIn = (): string =>
  authorizeAddress({
    ...{ client_id: clientId, response_type: 'code', redirect_uri: 'https://clinic.example.uz/cb', scope: 'openid' },
    ...pkce().query,
  });

/** Requests the page twice. @returns the keys of both answers, which have none in common */
async function twice(browser: Browser, address: string): Promise<[string[], string[]]> {
  const [first, second] = [await browser.get(address), await browser.get(address)];
  const [one, other] = [keysOf(first), keysOf(second)];
  assert.equal(one.length, other.length, address);
  for (const key of one) {
    assert.ok(key.length >= 40, address);
    assert.ok(!second.text.includes(key), `${address} shows the same key again`);
  }
  return [one, other];
}

describe('a masked key', () => {
  const key = Buffer.alloc(32, 5).toString('base64url');

  it('is another text each time, and the same key', () => {
    const [one, other] = [maskedKey(key), maskedKey(key)];
    assert.notEqual(one, other);
    assert.ok(isSameKey(one, other));
    assert.ok(!one.includes(key));
  });

  it('is no other key, no plain key and not whatever else is sent', () => {
    const own = maskedKey(key);
    const zero = Buffer.alloc(64).toString('base64url');
    for (const given of [
      '',
      key,
      zero,
      own.slice(1),
      `${own}AA`,
      maskedKey(Buffer.alloc(32, 6).toString('base64url')),
      'ы'.repeat(86),
    ]) {
      assert.ok(!isSameKey(given, own), given);
    }
  });
});

describe('the keys of forms', () => {
  it('are other ones in each answer on every page of the operators', async () => {
    const seen = new Set<string>();
    const open = ['/operate', '/operate/users?q=karimova'];
    let keys = 0;
    while (open.length > 0 && seen.size < 60) {
      const address = open.shift()!;
      const shape = address
        .replace(/[\da-f]{8}-[\da-f-]{27}/g, 'ID')
        .replace(/\?.*/, (query) => (query.includes('q=') ? query : ''));
      if (seen.has(shape)) continue;
      seen.add(shape);
      const { text } = await operator.get(address);
      for (const [, href = ''] of text.matchAll(/href="(\/operate[^"#]*)"/g)) open.push(href.replaceAll('&#38;', '&'));
      keys += (await twice(operator, address))[0].length;
    }
    for (const shape of ['/operate/identity/cases/ID/decide', '/operate/users/ID/confirm', '/operate/users/ID/reject'])
      assert.ok(seen.has(shape), shape);
    assert.ok(seen.size >= 12 && keys >= 5, `${String(seen.size)} pages with ${String(keys)} keys`);
  });

  it('are all taken at the operators’ pages, and no other', async () => {
    const address = `/operate/users/${idOf('aziza')}/disable`;
    const [[one = ''], [other = '']] = await twice(operator, address);
    for (const csrf of [one, other])
      assert.equal((await operator.post(address, { csrf })).status, 400, 'a reason is missing');
    assert.equal(
      (await operator.post(address, { csrf: 'guessed', reason })).status,
      200,
      'asked again, and nothing done',
    );
    const rows = await bed.sql`select from sso.account where username = 'aziza' and disabled_at is null`;
    assert.equal(rows.length, 1);
  });

  it('are other ones in each answer at the account, and all taken', async () => {
    const { browser } = await withoutScripts('aziza', '/account');
    const pages = ['', '/security', '/sessions', '/applications', '/activity', '/codes'].map(
      (path) => `/account${path}`,
    );
    const given: string[] = [];
    for (const address of pages) given.push(...(await twice(browser, address)).flat());
    assert.ok(given.length >= 8, String(given.length));
    for (const csrf of new Set(given)) {
      const answer = await browser.post('/account', { csrf, step: 'revoke-application', client: 'none' });
      assert.match(answer.address, /notice=done/);
    }
    const forged = await browser.post('/account', { csrf: 'guessed', step: 'revoke-application', client: 'none' });
    assert.doesNotMatch(forged.address, /notice=done/);
  });

  it('are other ones in each answer of a sign-in, and all taken', async () => {
    const browser = visitor();
    const { address } = await browser.get(toSignIn());
    const [[one = ''], [other = '']] = await twice(browser, address);
    for (const csrf of [one, other]) {
      const wrong = await browser.post(address, { csrf, step: 'login', username: 'aziza', password: 'not this one' });
      assert.equal(wrong.status, 401);
    }
    const consent = await browser.post(address, { csrf: one, step: 'login', username: 'aziza', password });
    assert.match(consent.text, /value="allow"/);
    await twice(browser, consent.address);
  });

  it('are other ones in each answer at the pages of a device and of signing out', async () => {
    const browser = visitor();
    for (const address of ['/oauth/device?user_code=BCDF-GHJK', '/oauth/logout']) {
      assert.ok((await twice(browser, address))[0].length > 0, address);
    }
  });
});

describe('a page with a secret to be kept', () => {
  it('shows nothing of its address', async () => {
    const { browser } = await withoutScripts('aziza', '/account');
    const marks = 'x=reflected&ui_locales=reflected&notice=reflected&from=reflected-by&error=reflected';
    const page = await browser.get(`/account/codes?${marks}`);
    assert.match(page.text, /<code>/);
    assert.doesNotMatch(page.text, /reflected/);
  });
});
