/** Signing up by e-mail: in a browser, with the message that is sent; nobody learns who has an account, and nobody is flooded. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openAccounts } from '@dhp/accounts';
import { deleteExpiredSignUps } from '@dhp/accounts/own';
import { pageLanguages } from '../../../tests/sample.ts';
import { chromiumBed, desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { testBed } from './support.ts';

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const mails: { to: string; subject: string; text: string }[] = [];
const send = async (mail: { to: string; subject: string; text: string }): Promise<void> => void mails.push(mail);
const credentials = { secretDays: undefined, reminderDays: [], portal: 'https://portal.example.uz' };
const chromium = await chromiumBed(bed, { clock, send, messagePollSeconds: 1, signUp: true, credentials });
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const password = 'correct horse battery';

/** Waits for the messages in transit to an address. */
async function mailsTo(address: string, count = 1): Promise<typeof mails> {
  const found = (): typeof mails => mails.filter(({ to }) => to === address);
  for (const until = Date.now() + 30_000; found().length < count && Date.now() < until;) await delay(50);
  assert.equal(found().length, count, `messages to ${address}`);
  return found();
}

const linkIn = (mail: { text: string } | undefined): string => /http\S+/.exec(mail?.text ?? '')?.[0] ?? '';

/** From a separate network by default. */
let network = 0;
function post(
  path: string,
  form: Record<string, string>,
  from = `10.${String(++network)}.0.1`,
  more: Record<string, string> = {},
): Promise<Response> {
  const headers = { 'x-forwarded-for': from, ...more };
  return fetch(server.url + path, { method: 'POST', body: new URLSearchParams(form), headers, redirect: 'manual' });
}
const server = await bed.start({ clock, send, signUp: true, trustProxy: true, messagePollSeconds: 1 });
const countOf = async (email: string): Promise<number> => {
  const [row] = await bed.sql<
    { count: number }[]
  >`select count(*)::int as count from sso.account where email = ${email}`;
  return row!.count;
};

/** Statements on this database that wait for another one. */
const waiting = async (): Promise<number> => {
  const [row] = await bed.sql<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return row!.count;
};

describe('a person who signs up', { skip: withoutBrowser }, () => {
  const sizes = { uz: phone, ru: desktop, en: phone };
  for (const language of pageLanguages)
    it(`gets an account by a link, on pages that are fit in ${language}`, async () => {
      const email = `yangi-${language}@example.uz`;
      const { page, context } = await chromium.visit({ size: sizes[language], language });
      await page.goto(`${chromium.issuer}/sign-up?ui_locales=${language}`);
      await isFit(page, `sign-up.${language}`);
      await page.fill('#name', 'Aziza Karimova');
      await page.fill('#email', email);
      await page.click('main button');
      await page.locator('[role=status]').waitFor();
      await isFit(page, `sign-up-sent.${language}`);
      assert.equal(await countOf(email), 0, 'there is no account before the link was opened');
      await page.goto(linkIn((await mailsTo(email))[0]).replace(/^https?:\/\/[^/]+/, chromium.issuer));
      await isFit(page, `sign-up-confirm.${language}`);
      await page.fill('#new', 'short');
      await page.evaluate(`document.querySelector('#new').removeAttribute('minlength')`);
      await page.click('main button');
      await page.locator('#wrong').waitFor();
      await page.fill('#new', password);
      await page.click('main button');
      await page.locator('[role=status]').waitFor();
      await isFit(page, `sign-up-done.${language}`);
      const onward = await page.locator('main a.button').getAttribute('href');
      assert.equal(onward, `https://portal.example.uz/?lang=${language}`);
      assert.equal(await countOf(email), 1);
      const { account } = (await accounts.authenticate(email, password, '127.0.0.1')) as { account?: { name: string } };
      assert.equal(account?.name, 'Aziza Karimova');
      await context.close();
    });
});

describe('signing up', () => {
  it('answers the same whether the address has an account, and tells its owner alone', async () => {
    await accounts.create({ username: 'olim', name: 'Olim', email: 'olim@example.uz', password });
    const answers = [];
    for (const email of ['olim@example.uz', 'nobody@example.uz', ' OLIM@example.uz ']) {
      const response = await post('/sign-up?ui_locales=en', { name: 'X', email });
      answers.push([response.status, await response.text()]);
    }
    assert.deepEqual(answers[0], answers[1]);
    assert.deepEqual(answers[0], answers[2]);
    const [first] = await mailsTo('olim@example.uz', 2);
    assert.match(first!.subject, /already/);
    assert.doesNotMatch(first!.text, /token=/);
    assert.match(linkIn((await mailsTo('nobody@example.uz'))[0]), /\/sign-up\/confirm\?token=[\w-]{43}$/);
  });

  it('is not begun by a page of another site, which uses up no tries of a network', async () => {
    const from = '192.0.2.99';
    for (let n = 0; n < 30; n += 1) {
      const form = { name: 'X', email: `foreign${n}@example.uz` };
      const answer = await post('/sign-up', form, from, { 'sec-fetch-site': 'cross-site' });
      assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/sign-up']);
    }
    const form = { name: 'X', email: 'own-page@example.uz' };
    assert.equal((await post('/sign-up', form, from, { 'sec-fetch-site': 'same-origin' })).status, 200);
    await mailsTo('own-page@example.uz');
    assert.equal(mails.filter(({ to }) => to.startsWith('foreign')).length, 0);
  });

  it('makes one account of several links, and of one link that is used twice at once', async () => {
    const email = 'twice@example.uz';
    for (let n = 0; n < 2; n += 1) await post('/sign-up', { name: 'Twice', email });
    const tokens = (await mailsTo(email, 2)).map((mail) => new URL(linkIn(mail)).searchParams.get('token')!);
    const uses = [...tokens, ...tokens].map((token) => post('/sign-up/confirm', { token, new: password }));
    const statuses = (await Promise.all(uses)).map(({ status }) => status);
    assert.deepEqual(statuses.sort(), [200, 400, 400, 400]);
    assert.equal(await countOf(email), 1);
    for (const token of tokens) assert.equal((await fetch(`${server.url}/sign-up/confirm?token=${token}`)).status, 400);
  });

  it('lets no use of a link wait for another one that waits for it', async () => {
    const email = 'both@example.uz';
    for (let n = 0; n < 2; n += 1) await post('/sign-up', { name: 'Both', email });
    const tokens = (await mailsTo(email, 2)).map((mail) => new URL(linkIn(mail)).searchParams.get('token')!);
    let uses: Promise<Response>[] = [];
    await bed.sql.begin(async (transaction) => {
      await transaction`select from sso.sign_up where email = ${email} for update`;
      uses = tokens.map((token) => post('/sign-up/confirm', { token, new: password }));
      for (let n = 0; n < 600 && (await waiting()) < 2; n += 1) await delay(25);
      assert.equal(await waiting(), 2, 'both uses wait');
    });
    const statuses = (await Promise.all(uses)).map(({ status }) => status);
    assert.deepEqual(statuses.sort(), [200, 400]);
    assert.equal(await countOf(email), 1);
  });

  it('takes no link that was made up, or is a day old, whose row is removed', async () => {
    for (const token of ['', 'x', 'A'.repeat(43), '../', '\u0000'])
      assert.equal((await post('/sign-up/confirm', { token, new: password })).status, 400);
    await post('/sign-up', { name: 'Late', email: 'late@example.uz' });
    const link = linkIn((await mailsTo('late@example.uz'))[0]);
    now = new Date(now.getTime() + 86_401_000);
    const token = new URL(link).searchParams.get('token')!;
    assert.equal((await post('/sign-up/confirm', { token, new: password })).status, 400);
    assert.equal(await countOf('late@example.uz'), 0);
    await deleteExpiredSignUps(bed.sql, now);
    const [row] = await bed.sql<
      { count: number }[]
    >`select count(*)::int as count from sso.sign_up where email = 'late@example.uz'`;
    assert.equal(row!.count, 0);
  });

  it('sends an address three messages a day at most, whoever asks, and takes so many requests of a network', async () => {
    for (let n = 0; n < 8; n += 1)
      assert.equal((await post('/sign-up', { name: 'F', email: 'flood@example.uz' })).status, 200);
    await delay(1_500);
    await mailsTo('flood@example.uz', 3);
    const statuses = [];
    for (let n = 0; n < 12; n += 1)
      statuses.push((await post('/sign-up', { name: 'N', email: `n${String(n)}@example.uz` }, '192.0.2.7')).status);
    assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 200), 429, 429]);
    const refused = await post('/sign-up', { name: 'N', email: 'n@example.uz' }, '192.0.2.7');
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
  });

  it('counts the addresses of one mailbox together', async () => {
    const mailboxes: [string, string[]][] = [
      ['many@example.uz', ['many+1@example.uz', 'many+2@example.uz', 'many+a+b@example.uz', 'many@example.uz']],
      ['dots@gmail.com', ['dots@gmail.com', 'd.ots@gmail.com', 'do.t.s+1@googlemail.com', 'dots+2@gmail.com']],
    ];
    for (const [, addresses] of mailboxes)
      for (const email of addresses) assert.equal((await post('/sign-up', { name: 'M', email })).status, 200, email);
    for (const email of ['other+1@example.uz', 'm.any@example.uz']) {
      await post('/sign-up', { name: 'M', email });
      await mailsTo(email);
    }
    for (const [mailbox, addresses] of mailboxes)
      assert.equal(mails.filter(({ to }) => addresses.includes(to)).length, 3, mailbox);
  });

  it('refuses what is no name or address, and shows it again as text', async () => {
    for (const form of [
      { name: '', email: 'a@example.uz' },
      { name: 'A', email: 'no address' },
      { name: 'A', email: 'a@b@c' },
      { name: 'A\u0007', email: 'a@example.uz' },
      { name: 'Admin \u202eanizA', email: 'a@example.uz' },
      { name: '\u200b\u2060', email: 'a@example.uz' },
      { name: 'A', email: 'a\u202e@example.uz' },
      { name: 'A', email: 'ａ@example.uz' },
      { name: 'A', email: `${'x'.repeat(120)}@example.uz` },
      { name: 'A', email: 'a@example.uz\r\nBcc: b@example.uz' },
      {},
    ]) {
      const response = await post('/sign-up?ui_locales=en', form);
      assert.equal(response.status, 400, JSON.stringify(form));
    }
    const response = await post('/sign-up', { name: '"><script>', email: 'x' });
    assert.doesNotMatch(await response.text(), /<script>/);
  });

  it('is not there where it is not asked for', async () => {
    const other = await bed.start({ clock, send });
    assert.equal((await fetch(`${other.url}/sign-up`)).status, 404);
  });
});
