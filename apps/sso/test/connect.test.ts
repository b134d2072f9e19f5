/** An identity system and an existing account: only proof from the account itself links them. */
import assert from 'node:assert/strict';
import { createHmac, hkdfSync } from 'node:crypto';
import { before, beforeEach, describe, it } from 'node:test';
import { openAccounts, openPeople } from '@dhp/accounts';
import { isPasswordLink } from '@dhp/accounts/sign-in';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { issuer, newClient, testBed } from './support.ts';
import { comeBack, oneIdBed, throughOneId } from './upstream-bed.ts';

const bed = await testBed();
const oneid = await oneIdBed();
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const { url } = await bed.start({
  upstreams: [oneid.upstream],
  allowedHosts: [oneid.host],
  directory: () => Promise.resolve([]),
});
const redirectUri = 'https://clinic.example.uz/cb';
const password = 'correct horse battery';
let client: { id: string; redirectUri: string };
let people = 0;

before(async () => {
  const { id } = await newClient(bed.clients, {
    ...{ grants: ['authorization_code'], scopes: ['openid'], redirectUris: [redirectUri], public: true },
  });
  client = { id, redirectUri };
});

beforeEach(() => {
  people += 1;
  Object.assign(oneid.claims, { pin: `3010190000${String(people).padStart(4, '0')}`, auth_method: 'LOGINPASSMETHOD' });
});

async function owner(): Promise<{ accountId: string; username: string }> {
  return accounts.create({ username: `owner-${String(people)}`, name: 'Owner Karimov', password });
}

/** Signs in on the account pages, by password or OneID. @returns the page of the ways to sign in */
async function atAccount(browser: Browser, username?: string): Promise<Page> {
  const page = await browser.get('/account/security');
  if (username === undefined) {
    const away = await browser.get(new URL('?upstream=oneid', page.address).href);
    await comeBack(browser, away);
  } else await browser.submit(page, { username, password }, 'login');
  return browser.get('/account/security');
}

function connectLink(page: Page): string | undefined {
  const [, href] = /href="(\/account\/connect\?[^"]*)"/.exec(page.text) ?? [];
  return href?.replaceAll('&#38;', '&').replaceAll('&amp;', '&');
}

/** As the server does it, to store a link of the old rule. */
function subjectHash(pinfl: string): Buffer {
  const key = Buffer.from(hkdfSync('sha256', bed.encryptionKey, '', 'dhp sso upstreams', 32));
  return createHmac('sha256', key).update(`oneid ${pinfl}`).digest();
}

async function unconfirmed(accountId: string): Promise<void> {
  await bed.sql`insert into sso.unconfirmed_link values ('oneid', ${subjectHash(oneid.claims.pin)}, ${accountId}, now())`;
}

const linked = async (): Promise<string | undefined> => {
  const hash = subjectHash(oneid.claims.pin);
  const [row] = await bed.sql<
    { account_id: string }[]
  >`select account_id from sso.upstream_link where subject_hash = ${hash}`;
  return row?.account_id;
};
const waiting = async (): Promise<number> =>
  (await bed.sql`select from sso.unconfirmed_link where subject_hash = ${subjectHash(oneid.claims.pin)}`).length;

describe('a link of the old rule', () => {
  it('lets nobody in, says nothing of the account, and gives way to an account of their own', async () => {
    const { accountId, username } = await owner();
    await unconfirmed(accountId);
    const browser = new Browser(url);
    const page = await throughOneId(browser, client);
    assert.equal(page.status, 401);
    assert.match(page.text, /not confirmed yet/);
    assert.ok(!page.text.includes(username) && !page.text.includes('Owner Karimov'));
    assert.equal(await linked(), undefined);
    const [, href = ''] = /href="(\?upstream=oneid[^"]*own=yes)"/.exec(page.text) ?? [];
    const away = await browser.get(new URL(href.replaceAll('&#38;', '&'), page.address).href);
    assert.match((await comeBack(browser, away)).text, /value="allow"/);
    const own = await linked();
    assert.ok(own !== undefined && own !== accountId);
    assert.equal(await waiting(), 0);
  });

  it('is confirmed when the owner connects the system after the password', async () => {
    const { accountId, username } = await owner();
    await unconfirmed(accountId);
    const browser = new Browser(url);
    const away = await browser.get(connectLink(await atAccount(browser, username))!);
    const page = await comeBack(browser, away);
    assert.match(page.address, /notice=connected/);
    assert.deepEqual([await linked(), await waiting()], [accountId, 0]);
  });
});

describe('connecting a system to an account', () => {
  it('is not offered to who signed in by a system, nor done for them', async () => {
    const browser = new Browser(url);
    const page = await atAccount(browser);
    assert.equal(connectLink(page), undefined);
    // The own account of OneID has the system already; another account's key is of no use here.
    const { username } = await owner();
    const other = connectLink(await atAccount(new Browser(url), username))!;
    assert.doesNotMatch((await browser.get(other)).address, /oneid\?/);
  });

  it('takes the key of the own session', async () => {
    const browser = new Browser(url);
    await atAccount(browser, (await owner()).username);
    for (const query of ['upstream=oneid', 'upstream=oneid&key=', 'upstream=oneid&key=made-up']) {
      assert.equal((await browser.get(`/account/connect?${query}`)).address, `${issuer}/account/security`, query);
    }
  });

  it('takes the browser that began it', async () => {
    const mine = new Browser(url);
    const away = await mine.get(connectLink(await atAccount(mine, (await owner()).username))!);
    const other = new Browser(url);
    people += 1;
    const { accountId, username } = await owner();
    await atAccount(other, username);
    assert.match((await comeBack(other, away)).address, /notice=not-connected/);
    assert.equal((await bed.sql`select from sso.upstream_link where account_id = ${accountId}`).length, 0);
    assert.equal(await linked(), undefined);
  });

  it('moves the link of an account that has nothing else, and disables it', async () => {
    await throughOneId(new Browser(url), client);
    const opened = (await linked())!;
    const { accountId, username } = await owner();
    const browser = new Browser(url);
    await comeBack(browser, await browser.get(connectLink(await atAccount(browser, username))!));
    assert.equal(await linked(), accountId);
    const [row] = await bed.sql<
      { disabled_reason: string }[]
    >`select disabled_reason from sso.account where account_id = ${opened}`;
    assert.equal(row!.disabled_reason, 'connected to another account');
  });

  for (const [what, give] of [
    ['a password', (id: string) => bed.sql`update sso.account set password_hash = 'x' where account_id = ${id}`],
    ['a role', (id: string) => bed.sql`insert into sso.account_role values (${id}, 'production', 'nurse', 'o-1')`],
    [
      'a record by an operator',
      (id: string) => bed.sql`insert into sso.account_identity values (${id}, 'production', 'Patient', 'p-1')`,
    ],
    [
      'an organisation of developers',
      (id: string) => bed.sql`
        with o as (insert into sso.developer_organization values (gen_random_uuid(), 'Clinic', now(), ${id}) returning organization_id)
        insert into sso.developer_member select organization_id, ${id}, 'owner', now() from o`,
    ],
    ['an office', (id: string) => bed.sql`insert into sso.platform_administrator values (${id}, now(), 'cli:a')`],
  ] as const) {
    it(`leaves the link of an account that has ${what}`, async () => {
      await throughOneId(new Browser(url), client);
      const opened = (await linked())!;
      await give(opened);
      const browser = new Browser(url);
      const away = await browser.get(connectLink(await atAccount(browser, (await owner()).username))!);
      assert.match((await comeBack(browser, away)).address, /notice=other-account/);
      assert.equal(await linked(), opened);
    });
  }

  it('is for one person a system', async () => {
    const { username, accountId } = await owner();
    const browser = new Browser(url);
    const page = await atAccount(browser, username);
    const [first, second] = [await browser.get(connectLink(page)!), await browser.get(connectLink(page)!)];
    await comeBack(browser, first);
    assert.equal(await linked(), accountId);
    oneid.claims.pin = '30101908888888';
    assert.match((await comeBack(browser, second)).address, /notice=other-person/);
    assert.equal(await linked(), undefined);
  });

  it('goes no further for an account that is disabled meanwhile', async () => {
    const { username } = await owner();
    const browser = new Browser(url);
    const away = await browser.get(connectLink(await atAccount(browser, username))!);
    await accounts.disable(username);
    await comeBack(browser, away);
    assert.equal(await linked(), undefined);
  });
});

it('a sign-in is not finished with the state of a connection', async () => {
  const { username } = await owner();
  const browser = new Browser(url);
  const away = await browser.get(connectLink(await atAccount(browser, username))!);
  const state = new URL(away.address).searchParams.get('state')!;
  const asked = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: redirectUri,
    scope: 'openid',
    prompt: 'login',
  };
  const login = await browser.get(authorizeAddress({ ...asked, ...pkce().query }));
  const query = new URLSearchParams({ from: 'oneid', state, code: 'c' }).toString();
  const page = await browser.get(`${login.address.split('?', 1)[0]!}?${query}`);
  assert.equal(page.status, 401);
  assert.equal(await linked(), undefined);
});

describe('another e-mail address', () => {
  for (const change of [{ email: 'right@example.uz' }, { email: null }, { name: 'Other' }]) {
    const isAddress = 'email' in change;
    it(`${JSON.stringify(change)} ${isAddress ? 'ends' : 'leaves'} the invitation that was sent before`, async () => {
      const username = `invited-${String(people)}`;
      const { link } = await accounts.invite({ username, name: 'Invited', email: 'wrong@example.uz' });
      const token = new URL(link, issuer).searchParams.get('token')!;
      await openPeople(bed.sql, { actor: 'cli:tester' }).change(username, change);
      assert.equal(await isPasswordLink(bed.sql, token, new Date()), !isAddress);
    });
  }
});

it('unlinking takes what the records proved by it, and leaves what an operator bound', async () => {
  await throughOneId(new Browser(url), client);
  const id = (await linked())!;
  await bed.sql`insert into sso.account_identity values (${id}, 'production', 'Patient', 'p-1', 'record')`;
  await bed.sql`insert into sso.account_identity values (${id}, 'production', 'RelatedPerson', 'r-1', 'operator')`;
  const [row] = await bed.sql<{ username: string }[]>`select username from sso.account where account_id = ${id}`;
  await openPeople(bed.sql, { actor: 'cli:tester' }).unlink(row!.username, 'oneid');
  const left = await bed.sql<{ type: string }[]>`select type from sso.account_identity where account_id = ${id}`;
  assert.deepEqual(
    left.map(({ type }) => type),
    ['RelatedPerson'],
  );
  await throughOneId(new Browser(url), client);
  assert.notEqual(await linked(), id, 'the next sign-in has an account of its own');
});
