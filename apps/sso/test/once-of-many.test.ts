/**
 * Everything that is valid once, used many times concurrently, on two nodes of one database: exactly one use counts. Codes, links and
 * answers are found by several requests; only a decision in the database is made once.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { openClosing, openEmailChange } from '@dhp/accounts/own';
import { makePasswordLink, openFactors, openPaperCodes } from '@dhp/accounts/sign-in';
import { totpCode, totpStep } from '@dhp/accounts/testing';
import { connect } from '@dhp/postgres';
import { authorizeAddress, Browser, pkce, signIn, type Page } from './browser.ts';
import { softPasskey } from './soft-passkey.ts';
import { statementGate } from './statement-gate.ts';
import { issuer, newClient, postForm, testBed } from './support.ts';
import { oneIdBed } from './upstream-bed.ts';

const bed = await testBed();
const oneid = await oneIdBed();
const gate = await statementGate(bed.databaseUrl);
let now = new Date();
const clock = (): Date => now;
const served = {
  ...{ clock, upstreams: [oneid.upstream], allowedHosts: [oneid.host], trustProxy: true },
  ...{ directory: () => Promise.resolve([]), send: () => Promise.resolve() },
  ...{ noticePollSeconds: 3600, keyPollSeconds: 3600, chainSeconds: 3600, messagePollSeconds: 3600 },
};
const gated = connect(gate.through(bed.databaseUrl), { max: 4, reads: 2 });
const urls = [(await bed.start({ ...served, sql: gated })).url, (await bed.start(served)).url];
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const factors = openFactors({ ...bed, issuer, clock });
const password = 'correct horse battery';
const redirectUri = 'https://clinic.example.uz/cb';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const parallel = 6;
let count = 0;
let spa = '';

before(async () => {
  const grants = ['authorization_code', 'refresh_token', deviceGrant];
  const registered = { grants, scopes: ['openid', 'offline_access'], redirectUris: [redirectUri], public: true };
  ({ id: spa } = await newClient(bed.clients, registered));
});

interface Person {
  accountId: string;
  username: string;
}

async function somebody(): Promise<Person> {
  const username = `person-${String((count += 1))}`;
  return accounts.create({ username, name: 'Olim Usmonov', password, email: `${username}@a.uz` });
}

/** One use at a node. @returns whether it counts */
type Use = (url: string, n: number) => Promise<boolean>;

const browserAt = (url: string): Browser =>
  new Browser(url, 'en', { 'x-forwarded-for': `10.${String((count += 1) % 250)}.0.1` });

/** The same browser at another node: with the cookies that it has. */
function alsoAt(url: string, own: Browser): Browser {
  const other = browserAt(url);
  for (const [name, { value }] of own.cookies) other.plant(name, value);
  return other;
}

async function atLogin(url = urls[0]!): Promise<{ browser: Browser; page: Page; verifier: string }> {
  const { verifier, query } = pkce();
  const request = { client_id: spa, response_type: 'code', redirect_uri: redirectUri, scope: 'openid offline_access' };
  const browser = browserAt(url);
  return { browser, verifier, page: await browser.get(authorizeAddress({ ...request, ...query })) };
}

/** From a sign-in to a code. */
async function coded(): Promise<{ code: string; code_verifier: string }> {
  const { username } = await somebody();
  const { browser, page, verifier } = await atLogin();
  const asked = await browser.submit(page, { username, password }, 'login');
  const { address } = await browser.submit(asked, {}, 'allow');
  return { code: new URL(address).searchParams.get('code')!, code_verifier: verifier };
}

const exchange = (url: string, form: Record<string, string>): ReturnType<typeof postForm> =>
  postForm(`${url}/oauth/token`, { client_id: spa, redirect_uri: redirectUri, ...form });

const isOpen = async ({ accountId }: Person): Promise<number> =>
  (await bed.sql`select from sso.artifact where account_id = ${accountId} and model = 'Session'`).length;

async function signedIn(path: string): Promise<{ person: Person; browser: Browser; page: Page }> {
  const person = await somebody();
  const browser = browserAt(urls[0]!);
  const { username } = person;
  await browser.submit(await browser.get('/account'), { username, password }, 'login');
  return { person, browser, page: await browser.get(path) };
}

const keyOf = ({ text }: Page): string => /name="csrf" value="([^"]*)"/.exec(text)?.[1] ?? assert.fail(text);

const links: string[] = [];
const queue = async (_sql: unknown, { text }: { text: string }): Promise<void> =>
  void links.push(/token=([\w-]+)/.exec(text)![1]!);
const emailChange = openEmailChange({ sql: bed.sql, issuer, clock, queue });

/** By POST of the token to a page. @param isDone decides it from the status */
function byLink(path: string, token: string, isDone: (status: number) => boolean): Use {
  return async (url) => {
    const body = new URLSearchParams({ token });
    const { status } = await fetch(url + path, { method: 'POST', body, redirect: 'manual' });
    return isDone(status);
  };
}

/** Several browsers of the same person, each on the page of the second factor. */
async function atCode(person: Person): Promise<{ browser: Browser; page: Page }[]> {
  const all: { browser: Browser; page: Page }[] = [];
  for (let n = 0; n < parallel; n += 1) {
    const { browser, page } = await atLogin(urls[n % 2]);
    all.push({ browser, page: await browser.submit(page, { username: person.username, password }, 'login') });
  }
  return all;
}

/**
 * Single-use things, with the number of uses that may count. A second use of a code ends everything that resulted from it, and may come
 * before the first one is answered: then none counts.
 */
const things: Record<string, { least?: number; most?: number; make: () => Promise<Use> }> = {
  'a code': {
    least: 0,
    async make() {
      const form = { grant_type: 'authorization_code', ...(await coded()) };
      return async (url) => (await exchange(url, form)).status === 200;
    },
  },
  'a refresh token that was used a while ago': {
    most: 0,
    async make() {
      const { body } = await exchange(urls[0]!, { grant_type: 'authorization_code', ...(await coded()) });
      const form = { grant_type: 'refresh_token', refresh_token: String(body['refresh_token']) };
      assert.equal((await exchange(urls[1]!, form)).status, 200);
      now = new Date(now.getTime() + 3_001);
      return async (url) => (await exchange(url, form)).status === 200;
    },
  },
  'a code of a device': {
    least: 0,
    async make() {
      const { body } = await postForm(`${urls[0]!}/oauth/device_authorization`, { client_id: spa, scope: 'openid' });
      const { browser } = await signedIn('/account');
      const page = await browser.get('/oauth/device');
      const xsrf = (of: Page): string => /name="xsrf" value="([^"]*)"/.exec(of.text)?.[1] ?? '';
      const code = String(body['user_code']);
      const asked = await browser.post('/oauth/device', { xsrf: xsrf(page), user_code: code });
      const question = await browser.post('/oauth/device', { xsrf: xsrf(asked), user_code: code, confirm: 'yes' });
      await browser.submit(question, {}, 'allow');
      const form = { grant_type: deviceGrant, device_code: String(body['device_code']) };
      return async (url) => (await exchange(url, form)).status === 200;
    },
  },
  'a pushed request': {
    async make() {
      const { username } = await somebody();
      const { query } = pkce();
      const request = { client_id: spa, response_type: 'code', redirect_uri: redirectUri, scope: 'openid', ...query };
      const { body } = await postForm(`${urls[0]!}/oauth/par`, request);
      const browser = browserAt(urls[0]!);
      await signIn(browser, authorizeAddress(request), { username, password });
      const address = authorizeAddress({ client_id: spa, request_uri: String(body['request_uri']) });
      return async (url) => (await alsoAt(url, browser).get(address)).address.includes('code=');
    },
  },
  'a link for a password': {
    async make() {
      const { accountId } = await somebody();
      const link = await makePasswordLink(bed.sql, accountId, 'reset', clock());
      return async (url, n) => {
        const body = new URLSearchParams({ token: link.split('token=')[1]!, new: `quiet words on paper ${String(n)}` });
        return (await fetch(`${url}/password/new`, { method: 'POST', body })).status === 200;
      };
    },
  },
  'a code on paper': {
    async make() {
      const { username } = await somebody();
      const codes = openPaperCodes({ sql: bed.sql, encryptionKey: bed.encryptionKey, clock });
      const { code } = await codes.make(username, { actor: 'cli:tester', reason: undefined });
      return async (url) => {
        const init = { method: 'POST', body: new URLSearchParams({ code }), redirect: 'manual' } as const;
        return (await fetch(`${url}/invited`, init)).status === 303;
      };
    },
  },
  'a link that confirms an address': {
    async make() {
      const { person, browser } = await signedIn('/account');
      await emailChange.ask(person.accountId, `${person.username}@b.uz`, 'en');
      const token = links.at(-1)!;
      const csrf = keyOf(await browser.get(`/account/email?token=${token}`));
      return async (url) => {
        const page = await alsoAt(url, browser).post('/account/email', { csrf, token });
        return page.address.includes('own=confirmed');
      };
    },
  },
  'a link that takes an address back': {
    async make() {
      const { accountId, username } = await somebody();
      await emailChange.ask(accountId, `${username}@b.uz`, 'en');
      assert.ok(await emailChange.confirm(accountId, links.at(-1)!, 'en'));
      return byLink('/email/undo', links.at(-1)!, (status) => status === 200);
    },
  },
  'a link that opens an account again': {
    async make() {
      const { accountId } = await somebody();
      const closing = openClosing({ sql: bed.sql, queue: undefined, issuer, timeZone: 'UTC', days: 7, clock });
      const closed = await closing.close(accountId, 'en');
      return byLink('/account/reopen', closed!.link.split('token=')[1]!, (status) => status === 200);
    },
  },
  'a code of an application': {
    async make() {
      const person = await somebody();
      const secret = (await factors.beginTotp(person.accountId, 'here'))!;
      const first = totpCode(secret, totpStep(now) - 1);
      assert.ok(await factors.confirmTotp(person.accountId, first, { place: 'here' }));
      const seats = await atCode(person);
      const code = totpCode(secret, totpStep(now));
      return async (_url, n) =>
        (await seats[n]!.browser.submit(seats[n]!.page, { code }, 'code')).text.includes('value="allow"');
    },
  },
  'a recovery code': {
    async make() {
      const person = await somebody();
      const secret = (await factors.beginTotp(person.accountId, 'here'))!;
      const first = totpCode(secret, totpStep(now));
      const [code] = (await factors.confirmTotp(person.accountId, first, { place: 'here' }))!;
      const seats = await atCode(person);
      return async (_url, n) =>
        (await seats[n]!.browser.submit(seats[n]!.page, { code: code! }, 'code')).text.includes('value="allow"');
    },
  },
};

describe('of many uses at the same moment no more count than may', () => {
  for (const [thing, { most = 1, least = most, make }] of Object.entries(things)) {
    it(`of ${thing}`, async () => {
      const use = await make();
      const all = await Promise.all(Array.from({ length: parallel }, (_, n) => use(urls[n % 2]!, n)));
      const counted = all.filter(Boolean).length;
      assert.ok(counted >= least && counted <= most, `${String(counted)} counted`);
    });
  }

  it('of an answer of an identity system one makes an account and a session', async () => {
    oneid.claims.pin = `301019${String((count += 1)).padStart(8, '0')}`;
    const { browser, page } = await atLogin();
    const away = await browser.get(new URL('?upstream=oneid', page.address).href);
    const state = new URL(away.address).searchParams.get('state')!;
    const back = `/upstream/oneid?${new URLSearchParams({ code: 'c', state }).toString()}`;
    const before = await bed.sql`select from sso.account`;
    await Promise.all(Array.from({ length: parallel }, (_, n) => alsoAt(urls[n % 2]!, browser).get(back)));
    const [made] = await bed.sql<{ accountId: string; username: string }[]>`
      select account_id as "accountId", username from sso.account where username like 'oneid-%'`;
    const after = await bed.sql`select from sso.account`;
    assert.equal(after.length, before.length + 1);
    assert.equal(await isOpen(made!), 1);
  });

  it('of an answer to a page all lead to the same code, and of a passkey to one session', async () => {
    const person = await somebody();
    const passkey = softPasskey(issuer);
    await bed.sql`
      insert into sso.passkey (credential_id, account_id, public_key, counter, name, created_at)
      values (${passkey.credentialId}, ${person.accountId}, ${passkey.publicKey}, 0, 'phone', now())`;
    const { browser, page } = await atLogin();
    const [, challenge = ''] = /challenge&(?:#34|quot);:&(?:#34|quot);([\w-]+)/.exec(page.text) ?? [];
    const credential = passkey.answer(challenge);
    const seats = Array.from({ length: parallel }, (_, n) => alsoAt(urls[n % 2]!, browser));
    const led = await Promise.all(seats.map((seat) => seat.submit(page, { credential }, 'passkey')));
    assert.equal(await isOpen(person), 1);
    const consents = led.flatMap((at, n) => (at.text.includes('value="allow"') ? [{ at, seat: seats[n]! }] : []));
    assert.ok(consents.length > 0, 'somebody is in');
    const { at, seat } = consents[0]!;
    const answers = Array.from({ length: parallel }, (_, n) => alsoAt(urls[n % 2]!, seat).submit(at, {}, 'allow'));
    const codes = (await Promise.all(answers)).flatMap(
      ({ address }) => new URL(address).searchParams.get('code') ?? [],
    );
    assert.ok(codes.length > 0);
    assert.equal(new Set(codes).size, 1);
  });
});

it('of recovery codes that are made anew twice at once ten are good', async () => {
  const { person, browser, page } = await signedIn('/account/security');
  const secret = (await factors.beginTotp(person.accountId, 'here'))!;
  assert.ok(await factors.confirmTotp(person.accountId, totpCode(secret, totpStep(now)), { place: 'here' }));
  const anew = (url: string): Promise<Page> =>
    alsoAt(url, browser).post('/account', { csrf: keyOf(page), step: 'new-recovery-codes' });
  const { met } = await gate.meet(
    /insert into sso\.recovery_code/,
    () => anew(urls[0]!),
    () => anew(urls[1]!),
  );
  assert.ok(met);
  const good = await bed.sql`select from sso.recovery_code where account_id = ${person.accountId} and used_at is null`;
  assert.equal(good.length, 10);
});
