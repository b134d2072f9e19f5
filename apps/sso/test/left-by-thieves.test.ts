/**
 * Somebody who had an account for a while leaves something in it: links at a mailbox, codes, a session. Random acts of a thief who knows the
 * password, then each way in which the owner takes the account back and secures it. After that nothing the thief has changes the account
 * or leads into it, also with the new password.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts, openPeople } from '@dhp/accounts';
import { totpCode, totpStep } from '@dhp/accounts/testing';
import { until } from '@dhp/postgres/testing';
import { randomSource, type Random } from '../../../tests/random.ts';
import { isFull } from '../../../tests/sample.ts';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { newPasskey } from './soft-passkey.ts';
import { issuer, newClient, testBed } from './support.ts';

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const mails: { to: string; text: string }[] = [];
const { url } = await bed.start({
  clock,
  trustProxy: true,
  messagePollSeconds: 1,
  send: ({ to, text }) => Promise.resolve(void mails.push({ to, text })),
});
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const people = openPeople(bed.sql, { actor: 'cli:tester', clock });
const [first, last] = ['correct horse battery', 'quiet words on paper'];
let clientId = '';
let count = 0;

before(async () => {
  const registered = { grants: ['authorization_code'], scopes: ['openid'], public: true };
  ({ id: clientId } = await newClient(bed.clients, { ...registered, redirectUris: ['https://clinic.example.uz/cb'] }));
});

const browser = (): Browser =>
  new Browser(url, 'en', { 'x-forwarded-for': `10.${String((count += 1) % 250)}.${String(count % 199)}.1` });
const keyOf = ({ text }: Page): string => /name="csrf" value="([^"]*)"/.exec(text)?.[1] ?? assert.fail(text);
const isAskedToSignIn = ({ text }: Page): boolean => text.includes('name="password"');

/** The token in the newest message to an address that has a link to this path. */
async function tokenAt(to: string, path: string): Promise<string> {
  const found = (): string | undefined =>
    mails.findLast((mail) => mail.to === to && mail.text.includes(`${path}?token=`))?.text;
  await until(`a message to ${to}`, () => found() !== undefined);
  return /token=([\w-]+)/.exec(found()!)![1]!;
}

async function signedIn(username: string, password: string): Promise<Browser> {
  const own = browser();
  await own.submit(await own.get('/account'), { username, password }, 'login');
  return own;
}

/** The page, with an act of its form. */
async function act(own: Browser, path: string, fields: Record<string, string>): Promise<Page> {
  const page = await own.get(path);
  return own.post(path === '/account/edit' ? path : '/account', { csrf: keyOf(page), ...fields });
}

async function moveTo(own: Browser, email: string): Promise<void> {
  await act(own, '/account/edit', { step: 'email', email });
  const token = await tokenAt(email, '/account/email');
  const page = await own.get(`/account/email?token=${token}`);
  await own.post('/account/email', { csrf: keyOf(page), token });
}

async function askForLink(username: string, email: string): Promise<string> {
  await browser().post('/password/forgotten', { username });
  return tokenAt(email, '/password/new');
}

interface Theft {
  readonly accountId: string;
  readonly username: string;
  readonly owner: string;
  readonly thief: Browser;
  /** The address of the account now. */
  email: string;
  readonly links: { path: string; token: string }[];
  readonly recovery: string[];
  readonly steps: string[];
}

const thefts: Record<string, (theft: Theft) => Promise<void>> = {
  async 'moves the address'(theft) {
    const left = theft.email;
    theft.email = `thief-${String((count += 1))}@t.uz`;
    await moveTo(theft.thief, theft.email);
    if (left === theft.owner) return;
    theft.links.push({ path: '/email/undo', token: await tokenAt(left, '/email/undo') });
  },
  async 'asks for a link to set a password'(theft) {
    if (theft.email === theft.owner) return;
    theft.links.push({ path: '/password/new', token: await askForLink(theft.username, theft.email) });
  },
  async 'asks for another address'({ thief, links }) {
    const email = `later-${String((count += 1))}@t.uz`;
    await act(thief, '/account/edit', { step: 'email', email });
    links.push({ path: '/account/email', token: await tokenAt(email, '/account/email') });
  },
  async 'makes recovery codes'({ thief, recovery }) {
    const { text } = await act(thief, '/account/security', { step: 'new-recovery-codes' });
    recovery.push(...[...text.matchAll(/<code>([0-9a-z]{5}-[0-9a-z]{5})<\/code>/g)].map(([, code]) => code!));
  },
  async 'adds a passkey'({ thief }) {
    await act(thief, '/account/security', await newPasskeyOf(thief, 'of a thief'));
  },
};

async function newPasskeyOf(own: Browser, name: string): Promise<Record<string, string>> {
  const { text } = await own.get('/account/security');
  const [, challenge] = /challenge&#34;:&#34;([\w-]+)/.exec(text) ?? assert.fail(text);
  return { step: 'add-passkey', credential: JSON.stringify(newPasskey(issuer, challenge).response), name };
}

/** Ways in which the owner comes in again; undefined if the way is closed. */
const returns: Record<string, (theft: Theft) => Promise<Browser | undefined>> = {
  async 'by the link that takes the address back'({ username, owner, email }) {
    if (email === owner) return undefined;
    const own = browser();
    await own.post('/email/undo', { token: await tokenAt(owner, '/email/undo') });
    await own.post('/password/new', { token: await askForLink(username, owner), new: last });
    return signedIn(username, last);
  },
  async 'by giving the account the former address again'({ username, owner, email }) {
    const own = await signedIn(username, first);
    if (!(await own.get('/account')).text.includes('/account/edit')) return undefined; // a passkey of the thief stands before
    if (email !== owner) await moveTo(own, owner);
    await act(own, '/account/security', { step: 'change-password', current: first, new: last });
    return signedIn(username, last);
  },
  async 'with the help of an operator'({ username, owner }) {
    await people.resetFactors(username);
    await people.change(username, { email: owner });
    await accounts.setPassword(username, last);
    return signedIn(username, last);
  },
};

/** The owner removes the passkeys that the page shows, and adds one. */
async function secure(own: Browser): Promise<void> {
  const { text } = await own.get('/account/security');
  for (const [, id] of text.matchAll(
    /name="credential_id" value="([^"]*)"[^>]*>\s*<button[^>]*value="remove-passkey"/g,
  ))
    await act(own, '/account/security', { step: 'remove-passkey', credential_id: id! });
  await act(own, '/account/security', await newPasskeyOf(own, 'of the owner'));
}

async function stateOf(accountId: string): Promise<unknown> {
  const [row] = await bed.sql`
    select a.email, a.password_hash, a.disabled_at,
           (select string_agg(name, ' ' order by name) from sso.passkey k where k.account_id = a.account_id) as passkeys,
           (select count(*)::int from sso.totp t where t.account_id = a.account_id) as codes
    from sso.account a where a.account_id = ${accountId}`;
  return { ...row };
}

/** All that is left is tried. @returns what still leads into the account */
async function tryAll({ username, thief, links, recovery }: Theft): Promise<string[]> {
  const good: string[] = [];
  for (const { path, token } of links) {
    const { status } = await browser().post(path, { token, new: 'the password of a thief' });
    if (path !== '/account/email' && status !== 400) good.push(path);
  }
  if (!isAskedToSignIn(await thief.get('/account/sessions'))) good.push('a session');
  for (const code of ['', ...recovery.slice(0, 2)]) {
    const asked = { client_id: clientId, response_type: 'code', redirect_uri: 'https://clinic.example.uz/cb' };
    const own = browser();
    const page = await own.get(authorizeAddress({ ...asked, scope: 'openid', ...pkce().query }));
    const factor = await own.submit(page, { username, password: last }, 'login');
    const after = await own.submit(factor, { code }, 'code');
    if (!after.text.includes('value="passkey"')) good.push(code === '' ? 'a password alone' : 'a recovery code');
  }
  return good;
}

async function play(random: Random, way: string): Promise<{ theft: Theft; isBack: boolean }> {
  now = new Date(now.getTime() + 3_600_000);
  const username = `robbed-${String((count += 1))}`;
  const owner = `${username}@a.uz`;
  const { accountId } = await accounts.create({ username, name: 'Olim Usmonov', password: first, email: owner });
  const thief = await signedIn(username, first);
  const theft: Theft = {
    ...{ accountId, username, owner, thief, email: owner },
    ...{ links: [], recovery: [], steps: [] },
  };
  for (let n = 1 + random.below(5); n > 0; n -= 1) {
    now = new Date(now.getTime() + 1000);
    const name = random.pick(Object.keys(thefts));
    theft.steps.push(name);
    await thefts[name]!(theft);
  }
  now = new Date(now.getTime() + 1000);
  // The thief may be told at the last address that it was replaced.
  const own = await returns[way]!(theft);
  if (own === undefined) return { theft, isBack: false };
  theft.steps.push(way);
  await secure(own);
  const toThief = mails.filter(({ to, text }) => to.endsWith('@t.uz') && text.includes('/email/undo?token='));
  const undo = toThief.map(({ text }) => ({ path: '/email/undo', token: /token=([\w-]+)/.exec(text)![1]! }));
  theft.links.push(...undo);
  return { theft, isBack: true };
}

describe('a thief who has lost an account', () => {
  for (const [at, way] of Object.keys(returns).entries())
    it(`has nothing left that leads into it: the owner came in ${way}`, async (t) => {
      const faults: string[] = [];
      let played = 0;
      for (let seed = 0; seed < (isFull ? 60 : 6); seed += 1) {
        mails.length = 0;
        const { theft, isBack } = await play(randomSource(seed, at), way);
        if (!isBack) continue;
        played += 1;
        const kept = await stateOf(theft.accountId);
        const good = await tryAll(theft);
        const after = await stateOf(theft.accountId);
        const isSame = JSON.stringify(after) === JSON.stringify(kept);
        if (good.length > 0 || !isSame)
          faults.push(
            `${String(seed)}: ${theft.steps.join(', ')}: ${good.join(', ')} ${JSON.stringify([kept, after])}`,
          );
      }
      t.diagnostic(`${String(played)} thefts`);
      assert.deepEqual(faults, []);
      assert.ok(played > 0);
    });
});

it('recovery codes are made where there are codes that they replace, and the person is told', async () => {
  const username = 'careful';
  await accounts.create({ username, name: 'Olim Usmonov', password: first, email: 'careful@a.uz' });
  const own = await signedIn(username, first);
  const codes = (text: string): number => [...text.matchAll(/<code>[0-9a-z]{5}-[0-9a-z]{5}<\/code>/g)].length;
  assert.equal(codes((await act(own, '/account/security', { step: 'new-recovery-codes' })).text), 0);
  const page = await own.get('/account/codes');
  const [, grouped = ''] = /<code>([A-Z2-7 ]+)<\/code>/.exec(page.text) ?? [];
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = Array.from(grouped.replaceAll(' ', ''), (one) => letters.indexOf(one).toString(2).padStart(5, '0')).join(
    '',
  );
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  await own.post('/account', { csrf: keyOf(page), step: 'enrol', code: totpCode(secret, totpStep(now)) });
  assert.equal(codes((await act(own, '/account/security', { step: 'new-recovery-codes' })).text), 10);
  await until('the person is told', () =>
    mails.some(({ to, text }) => to === 'careful@a.uz' && /New recovery codes/.test(text)),
  );
});
