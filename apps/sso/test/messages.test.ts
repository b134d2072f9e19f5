/**
 * Messages to people through a real mail server: encrypted, authenticated, retried while it is unavailable, and the events that people are
 * informed of.
 */
import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';
import { openAccounts } from '@dhp/accounts';
import { gatewaySender, smtpSender } from '@dhp/accounts/messages';
import { selfSigned } from '../../../tests/checklist/certificate.ts';
import { newAuthenticator } from '../../../tests/checklist/authenticator.ts';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { newClient, testBed } from './support.ts';

interface Mail {
  text: string;
  secure: boolean;
  user: string | undefined;
}

const { key, cert } = selfSigned('localhost');
const received: Mail[] = [];
/** The server is there, and says no for now. */
let isBusy = false;

async function mailServer(options: { hideSTARTTLS?: boolean } = {}): Promise<{ port: number; close: () => void }> {
  const server = new SMTPServer({
    ...{ key, cert, authOptional: options.hideSTARTTLS === true, logger: false },
    ...options,
    onAuth: ({ username, password }, _session, done) => {
      if (username === 'dhp' && password === 'p:w @1') done(null, { user: username });
      else done(new Error('wrong user name or password'));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (isBusy) {
          done(Object.assign(new Error('try again later'), { responseCode: 451 }));
          return;
        }
        received.push({ text: decoded(Buffer.concat(chunks)), secure: session.secure, user: session.user });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  const port = await new Promise<number>((resolve) => {
    const listening = server.listen(0, '127.0.0.1', () => resolve(listening.address().port));
  });
  return { port, close: () => server.close(() => undefined) };
}

/** Headers unchanged, then the body: quoted-printable or base64, as UTF-8. */
function decoded(mail: Buffer): string {
  const [head = '', ...body] = mail.toString('utf8').split('\r\n\r\n');
  const text = body.join('\r\n\r\n');
  if (/transfer-encoding: base64/i.test(head)) return `${head}\n\n${Buffer.from(text, 'base64').toString('utf8')}`;
  const bytes = text.replaceAll('=\r\n', '').replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => `%${hex}`);
  return `${head}\n\n${/quoted-printable/i.test(head) ? decodeURIComponent(bytes.replaceAll(/%(?![0-9A-F]{2})/g, '%25')) : text}`;
}

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const server = await mailServer();
after(() => server.close());
const url = `smtp://dhp:${encodeURIComponent('p:w @1')}@localhost:${String(server.port)}`;
const sso = await bed.start({
  clock,
  send: smtpSender(url, 'noreply@sso.example.uz', { ca: cert }),
  messagePollSeconds: 0.05,
});
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const password = 'correct horse battery';
let clientId = '';

before(async () => {
  const registration = { grants: ['authorization_code'], scopes: ['openid'], public: true };
  ({ id: clientId } = await newClient(bed.clients, {
    ...registration,
    redirectUris: ['https://clinic.example.uz/cb'],
  }));
  for (const username of ['aziza', 'bobur', 'dilnoza', 'olim']) {
    await accounts.create({ username, name: 'Aziza Karimova', password, email: `${username}@example.uz` });
  }
});

async function mails(count: number): Promise<Mail[]> {
  for (let n = 0; received.length < count && n < 1200; n += 1) await delay(25);
  await delay(100); // One too many would have arrived by now.
  assert.equal(received.length, count, received.map(({ text }) => text).join('\n---\n'));
  return received.splice(0);
}

async function begin(browser: Browser, more: Record<string, string> = {}): Promise<Page> {
  const asked = { client_id: clientId, response_type: 'code', redirect_uri: 'https://clinic.example.uz/cb' };
  return browser.get(authorizeAddress({ ...asked, scope: 'openid', ...pkce().query, ...more }));
}

async function enter(browser: Browser, username: string, secret = password, more = {}): Promise<Page> {
  return browser.submit(await begin(browser, more), { username, password: secret }, 'login');
}

async function askForLink(username: string): Promise<string> {
  const body = new URLSearchParams({ username });
  const answer = await fetch(`${sso.url}/password/forgotten`, { method: 'POST', body });
  return `${String(answer.status)} ${await answer.text()}`;
}

async function events(username: string): Promise<string[]> {
  const { accountId } = (await accounts.find(username))!;
  const rows = await bed.sql<{ event: string; reason: string | null }[]>`
    select event, reason from sso.audit_event where account_id = ${accountId} and event like 'message.%' order by id`;
  return rows.map(({ event, reason }) => [event, reason].filter((one) => one !== null).join(' '));
}

describe('a mail server', () => {
  it('is spoken to encrypted and with the password, and gets what the person asked for', async () => {
    await askForLink('aziza');
    const [mail] = await mails(1);
    assert.deepEqual([mail!.secure, mail!.user], [true, 'dhp']);
    assert.match(mail!.text, /^To: aziza@example\.uz/m);
    assert.match(mail!.text, /^From: noreply@sso\.example\.uz/m);
    assert.match(mail!.text, /https:\/\/sso\.example\.uz\/password\/new\?token=[\w-]{43}\s/);
    assert.deepEqual(await events('aziza'), ['message.sent']);
  });

  it('that does not encrypt gets neither password nor message; one that nobody vouches for neither', async () => {
    const plain = await mailServer({ hideSTARTTLS: true });
    const message = { to: 'a@example.uz', subject: 's', text: 't' };
    const address = `smtp://dhp:secret@localhost:${String(plain.port)}`;
    await assert.rejects(smtpSender(address, 'noreply@example.uz')(message, '1'));
    await assert.rejects(smtpSender(url, 'noreply@example.uz')(message, '2'), /certificate/);
    const wrong = smtpSender(url.replace('dhp:', 'other:'), 'noreply@example.uz', { ca: cert });
    await assert.rejects(wrong(message, '3'), /535|[Ii]nvalid login|wrong/);
    await smtpSender(`smtp://localhost:${String(plain.port)}`, 'noreply@example.uz')(message, '4');
    plain.close();
    await mails(1); // a relay of one's own, without a password
  });

  it('that says no is asked again later; nothing is lost, and nothing is sent twice', async () => {
    isBusy = true;
    await askForLink('bobur');
    for (let n = 0; (await events('bobur')).length === 0 && n < 1200; n += 1) await delay(25);
    assert.deepEqual(await events('bobur'), ['message.not-sent 451']);
    const [row] = await bed.sql<{ content: Buffer }[]>`select content from sso.message`;
    assert.ok(!row!.content.includes('bobur@example.uz') && !row!.content.includes('token='), 'sealed');
    isBusy = false;
    await delay(200);
    await mails(0);
    now = new Date(now.getTime() + 6000);
    const [mail] = await mails(1);
    assert.match(mail!.text, /^To: bobur@example\.uz/m);
    assert.deepEqual(await events('bobur'), ['message.not-sent 451', 'message.sent']);
    assert.equal((await bed.sql`select 1 from sso.message`).length, 0);
  });

  it('is not given a link that has expired meanwhile', async () => {
    isBusy = true;
    await askForLink('dilnoza');
    for (let n = 0; (await events('dilnoza')).length === 0 && n < 1200; n += 1) await delay(25);
    isBusy = false;
    now = new Date(now.getTime() + 16 * 60_000);
    for (let n = 0; (await events('dilnoza')).length === 1 && n < 1200; n += 1) await delay(25);
    assert.deepEqual((await events('dilnoza')).slice(1), ['message.given-up expired']);
    await mails(0);
  });

  it('makes nobody wait: the answer is the same, whether there is an account or not, and whether it is there or not', async () => {
    isBusy = true;
    const begun = performance.now();
    assert.equal(await askForLink('olim'), await askForLink('nobody-at-all'));
    assert.ok(performance.now() - begun < 5000);
    isBusy = false;
    now = new Date(now.getTime() + 6000);
    await mails(1);
  });
});

describe('a gateway for mail', () => {
  it('gets JSON with its login and the same key each time, and no redirection takes a message elsewhere', async () => {
    const asked: { headers: IncomingHttpHeaders; body: Record<string, unknown> }[] = [];
    /** Statuses of the next answers; 0: no answer. */
    const answers = [202, 503, 302, 0];
    const gateway = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, unknown>;
        asked.push({ headers: request.headers, body });
        const status = answers.shift() ?? 202;
        if (status > 0) response.writeHead(status, { location: '/elsewhere' }).end('taken: a@example.uz');
      });
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const at = `127.0.0.1:${String((gateway.address() as AddressInfo).port)}/messages`;
    const from = 'noreply@sso.example.uz';
    const message = { to: 'a@example.uz', subject: 'Parol', text: 'Havola: …', isAutomatic: true };
    const address = `http://dhp:${encodeURIComponent('p:w @1')}@${at}`;
    const send = gatewaySender(address, from);
    await send(message, 'm1');
    const told = { ...message, from };
    const basic = `Basic ${Buffer.from('dhp:p:w @1').toString('base64')}`;
    const [{ headers, body }] = asked as [(typeof asked)[0]];
    assert.deepEqual(body, told);
    assert.deepEqual([headers.authorization, headers['idempotency-key']], [basic, 'm1']);
    const faults = [
      { responseCode: 503, message: 'the gateway of DHP_MAIL answers 503' },
      { responseCode: 302, message: 'the gateway of DHP_MAIL answers 302' },
    ];
    for (const fault of faults) await assert.rejects(send(message, 'm1'), fault);
    const silent = { code: 'timeout', message: 'the gateway of DHP_MAIL is not reached' };
    await assert.rejects(gatewaySender(address, from, { timeout: 500 })(message, 'm1'), silent);
    assert.deepEqual(new Set(asked.map((one) => one.headers['idempotency-key'])), new Set(['m1']));
    await gatewaySender(`http://:to%3Aken@${at}`, from)(message, 'm2');
    assert.deepEqual([asked.at(-1)!.headers.authorization, asked.length], ['Bearer to:ken', 5]);
    gateway.closeAllConnections();
    await new Promise((resolve) => gateway.close(resolve));
    // Another address, without a kept connection.
    const nobody = gatewaySender(`http://${at.replace('127.0.0.1', '127.0.0.2')}`, from);
    await assert.rejects(nobody(message, 'm3'), { code: 'ECONNREFUSED' });
  });
});

describe('a person is told', () => {
  it('of a sign-in with a browser that was not used before, in the language of the pages', async () => {
    const telephone = new Browser(sso.url, 'ru', { 'user-agent': 'Mozilla/5.0 (Linux; Android 15) Chrome/140.0' });
    await enter(telephone, 'aziza');
    await mails(0); // the first one is no news
    await enter(telephone, 'aziza', password, { prompt: 'login' });
    await mails(0); // nor is the same again
    await enter(new Browser(sso.url, 'ru', { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Firefox/150.0' }), 'aziza');
    const [mail] = await mails(1);
    assert.match(mail!.text, /нового|браузера|устройства/);
    assert.match(mail!.text, /Firefox, Windows, 127\.0\.0\.1/);
    assert.match(mail!.text, /https:\/\/sso\.example\.uz\/account\/security/);
  });

  it('of wrong passwords that hold up the account, once; the audit trail has the lock and each attempt', async () => {
    const browser = new Browser(sso.url);
    for (let n = 0; n < 7; n += 1) await enter(browser, 'bobur', `wrong ${String(n)}`);
    const [mail] = await mails(1);
    assert.match(mail!.text, /^To: bobur@example\.uz/m);
    now = new Date(now.getTime() + 60_000);
    await enter(browser, 'bobur', 'wrong again');
    await mails(0); // Locked again, shortly after a message about it.
    const { accountId } = (await accounts.find('bobur'))!;
    const rows = await bed.sql<{ event: string; reason: string; address: string }[]>`
      select event, reason, host(address) as address from sso.audit_event
      where account_id = ${accountId} and event in ('account.locked', 'sign-in.refused') order by id`;
    assert.deepEqual(
      rows.filter(({ event }) => event === 'account.locked').map(({ reason, address }) => [reason, address]),
      [
        ['30 s', '127.0.0.1'],
        ['60 s', '127.0.0.1'],
      ],
    );
    assert.equal(rows.filter(({ event }) => event === 'sign-in.refused').length, 8);
  });

  it('of a factor that was added, and of a password that was changed', async () => {
    const browser = new Browser(sso.url);
    const page = await enter(browser, 'olim', password, { acr_values: 'urn:dhp:acr:two-factors' });
    const [, json = ''] = /data-passkey="([^"]*)"/.exec(page.text) ?? [];
    const options = json.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
    const { challenge } = JSON.parse(options) as { challenge: string };
    const asked = { challenge, origin: 'https://sso.example.uz', rpId: 'sso.example.uz' };
    await browser.submit(page, { credential: newAuthenticator().make(asked) }, 'make-passkey');
    const [added] = await mails(1);
    assert.match(added!.text, /passkey/);
    now = new Date(now.getTime() + 3600_000);
    await askForLink('olim');
    const [link] = await mails(1);
    const token = /token=([\w-]+)/.exec(link!.text)![1]!;
    const body = new URLSearchParams({ token, new: 'quiet words on paper' });
    assert.equal((await fetch(`${sso.url}/password/new`, { method: 'POST', body })).status, 200);
    const [changed] = await mails(1);
    assert.match(changed!.text, /password of your account was changed|paroli|Пароль/);
  });
});
