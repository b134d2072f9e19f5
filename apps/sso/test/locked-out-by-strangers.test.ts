/** Whatever strangers send, the affected person continues; strangers, and holders of a stolen cookie, have few guesses. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { openRegistrationTokens } from '@dhp/clients/registration';
import { openFactors } from '@dhp/accounts/sign-in';
import { totpCode, totpStep } from '@dhp/accounts/testing';
import { authorizeAddress, Browser, pkce, signIn, type Page } from './browser.ts';
import { wrongCode } from './one-time-codes.ts';
import { answer, basic, newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const later = (seconds: number): void => void (now = new Date(now.getTime() + seconds * 1000));
const mail: string[] = [];
const { url } = await bed.start({
  ...{ clock, trustProxy: true, limits: { perClient: 100_000, perAddress: 100_000 } },
  send: ({ text }) => Promise.resolve(void mail.push(text)),
});
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const factors = openFactors({
  sql: bed.sql,
  encryptionKey: bed.encryptionKey,
  issuer: 'https://sso.example.uz',
  clock,
});
const password = 'correct horse battery';
const client = await newClient(bed.clients, {
  ...{ grants: ['authorization_code'], scopes: ['openid'], public: true },
  redirectUris: ['https://clinic.example.uz/cb'],
});
const ask = authorizeAddress({
  ...{ client_id: client.id, response_type: 'code', redirect_uri: 'https://clinic.example.uz/cb', prompt: 'login' },
  ...pkce().query,
});
const home = '192.0.2.1';
let strangers = 0;
const elsewhere = (): string => `198.51.${String((strangers += 1) >> 8)}.${String(strangers & 255)}`;
const at = (address: string): Browser => new Browser(url, 'en', { 'x-forwarded-for': address });
const isIn = (page: Page | URL): boolean => new URL(page instanceof URL ? page : page.address).searchParams.has('code');

async function tryPassword(browser: Browser, username: string, guess: string): Promise<Page> {
  const page = await browser.submit(await browser.get(ask), { username, password: guess }, 'login');
  return page.text.includes('value="allow"') ? browser.submit(page, {}, 'allow') : page;
}

/** A person with a browser in which the person has signed in once. */
async function person(username: string): Promise<Browser> {
  await accounts.create({ username, name: 'Somebody', password, email: `${username}@example.uz` });
  const browser = at(home);
  assert.ok(isIn(await signIn(browser, ask, { username, password })));
  return browser;
}

async function guess(username: string, count: number, address = elsewhere): Promise<void> {
  for (let n = 0; n < count; n += 1) await accounts.authenticate(username, `wrong ${String(n)}`, address());
}

async function link(username: string, count: number): Promise<string> {
  const links = (): string[] => mail.filter((text) => text.includes('/password/new?'));
  for (let n = 0; links().length < count && n < 1500; n += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(links().length, count, username);
  return new URL(/https:\S+/.exec(links().at(-1)!)![0]).searchParams.get('token')!;
}

const askLink = (username: string, browser = at(elsewhere())): Promise<Page> =>
  browser.post('/password/forgotten', { username });
const setPassword = (token: string, wanted: string, browser = at(home)): Promise<Page> =>
  browser.post('/password/new', { token, new: wanted });

async function register(token: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-forwarded-for': home };
  const body = JSON.stringify({ client_name: 'L', grant_types: ['client_credentials'], scope: 'system/Patient.rs' });
  return answer(await fetch(`${url}/oauth/register`, { method: 'POST', headers, body }));
}

/** Attacks by strangers, which do not lock the person out. */
const rows: Record<string, () => Promise<void>> = {
  'wrong passwords from everywhere hold up strangers, not a browser in which the person signed in': async () => {
    const own = await person('names');
    await guess('names', 7);
    assert.equal((await tryPassword(at(elsewhere()), 'names', password)).status, 401, 'a stranger waits');
    assert.ok(isIn(await tryPassword(own, 'names', password)));
  },
  'wrong passwords from the network of the person do not hold it up either': async () => {
    const own = await person('networks');
    for (let n = 0; n < 41; n += 1) await guess(`nobody${String(n)}`, 1, () => home);
    assert.equal((await tryPassword(at(home), 'networks', password)).status, 429);
    assert.ok(isIn(await tryPassword(own, 'networks', password)));
    later(3600);
  },
  'who is signed in can change the password meanwhile': async () => {
    const own = await person('changes');
    await guess('changes', 7);
    const page = await own.get('/account/security');
    const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(page.text) ?? [];
    await own.post('/account', { csrf, step: 'change-password', current: password, new: 'quiet words on paper' });
    assert.ok('account' in (await accounts.authenticate('changes', 'quiet words on paper', home)));
  },
  'wrong codes of somebody who has learned the password hold up strangers alone': async () => {
    const own = await person('codes');
    const { accountId } = (await accounts.find('codes'))!;
    const secret = (await factors.beginTotp(accountId, 'here'))!;
    assert.ok(await factors.confirmTotp(accountId, totpCode(secret, totpStep(now)), { place: 'here' }));
    const thief = at(elsewhere());
    let page = await tryPassword(thief, 'codes', password);
    const wrong = wrongCode(secret, now);
    for (let n = 0; n < 6; n += 1) page = await thief.submit(page, { code: wrong }, 'code');
    assert.equal(await factors.checkCode(accountId, wrong), 'locked');
    later(30);
    page = await tryPassword(own, 'codes', password);
    page = await own.submit(page, { code: totpCode(secret, totpStep(now)) }, 'code');
    assert.ok(isIn(page.text.includes('value="allow"') ? await own.submit(page, {}, 'allow') : page));
  },
  'a link that somebody else asked for does not make the one of the person worthless': async () => {
    await person('links');
    mail.length = 0;
    await askLink('links', at(home));
    const token = await link('links', 1);
    await askLink('links');
    const other = await link('links', 2);
    assert.equal((await setPassword(token, 'quiet words on paper')).status, 200);
    assert.equal((await setPassword(other, 'other words on paper')).status, 400, 'it ends the others');
  },
  'links that strangers asked for, until no more are sent, leave the person who has an own browser some': async () => {
    const own = await person('mails');
    mail.length = 0;
    for (let n = 0; n < 6; n += 1) await askLink('mails');
    await link('mails', 3);
    await askLink('mails', own);
    assert.equal((await setPassword(await link('mails', 4), 'quiet words on paper')).status, 200);
  },
  'a link that a stranger asked for does not end an invitation': async () => {
    const invited = await accounts.invite({ username: 'guest', name: 'Guest', email: 'guest@example.uz' });
    mail.length = 0;
    await askLink('guest');
    await link('guest', 1);
    assert.equal((await setPassword(invited.link.split('token=')[1]!, 'quiet words on paper')).status, 200);
  },
  'who sets a password by a link has an own browser from then on': async () => {
    await accounts.create({ username: 'anew', name: 'Somebody', password, email: 'anew@example.uz' });
    mail.length = 0;
    await guess('anew', 7);
    await askLink('anew');
    const own = at(home);
    assert.equal((await setPassword(await link('anew', 1), 'quiet words on paper', own)).status, 200);
    await guess('anew', 7);
    assert.ok(isIn(await tryPassword(own, 'anew', 'quiet words on paper')));
  },
  'wrong secrets from the network of a client do not lock it out': async () => {
    const { id, form, secret } = await newClient(bed.clients);
    const from = { 'x-forwarded-for': home };
    const wrong = { grant_type: 'client_credentials', client_id: id, client_secret: 'dhps_wrong' };
    const statuses: number[] = [];
    for (let n = 0; n < 7; n += 1) statuses.push((await postForm(`${url}/oauth/token`, wrong, from)).status);
    assert.deepEqual(statuses.slice(-2), [429, 429]);
    assert.equal((await postForm(`${url}/oauth/token`, form, from)).status, 200);
    const headers = { ...from, ...basic(id, secret) };
    assert.equal((await postForm(`${url}/oauth/introspect`, { token: 'x' }, headers)).status, 200);
  },
  'wrong registration tokens from a network do not stop who has a right one': async () => {
    const tokens = openRegistrationTokens(bed.sql, { actor: 'cli:tester', clock });
    const { secret } = await tokens.create({
      name: 'L',
      environment: 'playground',
      scopes: ['system/Patient.rs'],
      maxUses: 1,
      lifetime: 3600,
    });
    const statuses: number[] = [];
    for (let n = 0; n < 7; n += 1) statuses.push((await register('dhpi_wrong')).status);
    assert.deepEqual(statuses.slice(-2), [429, 429]);
    assert.equal((await register(secret)).status, 201);
  },
};

describe('strangers', () => {
  for (const [title, row] of Object.entries(rows)) it(title, row);
});

describe('guesses are few', () => {
  const wrongOnes = async (username: string): Promise<number> => {
    const [row] = await bed.sql<{ n: number }[]>`
      select count(*)::int as n from sso.audit_event e join sso.account a using (account_id)
      where a.username = ${username} and event = 'sign-in.refused' and reason = 'wrong-password'`;
    return row!.n;
  };
  const tokenOf = (browser: Browser): string => browser.cookies.get('__Host-device')!.value;
  const copied = (token: string): Browser => {
    const thief = at(elsewhere());
    thief.plant('__Host-device', token);
    return thief;
  };

  it('a stolen cookie gives ten, however many have it, and then its bearer is a stranger', async () => {
    const own = await person('stolen');
    await guess('stolen', 7); // no stranger may try now
    for (let n = 0; n < 7; n += 1) {
      const two = [copied(tokenOf(own)), copied(tokenOf(own))];
      await Promise.all(two.map((thief) => tryPassword(thief, 'stolen', 'wrong again')));
    }
    assert.equal(await wrongOnes('stolen'), 10);
    assert.equal((await tryPassword(copied(tokenOf(own)), 'stolen', password)).status, 401);
    later(3600);
    assert.ok(isIn(await tryPassword(own, 'stolen', password)), 'after the wait the person goes on');
    await guess('stolen', 7);
    assert.ok(isIn(await tryPassword(own, 'stolen', password)), 'and the browser is known as before');
  });

  it('a cookie that was made up, that is of somebody else, or was not used for half a year is none', async () => {
    const [own, others] = [await person('owner'), await person('other')];
    await guess('owner', 7);
    const made = ['A'.repeat(32), tokenOf(others), tokenOf(own).slice(0, 22) + 'A'.repeat(10), `${tokenOf(own)}x`];
    for (const token of made) assert.equal((await tryPassword(copied(token), 'owner', password)).status, 401, token);
    later(181 * 86_400);
    await guess('owner', 7);
    assert.equal((await tryPassword(copied(tokenOf(own)), 'owner', password)).status, 401);
  });

  it('a token that the server did not make is never adopted', async () => {
    await accounts.create({ username: 'planted', name: 'Somebody', password });
    const own = copied('B'.repeat(32));
    assert.ok(isIn(await tryPassword(own, 'planted', password)));
    await guess('planted', 7);
    assert.equal((await tryPassword(copied('B'.repeat(32)), 'planted', password)).status, 401);
    assert.ok(isIn(await tryPassword(own, 'planted', password)));
  });

  it('people who share a browser each have an own token in it, the latest sixteen', async () => {
    let shared = at(home);
    const names = Array.from({ length: 17 }, (_, n) => `shift${String(n)}`);
    for (const username of names) {
      await accounts.create({ username, name: 'Somebody', password });
      const device = shared.cookies.get('__Host-device')?.value;
      shared = at(home); // the one before has signed out
      if (device !== undefined) shared.plant('__Host-device', device);
      assert.ok(isIn(await tryPassword(shared, username, password)));
    }
    assert.equal(tokenOf(shared).split('.').length, 16);
    const [row] = await bed.sql<{ n: number; most: number }[]>`
      select count(distinct device_hash)::int as n, count(*)::int as most
      from sso.known_device join sso.account using (account_id) where username like 'shift%'`;
    assert.deepEqual(row, { n: 17, most: 17 });
  });

  it('of a crowd of strangers an account takes five and then a handful an hour', async () => {
    await accounts.create({ username: 'crowd', name: 'Somebody', password });
    let taken = 0;
    for (let minute = 0; minute < 120; minute += 2) {
      const result = await accounts.authenticate('crowd', 'wrong again', elsewhere());
      if ('refused' in result && result.refused === 'wrong-password') taken += 1;
      later(120);
    }
    assert.ok(taken >= 5 && taken <= 5 + 6 + 2 * 4, String(taken));
  });
});
