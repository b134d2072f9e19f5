/** Passwords through a link: forgotten ones and first ones. Single use, a quarter of an hour, and nobody learns who has an account. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { openFactors } from '@dhp/accounts/sign-in';
import { totpCode, totpStep } from '@dhp/accounts/testing';
import { Browser } from './browser.ts';
import { beginning, chromiumBed, isFit, withoutBrowser } from './chromium.ts';
import { newClient, testBed } from './support.ts';
import { inTurn } from '../../../tests/sample.ts';

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const mail: { to: string; subject: string; text: string }[] = [];
/** Links only: messages.test.ts covers notices. */
const send = async (message: (typeof mail)[number]): Promise<void> => {
  if (message.text.includes('/password/new?')) mail.push(message);
};
const chromium = await chromiumBed(bed, { clock, trustProxy: true, send });
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const old = 'correct horse battery';
let clientId: string;

before(async () => {
  const redirectUris = [chromium.redirectUri];
  ({ id: clientId } = await newClient(bed.clients, {
    grants: ['authorization_code'],
    scopes: ['openid'],
    redirectUris,
    public: true,
  }));
  for (const username of ['aziza', 'uz', 'ru']) {
    await accounts.create({ username, name: 'Aziza Karimova', password: old, email: `${username}@example.uz` });
  }
  await accounts.create({ username: 'mailless', name: 'Olim Usmonov', password: old });
});

async function ask(username: string, address = '192.0.2.1'): Promise<{ status: number; text: string }> {
  const body = new URLSearchParams({ username });
  const headers = { 'x-forwarded-for': address, 'accept-language': 'en' };
  const response = await fetch(`${chromium.issuer}/password/forgotten`, { method: 'POST', body, headers });
  return { status: response.status, text: await response.text() };
}

async function lastLink(count: number): Promise<string> {
  for (let n = 0; mail.length < count && n < 1500; n += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(mail.length, count);
  return /http:\S+/.exec(mail.at(-1)!.text)![0];
}

async function set(link: string, wanted: string): Promise<number> {
  const body = new URLSearchParams({ token: new URL(link).searchParams.get('token')!, new: wanted });
  return (await fetch(link, { method: 'POST', body })).status;
}

describe('a forgotten password', () => {
  it('UX-12 is answered alike whether there is such an account or not, and the link goes to its address alone', async () => {
    const answers = [await ask('Aziza'), await ask('nobody'), await ask('mailless')];
    assert.deepEqual(answers[1], answers[0]);
    assert.deepEqual(answers[2], answers[0]);
    await lastLink(1);
    assert.equal(mail[0]!.to, 'aziza@example.uz');
  });

  it('UX-12 the link is good once, for a quarter of an hour, and one that is used ends the others', async () => {
    await ask('aziza');
    const [older, link] = [/http:\S+/.exec(mail[0]!.text)![0], await lastLink(2)];
    assert.equal(await set(link, 'qwertyuiop'), 400, 'a weak one does not use the link up');
    const both = await Promise.all([set(link, 'quiet words on paper'), set(link, 'quiet words on paper')]);
    assert.deepEqual(both.sort(), [200, 400]);
    assert.equal(await set(older, 'other words on paper'), 400);
    assert.ok('account' in (await accounts.authenticate('aziza', 'quiet words on paper', '192.0.2.2')));
    now = new Date(now.getTime() + 3600_000);
    await ask('aziza');
    const late = await lastLink(3);
    now = new Date(now.getTime() + 16 * 60_000);
    assert.equal(await set(late, 'more quiet words'), 400);
    assert.equal((await fetch(late)).status, 400);
  });

  it('is not asked for without end, neither of a person nor from a network', async () => {
    now = new Date(now.getTime() + 6 * 3600_000);
    const sent = mail.length;
    for (let n = 0; n < 6; n += 1) assert.equal((await ask('aziza', `198.51.100.${String(n)}`)).status, 200);
    await lastLink(sent + 3);
    const statuses = [];
    for (let n = 0; n < 22; n += 1) statuses.push((await ask(`nobody${String(n)}`, '203.0.113.1')).status);
    assert.deepEqual(statuses.slice(-2), [429, 429]);
  });

  it('does not lead past the second factor', async () => {
    now = new Date(now.getTime() + 24 * 3600_000);
    const person = { username: 'ikki', name: 'Olim Usmonov', password: old, email: 'ikki@example.uz' };
    const { accountId } = await accounts.create(person);
    const factors = openFactors({ ...bed, issuer: chromium.issuer, clock, tell: () => undefined });
    const secret = (await factors.beginTotp(accountId, 'here'))!;
    await factors.confirmTotp(accountId, totpCode(secret, totpStep(now) - 1), { place: 'here' });
    const sent = mail.length;
    await ask('ikki', '192.0.2.77');
    assert.equal(await set(await lastLink(sent + 1), 'quiet words on paper'), 200);
    const browser = new Browser(chromium.issuer, 'en', {}, chromium.issuer);
    const fields = { username: 'ikki', password: 'quiet words on paper' };
    const page = await browser.submit(await browser.get(beginning(chromium, clientId)), fields, 'login');
    assert.match(page.text, /id="code"/, 'the code is asked for');
    const after = await browser.submit(page, { code: totpCode(secret, totpStep(now)) }, 'code');
    assert.match(after.text, /value="allow"/);
  });

  it('stores no link', async () => {
    const sent = mail.length;
    await ask('uz', '192.0.2.78'); // links of tests before may have expired, and been swept
    await lastLink(sent + 1);
    const rows = await bed.sql`select token_hash::text from sso.password_link`;
    assert.ok(rows.length > 0);
    const dump = JSON.stringify([rows, await bed.sql`select * from sso.audit_event`]);
    for (const { text } of mail) assert.ok(!dump.includes(/token=(\S+)/.exec(text)![1]!));
  });
});

describe('in a browser', { skip: withoutBrowser }, () => {
  for (const language of inTurn(['uz', 'ru', 'en'], 3)) {
    it(`a forgotten password is set anew in ${language}`, async () => {
      now = new Date(now.getTime() + 24 * 3600_000);
      const username = language === 'en' ? 'aziza' : language;
      const { page, context } = await chromium.visit({ language });
      await page.goto(beginning(chromium, clientId));
      await page.click('.hint a');
      await isFit(page, `password-forgotten.${language}`);
      const sent = mail.length;
      await page.fill('#username', username);
      await page.keyboard.press('Enter');
      await page.waitForSelector('[role=status]');
      await isFit(page, `password-link-sent.${language}`);
      await page.goto(await lastLink(sent + 1));
      await page.fill('#new', 'aziza.karimova');
      await page.keyboard.press('Enter');
      await page.waitForSelector('[role=alert]');
      await isFit(page, `password-new.${language}`);
      await page.fill('#new', 'shovqinsiz toʻrt soʻz');
      await page.keyboard.press('Enter');
      await page.waitForSelector('[role=status]');
      await isFit(page, `password-set.${language}`);
      await page.click('main a');
      await page.fill('#username', username);
      await page.fill('#password', 'shovqinsiz toʻrt soʻz');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/account');
      await context.close();
    });
  }

  it('an invited person sets the first one', async () => {
    const { link } = await accounts.invite({ username: 'yangi', name: 'Yangi Xodim' });
    now = new Date(now.getTime() + 6 * 86_400_000);
    assert.ok('refused' in (await accounts.authenticate('yangi', '', '192.0.2.2')));
    assert.equal(await set(chromium.issuer + link, 'first long password'), 200);
    assert.ok('account' in (await accounts.authenticate('yangi', 'first long password', '192.0.2.2')));
  });
});
