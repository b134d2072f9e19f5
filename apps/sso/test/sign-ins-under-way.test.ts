/**
 * A sign-in in progress that was started with a stolen password ends when the password changes, and the secret on its page is not reused.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts, openPeople } from '@dhp/accounts';
import { makePasswordLink, usePasswordLink } from '@dhp/accounts/sign-in';
import { fromBase32, totpCode, totpStep } from '@dhp/accounts/testing';
import { seal } from '@dhp/sso-kit';
import { openSessions } from '@dhp/administration';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { codeOfAnother } from './one-time-codes.ts';
import { newClient, testBed } from './support.ts';
import { comeBack, oneIdBed } from './upstream-bed.ts';

const bed = await testBed();
const oneid = await oneIdBed();
const { url } = await bed.start({
  upstreams: [oneid.upstream],
  allowedHosts: [oneid.host],
  directory: () => Promise.resolve([]),
});
const options = { actor: 'cli:tester', reason: 'test' };
const accounts = openAccounts(bed.sql, options);
const operators = openAccounts(bed.sql, { ...options, temporarySeconds: 3600 });
const people = openPeople(bed.sql, options);
const redirectUri = 'https://clinic.example.uz/cb';
const password = 'correct horse battery';
const own = 'quiet words on paper';
let clientId: string;
let count = 0;

before(async () => {
  const grants = ['authorization_code'];
  const registered = { grants, scopes: ['openid'], redirectUris: [redirectUri], public: true };
  ({ id: clientId } = await newClient(bed.clients, registered));
});

interface Person {
  accountId: string;
  username: string;
}

async function somebody(by = accounts): Promise<Person> {
  const username = `person-${String((count += 1))}`;
  return by.create({ username, name: 'Olim Usmonov', password });
}

/** At a client that requires two factors, which sends people with one factor to the page for a second. */
async function begin(): Promise<{ browser: Browser; page: Page }> {
  const browser = new Browser(url);
  const query = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope: 'openid' };
  const address = authorizeAddress({ ...query, acr_values: 'urn:dhp:acr:two-factors', ...pkce().query });
  return { browser, page: await browser.get(address) };
}

async function byPassword(username: string): Promise<{ browser: Browser; page: Page }> {
  const { browser, page } = await begin();
  return { browser, page: await browser.submit(page, { username, password }, 'login') };
}

const secretIn = (page: Page): Buffer =>
  fromBase32((/<code>([A-Z2-7 ]+)<\/code>/.exec(page.text)?.[1] ?? assert.fail(page.text)).replaceAll(' ', ''));
const codeOf = (secret: Buffer): string => totpCode(secret, totpStep(new Date()));
const factorsOf = async (accountId: string): Promise<number> =>
  (await bed.sql`select from sso.totp where account_id = ${accountId} and confirmed_at is not null`).length;
const sessionsOf = async (accountId: string): Promise<number> =>
  (await bed.sql`select from sso.artifact where account_id = ${accountId} and model = 'Session'`).length;

async function cannotGoOn({ accountId }: Person, { browser, page }: { browser: Browser; page: Page }): Promise<void> {
  const secret = secretIn(page);
  const after = await browser.submit(page, { code: codeOf(secret) }, 'enrol');
  assert.doesNotMatch(after.text, /class="codes"/);
  assert.match((await browser.get(page.address)).text, /name="password"/, 'it begins anew');
  assert.deepEqual([await factorsOf(accountId), await sessionsOf(accountId)], [0, 0]);
}

describe('a sign-in of which the password was shown ends', () => {
  const ways: Record<string, (one: Person) => Promise<unknown>> = {
    'when the person sets another one by a link': async ({ accountId }) => {
      const link = await makePasswordLink(bed.sql, accountId, 'reset', new Date());
      const token = link.slice(link.indexOf('=') + 1);
      assert.deepEqual(await usePasswordLink(bed.sql, token, own, new Date()), { accountId });
    },
    'when it is changed': ({ username }) => accounts.setPassword(username, own),
    'when an operator signs the person out everywhere': ({ username }) =>
      openSessions(bed.sql, options).endAllOf(username),
    'when an operator takes the factors away': ({ username }) => people.resetFactors(username),
    'when the account is disabled, and stays ended when it is enabled': async ({ username }) => {
      await accounts.disable(username);
      await accounts.enable(username);
    },
    'when an operator says that the person is somebody else': ({ username }) =>
      people.change(username, { identities: [{ environment: 'playground', type: 'Patient', fhir_id: username }] }),
  };
  for (const [when, happens] of Object.entries(ways)) {
    it(when, async () => {
      const person = await somebody();
      const underWay = await byPassword(person.username);
      await happens(person);
      await cannotGoOn(person, underWay);
    });
  }

  it('goes on when nothing happened', async () => {
    const { accountId, username } = await somebody();
    const { browser, page } = await byPassword(username);
    assert.match((await browser.submit(page, { code: codeOf(secretIn(page)) }, 'enrol')).text, /class="codes"/);
    assert.equal(await factorsOf(accountId), 1);
  });

  it('when the person replaces the password of an operator in another one', async () => {
    const { accountId, username } = await somebody(operators);
    const operator = await byPassword(username);
    const person = await byPassword(username);
    for (const { page } of [operator, person]) assert.match(page.text, /value="own-password"/);
    const next = await person.browser.submit(person.page, { new: own }, 'own-password');
    assert.match(next.text, /name="code"/, 'the one of the person goes on');
    const page = await operator.browser.get(operator.page.address);
    assert.match(page.text, /name="password"/);
    assert.deepEqual([await factorsOf(accountId), await sessionsOf(accountId)], [0, 0]);
  });
});

describe('a sign-in by an identity system ends', () => {
  it('when an operator unlinks the system', async () => {
    const { browser, page } = await begin();
    const away = await browser.get(new URL('?upstream=oneid', page.address).href);
    const back = await comeBack(browser, away);
    const [row] = await bed.sql<{ account_id: string; username: string }[]>`
      select account_id, username from sso.account where username like 'oneid-%'`;
    await people.unlink(row!.username, 'oneid');
    await cannotGoOn({ accountId: row!.account_id, username: row!.username }, { browser, page: back });
  });
});

describe('the secret on the page where codes are set up', () => {
  it('is the same in one sign-in, another one in each other, and good in its own alone', async () => {
    const { accountId, username } = await somebody();
    const stranger = await byPassword(username);
    const seen = secretIn(stranger.page);
    const person = await byPassword(username);
    const shown = secretIn(person.page);
    assert.notDeepEqual(shown, seen);
    assert.deepEqual(secretIn(await person.browser.get(person.page.address)), shown);
    const code = codeOfAnother(seen, shown, new Date());
    const wrong = await person.browser.submit(person.page, { code }, 'enrol');
    assert.deepEqual([wrong.status, secretIn(wrong), await factorsOf(accountId)], [401, shown, 0]);
    assert.match((await person.browser.submit(wrong, { code: codeOf(shown) }, 'enrol')).text, /class="codes"/);
  });

  it('is none at the account that was not shown there', async () => {
    const { username } = await somebody();
    const seen = secretIn((await byPassword(username)).page);
    const browser = new Browser(url);
    await browser.submit(await browser.get('/account/security'), { username, password }, 'login');
    const page = await browser.get('/account/codes');
    assert.notDeepEqual(secretIn(page), seen);
    assert.match((await browser.submit(page, { code: codeOf(secretIn(page)) }, 'enrol')).text, /class="codes"/);
  });

  it('is no second factor of who has set up a passkey instead, nor where an earlier version stored it', async () => {
    const { accountId, username } = await somebody();
    const seen = secretIn((await byPassword(username)).page);
    const stored = Buffer.alloc(20, 7);
    await bed.sql`
      insert into sso.totp (account_id, secret, created_at)
      values (${accountId}, ${seal(bed.encryptionKey, stored, `totp:${accountId}`)}, now())`;
    await bed.sql`
      insert into sso.passkey (credential_id, account_id, public_key, counter, name, created_at)
      values (${username}, ${accountId}, ${Buffer.alloc(8)}, 0, 'phone', now())`;
    for (const secret of [seen, stored]) {
      const { browser, page } = await byPassword(username);
      const after = await browser.submit(page, { code: codeOf(secret) }, 'code');
      assert.deepEqual([after.status, await sessionsOf(accountId), await factorsOf(accountId)], [401, 0, 0]);
    }
  });
});
